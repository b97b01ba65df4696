// The pages of docs/integrate: what they tell people to copy is what runs here.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Front } from "../attacks/weak.js";
import { PASSWORD, journey, signUp } from "../harness.js";

/** The first piece of code in a language on a page of the docs. */
function code(page, language) {
  const text = readFileSync(new URL(`../../docs/integrate/${page}.md`, import.meta.url), "utf8");
  return text.match(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``))[1];
}

journey("the page of plain HTML signs in, knows its person after a reload, and signs out", async ({ server, open }) => {
  await signUp(await open({ name: "first" }), "first-light");
  const front = await Front.open(server, { pages: { "/app": code("plain-html", "html") } });
  try {
    const { page } = await open({ name: "second" });
    page.removeAllListeners();
    await page.goto(`${front.url}/app`);
    await page.locator('[name="identifier"]').fill("first-light");
    await page.locator('[name="password"]').fill(PASSWORD);
    await page.locator("#sign-in button").click();
    await page.locator("#hello").waitFor();
    await page.reload();
    await page.locator("#hello").waitFor();
    assert.match(await page.locator("#hello").innerText(), /first-light/);
    await page.locator("#hello button").click();
    await page.locator("#sign-in").waitFor();
    await page.reload();
    await page.locator("#sign-in").waitFor();
  } finally {
    front.close();
  }
});
