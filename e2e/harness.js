// A journey: a fresh server, a fresh browser, and profiles that must not have complained at the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { says } from "./language.js";
import { Profile } from "./profile.js";
import { Server } from "./server.js";

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Long enough for slow machines; nothing ever waits for it to pass. */
const AT_MOST_MS = 120_000;

/** A phone, as far as a page can see. */
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** Two passwords that are strong enough. */
export const PASSWORD = "violet lanterns over a quiet harbour";
export const ANOTHER_PASSWORD = "seven wooden bridges in late autumn";

/** Tells `story` as a test. It is given `server`, and `open`, which opens a profile. `settings` are the server's. */
export function journey(name, story, settings = {}) {
  test(name, { timeout: AT_MOST_MS }, async () => {
    const server = await Server.start({ settings });
    try {
      await browse(server, story, name.replace(/\W+/g, "-"));
    } catch (error) {
      console.error(`the server said, at last:\n${server.log.slice(-4000)}`);
      throw error;
    } finally {
      await server.close();
    }
  });
}

async function browse(server, story, name) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const profiles = [];
  const open = async (options) => {
    const profile = await Profile.open(browser, server, options);
    profiles.push(profile);
    return profile;
  };
  try {
    await story({ server, open });
    const complaints = profiles.flatMap((profile) => [...profile.complaints]);
    assert.ok(complaints.length === 0, `complaints:\n${complaints.join("\n")}`);
  } catch (error) {
    await Promise.allSettled(profiles.map((profile) => profile.shot("failed", name)));
    throw error;
  } finally {
    await browser.close();
  }
}

/** Signs up through the page, and stands on the account page. */
export async function signUp(profile, identifier, password = PASSWORD) {
  await profile.go("/sign-up");
  await profile.send("/sign-up", { identifier, password });
  await assertSignedIn(profile, identifier);
}

/** Signs in through the page, and stands on the account page. */
export async function signIn(profile, identifier, password = PASSWORD) {
  await profile.go("/sign-in");
  await profile.send("/sign-in", { identifier, password });
  await assertSignedIn(profile, identifier);
}

/** The account page opens, and is about `identifier`. */
export async function assertSignedIn(profile, identifier) {
  await profile.go("/account");
  assert.equal(profile.path, "/account");
  const text = await profile.page.locator("main").innerText();
  assert.ok(text.includes(identifier), `the account page names ${identifier}`);
}

/** The account page sends to the sign-in page. */
export async function assertSignedOut(profile) {
  await profile.go("/account");
  assert.equal(profile.path, "/sign-in");
}

/** The page says which language it is in, and speaks it. */
export async function assertSpeaks(profile, language) {
  assert.equal((await profile.page.locator("html").getAttribute("lang")).slice(0, 2), language);
  const heading = await profile.page.locator("h1").first().innerText();
  assert.ok(says(language, heading), `"${heading}" is in the messages of ${language}`);
}
