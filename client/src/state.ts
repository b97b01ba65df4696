/** Who is signed in, as far as this page knows, and what it holds in memory to act for them. Pure. */

import type { Account, Session, SignedInAnswer } from "./wire.js";

export type Who = { account: Account; session: Session };

export type State = Nobody<"unknown"> | Nobody<"signed_out"> | ({ status: "signed_in" } & Who);

/** Named, so that all three can be taken out of any state. */
type Nobody<Status> = { status: Status; account?: undefined; session?: undefined };

/** The state, and beside it the secrets, which never leave this module's callers. Times are milliseconds of the wall clock. */
export type Held = {
  state: State;
  /** When to ask again. */
  due: number;
  csrf?: string;
  access?: { token: string; until: number };
  /** Carrier `bearer`. */
  refresh?: string;
};

/** How long what the server said of a session is believed, where nothing in the answer expires: another device may have ended it. */
const BELIEVED_MS = 60_000;

export const UNKNOWN: Held = { state: { status: "unknown" }, due: 0 };
export const SIGNED_OUT: Held = { state: { status: "signed_out" }, due: Number.POSITIVE_INFINITY };

/** After the server named who is signed in, asked at the time `asked`: what expires is counted from then, so never too long. */
export function told(held: Held, answer: SignedInAnswer, asked: number): Held {
  const { account, session, csrf_token, access_token, refresh_token, expires_in } = answer;
  const before = sessionOf(held) === session.id ? held : UNKNOWN;
  const until = expires_in == null ? undefined : asked + expires_in * 1000;
  return {
    ...before,
    state: { status: "signed_in", account, session },
    due: until ?? (before.due > asked ? before.due : asked + BELIEVED_MS),
    ...(csrf_token && { csrf: csrf_token }),
    ...(access_token && until && { access: { token: access_token, until } }),
    ...(refresh_token && { refresh: refresh_token }),
  };
}

export const who = ({ state }: Held): Who | null =>
  state.status === "signed_in" ? { account: state.account, session: state.session } : null;

export const sessionOf = (held: Held): string | undefined => who(held)?.session.id;
export const accountOf = (held: Held): string | undefined => who(held)?.account.id;

/** `next`, with the very state of `held` if they say the same: who compares by identity sees no change. */
export function settled(held: Held, next: Held): Held {
  return JSON.stringify(held.state) === JSON.stringify(next.state) ? { ...next, state: held.state } : next;
}
