/** Keys that verify, each by one algorithm: public ones as they are published (RFC 7517), or a secret that is shared. */

import { decoded, encoded } from "./base64url.js";

/** The longest key set that is read, in characters, and the most keys that it may have. */
const LONGEST = 64 * 1024;
const MOST = 32;

export type Algorithm = "Ed25519" | "ES256" | "RS256" | "HS256";

export type Key = {
  /** Its RFC 7638 thumbprint. */
  kid: string;
  algorithm: Algorithm;
  /** How many bytes each of its signatures has. */
  signatureBytes: number;
  key: CryptoKey;
};

/** How WebCrypto calls them. */
export const WEB_NAMES = {
  Ed25519: { name: "Ed25519" },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  HS256: { name: "HMAC", hash: "SHA-256" },
} as const satisfies Record<Algorithm, object>;

/** The algorithm of this name; `EdDSA` is what RFC 8037 called `Ed25519` before RFC 9864. */
export function algorithmNamed(name: unknown): Algorithm | undefined {
  if (name === "EdDSA") return "Ed25519";
  return typeof name === "string" && Object.hasOwn(WEB_NAMES, name) ? (name as Algorithm) : undefined;
}

/** The keys of a published set; nothing if it is none. What cannot serve us is passed over: for encryption, symmetric, private, damaged, misnamed. */
export async function publishedKeys(json: string): Promise<Key[] | undefined> {
  const entries: unknown[] | undefined = json.length > LONGEST ? undefined : arrayIn(json);
  if (!entries || entries.length > MOST) return undefined;
  const keys = await Promise.all(entries.map((entry) => publishedKey(entry).catch(() => undefined)));
  return keys.filter((key) => key !== undefined);
}

function arrayIn(json: string): unknown[] | undefined {
  try {
    const { keys } = JSON.parse(json);
    return Array.isArray(keys) ? keys : undefined;
  } catch {
    return undefined;
  }
}

async function publishedKey(entry: unknown): Promise<Key | undefined> {
  const members = membersOf(entry);
  const found = members && parts(members);
  if (!found || !allows(members, found.algorithm)) return undefined;
  const kid = await thumbprint(found.required);
  if (kid !== members.kid) return undefined;
  const key = await crypto.subtle.importKey("jwk", found.required, WEB_NAMES[found.algorithm], false, ["verify"]);
  return { kid, algorithm: found.algorithm, signatureBytes: found.signatureBytes, key };
}

type Entry = Partial<Record<string, string>> & { key_ops?: unknown };

/** The members of an entry whose texts are texts. */
function membersOf(entry: unknown): Entry | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const texts = ["kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"];
  const isPlain = Object.entries(entry).every(([name, value]) => !texts.includes(name) || value == null || typeof value === "string");
  return isPlain ? (entry as Entry) : undefined;
}

function allows(entry: Entry, algorithm: Algorithm): boolean {
  const isSecret = entry.d != null || entry.k != null;
  const verifies = entry.key_ops == null || (Array.isArray(entry.key_ops) && entry.key_ops.includes("verify"));
  const agrees = entry.alg == null || algorithmNamed(entry.alg) === algorithm;
  return !isSecret && verifies && agrees && (entry.use == null || entry.use === "sig");
}

type Parts = { algorithm: Algorithm; signatureBytes: number; required: Record<string, string> };

/** What makes it this key and no other, in the order of RFC 7638. */
function parts({ kty, crv, x = "", y = "", n = "", e = "" }: Entry): Parts | undefined {
  const is32 = (text: string) => decoded(text)?.length === 32;
  if (kty === "OKP" && crv === "Ed25519" && is32(x)) {
    return { algorithm: "Ed25519", signatureBytes: 64, required: { crv, kty, x } };
  }
  if (kty === "EC" && crv === "P-256" && is32(x) && is32(y)) {
    return { algorithm: "ES256", signatureBytes: 64, required: { crv, kty, x, y } };
  }
  const [modulus, exponent] = [decoded(n), decoded(e)];
  if (kty === "RSA" && modulus && exponent && isStrong(modulus, exponent)) {
    return { algorithm: "RS256", signatureBytes: modulus.length, required: { e, kty, n } };
  }
  return undefined;
}

/** A modulus of 2,048 to 8,192 bits and an odd exponent from 3 to 2^32, both without leading zeros. */
function isStrong(n: Uint8Array, e: Uint8Array): boolean {
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  const isPlainOdd = (number: Uint8Array) => Boolean(number[0]) && (number.at(-1) ?? 0) % 2 === 1;
  return bits >= 2_048 && bits <= 8_192 && isPlainOdd(n) && isPlainOdd(e) && e.length <= 4 && !(e.length === 1 && e[0] === 1);
}

/** The key of those who share `secret`. */
export async function sharedKey(secret: Uint8Array<ArrayBuffer>): Promise<Key> {
  const kid = await thumbprint({ k: encoded(secret), kty: "oct" });
  const key = await crypto.subtle.importKey("raw", secret, WEB_NAMES.HS256, false, ["verify"]);
  return { kid, algorithm: "HS256", signatureBytes: 32, key };
}

async function thumbprint(required: Record<string, string>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(required)));
  return encoded(new Uint8Array(digest));
}
