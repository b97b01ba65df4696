/** The client: one state, few calls that change it, and a `fetch` that carries the session. */

import { asker, type Asking, isPassing, pause, WAITS_MS } from "./ask.js";
import { type Code, type Failed, given, isOver, problemIn, type Result } from "./result.js";
import { accountOf, type Held, SIGNED_OUT, type State, sessionOf, settled, told, UNKNOWN, type Who, who } from "./state.js";
import type { AccessToken, Call, Carrier, CsrfAnswer, ListedSession, NewPassword, Sessions, SignedInAnswer, SignIn, SignUp } from "./wire.js";
import type { News, Stop, World } from "./world.js";

export type Options = {
  /** Where the Bitjang server is; relative to the page. */
  url: string;
  /** How the session travels: in a `cookie` unless said otherwise. With `bearer` the session lasts as long as the page. */
  carrier?: Carrier;
  /** Origins of other APIs, to which `fetch` sends a short access token. No other origin is ever sent anything. */
  apis?: string[];
};

export type Listener = (state: State) => void;

export type Client = {
  signUp(person: Omit<SignUp, "carrier">): Promise<Result<Who>>;
  signIn(person: Omit<SignIn, "carrier">): Promise<Result<Who>>;
  /** Ends the session. An error means that it may not have ended. */
  signOut(): Promise<Result<null>>;
  /** Who is signed in, asking the server where that is not known or was learnt too long ago; null if nobody is. */
  session(): Promise<Result<Who | null>>;
  /** Where the account is signed in, the latest first. */
  sessions(): Promise<Result<ListedSession[]>>;
  /** Ends a session of the account, this one or another. */
  endSession(id: string): Promise<Result<null>>;
  /** Ends all sessions of the account but this one. */
  endOtherSessions(): Promise<Result<null>>;
  /** All other sessions end. */
  changePassword(passwords: NewPassword): Promise<Result<null>>;
  /** `fetch`, with what the carrier needs for the server's origin and those of `apis`. A 401 is answered by one refresh and one more try. */
  fetch: typeof fetch;
  /** What is known now. The same object as long as nothing changes. */
  state(): State;
  /** Tells of every change, in this tab or another. While anybody listens, the session is kept fresh. */
  onChange(listener: Listener): Stop;
};

export function clientIn(world: World, { url, carrier = "cookie", apis = [] }: Options): Client {
  // Where a page is rendered on a server, its address is not known, and nothing is asked.
  const base = new URL(url, world.page ?? "http://page.invalid").href.replace(/\/$/, "");
  const home = new URL(base).origin;
  const name = `bitjang ${base}`;
  const ask = asker(world, base);
  const listeners = new Set<Listener>();
  let held: Held = UNKNOWN;
  /** Raised by each sign-in, sign-out and news of one: an answer to an older question must not undo it. */
  let turn = 0;
  let queue: Promise<unknown> = Promise.resolve();
  let refreshing: Promise<Failed | null> | undefined;
  let stops: Stop[] = [];

  function settle(next: Held): void {
    const before = held.state;
    held = settled(held, next);
    if (held.state !== before) for (const listener of [...listeners]) listener(held.state);
  }

  function tell(news: News): void {
    // A bearer session is this page's alone.
    if (carrier !== "bearer") world.tell?.(name, news);
  }

  function hear(news: News): void {
    if (news.kind === "begun") {
      // Our own voice, or what is known already.
      if (news.session === sessionOf(held)) return;
      turn++;
      held = { ...held, due: 0, csrf: undefined, access: undefined };
      void refresh();
    } else if (news.session !== sessionOf(held)) {
      return;
    } else if (news.kind === "refreshed") {
      held = { ...held, due: Math.max(held.due, news.due) };
    } else {
      turn++;
      settle(SIGNED_OUT);
    }
  }

  /** The session is over, as the answer to a question of turn `asked` says. */
  function over(asked: number): void {
    if (asked !== turn) return;
    const session = sessionOf(held);
    settle(SIGNED_OUT);
    if (session) tell({ kind: "ended", session });
  }

  function isDue(): boolean {
    return held.state.status !== "signed_out" && world.now() >= held.due;
  }

  /** Makes what is held current: asks who is signed in, or refreshes. Many who want it wait for one; so do many tabs. */
  function refresh(): Promise<Failed | null> {
    refreshing ??= current().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  async function current(): Promise<Failed | null> {
    for (;;) {
      const mine = turn;
      const error = await alone(held.due);
      // The answer was about a session that another one has followed meanwhile.
      if (mine === turn || !isDue()) return error;
    }
  }

  function alone(due: number): Promise<Failed | null> {
    // Another tab may have done it while this one waited.
    const work = async () => (held.due > due ? null : renewed());
    return carrier === "token_cookies" && world.alone ? world.alone(name, work) : work();
  }

  async function renewed(tries = 0): Promise<Failed | null> {
    const mine = turn;
    // Without locks, tabs that wake together must all present the same refresh token: who looked first would come late, with its successor.
    const isInHaste = carrier === "token_cookies" && !world.alone && held.csrf !== undefined && tries === 0;
    if (carrier !== "bearer" && !isInHaste) {
      const error = await learn(mine, "GET /v1/session");
      // The access cookie may have expired, while the refresh cookie is good for weeks.
      if (carrier === "cookie" || error?.code !== "signed_out") return concluded(mine, error);
    }
    const asking = await passes(mine);
    if (!asking) return null;
    if ("code" in asking) return asking;
    const error = await learn(mine, "POST /v1/session/refresh", asking);
    if (isPassing(error) && tries < WAITS_MS.length && mine === turn) {
      await pause(world, tries, error);
      return renewed(tries + 1);
    }
    const session = sessionOf(held);
    if (!error && session) tell({ kind: "refreshed", session, due: held.due });
    return concluded(mine, error);
  }

  async function learn(mine: number, call: Call, asking?: Asking): Promise<Failed | null> {
    const asked = world.now();
    const { data, error } = await ask<SignedInAnswer>(call, asking);
    if (data && mine === turn) settle(told(held, data, asked));
    return error;
  }

  /** What a refresh is asked with; nothing if nobody is signed in. */
  async function passes(mine: number): Promise<Asking | Failed | undefined> {
    if (carrier !== "bearer") {
      const { data, error } = await csrf();
      return data ? { csrf: data } : (concluded(mine, error) ?? undefined);
    }
    if (held.refresh) return { body: { refresh_token: held.refresh } };
    over(mine);
    return undefined;
  }

  /** The error that is left when the end of the session is taken for an answer, not for a mistake. */
  function concluded(mine: number, error: Failed | null): Failed | null {
    if (!isOver(error)) return error;
    over(mine);
    return null;
  }

  async function csrf(): Promise<Result<string>> {
    if (held.csrf) return given(held.csrf);
    const mine = turn;
    const { data, error } = await ask<CsrfAnswer>("GET /v1/csrf");
    if (error) return { data: null, error };
    if (mine === turn) held = { ...held, csrf: data.csrf_token };
    return given(data.csrf_token);
  }

  /** What proves to the server whose call it is. */
  async function credentials(): Promise<Asking> {
    if (carrier === "bearer") return held.access ? { bearer: held.access.token } : {};
    const { data } = await csrf();
    return data ? { csrf: data } : {};
  }

  /** A call for whoever is signed in. */
  async function act<T>(call: Call, asking: Asking = {}): Promise<Result<T>> {
    if (carrier !== "cookie" && isDue()) await refresh();
    const before = accountOf(held);
    const first = await ask<T>(call, { ...asking, ...(await credentials()) });
    if (!first.error || !(await isWorthAgain(first.error.code, before))) return first;
    return ask<T>(call, { ...asking, ...(await credentials()) });
  }

  /** Whether what was refused for this reason may be let through now. Never as another account than the page was showing. */
  async function isWorthAgain(code: Code | undefined, before: string | undefined): Promise<boolean> {
    if (code !== "signed_out" && code !== "csrf_token") return false;
    if (held.state.status === "signed_out") return false;
    const mine = held.csrf;
    held = { ...held, due: Math.min(held.due, world.now()), csrf: code === "csrf_token" ? undefined : mine };
    if ((await refresh()) || !who(held)) return false;
    return (carrier !== "cookie" || held.csrf !== mine) && (before === undefined || before === accountOf(held));
  }

  /** One after the other: what a sign-out ends must be what the sign-in before it began. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = queue.then(work);
    queue = done.catch(() => {});
    return done;
  }

  async function begin(call: Call, person: object): Promise<Result<Who>> {
    const asked = world.now();
    const { data, error } = await ask<SignedInAnswer>(call, { body: { ...person, carrier } });
    if (error) return { data: null, error };
    turn++;
    settle(told(UNKNOWN, data, asked));
    tell({ kind: "begun", session: data.session.id });
    return given({ account: data.account, session: data.session });
  }

  async function end(): Promise<Result<null>> {
    const result = await act<null>("DELETE /v1/session");
    if (result.error && !isOver(result.error)) return result;
    over(++turn);
    return given(null);
  }

  async function endSession(id: string): Promise<Result<null>> {
    const result = await act<null>("DELETE /v1/sessions/{id}", { id });
    if (!result.error && id === sessionOf(held)) over(++turn);
    return result;
  }

  async function session(): Promise<Result<Who | null>> {
    const error = isDue() ? await refresh() : null;
    return error ? { data: null, error } : given(who(held));
  }

  async function sessions(): Promise<Result<ListedSession[]>> {
    const { data, error } = await act<Sessions>("GET /v1/sessions");
    return error ? { data: null, error } : given(data.sessions);
  }

  /** An access token for another API. */
  async function accessToken(): Promise<string | undefined> {
    const asked = world.now();
    if (held.access && asked < held.access.until) return held.access.token;
    if (carrier === "bearer") return (await refresh()) ? undefined : held.access?.token;
    const mine = turn;
    const { data } = await act<AccessToken>("POST /v1/session/token");
    if (!data || mine !== turn) return undefined;
    held = { ...held, access: { token: data.access_token, until: asked + data.expires_in * 1000 } };
    return data.access_token;
  }

  async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const to = new URL(input instanceof Request ? input.url : input, world.page).origin;
    if (to !== home && !apis.includes(to)) return world.fetch(input, init);
    if (carrier !== "cookie" && isDue()) await refresh();
    const before = accountOf(held);
    const first = await world.fetch(input, await dressed(to, input, init));
    const isSpent = init?.body instanceof ReadableStream || (input instanceof Request && input.bodyUsed);
    const code = isSpent ? undefined : await refusal(first);
    if (!code || !(await isRenewed(to, code, before))) return first;
    void first.body?.cancel();
    return world.fetch(input, await dressed(to, input, init));
  }

  async function isRenewed(to: string, code: Code, before: string | undefined): Promise<boolean> {
    if (to === home || carrier === "bearer") return isWorthAgain(code, before);
    held = { ...held, access: undefined };
    return code === "signed_out" && (await accessToken()) !== undefined && before === accountOf(held);
  }

  /** The request with what `to` needs, and no more. What carries a token follows no redirect, which could lead anywhere. */
  async function dressed(to: string, input: RequestInfo | URL, init: RequestInit = {}): Promise<RequestInit> {
    const request = input instanceof Request ? input : undefined;
    const headers = new Headers(init.headers ?? request?.headers);
    const method = (init.method ?? request?.method ?? "GET").toUpperCase();
    const isBearer = to !== home || carrier === "bearer";
    const credentials = init.credentials ?? (isBearer ? "omit" : "include");
    if (isBearer) {
      const token = await accessToken();
      if (!token) return { ...init, credentials };
      headers.set("authorization", `Bearer ${token}`);
    } else {
      const isUnsafe = !/^(GET|HEAD|OPTIONS|TRACE)$/.test(method);
      const token = isUnsafe && held.state.status !== "signed_out" ? (await csrf()).data : null;
      if (!token) return { ...init, credentials };
      headers.set("x-csrf-token", token);
    }
    return { redirect: "error", ...init, headers, credentials };
  }

  function onChange(listener: Listener): Stop {
    if (listeners.size === 0) {
      const woken = () => void (isDue() && refresh());
      stops = [world.hear?.(name, hear), world.wake?.(woken)].filter((stop) => stop !== undefined);
      woken();
    }
    listeners.add(listener);
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) for (const stop of stops) stop();
    };
  }

  return {
    signUp: (person) => inTurn(() => begin("POST /v1/accounts", person)),
    signIn: (person) => inTurn(() => begin("POST /v1/session", person)),
    signOut: () => inTurn(end),
    session,
    sessions,
    endSession,
    endOtherSessions: () => act("DELETE /v1/sessions"),
    changePassword: (passwords) => act("PUT /v1/account/password", { body: passwords }),
    fetch: send,
    state: () => held.state,
    onChange,
  };
}

/** Why an answer refuses, where asking again after a refresh may help. */
async function refusal(answer: Response): Promise<Code | undefined> {
  if (answer.status === 401) return "signed_out";
  return answer.status === 403 ? (await problemIn(answer.clone()))?.code : undefined;
}
