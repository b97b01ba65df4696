/** The tokens that the server's own verifier is held against, and what it makes of them: so must this one. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decoded } from "../../src/server/base64url.js";
import { type Key, publishedKeys, sharedKey } from "../../src/server/key.js";
import { read, Rejected } from "../../src/server/token.js";

type Vector = { name: string; now: number; token: string; verdict: string };

const vectors = JSON.parse(readFileSync(new URL("../../../core/tests/token/vectors.json", import.meta.url), "utf8"));
const published = (await publishedKeys(JSON.stringify(vectors.jwks))) ?? [];
const shared = await sharedKey(decoded(vectors.secret)!);
const keys = new Map<string, Key>([...published, shared].map((key) => [key.kid, key]));
const expected = { issuer: vectors.issuer, audience: vectors.audience, leeway: vectors.leeway_seconds };

test("of a published set those keys serve that serve the server", () => {
  expect(published.map(({ kid }) => kid)).toEqual(vectors.kids);
});

test.each<Vector>(vectors.tokens)("$name: $verdict", async ({ now, token, verdict }) => {
  const found = await read(token, keys, expected, now).catch((error) => {
    if (error instanceof Rejected) return error.code;
    throw error;
  });
  expect(typeof found === "string" ? found : "good").toBe(verdict);
});

test.each<Vector>(vectors.tokens.filter(({ name }: Vector) => name.startsWith("minted by")))("$name: the claims are read", async ({ now, token }) => {
  const { says } = vectors;
  expect(await read(token, keys, expected, now)).toEqual({
    account: says.account,
    session: says.session,
    epoch: says.epoch,
    roles: says.roles,
    methods: ["pwd"],
    clientId: "bitjang",
    id: expect.stringMatching(/^[\w-]{22}$/),
    issuedAt: says.issued_at,
    expiresAt: says.expires_at,
    authenticatedAt: says.authenticated_at,
  });
});
