// A script of the attacker's in a page of an app (XSS): what it finds there, and what that is worth in another browser.

import assert from "node:assert/strict";
import { PASSWORD } from "../harness.js";
import { attack, scene } from "./stage.js";

/** An app of one page, on the server's own origin. `keep` is what it does with what a sign-in answers. */
const app = (carrier, keep) => ({
  "/app": `<!doctype html><title>app</title><script type="module">
    const body = JSON.stringify({ identifier: location.hash.slice(1), password: ${JSON.stringify(PASSWORD)}, carrier: "${carrier}" });
    const answer = await (await fetch("/v1/session", { method: "POST", headers: { "content-type": "application/json" }, body })).json();
    ${keep}
    document.title = "signed in";
  </script>`,
});

/** The paved path: cookies that no script reads, and the CSRF token in a variable of the module. */
const IN_MEMORY = "const csrfToken = answer.csrf_token;";

/** All that a script finds in a page without asking the server. Runs in the app's page. */
async function loot() {
  const found = [document.cookie, ...Object.values({ ...localStorage }), ...Object.values({ ...sessionStorage })];
  for (const { name } of await indexedDB.databases()) found.push(`database ${name}`);
  for (const name of Object.getOwnPropertyNames(window)) if (typeof window[name] === "string") found.push(window[name]);
  for (const store of await cookieStore.getAll()) found.push(`${store.name}=${store.value}`);
  return found.join("\n");
}

/** Whether the attacker, elsewhere, is taken for somebody by what was found: as cookies, or as a bearer token. */
async function worth(stage, found) {
  const cookies = new Set(found.match(/__Host-bitjang[\w-]*=[\w.-]+/g));
  const tokens = found.match(/ey[\w-]+\.[\w-]+\.[\w-]+/g) ?? [];
  const tries = [{ cookie: [...cookies].join("; ") }, ...tokens.map((token) => ({ authorization: `Bearer ${token}` }))];
  const { port } = new URL(stage.url);
  const answers = await Promise.all(tries.map((headers) => fetch(`http://127.0.0.1:${port}/v1/session`, { headers })));
  return answers.some((answer) => answer.ok);
}

async function openApp(stage) {
  const victim = await stage.signedUp();
  await victim.page.goto(`${stage.url}/app#${victim.identifier}`);
  await victim.page.waitForFunction(() => document.title === "signed in");
  return victim;
}

for (const carrier of ["cookie", "token_cookies"]) {
  attack(`a script in the page carries the session away, by ${carrier}`, { without: ["HttpOnly"], pages: app(carrier, IN_MEMORY) }, async (stage) => {
    const victim = await openApp(stage);
    return worth(stage, await victim.page.evaluate(loot));
  });
}

scene("a script in the page of an app that keeps tokens in localStorage carries the session away", { pages: app("bearer", "localStorage.token = answer.access_token;") }, async (stage) => {
  const victim = await openApp(stage);
  assert.equal(await worth(stage, await victim.page.evaluate(loot)), true);
});

// Nobody can take this away from a script that runs as the page: it acts while the page is open, and is done when it closes.
scene("a script in the page can act there, but what it is told is worth nothing elsewhere", { pages: app("cookie", IN_MEMORY) }, async (stage) => {
  const victim = await openApp(stage);
  const token = await victim.page.evaluate(() => fetch("/v1/csrf").then((answer) => answer.json()).then((answer) => answer.csrf_token));
  const thief = await stage.open();
  thief.csrfToken = token;
  assert.equal((await thief.call("DELETE /v1/session")).status, 401);
  const other = await stage.signedUp();
  other.csrfToken = token;
  assert.equal((await other.call("DELETE /v1/session")).body.code, "csrf_token");
});
