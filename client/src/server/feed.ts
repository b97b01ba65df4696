/**
 * What the feed of revocations says, and only that: an unknown field, a missing one, another type or another spelling is a lie, and of a feed that
 * lies nothing more is believed.
 */

import { integer, type Members, NotJson, plainText, readObject } from "./json.js";
import type { Revoked } from "./revoked.js";
import { isAccount, isSession } from "./token.js";

/** A place in the feed: `0` before its first entry, else a position and what stands for the entry there, so that no other feed has it. */
export type Place = string;

/** Before the first entry. */
export const START: Place = "0";

/** Where a place lies among those of one feed. */
export const position = (place: Place): bigint => BigInt(place.split("-", 1)[0] ?? "");

/** Something was revoked, or that was all; and behind which place of the feed it is said. Times are milliseconds since the Unix epoch. */
export type Heard = { place: Place } & ({ kind: "entry"; of: Revoked; at: number; until: number } | { kind: "heartbeat"; now: number });

/** A feed that says what none of ours says. */
export class Lie extends Error {}

/** The longest line that is read, in bytes. */
const LONGEST = 1_024;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

type Event = { id?: string; event?: string; data?: string };

/** Server-sent events (HTML, section 9.2.6), in whatever pieces they come, as strictly as one program may read what another writes. */
export class EventStream {
  private line: number[] = [];
  private event: Event = {};

  /** Whether everything that came was made of whole events. */
  get isBetweenEvents(): boolean {
    return this.line.length === 0 && Object.keys(this.event).length === 0;
  }

  *push(bytes: Uint8Array): Generator<Heard> {
    for (const byte of bytes) {
      if (byte !== LINE_FEED) {
        if (this.line.push(byte) > LONGEST) throw new Lie("a line is too long");
        continue;
      }
      const heard = this.take();
      if (heard) yield heard;
    }
  }

  private take(): Heard | undefined {
    if (this.line.at(-1) === CARRIAGE_RETURN) this.line.pop();
    const line = plainText(Uint8Array.from(this.line));
    this.line = [];
    if (line === undefined) throw new Lie("a line is not text");
    if (line !== "") {
      this.field(line);
      return undefined;
    }
    const event = this.event;
    this.event = {};
    return Object.keys(event).length === 0 ? undefined : heard(event);
  }

  private field(line: string): void {
    const [, name, value = ""] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
    if (name === "" || name === "retry") return;
    if (name !== "id" && name !== "event" && name !== "data") throw new Lie("a field is not known");
    if (this.event[name] !== undefined) throw new Lie("a field is repeated");
    this.event[name] = value;
  }
}

const KINDS = { revocation: entry, heartbeat };

export function heard({ id, event = "", data = "" }: Event): Heard {
  if (!Object.hasOwn(KINDS, event)) throw new Lie("an event is not known");
  const heard = KINDS[event as keyof typeof KINDS](membersOf(data));
  if (!heard) throw new Lie("an event is malformed");
  if (id !== undefined && id !== heard.place) throw new Lie("an event has two positions");
  return heard;
}

function membersOf(data: string): Members {
  try {
    return readObject(data, []);
  } catch (error) {
    throw error instanceof NotJson ? new Lie("an event is malformed") : error;
  }
}

function heartbeat(members: Members): Heard | undefined {
  const [place, now] = [placeIn(members), time(members, "now")];
  if (place === undefined || now === undefined || !areAll(members, "position", "now")) return undefined;
  return { kind: "heartbeat", place, now };
}

function entry(members: Members): Heard | undefined {
  const [place, at, until, of] = [placeIn(members), time(members, "at"), time(members, "until"), revoked(members)];
  if (place === undefined || place === START || at === undefined || until === undefined || !of || until < at) return undefined;
  return { kind: "entry", place, of, at, until };
}

function revoked(members: Members): Revoked | undefined {
  const [session, account, spared, epoch] = [
    members.get("session"),
    members.get("account"),
    members.get("spared"),
    integer(members.get("epoch")),
  ];
  const isId = (value: unknown): value is string => typeof value === "string" && isSession(value);
  if (areAll(members, "position", "session", "at", "until")) return isId(session) ? { session } : undefined;
  if (!areAll(members, "position", "account", "epoch", "spared", "at", "until") || epoch === undefined) return undefined;
  if (typeof account !== "string" || !isAccount(account)) return undefined;
  return spared === null || isId(spared) ? { account, epoch, spared } : undefined;
}

const areAll = (members: Members, ...names: string[]) => members.size === names.length && names.every((name) => members.has(name));

/** A place has one spelling: 8 bytes in base64url leave four bits for the last character. */
function placeIn(members: Members): Place | undefined {
  const text = members.get("position");
  return typeof text === "string" && /^(0|[1-9]\d{0,19}-[\w-]{10}[AEIMQUYcgkosw048])$/.test(text) ? text : undefined;
}

function time(members: Members, name: string): number | undefined {
  const text = members.get(name);
  const isTime = typeof text === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text);
  const time = isTime ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
