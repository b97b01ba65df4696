// Passwords: a wrong one, and a change of one.

import assert from "node:assert/strict";
import {
  ANOTHER_PASSWORD, assertSignedIn, assertSignedOut, assertSpeaks, journey, PASSWORD, signIn, signUp,
} from "../harness.js";

for (const language of ["en", "ko"]) {
  journey(`a wrong password is told aloud and keeps the identifier, in ${language}`, async ({ open }) => {
    const profile = await open({ name: "only", language });
    await signUp(profile, "first-light");
    await profile.send("/sign-out");
    await profile.go("/sign-in");
    const status = await profile.sendInVain("/sign-in", { identifier: "first-light", password: ANOTHER_PASSWORD });
    assert.equal(status, 401);
    await assertSpeaks(profile, language);
    assert.notEqual((await profile.page.getByRole("alert").first().innerText()).trim(), "");
    const form = profile.form("/sign-in");
    assert.equal(await form.locator('input[name="identifier"]').inputValue(), "first-light");
    assert.equal(await form.locator('input[name="password"]').inputValue(), "");
    await profile.shot("wrong-password", "alert");
    await profile.send("/sign-in", { password: PASSWORD });
    await assertSignedIn(profile, "first-light");
  });
}

journey("a changed password ends the other devices and replaces the old one", async ({ open }) => {
  const [here, there] = [await open({ name: "here" }), await open({ name: "there" })];
  await signUp(here, "first-light");
  await signIn(there, "first-light");
  await here.go("/account");
  await here.send("/account/password", { current_password: PASSWORD, new_password: ANOTHER_PASSWORD });
  await here.shot("change-password", "changed");
  await assertSignedIn(here, "first-light");
  await assertSignedOut(there);
  await there.go("/sign-in");
  await there.sendInVain("/sign-in", { identifier: "first-light", password: PASSWORD });
  await assertSignedOut(there);
  await signIn(there, "first-light", ANOTHER_PASSWORD);
});

journey("a password is not changed by someone who does not know it", async ({ open }) => {
  const profile = await open({ name: "only" });
  await signUp(profile, "first-light");
  await profile.sendInVain("/account/password", { current_password: ANOTHER_PASSWORD, new_password: ANOTHER_PASSWORD });
  assert.notEqual((await profile.page.getByRole("alert").first().innerText()).trim(), "");
  await profile.shot("change-password", "refused");
  await profile.go("/account");
  await profile.send("/sign-out");
  await signIn(profile, "first-light", PASSWORD);
});
