/** Many tabs of one browser. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Model } from "./model.js";
import { ALICE, BOB, later, open, settle, soon, type Tab } from "./world.js";

let model: Model;
beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  model = new Model();
});
afterEach(() => vi.useRealTimers());

const statuses = (tabs: Tab[]) => new Set(tabs.map((tab) => tab.state().status));

async function twenty(browser: { locks?: boolean; channel?: boolean }): Promise<Tab[]> {
  const tabs = Array.from({ length: 20 }, () => open(model, { carrier: "token_cookies" }, browser));
  await soon(tabs[0]!.signIn(ALICE));
  for (const tab of tabs) tab.onChange(() => {});
  await settle();
  expect(statuses(tabs)).toEqual(new Set(["signed_in"]));
  return tabs;
}

test.each([true, false])("twenty tabs that wake at once refresh once (with a channel: %s)", async (channel) => {
  const tabs = await twenty({ channel });
  later(3_600);
  for (const tab of tabs) tab.waken();
  await settle();
  expect(model.calls("POST /v1/session/refresh")).toBe(1);
  later(3_600);
  await soon(Promise.all(tabs.map((tab) => tab.sessions())));
  expect(model.calls("POST /v1/session/refresh")).toBe(2);
  expect(statuses(tabs)).toEqual(new Set(["signed_in"]));
});

// Whoever wakes while answers are on their way could come late; with locks nobody can. The server is asked by all at once, and a fifth of all answers is lost.
test("without locks no honest tab is logged out, in a hundred of a hundred runs", async () => {
  for (let run = 1; run <= 100; run++) {
    model = new Model();
    const dice = seeded(run);
    const tabs = await twenty({ locks: false, channel: run % 2 === 0 });
    model.delay = () => dice() * 100;
    for (let wake = 0; wake < 5; wake++) {
      later(300 + dice() * 10_000);
      model.instead = (asked, jar) => {
        const isLost = dice() < 0.2;
        if (isLost) model.answer(asked, jar);
        return isLost ? "lost" : undefined;
      };
      for (const tab of tabs) tab.waken();
      await settle();
      model.instead = () => undefined;
      expect(statuses(tabs), `run ${run}`).toEqual(new Set(["signed_in"]));
      expect([...model.sessions.values()].some(({ ended }) => ended), `run ${run}`).toBe(false);
    }
  }
}, 120_000);

test("signing in and out is seen in every tab", async () => {
  const tabs = [1, 2, 3].map(() => open(model));
  for (const tab of tabs) tab.onChange(() => {});
  await settle();
  expect(statuses(tabs)).toEqual(new Set(["signed_out"]));
  await soon(tabs[0]!.signIn(ALICE));
  await settle();
  expect(statuses(tabs)).toEqual(new Set(["signed_in"]));
  await soon(tabs[1]!.signIn(BOB));
  await settle();
  for (const tab of tabs) expect(tab.state()).toMatchObject({ account: { id: "bob" } });
  await soon(tabs[2]!.signOut());
  await settle();
  expect(statuses(tabs)).toEqual(new Set(["signed_out"]));
});

test("the end of another session is no news to this one", async () => {
  const [first, second] = [open(model), open(model)];
  first.onChange(() => {});
  await soon(second.signIn(ALICE));
  await settle();
  const gone = open(model, { url: "https://id.example.org/" });
  await soon(gone.session());
  await soon(second.endSession("s1"));
  await settle();
  expect(first.state()).toEqual({ status: "signed_out" });
});

test("bearer sessions are each tab's own", async () => {
  const [first, second] = [open(model, { carrier: "bearer" }), open(model, { carrier: "bearer" })];
  await soon(first.signIn(ALICE));
  await soon(second.signIn(ALICE));
  second.onChange(() => {});
  await soon(first.signOut());
  await settle();
  expect(second.state().status).toBe("signed_in");
});

/** Small repeatable dice (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
