/** A model of an issuer, for verifiers: keys, a feed, its word on tokens; and clocks that move when told to. */

import { encoded } from "../../src/server/base64url.js";
import type { World } from "../../src/server/world.js";

export const ISSUER = "https://id.example.org";
export const ACCOUNT = "02020202-0202-0202-0202-020202020202";
export const SESSION = "AQEBAQEBAQEBAQEBAQEBAQ";

type Signer = { jwk: Record<string, unknown> & { kid: string }; key: CryptoKey };

export async function signer(): Promise<Signer> {
  const pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"])) as CryptoKeyPair;
  const { crv, kty, x } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify({ crv, kty, x })));
  return { jwk: { crv, kty, x, kid: encoded(new Uint8Array(digest)), alg: "Ed25519", use: "sig" }, key: pair.privateKey };
}

const part = (value: object) => encoded(new TextEncoder().encode(JSON.stringify(value)));

export async function mint({ jwk, key }: Signer, now: number, claims: object = {}): Promise<string> {
  const said = {
    iss: ISSUER, sub: ACCOUNT, aud: ISSUER, exp: now + 300, iat: now, jti: "one", client_id: "bitjang", sid: SESSION,
    auth_time: now, amr: ["pwd"], roles: ["member"], epoch: 2, ...claims,
  };
  const message = `${part({ alg: "Ed25519", kid: jwk.kid, typ: "at+jwt" })}.${part(said)}`;
  const signature = await crypto.subtle.sign("Ed25519", key, new TextEncoder().encode(message));
  return `${message}.${encoded(new Uint8Array(signature))}`;
}

export class Model implements World {
  /** What it publishes. */
  keys: object[] = [];
  /** Answers instead of the model where it likes; throws where the line is dead. */
  instead: (path: string) => Response | undefined = () => undefined;
  /** Whether sessions are live, and with which roles, by its own word. */
  isLive = true;
  roles = ["member"];
  asked: string[] = [];
  /** By the wall clock. The steady one begins at 0. */
  wallAhead = 1_800_000_000_000;
  private steadyNow = 0;
  private timers = new Set<{ at: number; then: () => void }>();
  private feeds = new Set<ReadableStreamDefaultController<Uint8Array>>();

  wall = () => this.steadyNow + this.wallAhead;
  steady = () => this.steadyNow;
  seconds = () => Math.floor(this.wall() / 1000);
  count = (path: string) => this.asked.filter((asked) => asked.startsWith(path)).length;

  after = (ms: number, then: () => void) => {
    const timer = { at: this.steadyNow + ms, then };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  };

  /** Lets time pass, in steps that no timer is longer than. */
  async pass(ms: number): Promise<void> {
    const until = this.steadyNow + ms;
    do {
      this.steadyNow = Math.min(this.steadyNow + 25, until);
      for (const timer of this.timers) {
        if (timer.at > this.steadyNow) continue;
        this.timers.delete(timer);
        timer.then();
      }
      await arrived();
    } while (this.steadyNow < until);
  }

  fetch = (async (input: string, { signal }: RequestInit) => {
    const path = input.replace(ISSUER, "");
    this.asked.push(path);
    const instead = this.instead(path);
    if (instead) return instead;
    if (path === "/.well-known/jwks.json") return Response.json({ keys: this.keys });
    if (path === "/v1/session") return Response.json({ account: { roles: this.roles } }, { status: this.isLive ? 200 : 401 });
    const body = new ReadableStream<Uint8Array>({ start: (feed) => void this.open(feed, signal as AbortSignal) });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }) as unknown as typeof fetch;

  private open(feed: ReadableStreamDefaultController<Uint8Array>, signal: AbortSignal): void {
    this.feeds.add(feed);
    signal.addEventListener("abort", () => {
      if (this.feeds.delete(feed)) feed.error(signal.reason);
    });
  }

  get isFollowed(): boolean {
    return this.feeds.size > 0;
  }

  /** Ends all feeds. */
  async hangUp(): Promise<void> {
    for (const feed of this.feeds) feed.close();
    this.feeds.clear();
    await arrived();
  }

  async tell(text: string): Promise<void> {
    for (const feed of this.feeds) feed.enqueue(new TextEncoder().encode(text));
    await arrived();
  }

  /** A heartbeat that was sent so long ago. */
  beat(position = 0, ago = 0): Promise<void> {
    return this.tell(event("heartbeat", { position: place(position), now: this.written(-ago) }));
  }

  revoke(position: number, of: object): Promise<void> {
    const entry = { position: place(position), ...of, at: this.written(0), until: this.written(360_000) };
    return this.tell(`id: ${place(position)}\n${event("revocation", entry)}`);
  }

  /** A moment of the wall clock, and so long after. */
  private written = (after: number) => new Date(this.wall() + after).toISOString();
}

/** As the feed writes a place; what stands there does not matter here. */
export const place = (position: number) => (position === 0 ? "0" : `${position}-AAAAAAAAAAA`);

const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** Lets everything arrive that is on its way within this program. */
async function arrived(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((done) => setImmediate(done));
}
