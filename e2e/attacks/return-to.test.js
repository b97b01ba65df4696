// A link to our sign-in page that leads to the attacker's afterwards (open redirect).

import { PASSWORD } from "../harness.js";
import { STRANGER, attack } from "./stage.js";

const { host } = new URL(STRANGER);
const TARGETS = [`${STRANGER}/`, `//${host}/`, `/\\${host}/`, `/\t/${host}/`, `\\\\${host}/`, `///${host}`];

// The policy of the page says where its form may lead, redirects and all.
const layers = ["local return_to", "content security policy"];
attack("a sign-in ends on the attacker's site", { without: layers, each: layers }, async (stage) => {
  const person = await stage.signedUp();
  for (const target of TARGETS) {
    await person.call("DELETE /v1/session");
    await person.page.goto(`${stage.url}/sign-in?return_to=${encodeURIComponent(target)}`);
    const form = person.page.locator('form[action="/sign-in"]');
    await form.locator('[name="identifier"]').fill(person.identifier);
    await form.locator('[name="password"]').fill(PASSWORD);
    const loaded = person.page.waitForEvent("load");
    const held = person.page.waitForEvent("console", (message) => message.text().includes("form-action"));
    // Whichever does not happen waits until the page closes.
    loaded.catch(() => {});
    held.catch(() => {});
    await form.locator("button:not([type])").click();
    await Promise.race([loaded, held]);
    if (new URL(person.page.url()).host === host) return true;
    await person.isTakenFor();
  }
  return false;
});
