/** Our cookies in a request, and what becomes of them when an answer sets new ones. As guard/src/cookies.rs reads them. */

export const SESSION = "__Host-bitjang";
export const ACCESS = "__Host-bitjang-access";
export const REFRESH = "__Host-bitjang-refresh";

export type Cookies = { session?: string | undefined; access?: string | undefined; refresh?: string | undefined };

/** At most one of each; nothing if there are two of a name: somebody has tossed one in. */
export function cookiesIn(headers: Headers): Cookies | undefined {
  const all = pairs(headers);
  const [session, access, refresh] = [SESSION, ACCESS, REFRESH].map((name) => all.filter(([found]) => found === name).map(([, value]) => value));
  if ([session, access, refresh].some((found) => found && found.length > 1)) return undefined;
  return { session: session?.[0], access: access?.[0], refresh: refresh?.[0] };
}

/** The part of the `Cookie` header that is for the Bitjang server: the app's own cookies are none of its business. */
export function ours(headers: Headers): string {
  return written(pairs(headers).filter(([name]) => name.startsWith(SESSION)));
}

/** The `Cookie` header as a browser will send it after these `Set-Cookie` headers of ours. */
export function after(headers: Headers, set: string[]): string {
  const all = new Map(pairs(headers));
  for (const line of set) {
    const [pair = "", ...attributes] = line.split(";");
    const [name, value] = halves(pair);
    if (attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute))) all.delete(name);
    else all.set(name, value);
  }
  return written([...all]);
}

function pairs(headers: Headers): [string, string][] {
  return (headers.get("cookie") ?? "").split(";").filter((pair) => pair.includes("=")).map(halves);
}

function halves(pair: string): [string, string] {
  const at = pair.indexOf("=");
  const trimmed = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, "");
  return [trimmed(pair.slice(0, at)), trimmed(pair.slice(at + 1))];
}

const written = (pairs: [string, string][]) => pairs.map(([name, value]) => `${name}=${value}`).join("; ");
