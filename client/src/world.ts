/** What the client takes from the browser. Handed in, so that tests are the browser. */

export type Stop = () => void;

/** What one tab tells the others. No secret is in it. */
export type News =
  | { kind: "begun"; session: string }
  | { kind: "ended"; session: string }
  | { kind: "refreshed"; session: string; due: number };

export type World = {
  fetch: typeof fetch;
  /** Milliseconds of the wall clock. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** The page's address; none outside of pages. */
  page: string | undefined;
  /** Runs `work` while no other tab runs under this name. */
  alone?<T>(name: string, work: () => Promise<T>): Promise<T>;
  tell?(name: string, news: News): void;
  hear?(name: string, heard: (news: News) => void): Stop;
  /** When the page is looked at again, or the network is back. */
  wake?(woken: () => void): Stop;
};

export function browser(): World {
  const { navigator, document, window, BroadcastChannel } = globalThis;
  const isPage = typeof document !== "undefined";
  const isHeard = isPage && typeof BroadcastChannel !== "undefined";
  return {
    fetch: (input, init) => globalThis.fetch(input, init),
    now: () => Date.now(),
    sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
    page: isPage ? document.baseURI : undefined,
    // Absent without a secure context. The ratchet makes the race that is left harmless.
    ...(isPage && navigator?.locks && { alone: (name, work) => navigator.locks.request(name, work) }),
    ...(isHeard && { tell, hear }),
    ...(isPage && { wake: (woken) => onEvents([window, document], ["focus", "online", "pageshow", "visibilitychange"], woken) }),
  };
}

function tell(name: string, news: News): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage(news);
  channel.close();
}

function hear(name: string, heard: (news: News) => void): Stop {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => heard(data);
  return () => channel.close();
}

function onEvents(targets: EventTarget[], names: string[], heard: () => void): Stop {
  const woken = () => document.visibilityState === "visible" && heard();
  const each = (how: "addEventListener" | "removeEventListener") =>
    targets.forEach((target) => names.forEach((name) => target[how](name, woken)));
  each("addEventListener");
  return () => each("removeEventListener");
}
