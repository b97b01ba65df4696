/** What a call gives: data or an error, never an exception. */

import type { Problem } from "./wire.js";

/** The server's stable codes; `offline`: no answer came; `unexpected`: an answer that no Bitjang server gives. */
export type Code = Problem["code"] | "offline" | "unexpected";

export type Failed = {
  code: Code;
  /** For people, in English. */
  title: string;
  /** What to do about it, where that depends on the case. */
  detail?: string | null;
  /** Of HTTP; 0 if no answer came. */
  status: number;
  /** Seconds to wait before trying again. */
  retry_after?: number;
};

export type Result<T> = { data: T; error: null } | { data: null; error: Failed };

export const given = <T>(data: T): Result<T> => ({ data, error: null });

/** Whether the server says that the session is over. Nothing else does: not a lost answer, not a 503. */
export const isOver = (error: Failed | null): boolean => error?.code === "signed_out" || error?.code === "token_reuse";

export const offline = (): Failed => ({ code: "offline", title: "No answer came", status: 0 });

/** The error that an answer tells of. */
export async function failed(answer: Response): Promise<Failed> {
  const wait = Number(answer.headers.get("retry-after") ?? Number.NaN);
  const told = Number.isFinite(wait) ? { retry_after: wait } : {};
  const problem = await problemIn(answer);
  if (!problem) return { code: "unexpected", title: "The answer is not Bitjang's", status: answer.status, ...told };
  const { code, title, detail } = problem;
  return { code, title, detail, status: answer.status, ...told };
}

/** The problem in an answer (RFC 9457), if there is one. */
export async function problemIn(answer: Response): Promise<Problem | undefined> {
  if (!answer.headers.get("content-type")?.startsWith("application/problem+json")) return undefined;
  const body = await answer.json().catch(() => undefined);
  return typeof body?.code === "string" ? body : undefined;
}
