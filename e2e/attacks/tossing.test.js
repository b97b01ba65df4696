// A cookie of the attacker's, tossed at our site from a sibling subdomain, so that a person acts as somebody else without noticing (session fixation).

import assert from "node:assert/strict";
import { SIBLING, attack, scene } from "./stage.js";

/** Writes a cookie for the whole site, from a page of the sibling. */
const toss = (page, cookie) => page.evaluate((cookie) => (document.cookie = cookie), cookie);

/** Every way to write one that could be taken for ours. */
function* spellings(name, value) {
  for (const spelled of [name, name.toLowerCase(), name.toUpperCase(), `=${name}`, `\u00a0${name}`]) {
    for (const more of ["", "; Secure; SameSite=None"]) yield `${spelled}=${value}; Domain=house.localhost; Path=/${more}`;
  }
}

/** The attacker's own session cookie, under the name it has here. */
const cookieOf = async (person) => (await person.context.cookies(person.url)).find((cookie) => /bitjang$/.test(cookie.name));

attack("a tossed cookie makes a person somebody else", { without: ["__Host-"] }, async (stage) => {
  const [mallory, victim] = [await stage.signedUp(), await stage.open()];
  const { name, value } = await cookieOf(mallory);
  await victim.page.goto(SIBLING);
  for (const cookie of spellings(name, value)) {
    await victim.context.clearCookies();
    await toss(victim.page, cookie);
    if ((await victim.isTakenFor()) === mallory.identifier) return true;
  }
  return false;
});

for (const without of [[], ["__Host-"]]) {
  scene(`whoever is signed in is never taken for somebody else, without ${without.join() || "nothing"}`, { without }, async (stage) => {
    const [mallory, victim] = [await stage.signedUp(), await stage.signedUp()];
    const { name, value } = await cookieOf(mallory);
    await victim.page.goto(SIBLING);
    for (const cookie of spellings(name, value)) await toss(victim.page, cookie);
    // Two cookies of one name: nobody, rather than one of two.
    assert.equal(await victim.isTakenFor(), without.length === 0 ? victim.identifier : undefined);
  });
}
