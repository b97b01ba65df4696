/** What a verifier takes from the program it runs in. Handed in, so that tests can move the clocks. */

export type World = {
  fetch: typeof fetch;
  /** Milliseconds by the clock that tells the date, which somebody may set. */
  wall(): number;
  /** Milliseconds by a clock that only goes forward; it may stand still while the machine sleeps. */
  steady(): number;
  /** Calls `then` in so many milliseconds, unless the answer is called before. */
  after(ms: number, then: () => void): () => void;
};

export function program(): World {
  return {
    fetch: (input, init) => unwrapped()(input, init),
    wall: () => Date.now(),
    steady: () => performance.now(),
    after: (ms, then) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
  };
}

/** Next.js puts a cache of its own around `fetch`, which would hold the request that first followed the feed for as long as the feed lasts. */
function unwrapped(): typeof fetch {
  const { fetch } = globalThis;
  return (fetch as typeof fetch & { _nextOriginalFetch?: typeof fetch })._nextOriginalFetch ?? fetch;
}

export function sleep(world: World, ms: number): Promise<void> {
  return new Promise((done) => world.after(ms, done));
}

/** Waits that double up to a cap, each shortened at random by up to half: never the same for two who wait for one server. */
export function backoff(failures: number, shortest: number, longest: number): number {
  const whole = Math.min(shortest * 2 ** Math.min(failures, 16), longest);
  return whole * (0.5 + Math.random() / 2);
}
