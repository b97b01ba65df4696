/** For servers in JavaScript: checks access tokens in memory, by the issuer's keys and its feed of revocations, asking nobody. */

import { Follower } from "./server/follower.js";
import { Issuer } from "./server/issuer.js";
import { type Key, sharedKey } from "./server/key.js";
import { Keys } from "./server/keys.js";
import { type Caller, type Reason, Rejected, read } from "./server/token.js";
import { program, sleep, type World } from "./server/world.js";

export type { Caller, Reason } from "./server/token.js";

export type VerifierOptions = {
  /** What the issuer calls itself in `iss`, byte for byte. */
  issuer: string;
  /** Where it is, if not there: https, or plain http on this machine. */
  url?: string;
  /** Whom tokens must be meant for; the issuer unless said otherwise. */
  audience?: string;
  /** How old the view of the feed may be, in seconds: 10. Heartbeats are 2 s apart, so less than 3 refuses honest people now and then. */
  maxStaleness?: number;
  /**
   * What to do with a good token while the view is older: `refuse` it (so unless said otherwise), `ask` the issuer about it (one request per token and
   * second), or `accept` it until it expires, also when the feed was never heard.
   */
  beyond?: "refuse" | "ask" | "accept";
  /** How much longer than it says a token is good, in seconds, since clocks differ: 5, at most 60. A token of a server whose clock is ahead of ours, by two minutes at most, is good at once. */
  leeway?: number;
  /** The HS256 secret, where servers share one: 32 bytes or more. */
  secret?: Uint8Array<ArrayBuffer>;
};

/** Why a token was not taken. With status 401 its holder is signed out; with 503 nobody can tell at the moment, and that is not the holder's fault. */
export type Refused = { code: Reason | "token_revoked"; status: 401 } | { code: "feed_stale" | "keys_unknown"; status: 503 };

export type Verified = { data: Caller; error: null } | { data: null; error: Refused };

export type Verifier = {
  /** Whose token it is. Never throws. Waits for the first news of the issuer, or for its keys when the token names one that is not known. */
  verify(token: string): Promise<Verified>;
  /** When there are keys, and the set of revocations is whole for the first time. */
  ready(): Promise<void>;
  /** How old the view of the feed is, in seconds; nothing before it was whole for the first time. */
  staleness(): number | undefined;
  /** Follows no longer. */
  close(): void;
};

/** The most that clocks may differ: an issuer keeps its revocations no longer than this beyond the tokens that they concern. */
const LONGEST_LEEWAY_S = 60;
/** In bytes. */
const SHORTEST_SECRET = 32;
/** How long a request waits for the first news of the feed. */
const PATIENCE_MS = 5_000;
/** How long an answer of the issuer counts, when it has to be asked. */
const ASKED_ANEW_MS = 1_000;

/** A verifier of the tokens of one issuer. Make one and keep it: it follows the feed from now on. */
export function createVerifier(options: VerifierOptions): Verifier {
  return verifierIn(program(), options);
}

export function verifierIn(world: World, options: VerifierOptions): Verifier {
  const { issuer: name, url = name, audience = name, maxStaleness = 10, beyond = "refuse", leeway = 5, secret } = options;
  if (!(leeway >= 0) || !(maxStaleness >= 0)) throw new Error("leeway and maxStaleness must be numbers of seconds");
  if (secret && secret.length < SHORTEST_SECRET) throw new Error("the secret must have 32 bytes or more");
  const expected = { issuer: name, audience, leeway: Math.min(leeway, LONGEST_LEEWAY_S) };
  const issuer = new Issuer(world, url);
  const follower = new Follower(issuer, maxStaleness * 1000);
  const keys = (secret ? sharedKey(secret).then((key) => [key]) : Promise.resolve([])).then((own: Key[]) => new Keys(issuer, own));
  const answers = new Map<string, { asked: number; roles: Promise<string[] | undefined> }>();

  async function genuine(token: string): Promise<Caller> {
    const held = await keys;
    await held.current();
    const now = () => world.wall() / 1000;
    try {
      return await read(token, held.known, expected, now());
    } catch (error) {
      if (!(error instanceof Rejected) || error.code !== "token_key") throw error;
      await held.anew();
      if (held.known.size === 0) throw new Unknown();
      return read(token, held.known, expected, now());
    }
  }

  /** What is left to ask of a genuine token: nothing waits in between, so a revocation that has come counts. */
  function judged(caller: Caller): Verified | "stale" {
    if (follower.revoked.revokes(caller)) return refused("token_revoked");
    const age = follower.age();
    const isYoung = beyond === "accept" || (age !== undefined && age <= maxStaleness * 1000);
    return isYoung ? { data: caller, error: null } : "stale";
  }

  async function verify(token: string): Promise<Verified> {
    try {
      const caller = await genuine(token);
      if (follower.age() === undefined && beyond === "refuse") await Promise.race([follower.ready(), sleep(world, PATIENCE_MS)]);
      const verdict = judged(caller);
      if (verdict !== "stale") return verdict;
      return beyond === "ask" ? await asked(token, caller) : refused("feed_stale");
    } catch (error) {
      if (error instanceof Rejected) return refused(error.code);
      return refused(error instanceof Unknown ? "keys_unknown" : "feed_stale");
    }
  }

  /** What the issuer says of it. Of many who ask about one token, one does; the others get its answer. */
  async function asked(token: string, caller: Caller): Promise<Verified> {
    const now = world.steady();
    for (const [old, { asked }] of answers) if (now - asked > ASKED_ANEW_MS) answers.delete(old);
    const answer = answers.get(token) ?? { asked: now, roles: issuer.rolesOf(token) };
    answers.set(token, answer);
    const roles = await answer.roles;
    // The session has ended, or the token says what the account was trusted with before.
    const isSo = JSON.stringify(roles) === JSON.stringify(caller.roles);
    return isSo && !follower.revoked.revokes(caller) ? { data: caller, error: null } : refused("token_revoked");
  }

  return {
    verify,
    ready: async () => {
      await follower.ready();
      const held = await keys;
      while (held.known.size === 0) await held.anew().then(() => sleep(world, held.known.size === 0 ? 100 : 0));
    },
    staleness: () => {
      const age = follower.age();
      return age === undefined ? undefined : age / 1000;
    },
    close: () => follower.stop(),
  };
}

/** No key of the issuer is known yet. */
class Unknown extends Error {}

function refused(code: Refused["code"]): Verified {
  const isOurs = code === "feed_stale" || code === "keys_unknown";
  return { data: null, error: { code, status: isOurs ? 503 : 401 } as Refused };
}

/** The token in the `Authorization` header (RFC 6750, section 2.1), if it is one of that kind. Two are two opinions about who is asking. */
export function bearerToken(headers: Headers): string | undefined {
  return /^bearer ([^\s,]+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}
