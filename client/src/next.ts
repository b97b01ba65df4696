/**
 * For Next.js: `createProxy` refreshes in front of server components, which cannot set cookies; `auth` says who is signed in, in every page, route
 * and action that asks.
 *
 * The proxy lets everybody through. It cannot keep anybody out: what it does not match, or what finds a way around it (CVE-2025-29927), must be
 * refused by the page, route or action itself. So there is nothing here to protect a path with.
 */

import { headers } from "next/headers.js";
import { type NextRequest, NextResponse } from "next/server.js";
import type { Who } from "./index.js";
import { after, cookiesIn } from "./next/cookies.js";
import { Home, type NextOptions, settled } from "./next/home.js";
import { type Person, personIn, TROUBLE, whoIn } from "./next/person.js";
import { createVerifier, type Verifier } from "./server.js";

export type { NextOptions } from "./next/home.js";
export { type Person, Unavailable } from "./next/person.js";

/** How long before its end an access token is replaced: longer than a page takes to answer. */
const SOON_S = 30;
/** What belongs to the server. */
const API = /^\/v1\//;

/** Of `proxy.ts`: refreshes where it is due, and hands calls of `/v1/` on to the server. */
export function createProxy(options: NextOptions = {}): (request: NextRequest) => Promise<NextResponse> {
  let home: Home | undefined;
  return async (request) => {
    home ??= new Home(settled(options).url);
    const { pathname, search } = request.nextUrl;
    if (API.test(pathname)) return NextResponse.rewrite(home.base + pathname + search);
    const passed = new Headers(request.headers);
    passed.delete(TROUBLE);
    const refresh = dueIn(passed);
    if (!refresh) return NextResponse.next({ request: { headers: passed } });
    const renewal = await home.renew(refresh, passed);
    if (renewal.kind === "trouble") {
      passed.set(TROUBLE, renewal.code);
      return NextResponse.next({ request: { headers: passed } });
    }
    passed.set("cookie", after(passed, renewal.set));
    const answer = NextResponse.next({ request: { headers: passed } });
    for (const line of renewal.set) answer.headers.append("set-cookie", line);
    // Also where the page is the same for everybody: no cache in between may keep a person's cookies.
    if (renewal.set.length > 0) answer.headers.set("cache-control", "private, no-store");
    return answer;
  };
}

/** The refresh token, if it is time to use it. */
function dueIn(headers: Headers): string | undefined {
  const { session, access, refresh } = cookiesIn(headers) ?? {};
  const isFresh = access !== undefined && expiry(access) > Date.now() / 1000 + SOON_S;
  return session || isFresh ? undefined : refresh;
}

/** When a token says that it ends. Only to know when to refresh: whether it is genuine is seen where it counts. */
function expiry(token: string): number {
  try {
    const { exp } = JSON.parse(atob((token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/")));
    return typeof exp === "number" ? exp : 0;
  } catch {
    return 0;
  }
}

export type Auth = {
  /** Who is signed in, or null; throws `Unavailable`. By carrier `token_cookies` checked in memory, by `cookie` by asking the server. */
  (): Promise<Person | null>;
  /** Who is signed in, with name and all, by asking the server: for `initial` of `bitjang/react`. */
  session(): Promise<Who | null>;
};

export function createAuth(options: NextOptions = {}): Auth {
  const verifier = () => kept(settled(options)).verifier;
  const home = () => kept(settled(options)).home;
  return Object.assign(async () => personIn(await headers(), verifier, home), {
    session: async () => whoIn(await headers(), home),
  });
}

/** As the environment says: `BITJANG_URL`, `BITJANG_ISSUER`. */
export const auth: Auth = createAuth();

type Kept = { verifier: Verifier; home: Home };

/** One verifier in a process: Next.js loads this file once for each part of an app. Begins to follow when it is first asked for. */
function kept(options: ReturnType<typeof settled>): Kept {
  const place = globalThis as { [KEPT]?: Map<string, Kept> };
  const all = (place[KEPT] ??= new Map());
  const name = JSON.stringify({ ...options, secret: options.secret && [...options.secret] });
  const found = all.get(name) ?? { verifier: createVerifier(options), home: new Home(options.url) };
  all.set(name, found);
  return found;
}

const KEPT = Symbol.for("bitjang/next");
