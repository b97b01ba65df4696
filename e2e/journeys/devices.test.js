// Two devices of one person: each is seen by the other, and ended by it.

import assert from "node:assert/strict";
import { assertSignedIn, assertSignedOut, assertSpeaks, journey, signIn, signUp } from "../harness.js";

for (const { language, javaScript } of [
  { language: "en", javaScript: true },
  { language: "ko", javaScript: false },
  { language: "ko", javaScript: true },
  { language: "en", javaScript: false },
]) {
  const how = javaScript ? "with JavaScript" : "without JavaScript";
  journey(`a second device ends the session of the first, in ${language}, ${how}`, async ({ open }) => {
    const story = javaScript ? "devices" : "devices-without-javascript";
    const first = await open({ name: "first", language, javaScript });
    await first.go("/");
    await assertSpeaks(first, language);
    await first.shot(story, "home");
    await first.go("/sign-up");
    await assertSpeaks(first, language);
    await first.shot(story, "sign-up");
    await signUp(first, "first-light");
    await assertSpeaks(first, language);
    await first.shot(story, "account");

    const second = await open({ name: "second", language, javaScript });
    await second.go("/sign-in");
    await assertSpeaks(second, language);
    await second.shot(story, "sign-in");
    await signIn(second, "first-light");
    await second.shot(story, "two-sessions");

    await second.send("/account/sessions/*/end");
    await second.shot(story, "ended-the-other");
    await assertSignedOut(first);
    await first.shot(story, "signed-out");
    await assertSignedIn(second, "first-light");

    await second.send("/sign-out");
    await second.shot(story, "signed-out");
    assert.equal(await second.cookie(), undefined);
    await assertSignedOut(second);
  });
}

journey("a device ends all other sessions at once", async ({ open }) => {
  const [first, second, third] = await Promise.all(["first", "second", "third"].map((name) => open({ name })));
  await signUp(first, "first-light");
  await signIn(second, "first-light");
  await signIn(third, "first-light");
  await third.go("/account");
  await third.send("/account/sessions/end-others");
  await assertSignedOut(first);
  await assertSignedOut(second);
  await assertSignedIn(third, "first-light");
});

journey("scripts of the page cannot read the session cookie", async ({ open }) => {
  const profile = await open({ name: "only" });
  await signUp(profile, "first-light");
  const { httpOnly, secure, sameSite, path } = await profile.cookie();
  assert.deepEqual({ httpOnly, secure, sameSite, path }, { httpOnly: true, secure: true, sameSite: "Lax", path: "/" });
  assert.equal(await profile.page.evaluate(() => document.cookie), "");
});
