// The community: a post is written, defended, moderated; all of it without JavaScript as well.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { Community } from "../community.js";
import { CHROMIUM, FLAGS, PHONE } from "../harness.js";
import { Profile } from "../profile.js";

const HOSTILE = "<script>document.title = 'taken'</script><img src=x>";

for (const [language, javaScript, device] of [["en", true, {}], ["ko", false, PHONE]]) {
  test(`the community keeps its posts, in ${language}`, { timeout: 240_000 }, async () => {
    const community = await Community.start();
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    const profiles = [];
    const open = async (name) => {
      const profile = await Profile.open(browser, community, { name, language, javaScript, device });
      profiles.push(profile);
      await profile.go("/sign-in?return_to=/");
      await profile.send("/sign-in", { identifier: name, password: community.password });
      assert.equal(profile.path, "/");
      return profile;
    };
    try {
      await story(open);
      const complaints = profiles.flatMap((profile) => [...profile.complaints]);
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
      await community.close();
    }
  });
}

async function story(open) {
  const [alice, bob] = [await open("alice"), await open("bob")];
  await write(alice, "/posts", { title: "Mine alone", body: HOSTILE });
  const post = alice.path;
  await alice.shot("community", "written");
  assert.ok((await alice.page.locator("main").innerText()).includes(HOSTILE), "hostile text is text");

  await bob.go(post);
  assert.equal(await bob.form(`${post}/delete`).count(), 0, "nothing to press");
  await write(bob, `${post}/comments`, { body: "Not mine" });
  await bob.shot("community", "commented");
  await bob.go("/try");
  assert.equal(await bob.sendInVain("/try"), 403);
  await bob.shot("community", "denied-and-why");
  assert.equal(await bob.page.getByRole("alert").count(), 1);

  await alice.go(`${post}/edit`);
  await write(alice, `${post}/edit`, { title: "Mine alone, still" });
  await alice.go("/");
  await alice.shot("community", "front");

  const ned = await open("ned");
  assert.equal(await ned.form("/posts").count(), 0, "a banned account reads only");
  await ned.shot("community", "banned");

  const mo = await open("mo");
  await mo.go(post);
  await mo.send("/comments/*/delete");
  await mo.send(`${post}/delete`);
  await mo.go("/members");
  await mo.shot("community", "members-for-a-moderator");

  const ada = await open("ada");
  await ada.go("/members");
  await ada.shot("community", "members-for-an-admin");
  await ada.page.locator("section.member", { hasText: "Bob" }).locator('form[action$="/roles"] button').click();
  await bob.go("/members");
  assert.equal(bob.path, "/members", "the role counts at once");
  await bob.send("/sign-out");
  await bob.go("/try");
  assert.equal(bob.path, "/sign-in");
}

/** As `send`, for forms with a text of several lines. */
async function write(profile, action, fields) {
  const form = profile.form(action);
  for (const [name, value] of Object.entries(fields)) await form.locator(`[name="${name}"]`).fill(value);
  await profile.follow(() => form.locator("button").click());
}
