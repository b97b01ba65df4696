// The page of the community: keeps what it is given where the scheme says, and sends it as the scheme says.
{
  const keeps = document.body.dataset;
  const posts = document.querySelector("ul");
  const memory = {};
  const keep = (kind, value) => {
    if (value === undefined) return;
    if (keeps[kind] === "local-storage") localStorage.setItem(kind, value);
    if (keeps[kind] === "memory") memory[kind] = value;
  };
  const kept = (kind) => (keeps[kind] === "local-storage" ? localStorage.getItem(kind) : memory[kind]);
  const take = (answer) => {
    keep("access", answer.access_token);
    keep("refresh", answer.refresh_token);
    keep("csrf", answer.csrf_token);
  };
  const send = (method, path, headers = {}, body = undefined) => {
    if (kept("access")) headers.authorization = `Bearer ${kept("access")}`;
    if (method !== "GET" && kept("csrf")) headers["x-csrf-token"] = kept("csrf");
    return fetch(path, { method, headers, body });
  };
  const sendJson = (path, body) => send("POST", path, { "content-type": "application/json" }, JSON.stringify(body));
  const refresh = async () => {
    if (keeps.refresh === "nowhere") return false;
    const stored = keeps.refresh === "local-storage";
    const answer = await (stored ? sendJson("/refresh", { refresh_token: kept("refresh") }) : send("POST", "/refresh"));
    if (answer.ok) take(await answer.json());
    return answer.ok;
  };
  const call = async (...asked) => {
    const answer = await send(...asked);
    return answer.status === 401 && (await refresh()) ? send(...asked) : answer;
  };
  const show = async () => {
    const answer = await call("GET", "/me");
    document.querySelector("#who").textContent = answer.ok ? `You are ${(await answer.json()).name}` : "You are nobody";
  };
  document.querySelector("#sign-in").addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await sendJson("/sign-in", Object.fromEntries(new FormData(event.target)));
    if (answer.ok) take(await answer.json());
    await show();
  });
  document.querySelector("#sign-out").addEventListener("click", async () => {
    await send("POST", "/sign-out");
    for (const kind of ["access", "refresh", "csrf"]) {
      localStorage.removeItem(kind);
      delete memory[kind];
    }
    await show();
  });
  document.querySelector("#write").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = event.target.elements.text.value;
    const answer = await call("POST", "/posts", { "content-type": "text/plain" }, text);
    // As the server prints posts: whatever they hold.
    if (answer.ok) posts.insertAdjacentHTML("beforeend", `<li>${text} <button data-post=${await answer.json()}>Delete</button></li>`);
  });
  posts.addEventListener("click", async ({ target }) => {
    if (!target.dataset.post) return;
    const answer = await call("POST", `/posts/${target.dataset.post}/delete`);
    if (answer.ok) target.closest("li").remove();
  });
  const begin = async () => {
    if (keeps.csrf !== "nowhere") {
      const answer = await send("GET", "/csrf");
      if (answer.ok) take(await answer.json());
    }
    await show();
  };
  begin();
}
