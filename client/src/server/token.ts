/** Tells a good access token (RFC 9068, as JWS compact) from any other text. The same rules as `bitjang_core::token`, held to them by vectors. */

import { decoded } from "./base64url.js";
import { integer, type Json, type Members, NotJson, plainText, readObject, strings } from "./json.js";
import { algorithmNamed, type Key, WEB_NAMES } from "./key.js";

/** The most characters of a token that is looked at, and the most bytes of JSON in its header and its claims. */
const TOKEN = 8 * 1024;
const HEADER = 512;
const CLAIMS = 4 * 1024 - HEADER;
/** The end of the year 9999, in seconds. */
const LATEST = 253_402_300_799;

export type Reason =
  | "token_too_long"
  | "token_malformed"
  | "token_header"
  | "token_type"
  | "token_key"
  | "token_algorithm"
  | "token_signature"
  | "token_claims"
  | "token_expired"
  | "token_not_yet_valid"
  | "token_issuer"
  | "token_audience";

/** The first thing that was found wrong with a token. */
export class Rejected extends Error {
  constructor(readonly code: Reason) {
    super(code);
  }
}

/** What a good token must say. Seconds. */
export type Expected = { issuer: string; audience: string; leeway: number };

/** Who is asking, by an access token. Times are seconds since the Unix epoch. */
export type Caller = {
  /** The id of the account. */
  account: string;
  /** The id of the session. */
  session: string;
  /** The account's epoch when the token was minted. */
  epoch: number;
  /** What the account was trusted with when the token was minted. */
  roles: string[];
  /** How the account's owner was recognised (RFC 8176). */
  methods: string[];
  /** The application that asked for the token. */
  clientId: string;
  /** The token's own name. */
  id: string;
  issuedAt: number;
  expiresAt: number;
  /** When the password was last proven. */
  authenticatedAt: number;
};

/** Whose token it is, at the moment `now` (seconds); throws `Rejected`. The claims are read only after the signature was found good. */
export async function read(token: string, keys: ReadonlyMap<string, Key>, expected: Expected, now: number): Promise<Caller> {
  const parts = apart(token);
  const key = keyOf(headerOf(parts.header), keys);
  await confirm(parts, key);
  return callerIn(claimsOf(parts.claims), expected, now);
}

type Parts = { message: string; header: string; claims: string; signature: string };

const lengthOf = (bytes: number) => Math.ceil((bytes * 4) / 3);

/** Its parts, at the first and the last dot. One in between is no character of base64url, so the claims cannot hide a fourth part. */
function apart(token: string): Parts {
  if (token.length > TOKEN) throw new Rejected("token_too_long");
  const [first, last] = [token.indexOf("."), token.lastIndexOf(".")];
  if (first < 0 || first === last) throw new Rejected("token_malformed");
  const [header, claims] = [token.slice(0, first), token.slice(first + 1, last)];
  if (claims.length > lengthOf(CLAIMS)) throw new Rejected("token_too_long");
  return { message: token.slice(0, last), header, claims, signature: token.slice(last + 1) };
}

/** Header members by which a token would bring its own key, be compressed or encrypted, nest another, or change how it is read. */
const DEMANDS = ["crit", "b64", "zip", "enc", "cty", "epk", "jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256"];
const HEADER_NAMES = ["alg", "kid", "typ"];

function headerOf(part: string): Members {
  if (part.length > lengthOf(HEADER)) throw new Rejected("token_too_long");
  const header = members(part, HEADER_NAMES, "token_malformed");
  if (HEADER_NAMES.some((name) => header.has(name) && typeof header.get(name) !== "string")) throw new Rejected("token_malformed");
  if (DEMANDS.some((name) => header.has(name))) throw new Rejected("token_header");
  return header;
}

function keyOf(header: Members, keys: ReadonlyMap<string, Key>): Key {
  // Media types have no case (RFC 7515, section 4.1.9).
  if (!/^(application\/)?at\+jwt$/i.test((header.get("typ") as string | undefined) ?? "")) throw new Rejected("token_type");
  const key = keys.get((header.get("kid") as string | undefined) ?? "");
  if (!key) throw new Rejected("token_key");
  if (algorithmNamed(header.get("alg")) !== key.algorithm) throw new Rejected("token_algorithm");
  return key;
}

async function confirm({ message, signature }: Parts, { key, algorithm, signatureBytes }: Key): Promise<void> {
  if (signature.length !== lengthOf(signatureBytes)) throw new Rejected("token_signature");
  const bytes = decoded(signature);
  if (!bytes) throw new Rejected("token_malformed");
  const isGood = await crypto.subtle.verify(WEB_NAMES[algorithm], key, bytes, new TextEncoder().encode(message));
  if (!isGood) throw new Rejected("token_signature");
}

const CLAIM_NAMES = ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "sid", "auth_time", "amr", "roles", "epoch"];

function claimsOf(part: string): Members {
  return members(part, CLAIM_NAMES, "token_claims");
}

function members(part: string, known: string[], otherwise: Reason): Members {
  const bytes = decoded(part);
  const text = bytes && plainText(bytes);
  if (text === undefined) throw new Rejected("token_malformed");
  try {
    return readObject(text, known);
  } catch (error) {
    throw error instanceof NotJson ? new Rejected(otherwise) : error;
  }
}

/** How far servers' clocks may be ahead of ours. It makes no token last longer. */
const CLOCKS_APART_S = 120;

function callerIn(claims: Members, { issuer, audience, leeway }: Expected, now: number): Caller {
  const aud = claims.get("aud");
  const audiences = typeof aud === "string" ? [aud] : strings(aud);
  const nbf = claims.has("nbf") ? time(claims.get("nbf")) : 0;
  const caller = typed(claims);
  if (!caller || typeof claims.get("iss") !== "string" || !audiences || nbf === undefined) throw new Rejected("token_claims");
  if (claims.get("iss") !== issuer) throw new Rejected("token_issuer");
  if (!audiences.includes(audience)) throw new Rejected("token_audience");
  if (caller.expiresAt <= now - leeway) throw new Rejected("token_expired");
  if (caller.issuedAt > now + CLOCKS_APART_S || nbf > now + leeway) throw new Rejected("token_not_yet_valid");
  return caller;
}

function typed(claims: Members): Caller | undefined {
  const text = (name: string) => (typeof claims.get(name) === "string" ? (claims.get(name) as string) : undefined);
  const caller = {
    account: text("sub"),
    session: text("sid"),
    epoch: integer(claims.get("epoch")),
    roles: strings(claims.get("roles")),
    methods: strings(claims.get("amr")),
    clientId: text("client_id"),
    id: text("jti"),
    issuedAt: time(claims.get("iat")),
    expiresAt: time(claims.get("exp")),
    authenticatedAt: time(claims.get("auth_time")),
  };
  const isWhole = Object.values(caller).every((value) => value !== undefined);
  const { account, session, id, issuedAt, expiresAt } = caller as Caller;
  return isWhole && id !== "" && isAccount(account) && isSession(session) && issuedAt < expiresAt ? (caller as Caller) : undefined;
}

function time(value: Json | undefined): number | undefined {
  const seconds = integer(value);
  return seconds !== undefined && seconds <= LATEST ? seconds : undefined;
}

/** An account's id in the one spelling that we write: UUIDs have many (RFC 9562). */
export const isAccount = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** A session's id: 16 bytes. */
export const isSession = (text: string): boolean => decoded(text)?.length === 16;
