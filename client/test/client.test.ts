/** One tab: what is asked, what is sent along, what is believed. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { API, csrfOf, HOME, Model, problem } from "./model.js";
import { ALICE, BOB, later, open, settle, soon } from "./world.js";

let model: Model;
beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  model = new Model();
});
afterEach(() => vi.useRealTimers());

const CARRIERS = ["cookie", "token_cookies", "bearer"] as const;

describe.each(CARRIERS)("by %s", (carrier) => {
  test("who signs in is signed in, until they sign out", async () => {
    const tab = open(model, { carrier });
    const { data } = await soon(tab.signIn(ALICE));
    expect(Object.keys(data ?? {})).toEqual(["account", "session"]);
    expect(tab.state()).toMatchObject({ status: "signed_in", account: { id: "alice" } });
    expect(await soon(tab.session())).toEqual({ data, error: null });
    expect(await soon(tab.signOut())).toEqual({ data: null, error: null });
    expect(tab.state()).toEqual({ status: "signed_out" });
    expect(model.sessions.get("s1")?.ended).toBe(true);
  });

  test("a wrong password is refused", async () => {
    const tab = open(model, { carrier });
    expect((await soon(tab.signIn({ ...ALICE, password: "wrong" }))).error?.code).toBe("bad_credentials");
    expect(tab.state()).toEqual({ status: "unknown" });
  });

  test("a session that ended elsewhere is noticed at the next call", async () => {
    const tab = open(model, { carrier });
    await soon(tab.signIn(ALICE));
    for (const session of model.sessions.values()) session.ended = true;
    expect((await soon(tab.sessions())).error?.code).toBe("signed_out");
    expect(tab.state()).toEqual({ status: "signed_out" });
  });

  test("a 503 signs nobody out, and is asked again a few times only", async () => {
    const tab = open(model, { carrier });
    await soon(tab.signIn(ALICE));
    later(3_600);
    model.instead = () => problem(503, "unavailable", { "retry-after": "2" });
    const before = model.asked.length;
    expect((await soon(tab.session())).error).toMatchObject({ code: "unavailable", retry_after: 2 });
    expect(model.asked.length - before).toBe(4);
    expect(tab.state().status).toBe("signed_in");
    model.instead = () => undefined;
    expect((await soon(tab.session())).data?.account.id).toBe("alice");
  });

  test("lost answers are asked for again", async () => {
    const tab = open(model, { carrier });
    await soon(tab.signIn(ALICE));
    later(3_600);
    const lost = new Set<string>();
    model.instead = (asked, jar) => {
      const call = asked.method + asked.url;
      const isLost = !lost.has(call) && lost.add(call).has(call);
      if (isLost) model.answer(asked, jar);
      return isLost ? "lost" : undefined;
    };
    expect((await soon(tab.session())).data?.account.id).toBe("alice");
    expect((await soon(tab.signOut())).error).toBeNull();
  });

  test("without a network everybody stays who they are", async () => {
    const tab = open(model, { carrier });
    await soon(tab.signIn(ALICE));
    const stop = tab.onChange(() => {});
    later(3_600);
    model.instead = () => "lost";
    expect((await soon(tab.session())).error?.code).toBe("offline");
    expect((await soon(tab.signOut())).error?.code).toBe("offline");
    expect(tab.state().status).toBe("signed_in");
    model.instead = () => undefined;
    tab.waken();
    await settle();
    expect(tab.state().status).toBe("signed_in");
    stop();
  });
});

test("an answer to an old question does not undo a sign-out", async () => {
  const tab = open(model);
  await soon(tab.signIn(ALICE));
  later(61);
  const slow = tab.session();
  await vi.advanceTimersByTimeAsync(1);
  model.delay = () => 500;
  await vi.advanceTimersByTimeAsync(5);
  model.delay = () => 1;
  await soon(tab.signOut());
  expect(model.calls("GET /v1/session")).toBe(1);
  await soon(slow);
  expect(tab.state()).toEqual({ status: "signed_out" });
});

test("a reload finds the session again, by cookies of either kind", async () => {
  for (const carrier of ["cookie", "token_cookies"] as const) {
    await soon(open(model, { carrier }).signIn(ALICE));
    later(400);
    expect((await soon(open(model, { carrier }).session())).data?.account.id).toBe("alice");
  }
});

test("a reload forgets a bearer session: its tokens were in memory alone", async () => {
  await soon(open(model, { carrier: "bearer" }).signIn(ALICE));
  const asked = model.asked.length;
  expect(await soon(open(model, { carrier: "bearer" }).session())).toEqual({ data: null, error: null });
  expect(model.asked.length).toBe(asked);
});

test("nobody is signed in at first", async () => {
  const tab = open(model);
  const seen: string[] = [];
  tab.onChange((state) => seen.push(state.status));
  await settle();
  expect(seen).toEqual(["signed_out"]);
});

test("token_reuse signs out", async () => {
  const tab = open(model, { carrier: "token_cookies" });
  await soon(tab.signIn(ALICE));
  model.jar = { ...model.jar, access: undefined };
  model.instead = ({ url }) => (url.endsWith("/refresh") ? problem(401, "token_reuse") : undefined);
  expect(await soon(tab.sessions())).toMatchObject({ error: { code: "signed_out" } });
  expect(tab.state()).toEqual({ status: "signed_out" });
});

describe("fetch", () => {
  const sent = () => model.asked.at(-1);

  test("adds the CSRF token to what changes something at home, and to nothing else", async () => {
    const tab = open(model);
    await soon(tab.signIn(ALICE));
    model.instead = () => ({ status: 200 });
    await soon(tab.fetch(`${HOME}/posts`, { method: "POST", body: "x" }));
    expect(sent()?.headers.get("x-csrf-token")).toBe(csrfOf("s1"));
    expect(sent()).toMatchObject({ credentials: "include", redirect: "error" });
    await soon(tab.fetch(`${HOME}/posts`));
    expect(sent()?.headers.has("x-csrf-token")).toBe(false);
  });

  test.each(CARRIERS)("sends nothing of ours to any other origin, by %s", async (carrier) => {
    const tab = open(model, { carrier });
    await soon(tab.signIn(ALICE));
    model.instead = () => ({ status: 200 });
    for (const url of ["https://evil.example/", "https://id.example.org.evil.example/", "https://id.example.org:8443/", "http://id.example.org/", "//evil.example/", "/own"]) {
      await soon(tab.fetch(url, { method: "POST" }));
      expect([...(sent()?.headers.keys() ?? [])].filter((name) => /csrf|auth/.test(name)), url).toEqual([]);
      expect(sent()?.credentials, url).toBe("same-origin");
    }
  });

  test.each(CARRIERS)("sends an access token, and no cookie, to an API, by %s", async (carrier) => {
    const tab = open(model, { carrier });
    await soon(tab.signIn(ALICE));
    model.instead = ({ url }) => (url.startsWith(API) ? { status: 200 } : undefined);
    await soon(tab.fetch(`${API}/posts`));
    await soon(tab.fetch(`${API}/posts`));
    expect(JSON.parse(atob(sent()?.headers.get("authorization")?.slice(7) ?? "")).session).toBe("s1");
    expect(sent()).toMatchObject({ credentials: "omit", redirect: "error" });
    expect(model.calls("POST /v1/session/token")).toBe(carrier === "bearer" ? 0 : 1);
  });

  test("a 401 of an API is answered by one new token and one more try", async () => {
    const tab = open(model);
    await soon(tab.signIn(ALICE));
    model.instead = ({ url }) => (url.startsWith(API) ? problem(401, "signed_out") : undefined);
    expect((await soon(tab.fetch(`${API}/posts`))).status).toBe(401);
    expect(model.calls("GET /posts")).toBe(2);
    expect(model.calls("POST /v1/session/token")).toBe(2);
    expect(tab.state().status).toBe("signed_in");
  });

  test.each(["token_cookies", "bearer"] as const)("a 401 at home is answered by one refresh and one more try, by %s", async (carrier) => {
    const tab = open(model, { carrier });
    await soon(tab.signIn(ALICE));
    let refused = 0;
    model.instead = ({ url }) => (url.endsWith("/posts") ? (refused++ ? { status: 200 } : problem(401, "signed_out")) : undefined);
    model.jar = { ...model.jar, access: undefined };
    expect((await soon(tab.fetch(`${HOME}/posts`, { method: "POST", body: "x" }))).status).toBe(200);
    expect(model.calls("POST /v1/session/refresh")).toBe(1);
    expect(sent()?.body).toBe("x");
  });

  test("a stream is not sent twice", async () => {
    const tab = open(model, { carrier: "token_cookies" });
    await soon(tab.signIn(ALICE));
    model.instead = ({ url }) => (url.endsWith("/posts") ? problem(401, "signed_out") : undefined);
    const body = new Blob(["x"]).stream();
    await soon(tab.fetch(`${HOME}/posts`, { method: "POST", body, duplex: "half" } as RequestInit));
    await soon(tab.fetch(new Request(`${HOME}/posts`, { method: "POST", body: "x" })));
    expect(model.calls("POST /posts")).toBe(2);
  });

  test("a CSRF token of a session before is replaced, for the same account only", async () => {
    const tab = open(model, {}, { channel: false });
    await soon(tab.signIn(ALICE));
    await soon(open(model).signIn(ALICE));
    expect((await soon(tab.changePassword({ current_password: "a", new_password: "b" }))).error).toBeNull();
    await soon(open(model).signIn(BOB));
    const { error } = await soon(tab.changePassword({ current_password: "a", new_password: "b" }));
    expect(error?.code).toBe("csrf_token");
    expect(tab.state()).toMatchObject({ account: { id: "bob" } });
  });
});
