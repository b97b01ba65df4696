// The lab: the built program, on a free port, driven from outside.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const BITJANG = process.env.BITJANG ?? fileURLToPath(new URL("../target/debug/bitjang", import.meta.url));
const PROGRAM = process.env.BITJANG_LAB ?? fileURLToPath(new URL("bitjang-lab", `file://${BITJANG}`));
const OPEN = /http:\/\/localhost:\d+/;

export class Lab {
  /** A lab that answers. */
  static async open() {
    const lab = new Lab();
    lab.child = spawn(PROGRAM, ["--port", "0"], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env.PATH, BITJANG_PROGRAM: BITJANG },
    });
    process.once("exit", () => lab.child.kill("SIGTERM"));
    for await (const text of lab.child.stdout.setEncoding("utf8")) {
      const found = OPEN.exec(text);
      if (found) return Object.assign(lab, { url: found[0] });
    }
    throw new Error("the lab ended before it was open");
  }

  /** What the lab says when it is asked to do something. */
  async ask(path) {
    const answer = await fetch(this.url + path, { method: "POST" });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async close() {
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await ended;
  }
}
