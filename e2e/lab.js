// The lab as `bitjang lab` starts it: the built program, on a free port, driven from outside.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { PROGRAM } from "./server.js";

const running = new Set();
// Asked, not killed: it has servers to end.
process.on("exit", () => running.forEach((child) => child.kill("SIGTERM")));

export class Lab {
  /** A lab that answers. */
  static async open() {
    const lab = new Lab();
    lab.child = spawn(join(dirname(PROGRAM), "bitjang-lab"), ["--port", "0"], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env.PATH, BITJANG_PROGRAM: PROGRAM },
    });
    running.add(lab.child);
    for await (const line of createInterface({ input: lab.child.stdout })) {
      lab.url = line.match(/^The lab is open at (http:\/\/localhost:\d+)$/)?.[1];
      if (lab.url) return lab;
    }
    throw new Error("the lab did not open");
  }

  /** Where the servers of a scheme are, and the attacker's site. They are started when they are first asked for. */
  async scheme(id) {
    const answer = await fetch(`${this.url}/live/${id}/json`, { method: "POST" });
    if (!answer.ok) throw new Error(`${id}: ${answer.status} ${await answer.text()}`);
    const { servers, attacker } = await answer.json();
    return { id, server: servers[0], attacker };
  }

  /** Ends it, and every server that it started. */
  async close() {
    running.delete(this.child);
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await ended;
  }
}
