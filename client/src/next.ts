/**
 * For Next.js: `createProxy` refreshes in front of server components, which cannot set cookies; `auth` says who is signed in, in every page, route
 * and action that asks.
 *
 * The proxy lets everybody through. It cannot keep anybody out: what it does not match, or what finds a way around it (CVE-2025-29927), must be
 * refused by the page, route or action itself. So there is nothing here to protect a path with.
 */

import { headers } from "next/headers.js";
import type { NextRequest, NextResponse } from "next/server.js";
import type { Who } from "./index.js";
import { Home, type NextOptions, settled } from "./next/home.js";
import { type Person, personIn, whoIn } from "./next/person.js";
import { type Behind, passed } from "./next/proxy.js";
import { createVerifier } from "./server.js";

export type { NextOptions } from "./next/home.js";
export { type Person, Unavailable } from "./next/person.js";

/** Of `proxy.ts`: refreshes where it is due, and hands calls of `/v1/` on to the server. */
export function createProxy(options: NextOptions = {}): (request: NextRequest) => Promise<NextResponse> {
  return (request) => passed(request, kept(settled(options)));
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

/** One verifier in a process: Next.js loads this file once for each part of an app. Begins to follow when it is first asked for. */
function kept(options: ReturnType<typeof settled>): Behind {
  const place = globalThis as { [KEPT]?: Map<string, Behind> };
  const all = (place[KEPT] ??= new Map());
  const name = JSON.stringify({ ...options, secret: options.secret && [...options.secret] });
  const found = all.get(name) ?? { verifier: createVerifier(options), home: new Home(options.url) };
  all.set(name, found);
  return found;
}

const KEPT = Symbol.for("bitjang/next");
