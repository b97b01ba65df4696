/** What revocations concern, as in core/src/revocation/set.rs. */

import { expect, test } from "vitest";
import { RevokedSet } from "../../src/server/revoked.js";

const [ONE, OTHER, ME] = ["one", "other", "me"];
const before = (epoch: number, spared: string | null = null) => ({ account: ME, epoch, spared });
const of = (session: string, epoch: number, account = ME) => ({ session, account, epoch });

test("a session's entry concerns that session", () => {
  const set = new RevokedSet();
  set.add({ session: ONE }, 10);
  expect(set.revokes(of(ONE, 1))).toBe(true);
  expect(set.revokes(of(OTHER, 1))).toBe(false);
});

test("an account's entry concerns all older sessions but the spared one", () => {
  const set = new RevokedSet();
  set.add(before(3, ONE), 10);
  expect(set.revokes(of(ONE, 2))).toBe(false);
  expect(set.revokes(of(OTHER, 2))).toBe(true);
  expect(set.revokes(of(OTHER, 3))).toBe(false);
  expect(set.revokes(of(OTHER, 2, "another"))).toBe(false);
});

test("no later entry takes back what an earlier one ended, in whatever order and however often they are heard", () => {
  const entries = [before(2, ONE), before(3, OTHER)];
  for (const order of [[0, 1, 0], [1, 0, 1]]) {
    const set = new RevokedSet();
    for (const index of order) set.add(entries[index]!, 20 - index);
    expect(set.revokes(of(ONE, 1))).toBe(true);
    expect(set.revokes(of(OTHER, 2))).toBe(false);
    expect(set.size).toBe(2);
  }
});

test("entries are forgotten when the last token has expired", () => {
  const set = new RevokedSet();
  set.add(before(2), 20);
  set.add({ session: ONE }, 10);
  set.add({ session: ONE }, 5);
  set.forget(9);
  expect(set.size).toBe(2);
  set.forget(10);
  expect(set.size).toBe(1);
  set.forget(20);
  expect(set.size).toBe(0);
});
