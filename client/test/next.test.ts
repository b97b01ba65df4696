/** In front of a Next.js app: when tokens are renewed, what becomes of cookies, and who is believed to be asking. */

import { NextRequest } from "next/server.js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { after, cookiesIn, ours } from "../src/next/cookies.js";
import { Home } from "../src/next/home.js";
import { isForeign, personIn, Unavailable, whoIn } from "../src/next/person.js";
import { passed } from "../src/next/proxy.js";
import type { Refused, Verifier } from "../src/server.js";

const URL_OF = "https://id.example.org";
const SET = [
  "__Host-bitjang-access=new; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=300",
  "__Host-bitjang-refresh=bjr_new; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=1209600",
];
const CLEARED = "__Host-bitjang-refresh=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0";

/** An unsigned token that ends in so many seconds. */
const ending = (seconds: number) => `e30.${btoa(JSON.stringify({ exp: Date.now() / 1000 + seconds }))}.`;

type Asked = { call: string; headers: Headers };
let asked: Asked[];
let answer: (call: string) => Response | Promise<Response>;

beforeEach(() => {
  asked = [];
  answer = (call) => (call.startsWith("GET") ? Response.json({ csrf_token: "csrf" }) : renewed());
  vi.stubGlobal("fetch", async (url: string, { method, headers }: RequestInit) => {
    const call = `${method} ${url.slice(URL_OF.length)}`;
    asked.push({ call, headers: new Headers(headers) });
    return answer(call);
  });
});
afterEach(() => vi.unstubAllGlobals());

const problem = (status: number, code: string, set: string[] = []) =>
  new Response(JSON.stringify({ code, title: code, status }), { status, headers: [["content-type", "application/problem+json"], ...cookieLines(set)] });
const renewed = () => new Response("{}", { headers: cookieLines(SET) });
const cookieLines = (set: string[]) => set.map((line) => ["set-cookie", line] as [string, string]);

const headersOf = (cookie: string, more: Record<string, string> = {}) => new Headers({ host: "app.example.org", cookie, ...more });

const CALLER = { account: "me", session: "s", roles: ["member"] };

/** Says this of every token. */
const verifier = (error?: Refused) =>
  ({ verify: async () => (error ? { data: null, error } : { data: CALLER, error: null }), staleness: () => 0 }) as unknown as Verifier;

function proxyOf(believed = verifier()) {
  const behind = { home: new Home(URL_OF), verifier: believed };
  return (request: NextRequest) => passed(request, behind);
}

async function through(proxy: ReturnType<typeof proxyOf>, cookie: string, path = "/", more: Record<string, string> = {}) {
  const answered = await proxy(new NextRequest(`https://app.example.org${path}`, { headers: headersOf(cookie, more) }));
  const told = (name: string) => answered.headers.get(`x-middleware-request-${name}`);
  return { answered, cookie: told("cookie"), trouble: told("x-bitjang-trouble"), set: answered.headers.getSetCookie() };
}

const EXPIRED = `app=1; __Host-bitjang-access=${ending(-1)}; __Host-bitjang-refresh=bjr_old`;

test("fresh tokens, and requests without any, go on untouched", async () => {
  const proxy = proxyOf();
  for (const cookie of ["", "app=1", `__Host-bitjang-access=${ending(60)}; __Host-bitjang-refresh=bjr_old`, "__Host-bitjang=bjs_x; __Host-bitjang-refresh=bjr_old"]) {
    const { cookie: passed, set, answered } = await through(proxy, cookie);
    expect([passed ?? "", set, answered.headers.get("cache-control")]).toEqual([cookie, [], null]);
  }
  expect(asked).toEqual([]);
});

test.each([
  ["has run out", EXPIRED],
  ["is about to", `app=1; __Host-bitjang-access=${ending(20)}; __Host-bitjang-refresh=bjr_old`],
  ["is gone", "app=1; __Host-bitjang-refresh=bjr_old"],
  ["is nonsense", "app=1; __Host-bitjang-access=a.b.c; __Host-bitjang-refresh=bjr_old"],
])("where the access token %s, new ones go to the browser and to the page, and into no cache", async (_, cookie) => {
  const { answered, cookie: passed, set } = await through(proxyOf(), cookie);
  expect(asked.map(({ call }) => call)).toEqual(["GET /v1/csrf", "POST /v1/session/refresh"]);
  expect(set).toEqual(SET);
  expect(cookiesIn(new Headers({ cookie: passed ?? "" }))).toEqual({ session: undefined, access: "new", refresh: "bjr_new" });
  expect(passed).toMatch(/^app=1; /);
  expect(answered.headers.get("cache-control")).toBe("private, no-store");
});

const FRESH = `__Host-bitjang-access=${ending(60)}; __Host-bitjang-refresh=bjr_old`;

test("a token that was ended before its time, as by a change of roles, is renewed at once", async () => {
  expect((await through(proxyOf(verifier({ status: 401, code: "token_revoked" })), FRESH)).set).toEqual(SET);
  for (const other of [verifier(), verifier({ status: 503, code: "feed_stale" })]) expect((await through(proxyOf(other), FRESH)).set).toEqual([]);
});

test("nobody waits in the proxy for a feed that was never heard", async () => {
  const unheard = { verify: () => new Promise(() => {}), staleness: () => undefined } as unknown as Verifier;
  expect((await through(proxyOf(unheard), FRESH)).set).toEqual([]);
});

test("the server is asked as one of its own pages would, and sees no cookie but its own", async () => {
  await through(proxyOf(), `${EXPIRED}; __Host-bitjang-other=2`);
  const [, { headers } = { headers: new Headers() }] = asked;
  expect(headers.get("x-csrf-token")).toBe("csrf");
  expect(headers.get("sec-fetch-site")).toBe("same-origin");
  expect(headers.get("cookie")).not.toMatch(/app=/);
  expect(headers.get("cookie")).toMatch(/__Host-bitjang-other=2/);
});

test("requests of one browser that come together share one refresh; another browser's has its own", async () => {
  const proxy = proxyOf();
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  answer = async (call) => {
    await held;
    return call.startsWith("GET") ? Response.json({ csrf_token: "csrf" }) : renewed();
  };
  const other = EXPIRED.replace("bjr_old", "bjr_other");
  const all = Promise.all([...Array.from({ length: 20 }, () => through(proxy, EXPIRED)), through(proxy, other)]);
  release();
  for (const { set } of await all) expect(set).toEqual(SET);
  expect(asked.filter(({ call }) => call === "POST /v1/session/refresh").map(({ headers }) => /bjr_\w+/.exec(headers.get("cookie") ?? "")?.[0])).toEqual([
    "bjr_old",
    "bjr_other",
  ]);
});

test.each(["signed_out", "token_reuse"])("%s ends the session: what the server clears is cleared, and nobody is signed in", async (code) => {
  answer = (call) => (call.startsWith("GET") ? Response.json({ csrf_token: "csrf" }) : problem(401, code, [CLEARED]));
  const { cookie, set, trouble } = await through(proxyOf(), "app=1; __Host-bitjang-refresh=bjr_old");
  expect([cookie, set, trouble]).toEqual(["app=1", [CLEARED], null]);
});

test.each([
  ["503", () => problem(503, "unavailable", [CLEARED]), "unavailable"],
  ["403", () => problem(403, "cross_site"), "cross_site"],
  ["nonsense", () => new Response("<html>", { status: 502 }), "unexpected"],
  ["silence", () => Promise.reject(new TypeError("lost")), "offline"],
])("%s loses nobody: cookies are left alone, and the page is told that nobody can tell", async (_, trouble, code) => {
  answer = trouble;
  const found = await through(proxyOf(), EXPIRED);
  expect([found.cookie, found.set, found.trouble]).toEqual([EXPIRED, [], code]);
});

test("trouble is the proxy's to tell, nobody else's", async () => {
  expect((await through(proxyOf(), "", "/", { "x-bitjang-trouble": "unavailable" })).trouble).toBe(null);
});

test("two cookies of one name are nobody's, and renew nothing", async () => {
  const { set } = await through(proxyOf(), "__Host-bitjang-refresh=bjr_old; __Host-bitjang-refresh=bjr_tossed");
  expect([set, asked]).toEqual([[], []]);
});

test("calls of the API are handed on to the server, and to no other", async () => {
  const proxy = proxyOf();
  for (const [path, to] of [["/v1/session?x=1", "/v1/session?x=1"], ["/v1/../../evil", null], ["/v1", null], ["//evil.example/v1/", null]] as const) {
    const { answered } = await through(proxy, EXPIRED, path);
    expect(answered.headers.get("x-middleware-rewrite")).toBe(to && URL_OF + to);
  }
  expect(() => new Home("http://id.example.org")).toThrow();
});

const person = (headers: Headers, error?: Refused) => personIn(headers, () => verifier(error), () => new Home(URL_OF));
const ACCESS = "__Host-bitjang-access=t; __Host-bitjang-refresh=r";

test("who holds a good access token is that person; who holds none, or a bad one, is nobody", async () => {
  expect(await person(headersOf(ACCESS))).toEqual(CALLER);
  expect(await person(headersOf(""))).toBe(null);
  expect(await person(headersOf("__Host-bitjang-access=t; __Host-bitjang-access=t"))).toBe(null);
  expect(await person(headersOf(ACCESS), { status: 401, code: "token_revoked" })).toBe(null);
});

test("who cannot be told is neither nobody nor somebody", async () => {
  await expect(person(headersOf(ACCESS), { status: 503, code: "feed_stale" })).rejects.toThrow(Unavailable);
  const trouble = headersOf("__Host-bitjang-refresh=r", { "x-bitjang-trouble": "offline" });
  await expect(person(trouble)).rejects.toThrow(Unavailable);
  await expect(whoIn(trouble, () => new Home(URL_OF))).rejects.toThrow(Unavailable);
  answer = () => problem(503, "unavailable");
  await expect(whoIn(headersOf(ACCESS), () => new Home(URL_OF))).rejects.toThrow("unavailable");
  expect(await person(headersOf("", { "x-bitjang-trouble": "offline" }))).toBe(null);
});

test("an opaque session cookie is the server's to judge", async () => {
  answer = () => Response.json({ account: { id: "me", roles: ["member"] }, session: { id: "s" }, csrf_token: "never told" });
  expect(await person(headersOf("__Host-bitjang=bjs_x"))).toEqual(CALLER);
  expect(Object.keys((await whoIn(headersOf("__Host-bitjang=bjs_x"), () => new Home(URL_OF))) ?? {})).toEqual(["account", "session"]);
  answer = () => problem(401, "signed_out");
  expect(await person(headersOf("__Host-bitjang=bjs_x"))).toBe(null);
});

test.each<[Record<string, string>, boolean]>([
  [{}, false],
  [{ "sec-fetch-site": "cross-site" }, false],
  [{ origin: "https://app.example.org" }, false],
  [{ origin: "https://app.example.org", "sec-fetch-site": "same-origin" }, false],
  [{ origin: "https://www.example.org", "x-forwarded-host": "www.example.org" }, false],
  [{ origin: "https://www.example.org" }, true],
  [{ origin: "https://app.example.org.evil.example" }, true],
  [{ origin: "null" }, true],
  [{ origin: "" }, true],
  [{ origin: "https://evil.example", "sec-fetch-site": "cross-site" }, true],
  [{ origin: "https://app.example.org", "sec-fetch-site": "same-site" }, true],
  [{ origin: "https://app.example.org", "sec-fetch-site": "cross-site" }, true],
])("%j is another origin's: %s", async (headers, isTrue) => {
  expect(isForeign(headersOf("", headers))).toBe(isTrue);
  expect(await person(headersOf(ACCESS, headers))).toEqual(isTrue ? null : CALLER);
});

test("cookies are read as the server reads them", () => {
  const read = (cookie: string) => cookiesIn(new Headers({ cookie }));
  expect(read('__Host-bitjang="a"; __host-bitjang=b;__Host-bitjang-access=a=b')).toEqual({ session: '"a"', access: "a=b", refresh: undefined });
  expect(read("__Host-bitjang=a; __Host-bitjang=")).toBeUndefined();
  expect(ours(new Headers({ cookie: "a=1; __Host-bitjang-refresh=2; x__Host-bitjang=3" }))).toBe("__Host-bitjang-refresh=2");
  expect(after(new Headers({ cookie: "a=1; b=2" }), ["b=3; Path=/", "a=; Max-Age=0"])).toBe("b=3");
});
