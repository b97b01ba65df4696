// A phone's window and nothing but a keyboard.

import assert from "node:assert/strict";
import { assertSignedIn, assertSpeaks, journey, PASSWORD, PHONE } from "../harness.js";

for (const language of ["en", "ko"]) {
  journey(`signing up takes no pointer and no wide screen, in ${language}`, async ({ open }) => {
    const profile = await open({ name: "phone", language, device: PHONE });
    await profile.go("/");
    await assertFits(profile);
    await profile.shot("keyboard", "home");
    await tabTo(profile, 'main a[href^="/sign-up"]');
    await profile.follow(() => profile.page.keyboard.press("Enter"));
    assert.equal(profile.path, "/sign-up");
    await assertSpeaks(profile, language);
    await assertFits(profile);
    await tabTo(profile, 'input[name="identifier"]');
    await profile.page.keyboard.type("first-light");
    await tabTo(profile, 'input[name="password"]');
    await profile.page.keyboard.type(PASSWORD);
    await profile.shot("keyboard", "sign-up");
    await profile.follow(() => profile.page.keyboard.press("Enter"));
    await assertSignedIn(profile, "first-light");
    await assertFits(profile);
    await profile.shot("keyboard", "account");
    await tabTo(profile, 'form[action^="/sign-out"] button');
    await profile.follow(() => profile.page.keyboard.press("Enter"));
    assert.equal(await profile.cookie(), undefined);
  });
}

/** Presses Tab until what `selector` names has the focus, and shows that it has. */
async function tabTo({ page }, selector) {
  for (let stops = 0; stops < 40; stops += 1) {
    const [focused] = await page.locator(`${selector}:focus`).all();
    if (focused) return assertVisibleFocus(focused);
    await page.keyboard.press("Tab");
  }
  assert.fail(`no Tab leads to ${selector}`);
}

async function assertVisibleFocus(focused) {
  const ring = await focused.evaluate((element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
  });
  assert.ok(ring, "what has the focus shows it");
}

/** Nothing has to be scrolled sideways. */
async function assertFits({ page }) {
  const { wide, room } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
  }));
  assert.ok(wide <= room, `${wide} px in a window of ${room} px`);
}
