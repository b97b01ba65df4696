// A real Bitjang server: the built program, on a free port, in an empty folder of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const PROGRAM = process.env.BITJANG ?? fileURLToPath(new URL("../target/debug/bitjang", import.meta.url));
export const PATIENCE_MS = 10_000;

/** The processes that run now, and their folders. They go with us, however we go. */
const running = new Set();
const folders = new Set();
process.on("exit", () => {
  running.forEach((child) => child.kill("SIGKILL"));
  folders.forEach((folder) => rmSync(folder, { recursive: true, force: true }));
});
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

export class Server {
  /**
   * A server that answers, with no account yet, and trusts the pages of `appUrl`; under another name of this machine, or with more settings (or what gives them, told the server), if told so.
   */
  static async start({ host = "localhost", settings = {} } = {}) {
    const server = new Server();
    server.settings = settings;
    server.beside = [];
    server.folder = await mkdtemp(join(tmpdir(), "bitjang-e2e-"));
    folders.add(server.folder);
    server.port = await freePort();
    server.adminPort = await freePort();
    server.url = `http://${host}:${server.port}`;
    server.appUrl = `http://localhost:${await freePort()}`;
    await server.run();
    return server;
  }

  /** Ends it for good, and what was started `beside` it, and removes its folder. */
  async close() {
    await Promise.all(this.beside.map((close) => close()));
    if (running.has(this.child)) await this.end("SIGTERM");
    await rm(this.folder, { recursive: true, force: true });
    folders.delete(this.folder);
  }

  /** An orderly restart, on the same folder and port. */
  async restart() {
    this.interrupted = true;
    const code = await this.end("SIGTERM");
    if (code !== 0) throw new Error(`ended with ${code} when asked to\n${this.log}`);
    await this.run();
  }

  /** `kill -9`, then a start that nobody tidied up for. */
  async crash() {
    this.interrupted = true;
    await this.end("SIGKILL");
    await this.run();
  }

  /** Starts the program and waits until it is ready. */
  async run() {
    this.log = "";
    this.child = spawn(PROGRAM, ["serve"], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH,
        // Nobody balances here.
        BITJANG_LINGER_SECONDS: "0",
        BITJANG_LISTEN: `127.0.0.1:${this.port}`,
        BITJANG_ADMIN_LISTEN: `127.0.0.1:${this.adminPort}`,
        BITJANG_PUBLIC_URL: this.url,
        BITJANG_STORE__URL: `embedded:${join(this.folder, "data")}`,
        BITJANG_TRUSTED_ORIGINS: this.appUrl,
        ...(typeof this.settings === "function" ? this.settings(this) : this.settings),
      },
    });
    await Promise.race([once(this.child, "spawn"), once(this.child, "error").then(([error]) => Promise.reject(error))]);
    track(this.child, (text) => (this.log += text));
    await this.ready();
  }

  async ready() {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await answers(`http://127.0.0.1:${this.port}/readyz`))) {
      if (!running.has(this.child)) throw new Error("the server ended before it was ready\n" + this.log);
      if (performance.now() > deadline) throw new Error("the server is not ready in time\n" + this.log);
      await pause(20);
    }
  }

  /** Ends the process by its id and answers its exit code, or the signal that ended it. */
  async end(signal) {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const ended = once(this.child, "exit", { signal: late });
    this.child.kill(signal);
    const [code, by] = await ended;
    return code ?? by;
  }
}

/** Ends `child` when we end, and hands on what it prints. */
export function track(child, write) {
  running.add(child);
  child.once("exit", () => running.delete(child));
  child.stdout.setEncoding("utf8").on("data", write);
  child.stderr.setEncoding("utf8").on("data", write);
}

/** Whether somebody answers there. */
export async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
