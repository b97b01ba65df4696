// The Next.js example: built once, started for a server of ours, on an origin of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { answers, PATIENCE_MS, track } from "./server.js";

const APP = fileURLToPath(new URL("../client/examples/next", import.meta.url));
const NEXT = fileURLToPath(new URL("../client/node_modules/next/dist/bin/next", import.meta.url));

/** Builds it; half a minute on a slow machine. */
export async function buildNext() {
  const run = next(["build"], {});
  const [code] = await once(run.child, "exit");
  if (code !== 0) throw new Error(`the example cannot be built\n${run.log}`);
}

/** Starts it for `server`, whose public address is the app's. Between the two stands `through`, if there is one. */
export async function startNext(server, { through = server.url } = {}) {
  const { port } = new URL(server.appUrl);
  const app = next(["start", "--port", port, "--hostname", "localhost"], { BITJANG_URL: through, BITJANG_ISSUER: server.appUrl });
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await answers(`${server.appUrl}/about`))) {
    if (performance.now() > deadline) throw new Error(`the example is not served\n${app.log}`);
    await pause(20);
  }
  server.beside.push(async () => {
    // Asked politely it waits for connections that stay open.
    app.child.kill("SIGKILL");
    await once(app.child, "exit");
  });
  return { url: server.appUrl, app };
}

function next(args, env) {
  const child = spawn(process.execPath, [NEXT, ...args], {
    cwd: APP,
    env: { ...process.env, ...env, NEXT_TELEMETRY_DISABLED: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const run = { child, log: "" };
  track(child, (text) => (run.log += text));
  return run;
}
