/** The Bitjang server behind a Next.js app: where it is, and the calls that the app makes to it in a person's name. */

import type { Who } from "../index.js";
import { failed } from "../result.js";
import type { VerifierOptions } from "../server.js";
import { Issuer } from "../server/issuer.js";
import { program } from "../server/world.js";
import type { CsrfAnswer } from "../wire.js";
import { ours } from "./cookies.js";

export type NextOptions = Omit<VerifierOptions, "issuer" | "url"> & {
  /** Where the Bitjang server is, for this program: `BITJANG_URL` unless said otherwise. https, or plain http on this machine. */
  url?: string;
  /** What it calls itself, its `public_url`: `BITJANG_ISSUER`, or else the same. */
  issuer?: string;
};

/** Somebody waits for the page. */
const PATIENCE_MS = 3_000;

/** What came of asking for new tokens: the cookies that hold them; that there is no session any more; or why nobody can tell. */
export type Renewal = { kind: "renewed" | "over"; set: string[] } | { kind: "trouble"; code: string };

/** The options, with what the environment says. Read when they are needed: an app is built before it is deployed. */
export function settled(options: NextOptions): VerifierOptions & { url: string } {
  const { BITJANG_URL, BITJANG_ISSUER } = process.env;
  const url = options.url ?? BITJANG_URL;
  if (!url) throw new Error("where is the Bitjang server? Set BITJANG_URL, or give `url`");
  return { ...options, url, issuer: options.issuer ?? BITJANG_ISSUER ?? url };
}

export class Home {
  readonly base: string;
  /** One for each refresh token: requests that come together share it. */
  private readonly renewals = new Map<string, Promise<Renewal>>();

  constructor(
    url: string,
    private readonly fetch: typeof globalThis.fetch = program().fetch,
  ) {
    this.base = new Issuer(program(), url).base;
  }

  /** New tokens for the browser that sent these headers, whose refresh token is `refresh`. */
  renew(refresh: string, headers: Headers): Promise<Renewal> {
    const found = this.renewals.get(refresh);
    if (found) return found;
    const renewal = this.renewed(ours(headers)).finally(() => this.renewals.delete(refresh));
    this.renewals.set(refresh, renewal);
    return renewal;
  }

  private async renewed(cookie: string): Promise<Renewal> {
    try {
      const asked = await this.ask("GET", "/v1/csrf", { cookie });
      if (!asked.ok) return await unrenewed(asked);
      const { csrf_token }: CsrfAnswer = await asked.json();
      const answer = await this.ask("POST", "/v1/session/refresh", { cookie, "x-csrf-token": csrf_token });
      if (!answer.ok) return await unrenewed(answer);
      return { kind: "renewed", set: answer.headers.getSetCookie() };
    } catch {
      return { kind: "trouble", code: "offline" };
    }
  }

  /** Who is signed in by these cookies, by the server's own word; null if nobody is, a code if it cannot be asked. */
  async session(cookie: string): Promise<Who | null | string> {
    try {
      const answer = await this.ask("GET", "/v1/session", { cookie });
      if (answer.status === 401) return null;
      if (!answer.ok) return (await failed(answer)).code;
      const { account, session }: Who = await answer.json();
      return { account, session };
    } catch {
      return "offline";
    }
  }

  /** We stand where the server's own pages stand, behind the same address, and have checked where the request is from. */
  private ask(method: string, path: string, headers: Record<string, string>): Promise<Response> {
    return this.fetch(this.base + path, {
      method,
      headers: { ...headers, "sec-fetch-site": "same-origin" },
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  }
}

/** Only the server's own word ends a session. */
async function unrenewed(answer: Response): Promise<Renewal> {
  const { code } = await failed(answer);
  const isOver = code === "signed_out" || code === "token_reuse";
  return isOver ? { kind: "over", set: answer.headers.getSetCookie() } : { kind: "trouble", code };
}
