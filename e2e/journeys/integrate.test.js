// What the README and the pages of docs/integrate tell people to copy is what runs here.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Front } from "../attacks/weak.js";
import { PASSWORD, journey, signUp } from "../harness.js";

/** The pieces of code in a language on a page. */
function codes(page, language) {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``, "g"))].map(([, code]) => code);
}

journey("the page of plain HTML signs in, knows its person after a reload, and signs out", async ({ server, open }) => {
  await signUp(await open({ name: "first" }), "first-light");
  const front = await Front.open(server, { pages: { "/app": codes("docs/integrate/plain-html.md", "html")[0] } });
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

for (const page of ["README.md", "README.ko.md"]) {
  journey(`curl signs up, asks and signs out as ${page} says`, async ({ server }) => {
    const [signUp, signOut] = codes(page, "sh").filter((code) => code.startsWith("curl"));
    const run = (code) => {
      const here = code.replaceAll("localhost:8080", new URL(server.url).host).replaceAll("curl ", "curl --silent --show-error ");
      return execFileSync("sh", ["-ec", here], { cwd: server.folder, encoding: "utf8" });
    };
    assert.equal(run(signUp).match(/"identifier":"alice"/g).length, 2);
    assert.equal(run(signOut), "");
    assert.match(run("curl -b jar localhost:8080/v1/session"), /"signed_out"/);
  });
}
