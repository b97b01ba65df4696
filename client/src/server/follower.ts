/**
 * Follows the feed: reads on from a little before where it was, believes nothing that makes no sense, and never gives up.
 *
 * A heartbeat carries the server's time `now` at which it was sent, and proves the view as of that moment, not as of its arrival: a proxy that holds
 * it back must not make it young. See guard/src/verifier/freshness.rs for why this never tells too young an age.
 */

import { EventStream, type Heard, Lie, type Place, position, START } from "./feed.js";
import type { Issuer } from "./issuer.js";
import { RevokedSet } from "./revoked.js";
import { backoff, sleep, type World } from "./world.js";

/** How long to wait for a feed to open, and for the next word: a feed has a heartbeat every two seconds. */
const SILENCE_MS = 5_000;
const SHORTEST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;
/** How long an entry is kept at the least and at the most, whatever it says, and how long beyond its time. */
const SHORTEST_KEPT_MS = 600_000;
const LONGEST_KEPT_MS = 30 * 24 * 3_600_000;
const SLACK_MS = 60_000;
/** The most entries that are held: a feed that has more is broken. */
const MOST = 1 << 22;

/** What comes was sent long ago. */
class Late extends Error {}

export class Follower {
  /** What was revoked, by our steady clock. Asked without waiting in between: an entry that came counts at once. */
  readonly revoked = new RevokedSet();
  private readonly world: World;
  private readonly trail = new Trail();
  private readonly stopped = new AbortController();
  /** As of when the view is whole, by both clocks. */
  private wholeAt: { steady: number; wall: number } | undefined;
  private failures = 0;
  private first: () => void = () => {};
  private readonly heardOf = new Promise<void>((done) => (this.first = done));

  constructor(
    private readonly issuer: Issuer,
    private readonly maxStalenessMs: number,
  ) {
    this.world = issuer.world;
    void this.follow();
  }

  /** How old the view of the feed is; nothing before it was whole for the first time. By the clock that says more. */
  age(): number | undefined {
    if (!this.wholeAt) return undefined;
    return Math.max(this.world.steady() - this.wholeAt.steady, this.world.wall() - this.wholeAt.wall, 0);
  }

  /** When the view has been whole for the first time. */
  ready(): Promise<void> {
    return this.heardOf;
  }

  stop(): void {
    this.stopped.abort();
  }

  private async follow(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      await this.read().catch((lost) => {
        if (lost instanceof Lie) this.trail.restart();
        if (lost instanceof Late) this.trail.shorten();
      });
      if (!this.stopped.signal.aborted) await sleep(this.world, backoff(this.failures++, SHORTEST_WAIT_MS, LONGEST_WAIT_MS));
    }
  }

  private async read(): Promise<never> {
    const silent = new AbortController();
    let rest = () => {};
    const waiting = () => {
      rest();
      rest = this.world.after(SILENCE_MS, () => silent.abort());
    };
    try {
      waiting();
      const asked = this.world.steady();
      const reading = new Reading(this, asked);
      const feed = await this.issuer.feed(this.trail.resume(asked), AbortSignal.any([silent.signal, this.stopped.signal]));
      const stream = new EventStream();
      for await (const piece of feed) {
        for (const heard of stream.push(piece)) reading.take(heard);
        waiting();
      }
      throw stream.isBetweenEvents ? new Error("the feed has ended") : new Lie("the feed ends within an event");
    } finally {
      rest();
      silent.abort();
    }
  }

  /** From the moment this returns nobody whom it concerns is let through. */
  add(entry: Heard & { kind: "entry" }): void {
    if (this.revoked.size >= MOST) throw new Lie("the feed has too many entries");
    // By our steady clock: nobody who sets a clock, here or there, makes us forget early.
    const said = Math.max(entry.until - entry.at, entry.until - this.world.wall()) + SLACK_MS;
    const kept = Math.min(Math.max(said, SHORTEST_KEPT_MS), LONGEST_KEPT_MS);
    this.revoked.add(entry.of, this.world.steady() + kept);
    this.trail.pass(entry.place);
  }

  /** The view is whole as of the reading `asOf` of the steady clock. */
  prove(asOf: number, place: Place): void {
    const now = this.world.steady();
    const steady = Math.min(asOf, now);
    if (!this.wholeAt || steady >= this.wholeAt.steady) this.wholeAt = { steady, wall: this.world.wall() - (now - steady) };
    if (this.trail.mark(now, place)) this.revoked.forget(now);
    this.first();
    // Held back on its way, or the server's clock was set: a new connection tells.
    if (now - asOf > this.maxStalenessMs / 2) throw new Late();
    this.failures = 0;
  }

  steady(): number {
    return this.world.steady();
  }
}

/** One reading of the feed. */
class Reading {
  /** What to add to the server's time to get ours: the bound that makes the view older. */
  private offset: number | undefined;
  /** How far it came: nowhere yet, since a feed that begins anew begins at its start. */
  private place = START;

  constructor(
    private readonly follower: Follower,
    private readonly asked: number,
  ) {}

  take(heard: Heard): void {
    if (position(heard.place) < position(this.place)) throw new Lie("the feed's position goes back");
    this.place = heard.place;
    if (heard.kind === "entry") return this.follower.add(heard);
    // The first was sent after we had asked, and none arrives before it was sent.
    this.offset = Math.min(this.offset ?? this.asked - heard.now, this.follower.steady() - heard.now);
    this.follower.prove(heard.now + this.offset, this.place);
  }
}

/** How far back to begin when reading on, how far apart the marks are, and how many entries back where a minute's worth is too much. */
const OVERLAP_MS = 60_000;
const STEP_MS = 15_000;
const FEW = 1_000;

/** Where the feed was at which time: entries that became visible out of order are not missed by whoever reads on from before them. */
class Trail {
  private marks: { at: number; place: Place }[] = [];
  /** Where to read on once, instead. */
  private near: Place | undefined;
  private passed = 0;
  /** The last two places that lay `FEW` entries apart. */
  private steps: [Place, Place] = [START, START];

  /** Notes that an entry was read. */
  pass(place: Place): void {
    if (++this.passed % FEW === 0) this.steps = [this.steps[1], place];
  }

  /** Notes where the feed is now; says whether that was worth a mark. */
  mark(now: number, place: Place): boolean {
    const last = this.marks.at(-1);
    const isWorth = !last || now - last.at >= STEP_MS;
    if (isWorth) this.marks.push({ at: now, place });
    return isWorth;
  }

  /** Where to read on: where the feed was a while ago, at the beginning if there is no such place. */
  resume(now: number): Place {
    const near = this.near;
    this.near = undefined;
    const old = this.marks.findLastIndex(({ at }) => now - at >= OVERLAP_MS);
    this.marks = this.marks.slice(Math.max(old, 0));
    return near ?? (old < 0 ? START : (this.marks[0]?.place ?? START));
  }

  /** Begins nearer to the end the next time: reading all of it took so long that it was late before it was whole. */
  shorten(): void {
    this.near = this.steps[0];
  }

  restart(): void {
    this.marks = [];
    this.near = undefined;
    this.steps = [START, START];
  }
}
