/** A model of the server, the network and the browser: the ratchet's table, one cookie jar, answers that are late or lost. */

import type { Account, Problem, Session } from "../src/wire.js";
import type { News, World } from "../src/world.js";

export const HOME = "https://id.example.org";
export const API = "https://api.example.com";
const LIFE_S = 300;

type Kept = { account: string; carrier: string; ended: boolean; generation: number; spent?: number };
type Token = { session: string; generation: number; branch: number };
type Asked = { url: string; method: string; headers: Headers; credentials?: string; redirect?: string; body: string };

/** What a browser keeps for all its tabs. */
type Jar = { session?: string | undefined; access?: { session: string; until: number } | undefined; refresh?: Token | undefined };
type Answer = { status: number; body?: object; set?: Jar; headers?: Record<string, string> };

export class Model {
  sessions = new Map<string, Kept>();
  asked: Asked[] = [];
  jar: Jar = {};
  /** Answers instead of the server where it likes. */
  instead: (asked: Asked, jar: Jar) => Answer | "lost" | undefined = () => undefined;
  /** Milliseconds on the way, there or back. */
  delay = () => 5;
  private count = 0;
  private locks = new Map<string, Promise<unknown>>();
  private tabs = new Set<{ name: string; heard: (news: News) => void }>();

  calls(call: string): number {
    return this.asked.filter(({ method, url }) => `${method} ${new URL(url).pathname}` === call).length;
  }

  /** One more tab of this browser. */
  tab({ locks = true, channel = true } = {}): World & { waken(): void } {
    const woken = new Set<() => void>();
    const world: World & { waken(): void } = {
      fetch: (input, init) => this.fetch(input instanceof Request ? input : new URL(input, world.page), init),
      now: () => Date.now(),
      sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
      page: "https://app.example.org/",
      wake: (listener) => (woken.add(listener), () => woken.delete(listener)),
      waken: () => woken.forEach((listener) => listener()),
      ...(locks && { alone: (name, work) => this.alone(name, work) }),
      ...(channel && {
        tell: (name, news) => this.tell(name, news),
        hear: (name, heard) => {
          const tab = { name, heard };
          this.tabs.add(tab);
          return () => this.tabs.delete(tab);
        },
      }),
    };
    return world;
  }

  private alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    const done = (this.locks.get(name) ?? Promise.resolve()).then(work);
    this.locks.set(name, done.catch(() => {}));
    return done;
  }

  /** Also to the tab that tells: a channel excludes itself, not its page. */
  private tell(name: string, news: News): void {
    for (const tab of this.tabs) if (tab.name === name) setTimeout(() => tab.heard(news), this.delay());
  }

  private async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    const { url, method, headers, credentials, redirect } = request;
    const asked = { url, method, headers, credentials, redirect, body: init?.body instanceof ReadableStream ? "" : await request.text() };
    this.asked.push(asked);
    const jar = { ...this.jar };
    await this.pass();
    const answer = this.instead(asked, jar) ?? this.answer(asked, jar);
    await this.pass();
    if (answer === "lost") throw new TypeError("lost");
    Object.assign(this.jar, answer.set);
    const type = answer.status >= 400 ? "application/problem+json" : "application/json";
    return new Response(answer.body ? JSON.stringify(answer.body) : null, {
      status: answer.status,
      headers: { "content-type": type, ...answer.headers },
    });
  }

  private pass(): Promise<void> {
    return new Promise((done) => setTimeout(done, this.delay()));
  }

  answer({ url, method, headers, body }: Asked, jar: Jar): Answer {
    const call = `${method} ${new URL(url).pathname.replace(/(sessions\/).+/, "$1{id}")}`;
    const given = body ? JSON.parse(body) : {};
    if (call === "POST /v1/session" || call === "POST /v1/accounts") return this.begin(given);
    const [id, proof] = this.presented(headers, jar);
    if (call === "POST /v1/session/refresh") {
      if (!given.refresh_token && headers.get("x-csrf-token") !== csrfOf(jar.refresh?.session)) return problem(403, "csrf_token");
      return this.refresh(given.refresh_token ? JSON.parse(atob(given.refresh_token)) : jar.refresh);
    }
    const lasting = id ?? (jar.refresh && this.sessions.get(jar.refresh.session)?.ended === false ? jar.refresh.session : undefined);
    if (call === "GET /v1/csrf") return lasting ? { status: 200, body: { csrf_token: csrfOf(lasting) } } : problem(401, "signed_out");
    const who = call === "DELETE /v1/session" ? lasting : id;
    if (!who) return problem(401, "signed_out");
    if (method !== "GET" && proof === "cookie" && headers.get("x-csrf-token") !== csrfOf(who)) return problem(403, "csrf_token");
    const kept = this.kept(who);
    switch (call) {
      case "DELETE /v1/session":
        kept.ended = true;
        return { status: 204, set: { session: undefined, access: undefined, refresh: undefined } };
      case "DELETE /v1/sessions/{id}":
        this.kept(url.split("/").at(-1) ?? "").ended = true;
        return { status: 204 };
      case "POST /v1/session/token":
        return { status: 200, body: { access_token: this.access(who), token_type: "Bearer", expires_in: LIFE_S } };
      case "GET /v1/session":
        return { status: 200, body: this.shape(who) };
      case "GET /v1/sessions":
        return { status: 200, body: { sessions: [...this.sessions.keys()].map((id) => ({ ...this.shape(id).session, current: id === who })) } };
      default:
        return { status: 204 };
    }
  }

  private kept(id: string): Kept {
    const kept = this.sessions.get(id);
    if (!kept) throw new Error(`no session ${id}`);
    return kept;
  }

  private presented(headers: Headers, jar: Jar): [string | undefined, "bearer" | "cookie"] {
    const bearer = headers.get("authorization")?.slice(7);
    const access = bearer ? JSON.parse(atob(bearer)) : jar.access;
    const id = !bearer && jar.session ? jar.session : access && Date.now() < access.until ? access.session : undefined;
    return [id && !this.kept(id).ended ? id : undefined, bearer ? "bearer" : "cookie"];
  }

  private begin({ identifier, password, carrier = "cookie" }: Record<string, string>): Answer {
    if (password !== "right") return problem(401, "bad_credentials");
    const id = `s${++this.count}`;
    this.sessions.set(id, { account: identifier ?? "", carrier, ended: false, generation: 0 });
    return this.hand(id, 201);
  }

  /** The table of docs/ratchet.md. */
  private refresh(token: Token | undefined): Answer {
    const kept = token && this.kept(token.session);
    if (!token || !kept || kept.ended) return problem(401, "signed_out");
    if (token.generation === kept.generation) {
      kept.generation++;
      kept.spent = token.branch;
    } else if (token.generation !== kept.generation - 1 || token.branch !== kept.spent) {
      kept.ended = true;
      return problem(401, "token_reuse");
    }
    return this.hand(token.session, 200);
  }

  private hand(id: string, status: number): Answer {
    const { carrier, generation } = this.kept(id);
    const refresh = { session: id, generation, branch: ++this.count };
    const body = { ...this.shape(id), ...(carrier !== "cookie" && { expires_in: LIFE_S }) };
    if (carrier === "bearer") {
      return { status, body: { ...body, access_token: this.access(id), refresh_token: btoa(JSON.stringify(refresh)) } };
    }
    const access = { session: id, until: Date.now() + LIFE_S * 1000 };
    const set = carrier === "cookie" ? { session: id, access: undefined, refresh: undefined } : { session: undefined, access, refresh };
    return { status, body, set };
  }

  private access(session: string): string {
    return btoa(JSON.stringify({ session, until: Date.now() + LIFE_S * 1000 }));
  }

  shape(id: string) {
    const { account, carrier } = this.kept(id);
    const at = "2026-11-23T07:00:00Z";
    return {
      account: { id: account, identifier: account, name: null, roles: [], created_at: at } satisfies Account,
      session: { id, carrier, created_at: at, expires_at: at, seen_at: at, device: { address: "::1" } } satisfies Session,
      ...(carrier !== "bearer" && { csrf_token: csrfOf(id) }),
    };
  }
}

export const csrfOf = (session: string | undefined) => `csrf-of-${session}`;

export function problem(status: number, code: Problem["code"], headers: Record<string, string> = {}): Answer {
  return { status, headers, body: { type: `urn:bitjang:problem:${code}`, title: code, status, code } };
}
