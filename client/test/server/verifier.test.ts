/** A verifier beside an issuer: keys, revocations, and how old its view is. */

import { afterEach, beforeEach, expect, test } from "vitest";
import { bearerToken, type Verifier, type VerifierOptions, verifierIn } from "../../src/server.js";
import { ACCOUNT, ISSUER, Model, mint, place, SESSION, signer } from "./model.js";

const KEY = await signer();
let model: Model;
let verifier: Verifier;
beforeEach(() => {
  model = new Model();
  model.keys = [KEY.jwk];
});
afterEach(() => verifier.close());

/** Follows the model, and has heard the first heartbeat. */
async function follow(options: Partial<VerifierOptions> = {}): Promise<void> {
  verifier = verifierIn(model, { issuer: ISSUER, ...options });
  await model.pass(0);
  await model.beat();
}

const token = (claims?: object) => mint(KEY, model.seconds(), claims);

/** The code of what becomes of a token. */
async function verdict(text: Promise<string> | string): Promise<string> {
  const { data, error } = await verifier.verify(await text);
  return data ? "good" : `${error.status} ${error.code}`;
}

/** Time passes, with a heartbeat every two seconds. */
async function beating(seconds: number, position = 0): Promise<void> {
  for (let second = 0; second < seconds; second += 2) {
    await model.pass(2_000);
    await model.beat(position);
  }
}

test("a good token is its holder's", async () => {
  await follow();
  const { data } = await verifier.verify(await token());
  expect(data).toMatchObject({ account: ACCOUNT, session: SESSION, roles: ["member"], epoch: 2 });
  expect(await verdict(token({ iss: "https://evil.example" }))).toBe("401 token_issuer");
  expect(await verdict(token({ aud: "https://other.example" }))).toBe("401 token_audience");
  expect(await verdict("nonsense")).toBe("401 token_malformed");
});

test.each([
  ["a session's", { session: SESSION }, true],
  ["another session's", { session: "AgICAgICAgICAgICAgICAg" }, false],
  ["an account's", { account: ACCOUNT, epoch: 3, spared: null }, true],
  ["an account's that spares this session", { account: ACCOUNT, epoch: 3, spared: SESSION }, false],
  ["an account's from before this session", { account: ACCOUNT, epoch: 2, spared: null }, false],
])("%s revocation counts at once where it concerns the token", async (_, of, ends) => {
  await follow();
  const held = await token();
  expect(await verdict(held)).toBe("good");
  await model.revoke(1, of);
  expect(await verdict(held)).toBe(ends ? "401 token_revoked" : "good");
});

test("a revocation that comes while the signature is checked counts", async () => {
  await follow();
  const checked = verdict(await token());
  void model.revoke(1, { session: SESSION });
  expect(await checked).toBe("401 token_revoked");
});

test("with the feed silent for too long a token is refused, asked about, or accepted", async () => {
  for (const [beyond, said] of [["refuse", "503 feed_stale"], ["ask", "good"], ["accept", "good"]] as const) {
    model = new Model();
    model.keys = [KEY.jwk];
    await follow({ beyond });
    await model.pass(9_900);
    expect(await verdict(token())).toBe("good");
    expect(model.count("/v1/session")).toBe(0);
    await model.pass(200);
    const held = await token();
    expect(await Promise.all([1, 2, 3].map(() => verdict(held)))).toEqual([said, said, said]);
    expect(model.count("/v1/session")).toBe(beyond === "ask" ? 1 : 0);
    verifier.close();
  }
});

test("the issuer's own word counts when it is asked, and its silence is nobody's fault", async () => {
  await follow({ beyond: "ask" });
  await model.pass(11_000);
  model.isLive = false;
  expect(await verdict(token())).toBe("401 token_revoked");
  await model.pass(1_100);
  Object.assign(model, { isLive: true, roles: [] });
  expect(await verdict(token())).toBe("401 token_revoked");
  await model.pass(1_100);
  model.instead = () => new Response(null, { status: 503 });
  expect(await verdict(token())).toBe("503 feed_stale");
});

test("a feed that was never heard counts as too old, and what waits for it is told when it is heard", async () => {
  verifier = verifierIn(model, { issuer: ISSUER });
  const waiting = verdict(token());
  await model.pass(100);
  await model.beat();
  expect(await waiting).toBe("good");
  verifier.close();

  verifier = verifierIn(model, { issuer: ISSUER });
  let isTold = false;
  const inVain = verdict(token()).finally(() => (isTold = true));
  while (!isTold) await model.pass(1_000);
  expect(await inVain).toBe("503 feed_stale");
});

test("a heartbeat that was held back does not make the view young", async () => {
  await follow();
  await beating(20);
  expect(verifier.staleness()).toBeLessThan(1);
  await model.pass(4_000);
  await model.beat(0, 4_000);
  expect(verifier.staleness()).toBeCloseTo(4, 1);
});

test("a clock that is set shows an older view, never a younger", async () => {
  await follow();
  await beating(4);
  model.wallAhead += 60_000;
  expect(verifier.staleness()).toBeGreaterThan(59);
  model.wallAhead -= 120_000;
  expect(verifier.staleness()).toBe(0);
  await model.pass(11_000);
  expect(verifier.staleness()).toBeGreaterThan(10);
});

test("a feed is read on from a minute before it was lost, and what was revoked stays so", async () => {
  await follow();
  await beating(60, 7);
  await model.revoke(9, { session: SESSION });
  await beating(20, 9);
  await model.hangUp();
  await model.pass(1_000);
  await model.beat(9);
  expect(model.asked.filter((path) => path.startsWith("/v1/revocations"))).toEqual(["/v1/revocations?after=0", `/v1/revocations?after=${place(7)}`]);
  expect(await verdict(token())).toBe("401 token_revoked");
});

test("of a feed that lies nothing more is believed: it is read again from its beginning, and the view grows old meanwhile", async () => {
  await follow();
  await beating(80, 7);
  await model.tell("event: nonsense\n\n");
  await model.pass(200);
  expect(model.asked.at(-1)).toBe("/v1/revocations?after=0");
  await model.beat(5);
  await model.beat(4);
  await model.pass(200);
  expect(model.count("/v1/revocations")).toBe(3);
});

test("a feed that begins anew, because its store was restored, is added to what was known", async () => {
  await follow();
  await beating(80, 7);
  await model.hangUp();
  await model.pass(1_000);
  expect(model.asked.at(-1)).toBe(`/v1/revocations?after=${place(7)}`);
  await model.revoke(2, { session: SESSION });
  await model.beat(2);
  expect(await verdict(token())).toBe("401 token_revoked");
  expect(verifier.staleness()).toBeLessThan(2);
});

test.each([{ leeway: Number.NaN }, { leeway: -1 }, { maxStaleness: Number.NaN }])("%o is no time to go by", (options) => {
  expect(() => verifierIn(model, { issuer: ISSUER, ...options })).toThrow("numbers of seconds");
});

test("a feed that is silent is given up and opened again, at growing distances", async () => {
  await follow();
  model.instead = (path) => (path.startsWith("/v1/revocations") ? new Response(null, { status: 503 }) : undefined);
  await model.pass(6_000);
  const early = model.count("/v1/revocations");
  expect(early).toBeGreaterThan(1);
  await model.pass(60_000);
  expect(model.count("/v1/revocations") - early).toBeLessThan(30);
  model.instead = () => undefined;
  while (!model.isFollowed) await model.pass(100);
  await model.beat();
  expect(await verdict(token())).toBe("good");
});

test("an unknown key is asked for once, however many tokens name one", async () => {
  await follow();
  expect(await verdict(token())).toBe("good");
  const stranger = await signer();
  await beating(40);
  const strange = await mint(stranger, model.seconds());
  const verdicts = await Promise.all(Array.from({ length: 50 }, () => verdict(strange)));
  expect(new Set(verdicts)).toEqual(new Set(["401 token_key"]));
  expect(model.count("/.well-known")).toBe(2);
  for (let more = 0; more < 10; more++) await verdict(strange);
  expect(model.count("/.well-known")).toBe(2);
});

test("a new key is learnt by the first token that it signed; one that is published no longer is forgotten", async () => {
  await follow();
  expect(await verdict(token())).toBe("good");
  const next = await signer();
  model.keys = [next.jwk];
  await beating(40);
  expect(await verdict(mint(next, model.seconds()))).toBe("good");
  expect(await verdict(token())).toBe("401 token_key");
});

test("keys are read anew every few minutes, so that a withdrawn one is forgotten without a stranger's token", async () => {
  await follow();
  expect(await verdict(token())).toBe("good");
  model.keys = [(await signer()).jwk];
  await beating(620);
  expect(await verdict(token())).toBe("401 token_key");
});

test("without keys nobody can tell, and a set without a usable key changes nothing", async () => {
  model.keys = [];
  await follow();
  expect(await verdict(token())).toBe("503 keys_unknown");
  model.keys = [KEY.jwk];
  await beating(2);
  expect(await verdict(token())).toBe("good");
  model.keys = [];
  await beating(310);
  expect(await verdict(token())).toBe("good");
  expect(await verdict(token())).toBe("good");
});

test("only an issuer that nobody can stand in for is followed", async () => {
  await follow();
  for (const url of ["http://id.example.org", "http://localhost.evil.example", "ftp://localhost", "https://id.example.org?q", "https://u@id.example.org"]) {
    expect(() => verifierIn(model, { issuer: url }), url).toThrow();
  }
  expect(() => verifierIn(model, { issuer: ISSUER, secret: new Uint8Array(31) })).toThrow();
  for (const issuer of ["http://localhost:8080", "http://app.localhost", "http://127.0.0.1:1", "http://[::1]:1"]) {
    verifierIn(model, { issuer }).close();
  }
});

test("one bearer token is found, anything else is not", async () => {
  await follow();
  const found = (...values: string[]) => bearerToken(new Headers(values.map((value) => ["authorization", value] as [string, string])));
  expect(found("Bearer a.b.c")).toBe("a.b.c");
  expect(found("bEARER a.b.c")).toBe("a.b.c");
  for (const values of [[], ["a.b.c"], ["Basic a"], ["Bearer"], ["Bearera.b.c"], ["Bearer a", "Bearer a"]]) expect(found(...values)).toBeUndefined();
});
