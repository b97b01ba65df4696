// The React example: built for a server of ours, served on an origin of its own; and an API on a third that takes access tokens.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { answers, PATIENCE_MS, track } from "./server.js";

const APP = fileURLToPath(new URL("../client/examples/react-spa", import.meta.url));
const VITE = fileURLToPath(new URL("../client/node_modules/vite/bin/vite.js", import.meta.url));

/** Starts both for `server`, which must trust `server.appUrl`. */
export async function startSpa(server, { carrier = "cookie" } = {}) {
  const api = await startApi(server);
  const out = join(server.folder, "spa");
  const env = { ...process.env, VITE_BITJANG_URL: server.url, VITE_API_URL: api.url, VITE_CARRIER: carrier };
  const built = vite(["build", "--outDir", out, "--logLevel", "error"], env);
  const [code] = await once(built.child, "exit");
  if (code !== 0) throw new Error(`the example cannot be built\n${built.log}`);
  const { port } = new URL(server.appUrl);
  const preview = vite(["preview", "--outDir", out, "--port", port, "--strictPort", "--host", "localhost"], env);
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await answers(server.appUrl))) {
    if (performance.now() > deadline) throw new Error(`the example is not served\n${preview.log}`);
    await pause(20);
  }
  server.beside.push(async () => {
    preview.child.kill("SIGTERM");
    await once(preview.child, "exit");
  });
  return { url: server.appUrl, api };
}

function vite(args, env) {
  const run = { child: spawn(process.execPath, [VITE, ...args], { cwd: APP, env, stdio: ["ignore", "pipe", "pipe"] }), log: "" };
  track(run.child, (text) => (run.log += text));
  return run;
}

/** An API that asks the server about each token. */
async function startApi(server) {
  const seen = [];
  const listener = createServer(async (request, response) => {
    const headers = { "access-control-allow-origin": server.appUrl, "access-control-allow-headers": "authorization" };
    if (request.method === "OPTIONS") return response.writeHead(204, headers).end();
    seen.push(request.headers);
    const { authorization = "" } = request.headers;
    const answer = await fetch(`${server.url}/v1/account`, { headers: { authorization } });
    if (!answer.ok) return response.writeHead(answer.status, headers).end();
    const { account } = await answer.json();
    response.writeHead(200, headers).end(`Notes of ${account.identifier}`);
  }).listen(0, "localhost");
  await once(listener, "listening");
  server.beside.push(() => (listener.closeAllConnections(), listener.close()));
  return {
    url: `http://localhost:${listener.address().port}`,
    seen,
  };
}
