// What makes the pages a little kinder. They work in full without it.

// Whoever types a long password on a phone needs to see it. The button exists only where it works.
for (const input of document.querySelectorAll('input[type="password"][data-show]')) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  const turn = (type) => {
    input.type = type;
    button.textContent = type === "password" ? input.dataset.show : input.dataset.hide;
  };
  turn("password");
  button.setAttribute("aria-controls", input.id);
  button.setAttribute("aria-describedby", `${input.id}-label`);
  button.addEventListener("click", () => turn(input.type === "password" ? "text" : "password"));
  // Sent as a password field, so that no browser remembers it among the things once typed.
  input.form.addEventListener("submit", () => turn("password"));
  input.before(button);
}

// A second press would spend a second attempt.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.ariaBusy === "true") event.preventDefault();
    form.ariaBusy = "true";
  });
}
// A page that comes back from the back-forward cache has to work again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form")) form.ariaBusy = null;
});

// The server writes UTC; the browser knows where the reader is.
const styles = {
  day: { dateStyle: "long" },
  minute: { dateStyle: "medium", timeStyle: "short" },
};
for (const time of document.querySelectorAll("time[data-style]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.valueOf())) continue;
  const inFull = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "long" });
  time.title = inFull.format(at);
  time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, styles[time.dataset.style]).format(at);
}
