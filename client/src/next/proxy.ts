/** What the proxy does with a request: lets it through, with fresh tokens where it is time for them. */

import { type NextRequest, NextResponse } from "next/server.js";
import type { Verifier } from "../server.js";
import { after, cookiesIn } from "./cookies.js";
import type { Home } from "./home.js";
import { TROUBLE } from "./person.js";

/** What stands behind an app. */
export type Behind = { home: Home; verifier: Verifier };

/** How long before its end an access token is replaced: longer than a page takes to answer. */
const SOON_S = 30;
/** What belongs to the server. */
const API = /^\/v1\//;

export async function passed(request: NextRequest, { home, verifier }: Behind): Promise<NextResponse> {
  const { pathname, search } = request.nextUrl;
  if (API.test(pathname)) return NextResponse.rewrite(home.base + pathname + search);
  const headers = new Headers(request.headers);
  headers.delete(TROUBLE);
  const refresh = await dueIn(headers, verifier);
  if (!refresh) return NextResponse.next({ request: { headers } });
  const renewal = await home.renew(refresh, headers);
  if (renewal.kind === "trouble") {
    headers.set(TROUBLE, renewal.code);
    return NextResponse.next({ request: { headers } });
  }
  headers.set("cookie", after(headers, renewal.set));
  const answer = NextResponse.next({ request: { headers } });
  for (const line of renewal.set) answer.headers.append("set-cookie", line);
  // Also where the page is the same for everybody: no cache in between may keep a person's cookies.
  if (renewal.set.length > 0) answer.headers.set("cache-control", "private, no-store");
  return answer;
}

/** The refresh token, if it is time to use it: the access token is gone, ends soon, or was ended while the session may go on, as by a change of roles. */
async function dueIn(headers: Headers, verifier: Verifier): Promise<string | undefined> {
  const { session, access, refresh } = cookiesIn(headers) ?? {};
  if (session || !refresh) return undefined;
  const isFresh = access !== undefined && expiry(access) > Date.now() / 1000 + SOON_S;
  return isFresh && !(await isRevoked(access, verifier)) ? undefined : refresh;
}

/** As far as is known by now: where the feed was not heard yet, the page will wait for it. */
async function isRevoked(token: string, verifier: Verifier): Promise<boolean> {
  if (verifier.staleness() === undefined) return false;
  const { error } = await verifier.verify(token);
  return error?.code === "token_revoked";
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
