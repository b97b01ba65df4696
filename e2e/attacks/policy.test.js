// The content security policy of the hosted pages: honest journeys never break it, and markup that slips into a page runs nothing.

import assert from "node:assert/strict";
import { ANOTHER_PASSWORD, PASSWORD } from "../harness.js";
import { attack, scene } from "./stage.js";

/** Notes every breach of the policy in every page of somebody's. */
async function breaches(person) {
  const noted = [];
  await person.context.exposeBinding("breach", (_, what) => noted.push(what));
  await person.context.addInitScript(() =>
    addEventListener("securitypolicyviolation", (event) => breach(`${event.violatedDirective} ${event.blockedURI} at ${location}`)),
  );
  return noted;
}

scene("the honest journey breaks no policy", {}, async (stage) => {
  const person = await stage.open();
  const noted = await breaches(person);
  const { page } = person;
  const fill = async (action, fields) => {
    const form = page.locator(`form[action="${action}"]`).first();
    for (const [name, value] of Object.entries(fields)) await form.locator(`input[name="${name}"]`).fill(value);
    const loaded = page.waitForEvent("load");
    await form.locator("button:not([type])").click();
    await loaded;
  };
  for (const language of ["en", "ko"]) {
    for (const path of ["/", "/sign-in", "/sign-up", "/nothing"]) await page.goto(`${stage.url}${path}?lang=${language}`);
    const identifier = `honest-${language}`;
    await page.goto(`${stage.url}/sign-up`);
    await page.locator('input[type="password"]').fill("short");
    await page.locator("button.reveal").first().click();
    await fill("/sign-up", { identifier, password: PASSWORD });
    await page.goto(`${stage.url}/account`);
    await fill("/account/password", { current_password: "wrong", new_password: ANOTHER_PASSWORD });
    await fill("/account/password", { current_password: PASSWORD, new_password: ANOTHER_PASSWORD });
    await page.goto(`${stage.url}/sign-out`);
    await fill("/sign-out", {});
    await page.goto(`${stage.url}/account`);
    await fill("/sign-in", { identifier, password: ANOTHER_PASSWORD });
    assert.equal(new URL(page.url()).pathname, "/account");
    await fill("/sign-out", {});
  }
  assert.deepEqual(noted, []);
});

attack("markup that slips into a page runs as a script", { without: ["escaping", "content security policy"], each: ["content security policy"] }, async (stage) => {
  const person = await stage.signedUp();
  await person.page.goto(`${stage.url}/account`);
  return person.page.evaluate(() => window.injected === true);
});
