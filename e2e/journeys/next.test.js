// A Next.js app in front of the server: what is rendered there is the person's own, in every tab, after every sleep; and nobody else's.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { before } from "node:test";
import { journey, PASSWORD } from "../harness.js";
import { buildNext, startNext } from "../next.js";

const ACCESS = "__Host-bitjang-access";
const REFRESH = "__Host-bitjang-refresh";

before(buildNext, { timeout: 300_000 });

const heading = (page, text) => page.locator("h1", { hasText: text }).waitFor();

async function enter(page, identifier, how) {
  await page.locator("[name=identifier]").fill(identifier);
  await page.locator("[name=password]").fill(PASSWORD);
  await page.locator(`button[name=${how}]`).click();
}

/** Opens the app as a stranger, refused in the meantime and never again, and signs up. */
async function signUp(profile, url, identifier) {
  const { page } = profile;
  profile.expect(401, "/v1/session", "/v1/csrf");
  const refused = page.waitForResponse((answer) => answer.url().endsWith("/v1/csrf"));
  await page.goto(url);
  await heading(page, "Who are you?");
  await refused;
  profile.expect();
  await enter(page, identifier, "sign-up");
  await heading(page, `Hello, ${identifier}!`);
}

/** What the server sends for the page, before any script runs. */
const rendered = async (page) => (await page.context().request.get(page.url())).text();
const valueOf = async (context, name) => (await context.cookies()).find((cookie) => cookie.name === name)?.value;
const forget = (context) => context.clearCookies({ name: ACCESS });

const app = (name, story) => journey(name, story, (server) => ({ BITJANG_PUBLIC_URL: server.appUrl }));

app("a next app signs in, renders on the server, writes by an action and a route, and signs out in every tab", async ({ server, open }) => {
  const { url } = await startNext(server);
  const profile = await open({ name: "only", sites: [url] });
  const { page, context } = profile;
  await signUp(profile, url, "first-light");
  assert.match(await rendered(page), /Hello, .*first-light/);

  await page.locator("[name=note]").fill("bread");
  await page.getByRole("button", { name: "Write" }).click();
  await page.locator("li", { hasText: "bread" }).waitFor();
  const status = await page.evaluate(async () => (await fetch("/notes", { method: "POST", body: "salt" })).status);
  assert.equal(status, 204);
  assert.deepEqual(await page.evaluate(async () => (await fetch("/notes")).json()), ["bread", "salt"]);

  const other = await context.newPage();
  await other.goto(url);
  await other.locator("li", { hasText: "salt" }).waitFor();
  await other.getByRole("button", { name: "Sign out" }).click();
  await heading(other, "Who are you?");
  await heading(page, "Who are you?");
  assert.deepEqual((await context.cookies()).map(({ name }) => name), []);
  assert.doesNotMatch(await rendered(page), /first-light/);
  profile.expect(401, "/notes");
  assert.equal(await page.evaluate(async () => (await fetch("/notes")).status), 401);
});

app("tokens are fresh before a next app renders: one refresh, all cookies handed on, and no cache keeps them", async ({ server, open }) => {
  const between = await Between.open(server);
  const { url } = await startNext(server, { through: between.url });
  const profile = await open({ name: "only", sites: [url] });
  const { page, context } = profile;
  await signUp(profile, url, "first-light");

  await forget(context);
  assert.ok(between.tellsFrom, "the server hears from whom");
  const before = await valueOf(context, REFRESH);
  between.asked.length = 0;
  assert.match(await rendered(page), /Hello, .*first-light/);
  assert.equal(between.refreshes(), 1);
  assert.ok(await valueOf(context, ACCESS));
  assert.notEqual(await valueOf(context, REFRESH), before);

  await rendered(page);
  assert.equal(between.refreshes(), 1, "while they are good nothing is refreshed");

  await forget(context);
  const answer = await context.request.get(`${url}/about`);
  assert.equal(answer.headers()["cache-control"], "private, no-store");
  const set = answer.headersArray().filter(({ name }) => name.toLowerCase() === "set-cookie").map(({ value }) => value.split("=")[0]);
  assert.ok(set.includes(ACCESS) && set.includes(REFRESH), set.join());

  await forget(context);
  between.asked.length = 0;
  for (const text of await Promise.all(Array.from({ length: 8 }, () => rendered(page)))) assert.match(text, /Hello, .*first-light/);
  assert.ok(between.refreshes() >= 1);
  await page.reload();
  await heading(page, "Hello, first-light!");
});

app("a server in trouble signs nobody out of a next app, and lets nobody in", async ({ server, open }) => {
  const between = await Between.open(server);
  const { url } = await startNext(server, { through: between.url });
  const profile = await open({ name: "only", sites: [url] });
  const { page, context } = profile;
  await signUp(profile, url, "first-light");

  await forget(context);
  const before = await context.cookies();
  between.fails = true;
  const answer = await context.request.get(`${url}/notes`);
  assert.equal(answer.status(), 500);
  assert.doesNotMatch(await rendered(page), /Who are you\?|Hello/);
  assert.deepEqual(await context.cookies(), before, "cookies are left alone");
  between.fails = false;
  assert.equal((await context.request.get(`${url}/notes`)).status(), 200);
  assert.match(await rendered(page), /Hello, .*first-light/);
});

app("who signed out elsewhere is nobody to a next app, though the access token has not expired", async ({ server, open }) => {
  const { url } = await startNext(server);
  const profile = await open({ name: "only", sites: [url] });
  const { page, context } = profile;
  await signUp(profile, url, "first-light");
  const stolen = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const status = async () => (await fetch(`${url}/notes`, { headers: { cookie: stolen } })).status;
  assert.equal(await status(), 200);
  await page.getByRole("button", { name: "Sign out" }).click();
  await heading(page, "Who are you?");
  const deadline = performance.now() + 2_000;
  while ((await status()) !== 401) assert.ok(performance.now() < deadline, "the feed tells within moments");
});

app("another origin's page writes nothing in a next app, and nothing around the proxy lets anybody in", async ({ server, open }) => {
  const { url } = await startNext(server);
  const profile = await open({ name: "only", sites: [url] });
  const { page, context } = profile;
  await signUp(profile, url, "first-light");

  // The same site, so that the Lax cookie comes along.
  const evil = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<form method="post" enctype="text/plain" action="${url}/notes"><input name="a" value="b"></form><script>document.forms[0].submit()</script>`);
  }).listen(0, "localhost");
  await once(evil, "listening");
  server.beside.push(() => (evil.closeAllConnections(), evil.close()));
  const attacked = await context.newPage();
  const answered = attacked.waitForResponse((response) => response.request().method() === "POST");
  await attacked.goto(`http://localhost:${evil.address().port}`);
  const answer = await answered;
  assert.match((await answer.request().allHeaders()).cookie, new RegExp(ACCESS), "the cookie came along");
  assert.equal(answer.status(), 401);
  assert.deepEqual(await (await context.request.get(`${url}/notes`)).json(), []);

  const skips = ["middleware", "proxy", "src/proxy", "proxy:proxy:proxy:proxy:proxy", "middleware:middleware:middleware:middleware:middleware"];
  for (const skip of skips) {
    const answer = await fetch(`${url}/notes`, { headers: { "x-middleware-subrequest": skip } });
    assert.equal(answer.status, 401, skip);
  }
  const headers = { "x-bitjang-trouble": "unavailable", cookie: `${REFRESH}=bjr_nonsense` };
  assert.equal((await fetch(`${url}/notes`, { headers })).status, 401, "trouble is the proxy's to tell");
  const [access] = (await context.cookies()).filter(({ name }) => name === ACCESS);
  for (const cookie of [`${ACCESS}=${access.value}; ${ACCESS}=${access.value}`, `${ACCESS}=${access.value.slice(0, -2)}`, `${ACCESS}=`]) {
    assert.equal((await fetch(`${url}/notes`, { headers: { cookie } })).status, 401);
  }
});

/** Stands between the app and the server, notes what is asked, and fails when told to. */
class Between {
  asked = [];
  fails = false;

  static async open(server) {
    const between = new Between();
    const listener = createServer((request, response) => between.pass(server, request, response)).listen(0, "localhost");
    await once(listener, "listening");
    server.beside.push(() => (listener.closeAllConnections(), listener.close()));
    between.url = `http://localhost:${listener.address().port}`;
    return between;
  }

  refreshes() {
    return this.asked.filter((call) => call === "POST /v1/session/refresh").length;
  }

  pass(server, request, response) {
    this.asked.push(`${request.method} ${request.url}`);
    this.tellsFrom ||= request.url === "/v1/accounts" && request.headers["x-forwarded-for"];
    if (this.fails) return response.writeHead(503, { "content-type": "application/problem+json" }).end('{"code":"unavailable","title":"","status":503}');
    const onward = ask(server.url + request.url, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }
}
