// Shows how far a run is, and the page anew when it has ended. Without it the page says the same and waits to be reloaded.
const bar = document.querySelector("progress");
const follow = async () => {
  const { under_way, done } = await (await fetch("/progress")).json();
  bar.value = done;
  document.querySelector("#done").textContent = done;
  if (under_way) setTimeout(follow, 500);
  else location.reload();
};
if (bar || document.querySelector("[data-under-way]")) bar ? follow() : setTimeout(() => location.reload(), 2000);
