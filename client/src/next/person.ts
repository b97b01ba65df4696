/** Who sent a request to a Next.js app, judged where the answer is made: in the page, the route or the action. */

import type { Who } from "../index.js";
import type { Caller, Verifier } from "../server.js";
import { type Cookies, cookiesIn, ours } from "./cookies.js";
import type { Home } from "./home.js";

/** Who is signed in. By carrier `token_cookies` as of when the access token was minted. */
export type Person = Pick<Caller, "account" | "session" | "roles">;

/** Set by the proxy, and by nobody else: why it could not refresh. */
export const TROUBLE = "x-bitjang-trouble";

/** Nobody can tell who is asking at the moment: the server cannot be reached, or its feed. That signs nobody out, and lets nobody in. */
export class Unavailable extends Error {
  override name = "Unavailable";

  constructor(readonly code: string) {
    super(`nobody can tell who is signed in: ${code}`);
  }
}

/** Who sent a request with these headers; null if nobody, or if another site's page made the browser send it. Throws `Unavailable`. */
export async function personIn(headers: Headers, verifier: () => Verifier, home: () => Home): Promise<Person | null> {
  const cookies = cookiesFrom(headers);
  if (cookies?.session) {
    const who = await whoIn(headers, home);
    return who && { account: who.account.id, session: who.session.id, roles: who.account.roles };
  }
  if (!cookies?.access) return nobody(headers, cookies);
  const { data, error } = await verifier().verify(cookies.access);
  if (error?.status === 503) throw new Unavailable(error.code);
  return data ? { account: data.account, session: data.session, roles: data.roles } : nobody(headers, cookies);
}

/** The same with name and all, by the server's own word. */
export async function whoIn(headers: Headers, home: () => Home): Promise<Who | null> {
  const cookies = cookiesFrom(headers);
  if (!cookies?.session && !cookies?.access) return nobody(headers, cookies);
  const who = await home().session(ours(headers));
  if (typeof who === "string") throw new Unavailable(who);
  return who ?? nobody(headers, cookies);
}

/** Nobody; unless it is somebody whose tokens could not be renewed. */
function nobody(headers: Headers, cookies: Cookies | undefined): null {
  const trouble = headers.get(TROUBLE);
  if (trouble && cookies?.refresh) throw new Unavailable(trouble);
  return null;
}

const cookiesFrom = (headers: Headers): Cookies | undefined => (isForeign(headers) ? undefined : cookiesIn(headers));

/**
 * Whether a page of another origin made the browser send this. Browsers say `Origin` with everything but plain navigations and reads by GET, so whoever
 * follows a link from elsewhere is at home, and a form from elsewhere is nobody's.
 */
export function isForeign(headers: Headers): boolean {
  const [origin, site] = [headers.get("origin"), headers.get("sec-fetch-site")];
  if (origin === null) return false;
  if (site !== null) return site !== "same-origin";
  // An attacker's page chooses neither of these two.
  const host = headers.get("x-forwarded-host") ?? headers.get("host");
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
