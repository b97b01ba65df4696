// The community as `bitjang demo` starts it: the built program, on a free port, with a Bitjang server that it starts and ends itself.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { freePort, PROGRAM } from "./server.js";

const running = new Set();
// Asked, not killed: it has a server to end.
process.on("exit", () => running.forEach((child) => child.kill("SIGTERM")));

export class Community {
  /** A community with its first inhabitants, whose password it says. */
  static async start() {
    const community = new Community();
    const port = await freePort();
    community.url = `http://localhost:${port}`;
    community.child = spawn(join(dirname(PROGRAM), "bitjang-demo"), ["--port", String(port)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env.PATH, BITJANG_PROGRAM: PROGRAM },
    });
    running.add(community.child);
    for await (const line of createInterface({ input: community.child.stdout })) {
      community.password ??= line.match(/^Everybody's password is (\S+)$/)?.[1];
      if (community.password) return community;
    }
    throw new Error("the community did not open");
  }

  /** Ends it as Ctrl-C does. */
  async close() {
    running.delete(this.child);
    const ended = once(this.child, "exit");
    this.child.kill("SIGINT");
    const [code] = await ended;
    if (code !== 0) throw new Error(`the community ended with ${code}`);
  }
}
