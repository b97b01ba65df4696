// The lab: the whole matrix run from its page and compared with what each scheme expects, a run replayed, a token explained, the bottleneck plotted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { CHROMIUM, FLAGS, PHONE } from "../harness.js";
import { Lab } from "../lab.js";
import { Profile } from "../profile.js";

/** The whole matrix is to run within three minutes. */
const MATRIX_MS = 180_000;

test("the lab plays every attack against every scheme, and shows what it saw", { timeout: 360_000 }, async () => {
  const lab = await Lab.open();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const profiles = [];
  const open = async (name, options) => {
    const profile = await Profile.open(browser, lab, { name, ...options });
    profiles.push(profile);
    return profile;
  };
  try {
    const reader = await open("reader", {});
    await matrix(reader);
    await replay(reader);
    await bottleneck(reader);
    await onAPhone(await open("phone", { language: "ko", javaScript: false, device: { ...PHONE, colorScheme: "dark" } }));
    assert.deepEqual(profiles.flatMap((profile) => [...profile.complaints]), []);
  } finally {
    await browser.close();
    await lab.close();
  }
});

async function matrix(reader) {
  await reader.go("/?lang=en");
  assert.equal(await reader.page.locator("td.green, td.amber, td.red").count(), 0, "nothing is coloured before it was run");
  await reader.send("/run?lang=en");
  await reader.page.locator("progress").waitFor();
  await reader.shot("lab", "under-way");
  await reader.form("/run?lang=en").waitFor({ timeout: MATRIX_MS });
  const cells = await reader.page.locator("td[data-expected]").evaluateAll((all) =>
    all.map((cell) => ({ cell: cell.firstChild.pathname, seen: cell.className, expected: cell.dataset.expected })),
  );
  const [schemes, attacks] = [await reader.page.locator("thead th").count(), await reader.page.locator("tbody th").count()];
  assert.equal(cells.length, schemes * attacks);
  assert.deepEqual(cells.filter(({ seen, expected }) => seen !== expected), []);
  await reader.shot("lab", "matrix");
}

async function replay(reader) {
  await reader.follow(() => reader.page.locator('td a[href^="/cell/refresh-cookie/two-tabs"]').click());
  await reader.page.locator(".verdict.red").waitFor();
  const steps = await reader.page.locator("#told > li").count();
  assert.ok(steps > 3);
  assert.equal(await reader.page.locator("svg .arrow").count(), steps, "every step is drawn");
  const signIn = reader.page.locator("#told details").first();
  await signIn.locator("summary").click();
  assert.match(await signIn.locator("pre").first().innerText(), /"sub": ?"alice"/, "tokens are shown as anybody reads them");
  await reader.shot("lab", "replay");
  await reader.follow(() => signIn.getByRole("button", { name: "What does a server check in it?" }).first().click());
  assert.equal(reader.path, "/token");
  assert.ok((await reader.page.locator("main li").allInnerTexts()).some((check) => check.startsWith("✓ exp:")));
  await reader.shot("lab", "token");
}

async function bottleneck(reader) {
  await reader.go("/bottleneck?lang=en");
  await reader.send("/bottleneck?lang=en");
  await reader.page.locator("#rates").waitFor({ timeout: 120_000 });
  const lines = await reader.page.locator("#rates li").allInnerTexts();
  const growth = Object.fromEntries(lines.map((line) => [line.split(":")[0], line.match(/\d+/g).map(Number)]).map(([id, rates]) => [id, rates.at(-1) / rates.at(-3)]));
  assert.equal(await reader.page.locator("svg polyline").count(), 4);
  assert.ok(growth["session-db"] < growth["jwt-local-storage"], `one DB for all is the bottleneck: ${lines.join("; ")}`);
  await reader.shot("lab", "bottleneck");
}

/** In Korean, in the dark, and without JavaScript. */
async function onAPhone(phone) {
  const fits = async () => {
    assert.equal(await phone.page.locator("html").getAttribute("lang"), "ko");
    assert.ok(await phone.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${phone.page.url()} is too wide`);
  };
  await phone.go("/");
  await fits();
  await phone.shot("lab", "matrix");
  await phone.follow(() => phone.page.locator('td a[href^="/cell/bitjang/thief-first"]').click());
  await phone.send("/cell/bitjang/thief-first?lang=ko");
  await phone.page.locator(".verdict.green").waitFor();
  await fits();
  await phone.shot("lab", "replay");
  await phone.go("/token");
  await phone.page.locator("textarea").fill("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsImV4cCI6MX0.");
  await phone.send("/token?lang=ko");
  assert.equal(await phone.page.locator("main li").filter({ hasText: "✗" }).count(), 2, "no algorithm, and expired");
  await fits();
  await phone.shot("lab", "token");
  await phone.go("/bottleneck");
  await fits();
  await phone.shot("lab", "bottleneck");
}
