// A React app on another origin: signs in, calls an API on a third, is seen in every tab, and leaves nothing where a script could find it.

import assert from "node:assert/strict";
import { ANOTHER_PASSWORD, journey, PASSWORD } from "../harness.js";
import { startSpa } from "../spa.js";

/** How long a signed-in page may take beside the password's hash, in milliseconds. */
const SOON_MS = 300;

/** How many times twenty tabs wake: once in the test command; `RUNS=100 npm test` for the figure. */
const RUNS = Number(process.env.RUNS ?? 1);

/** What a page without a session cannot but be refused when it asks who is there. */
const ASKED = { cookie: ["/v1/session"], token_cookies: ["/v1/session", "/v1/csrf"], bearer: [] };

const heading = (page, text) => page.locator("h1", { hasText: text }).waitFor();

/** Opens the app as a stranger: refused in the meantime, and never again. */
async function arrive(profile, url, carrier) {
  profile.expect(401, ...ASKED[carrier]);
  await profile.page.goto(url);
  await heading(profile.page, "Who are you?");
  profile.expect();
}

async function enter(page, identifier, how, password = PASSWORD) {
  await page.locator("[name=identifier]").fill(identifier);
  await page.locator("[name=password]").fill(password);
  await page.locator(`button[name=${how}]`).click();
}

for (const carrier of ["cookie", "token_cookies", "bearer"]) {
  journey(`a react app on another origin signs in and out, by ${carrier}`, async ({ server, open }) => {
    const spa = await startSpa(server, { carrier });
    const profile = await open({ name: "only", sites: [spa.url, spa.api.url] });
    const { page, context } = profile;
    await arrive(profile, spa.url, carrier);
    await enter(page, "first-light", "sign-up");
    await heading(page, "Hello, first-light!");
    await page.locator("#notes", { hasText: "Notes of first-light" }).waitFor();
    assert.ok(spa.api.seen.every(({ cookie, authorization }) => !cookie && authorization.startsWith("Bearer ")));
    await assertNothingIsKept(page);

    if (carrier !== "bearer") {
      await page.reload();
      await heading(page, "Hello, first-light!");
      const other = await context.newPage();
      await other.goto(spa.url);
      await heading(other, "Hello, first-light!");
      await other.getByRole("button", { name: "Sign out" }).click();
      await heading(other, "Who are you?");
      await heading(page, "Who are you?");
      await enter(other, "first-light", "sign-in");
      await heading(page, "Hello, first-light!");
    }
    await page.getByRole("button", { name: "Sign out" }).click();
    await heading(page, "Who are you?");
    assert.deepEqual((await context.cookies()).map(({ name }) => name), []);
  });
}

async function assertNothingIsKept(page) {
  const kept = await page.evaluate(async () => ({
    local: localStorage.length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    cookie: document.cookie,
    caches: (await caches.keys()).length,
  }));
  assert.deepEqual(kept, { local: 0, session: 0, databases: 0, cookie: "", caches: 0 });
}

journey("from click to signed-in page takes little more than the password's hash", async ({ server, open }) => {
  const spa = await startSpa(server);
  const profile = await open({ name: "only", sites: [spa.url, spa.api.url] });
  const { page } = profile;
  await arrive(profile, spa.url, "cookie");
  await enter(page, "first-light", "sign-up");
  await heading(page, "Hello, first-light!");
  const spent = [];
  for (let run = 0; run < 5; run++) {
    await page.getByRole("button", { name: "Sign out" }).click();
    await heading(page, "Who are you?");
    await page.locator("[name=identifier]").fill("first-light");
    await page.locator("[name=password]").fill(PASSWORD);
    const seen = page.evaluate(() => {
      const began = new Promise((done) => document.querySelector("button[name=sign-in]").addEventListener("click", () => done(performance.now())));
      const ended = new Promise((done) => new MutationObserver(() => document.body.innerText.includes("Hello") && done(performance.now())).observe(document.body, { childList: true, subtree: true }));
      return Promise.all([began, ended]).then(([from, to]) => to - from);
    });
    const answered = page.waitForResponse((answer) => answer.request().method() === "POST" && answer.url().endsWith("/v1/session"));
    await page.locator("button[name=sign-in]").click();
    const { requestStart, responseStart } = (await answered).request().timing();
    spent.push((await seen) - (responseStart - requestStart));
  }
  const median = spent.sort((a, b) => a - b)[2];
  console.log(`click to signed-in page: ${median.toFixed(0)} ms beside the sign-in itself`);
  assert.ok(median < SOON_MS, `${median} ms`);
});

journey("twenty tabs that wake at once refresh once", async ({ server, open }) => {
  const spa = await startSpa(server, { carrier: "token_cookies" });
  const profile = await open({ name: "only", sites: [spa.url, spa.api.url] });
  const { page, context } = profile;
  await arrive(profile, spa.url, "token_cookies");
  await enter(page, "first-light", "sign-up");
  await heading(page, "Hello, first-light!");
  const tabs = [page, ...(await Promise.all(Array.from({ length: 19 }, () => context.newPage())))];
  for (const tab of tabs.slice(1)) await tab.goto(spa.url);
  await Promise.all(tabs.map((tab) => heading(tab, "Hello, first-light!")));
  for (let run = 1; run <= RUNS; run++) {
    let refreshes = 0;
    // The first tab that gets the lock asks who is signed in, before it refreshes.
    profile.expect(401, "/v1/session");
    const count = (request) => (refreshes += Number(request.method() === "POST" && request.url().endsWith("/v1/session/refresh")));
    context.on("request", count);
    // Sleep, as far as anybody can tell: the access cookie is gone and every clock is an hour on.
    await context.clearCookies({ name: "__Host-bitjang-access" });
    await Promise.all(tabs.map((tab) => tab.evaluate(() => {
      const real = (globalThis.realNow ??= Date.now);
      globalThis.aheadBy = (globalThis.aheadBy ?? 0) + 3_600_000;
      Date.now = () => real() + globalThis.aheadBy;
    })));
    await Promise.all(tabs.map((tab) => tab.evaluate(() => window.dispatchEvent(new Event("online")))));
    // Who gets the lock last has seen it all.
    await Promise.all(tabs.map((tab) => tab.evaluate((url) => navigator.locks.request(`bitjang ${url}`, () => {}), server.url)));
    assert.equal(refreshes, 1, `run ${run}`);
    await Promise.all(tabs.map((tab) => heading(tab, "Hello, first-light!")));
    context.off("request", count);
    profile.expect();
  }
});
