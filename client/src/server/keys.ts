/** The issuer's keys: read anew every few minutes, and when a token names one that is not known, but never in a storm. */

import type { Issuer } from "./issuer.js";
import type { Key } from "./key.js";
import { backoff } from "./world.js";

/** How often to read them while tokens are verified, and how far apart at the least. */
const EVERY_MS = 300_000;
const APART_MS = 30_000;
const SHORTEST_WAIT_MS = 100;

export class Keys {
  /** Those that are known now, by name. */
  known: ReadonlyMap<string, Key>;
  private readAt = Number.NEGATIVE_INFINITY;
  private mayReadAt = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private reading: Promise<void> | undefined;

  /** `own` are keys that the app brought, beside those that are published. */
  constructor(
    private readonly issuer: Issuer,
    private readonly own: Key[],
  ) {
    this.known = byName(own);
  }

  /** Begins to read them where it is time; waits for it where what is known is too old to be judged by. */
  async current(): Promise<void> {
    const age = this.issuer.world.steady() - this.readAt;
    if (age < EVERY_MS) return;
    const read = this.anew();
    if (age >= 2 * EVERY_MS) await read;
  }

  /** Reads them once more, unless that was done a moment ago. Many who want it wait for one. A reading that fails changes nothing. */
  anew(): Promise<void> {
    const now = this.issuer.world.steady();
    if (!this.reading && now < this.mayReadAt) return Promise.resolve();
    this.reading ??= this.read(now).finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async read(begun: number): Promise<void> {
    try {
      this.known = byName([...this.own, ...(await this.issuer.keys())]);
      this.readAt = begun;
      this.failures = 0;
      this.mayReadAt = begun + APART_MS;
    } catch {
      this.mayReadAt = begun + backoff(this.failures++, SHORTEST_WAIT_MS, APART_MS);
    }
  }
}

/** Of two with one name, the first. */
function byName(keys: Key[]): ReadonlyMap<string, Key> {
  return new Map([...keys].reverse().map((key) => [key.kid, key]));
}
