/** In front of every page: fresh tokens before server components run, and calls of /v1/ handed on to Bitjang. */

import { createProxy } from "bitjang/next";

export const proxy = createProxy();

export const config = { matcher: "/((?!_next/static|_next/image|favicon.ico).*)" };
