/** Asks the server: JSON there and back, and again where the answer got lost and asking twice is harmless. */

import { type Failed, failed, given, offline, type Result } from "./result.js";
import type { Call } from "./wire.js";
import type { World } from "./world.js";

export type Asking = { id?: string; body?: unknown; csrf?: string; bearer?: string };

export type Ask = <T>(call: Call, asking?: Asking) => Promise<Result<T>>;

/** Before the second, third and last try. */
export const WAITS_MS = [300, 1_000, 3_000];
/** No server may make a page wait longer before it tries again. */
const LONGEST_WAIT_MS = 10_000;
/** Less than an access token lives: an answer that comes later must not put an old refresh token back into the cookie jar. */
const PATIENCE_MS = 10_000;

/** Calls that may be asked twice: they change nothing, or nothing more the second time. */
const REPEATABLE = /^(GET|DELETE) |\/token$/;

export function asker(world: World, base: string): Ask {
  return async <T>(call: Call, asking: Asking = {}) => {
    const repeats = REPEATABLE.test(call) ? WAITS_MS.length : 0;
    for (let tries = 0; tries < repeats; tries++) {
      const result = await once<T>(world, base, call, asking);
      if (!isPassing(result.error)) return result;
      await pause(world, tries, result.error);
    }
    return once<T>(world, base, call, asking);
  };
}

/** Whether it may be different in a moment. */
export const isPassing = (error: Failed | null): boolean => error !== null && (error.code === "offline" || error.status >= 500);

/** Waits after so many tries: longer each time, never the same for two who wait for one server, and as long as it asks for. */
export function pause(world: World, tries: number, error: Failed | null): Promise<void> {
  const jittered = (WAITS_MS[tries] ?? 0) * (0.5 + Math.random() / 2);
  return world.sleep(Math.max(jittered, Math.min((error?.retry_after ?? 0) * 1000, LONGEST_WAIT_MS)));
}

async function once<T>(world: World, base: string, call: Call, asking: Asking): Promise<Result<T>> {
  const [method, path = ""] = call.split(" ");
  const { id = "", body, csrf, bearer } = asking;
  try {
    const answer = await world.fetch(base + path.replace("{id}", encodeURIComponent(id)), {
      method,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(csrf && { "x-csrf-token": csrf }),
        ...(bearer && { authorization: `Bearer ${bearer}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      credentials: bearer ? "omit" : "include",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!answer.ok) return { data: null, error: await failed(answer) };
    return given(answer.status === 204 ? null : await answer.json());
  } catch {
    return { data: null, error: offline() };
  }
}
