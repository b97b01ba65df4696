// The next person at a shared computer presses Back.

import { setTimeout as pause } from "node:timers/promises";
import { attack } from "./stage.js";

for (const [how, leave] of Object.entries({
  "a sign-out here": (page) => page.locator('main form[action="/sign-out"] button').click(),
  "a sign-out that only the API was told": (page, person) => person.call("DELETE /v1/session").then(() => page.goto(`${person.url}/sign-in`)),
})) {
  attack(`after ${how}, Back shows the account page`, { without: ["no-store"] }, async (stage) => {
    const person = await stage.signedUp();
    await person.page.goto(`${stage.url}/`);
    await person.page.goto(`${stage.url}/account`);
    await leave(person.page, person);
    await person.page.waitForURL((url) => url.pathname !== "/account");
    const shown = await back(person);
    return shown.includes(person.identifier);
  });
}

/** Presses Back and reads the page that is then there. Over the wire to Chromium: Playwright loses sight of a page that comes out of the back-forward cache. */
async function back({ page, context }) {
  const chromium = await context.newCDPSession(page);
  const { currentIndex, entries } = await chromium.send("Page.getNavigationHistory");
  const account = entries.slice(0, currentIndex).findLast((entry) => entry.url.endsWith("/account"));
  await chromium.send("Page.navigateToHistoryEntry", { entryId: account.id });
  for (;;) {
    const expression = "document.readyState === 'complete' && location.href + document.body.innerText";
    const { result } = await chromium.send("Runtime.evaluate", { expression });
    if (/^[^?]+\/account|return_to/.test(result.value)) return result.value;
    await pause(20);
  }
}
