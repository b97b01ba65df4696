/** An issuer elsewhere, over HTTP. Redirects are not followed, answers are bounded in size and time. */

import type { Place } from "./feed.js";
import { type Key, publishedKeys } from "./key.js";
import type { World } from "./world.js";

/** How long to wait for an answer, and for the issuer's word on a token: somebody is waiting. */
const PATIENCE_MS = 5_000;
const SHORT_PATIENCE_MS = 2_000;
/** The most bytes of an answer that is read as a whole. */
const LARGEST = 64 * 1024;

export class Issuer {
  readonly base: string;

  /** At `url`: https, or plain http on this machine, where nobody on the network can stand in for it. */
  constructor(
    readonly world: World,
    url: string,
  ) {
    const { protocol, hostname, search, hash, username, password, href } = new URL(url);
    const isLoopback = /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
    const isSafe = protocol === "https:" || (protocol === "http:" && isLoopback);
    if (!isSafe || search || hash || username || password) {
      throw new Error("an issuer is https://host or http://localhost, with a port and a path perhaps, without anything after it");
    }
    this.base = href.replace(/\/+$/, "");
  }

  /** The keys that it publishes. An issuer without keys could not have issued anything: rather a mistake than the truth. */
  async keys(): Promise<Key[]> {
    const answer = await this.ask("/.well-known/jwks.json", { accept: "application/json" }, PATIENCE_MS);
    if (answer.status !== 200) throw new Error(`the keys: the answer is ${answer.status}`);
    const keys = await publishedKeys(await text(answer));
    if (!keys?.length) throw new Error("the keys: there is no usable key in the answer");
    return keys;
  }

  /** Opens the feed beyond `after`. */
  async feed(after: Place, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const answer = await this.send(`/v1/revocations?after=${after}`, { accept: "text/event-stream" }, signal);
    const type = answer.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (answer.status !== 200 || type !== "text/event-stream" || !answer.body) {
      await answer.body?.cancel();
      throw new Error(`the feed: the answer is ${answer.status}, ${type}`);
    }
    return answer.body;
  }

  /** The roles of the account whose session this token is of, by the issuer's own word; nothing when the session has ended. */
  async rolesOf(token: string): Promise<string[] | undefined> {
    const answer = await this.ask("/v1/session", { authorization: `Bearer ${token}` }, SHORT_PATIENCE_MS);
    if (answer.status === 200) return JSON.parse(await text(answer)).account.roles;
    await answer.body?.cancel();
    if (answer.status !== 401) throw new Error(`a session: the answer is ${answer.status}`);
    return undefined;
  }

  private ask(path: string, headers: Record<string, string>, patience: number): Promise<Response> {
    return this.send(path, headers, AbortSignal.timeout(patience));
  }

  private send(path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    return this.world.fetch(this.base + path, { headers, signal, redirect: "error", cache: "no-store" });
  }
}

async function text(answer: Response): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [read, size] = ["", 0];
  for await (const piece of answer.body ?? []) {
    size += piece.length;
    if (size > LARGEST) throw new Error("the answer is too long");
    read += decoder.decode(piece, { stream: true });
  }
  return read + decoder.decode();
}
