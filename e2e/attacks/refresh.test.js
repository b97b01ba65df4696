// The refresh ratchet in real browsers: honest ones, whatever their tabs and lost answers, stay signed in; a thief does not.

import assert from "node:assert/strict";
import { attack } from "./stage.js";

const REFRESH = "/v1/session/refresh";

/** Tabs of one browser, each with the session's CSRF token in its memory. */
async function tabs(person, count) {
  const pages = await Promise.all(Array.from({ length: count }, () => person.context.newPage()));
  await Promise.all(pages.map((page) => page.goto(`${person.url}/healthz`)));
  return pages.map((page) => () =>
    page.evaluate(
      (token) => fetch("/v1/session/refresh", { method: "POST", headers: { "x-csrf-token": token } }).then((answer) => answer.status, () => 0),
      person.csrfToken,
    ),
  );
}

/** Whether somebody can go on: refresh once more, and be known. */
const isOut = async (person) => (await person.refresh()) !== 200 || (await person.isTakenFor()) !== person.identifier;

// "Succeeds" means here that an honest person is signed out, as they are by servers that know no *again*.
for (const [count, together] of [
  [2, 2],
  // Chromium opens six connections to a server at once.
  [20, 6],
]) {
  attack(`${count} tabs that refresh at once sign a person out`, { without: ["again"], watched: true }, async (stage) => {
    const person = await stage.signedUp("token_cookies");
    const all = await tabs(person, count);
    stage.front.gather(REFRESH, together);
    const statuses = await Promise.all(all.map((refresh) => refresh()));
    const out = await isOut(person);
    if (!out) assert.deepEqual(new Set(statuses), new Set([200]));
    return out;
  });
}

attack("an answer lost in the middle of a refresh signs a person out", { without: ["again"], watched: true }, async (stage) => {
  const person = await stage.signedUp("token_cookies");
  await person.refresh();
  const [refresh] = await tabs(person, 1);
  stage.front.lose(REFRESH);
  stage.front.calls = [];
  assert.equal(await refresh(), 0);
  assert.equal(stage.front.calls[0].status, 200, "the server had turned the token");
  stage.front.lose(undefined);
  return isOut(person);
});

for (const first of ["thief", "owner"]) {
  attack(`a stolen refresh token outlives its theft, ${first} first`, { without: ["the ratchet"] }, async (stage) => {
    const [owner, thief] = [await stage.signedUp("token_cookies"), await stage.open()];
    await thief.context.addCookies(await owner.context.cookies());
    Object.assign(thief, { identifier: owner.identifier, csrfToken: owner.csrfToken });
    const [one, other] = first === "thief" ? [thief, owner] : [owner, thief];
    // The first goes on twice, so that there are two copies for certain; the other cannot go on without showing it.
    const statuses = [await one.refresh(), await one.refresh(), await other.refresh(), await other.refresh()];
    const over = (await isOut(owner)) && (await isOut(thief));
    const alive = !(await isOut(thief));
    assert.notEqual(over, alive, "for both or for none");
    if (over) assert.equal(statuses.includes(401), true);
    return alive;
  });
}

attack("a thief who goes in step with the owner is never noticed", { without: ["the ratchet"] }, async (stage) => {
  const [owner, thief] = [await stage.signedUp("token_cookies"), await stage.open()];
  await thief.context.addCookies(await owner.context.cookies());
  Object.assign(thief, { identifier: owner.identifier, csrfToken: owner.csrfToken });
  assert.deepEqual([await owner.refresh(), await thief.refresh()], [200, 200], "siblings of one token");
  const second = [await owner.refresh(), await thief.refresh()];
  const over = (await isOut(owner)) && (await isOut(thief));
  if (over) assert.deepEqual(second, [200, 401], "whoever comes second betrays it");
  return !over;
});
