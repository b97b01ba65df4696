/** Tabs with a client each, and a clock that moves when told to. */

import { vi } from "vitest";
import { type Client, clientIn, type Options } from "../src/client.js";
import { API, HOME, type Model } from "./model.js";

export const ALICE = { identifier: "alice", password: "right" };
export const BOB = { identifier: "bob", password: "right" };

export type Tab = Client & { waken(): void };

export function open(model: Model, options: Partial<Options> = {}, browser: { locks?: boolean; channel?: boolean } = {}): Tab {
  const world = model.tab(browser);
  return { ...clientIn(world, { url: HOME, apis: [API], ...options }), waken: world.waken };
}

/** What `work` gives, while the clock runs as far as it takes. */
export async function soon<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  void work.catch(() => {}).finally(() => (isDone = true));
  while (!isDone) await vi.advanceTimersByTimeAsync(1);
  return work;
}

/** Lets everything that is on its way arrive. */
export const settle = () => vi.advanceTimersByTimeAsync(60_000);
export const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
