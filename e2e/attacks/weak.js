// A reverse proxy that takes defences away from the very server that runs behind it, so that each can be seen to matter. It listens on the loopback address only.

import { once } from "node:events";
import { createServer, request as send } from "node:http";

/**
 * Each defence by name, and how it is taken away: from what the browser sends (`asked`), from what it is answered (`answered`), or by answering in the server's place (`instead`).
 * A message is { method, path, headers: Map of lists, body, status? }.
 */
export const defences = {
  "where from": {
    asked: ({ headers }) => headers.set("sec-fetch-site", ["same-origin"]).delete("origin"),
  },
  "content type": {
    asked: ({ headers }) => headers.has("content-type") && headers.set("content-type", ["application/json"]),
  },
  "CSRF token": {
    async asked(message, upstream) {
      const { csrf_token } = await tokenFor(message, upstream);
      if (isForm(message)) message.body = `${message.body}&csrf_token=${csrf_token}`;
      else if (csrf_token) message.headers.set("x-csrf-token", [csrf_token]);
    },
  },
  "form token": {
    async asked(message, upstream) {
      if (!isForm(message)) return;
      const form = await upstream({ path: message.path });
      const [, token] = form.body.toString().match(/name="csrf_token" value="([^"]+)"/);
      message.body = `${message.body}&csrf_token=${token}`;
      message.headers.set("cookie", form.headers.get("set-cookie").map((cookie) => cookie.split(";")[0]));
    },
  },
  SameSite: { answered: (message) => eachCookie(message, (cookie) => cookie.replace(/SameSite=\w+/, "SameSite=None")) },
  HttpOnly: { answered: (message) => eachCookie(message, (cookie) => cookie.replace(" HttpOnly;", "")) },
  "__Host-": {
    asked: ({ headers }) => change(headers, "cookie", (cookies) => cookies.replace(/(^|; )bitjang/g, "$1__Host-bitjang")),
    answered: (message) => eachCookie(message, (cookie) => cookie.replace("__Host-", "")),
  },
  "readers (CORS)": {
    instead: ({ method, headers }) =>
      method === "OPTIONS" && {
        status: 204,
        headers: new Map([
          ["access-control-allow-origin", headers.get("origin")],
          ["access-control-allow-credentials", ["true"]],
          ["access-control-allow-methods", headers.get("access-control-request-method") ?? []],
          ["access-control-allow-headers", headers.get("access-control-request-headers") ?? []],
        ]),
      },
    answered: ({ headers }, { origin }) => {
      if (origin) headers.set("access-control-allow-origin", origin).set("access-control-allow-credentials", ["true"]);
    },
  },
  "frame-ancestors": {
    answered: ({ headers }) => change(headers, "content-security-policy", (policy) => policy.replace(/; *frame-ancestors 'none'/, "")),
  },
  "X-Frame-Options": { answered: ({ headers }) => headers.delete("x-frame-options") },
  "content security policy": { answered: ({ headers }) => headers.delete("content-security-policy") },
  "no-store": {
    answered: ({ headers }) => change(headers, "cache-control", () => "private, max-age=600"),
  },
  escaping: {
    answered(message) {
      const isPage = message.headers.get("content-type")?.[0].startsWith("text/html");
      if (isPage) message.body = message.body.toString().replace("</main>", "<script>window.injected = true</script></main>");
    },
  },
  "local return_to": {
    asked(message) {
      const wanted = new URLSearchParams(message.path.split("?")[1]).get("return_to");
      if (wanted) this.wanted = wanted;
    },
    answered(message) {
      if (message.status === 303 && this.wanted) message.headers.set("location", [this.wanted]);
    },
  },
  // What servers do that rotate refresh tokens and know no *again*: whichever comes twice ends the session.
  again: {
    async asked(message, upstream) {
      if (message.path !== REFRESH) return;
      this.spent ??= new Set();
      const token = refreshToken(message.headers);
      if (this.spent.has(token)) await upstream({ ...message, method: "DELETE", path: "/v1/session" });
      this.spent.add(token);
    },
  },
  // What servers do whose refresh token does not change: whoever has one goes on for ever.
  "the ratchet": {
    asked(message) {
      if (message.path !== REFRESH) return;
      this.families ??= new Map();
      const family = this.families.get(refreshToken(message.headers));
      if (family) change(message.headers, "cookie", (cookies) => cookies.replace(refreshToken(message.headers), family.newest));
    },
    answered(message, { path, cookie }) {
      const [, token] = (message.headers.get("set-cookie") ?? []).join().match(/bitjang-refresh=([^;]+)/) ?? [];
      if (path !== REFRESH || !token) return;
      const spent = refreshToken(new Map([["cookie", cookie]]));
      const family = this.families.get(spent) ?? { newest: spent };
      family.newest = token;
      this.families.set(spent, family).set(token, family);
    },
  },
};

const REFRESH = "/v1/session/refresh";

export class Front {
  /** A front before `server`, without these defences. `pages` are answered by the front itself: an app of the same origin. */
  static async open(server, { without = [], pages = {} } = {}) {
    const front = new Front();
    const taken = without.map((name) => ({ ...defences[name], name }));
    Object.assign(front, { server, pages, taken, gates: [], lost: 0, calls: [] });
    front.proxy = createServer((request, response) => front.answer(request, response).catch((error) => response.writeHead(502).end(String(error.stack))));
    front.proxy.listen(0, "127.0.0.1");
    await once(front.proxy, "listening");
    front.url = `http://${new URL(server.url).hostname}:${front.proxy.address().port}`;
    return front;
  }

  close() {
    this.proxy.close();
    this.proxy.closeAllConnections();
  }

  /** Holds calls of `path` until `count` of them are here. */
  gather(path, count) {
    this.gates.push({ path, count, held: [] });
  }

  /** From now on the server's answers to `path` get lost on the way; with nothing, no more. */
  lose(path) {
    this.losing = path;
  }

  async answer(request, response) {
    const { method, url: path } = request;
    if (this.pages[path]) return response.writeHead(200, { "content-type": "text/html" }).end(this.pages[path]);
    const message = { method, path, headers: lists(request.rawHeaders), body: await read(request) };
    const asked = { path, origin: message.headers.get("origin"), cookie: message.headers.get("cookie") ?? [] };
    await this.pass(path);
    for (const defence of this.taken) await defence.asked?.(message, (call) => this.upstream(call));
    const instead = this.taken.map((defence) => defence.instead?.(message)).find(Boolean);
    const answer = instead || (await this.upstream(message));
    this.calls.push({ method, path, status: answer.status, location: answer.headers.get("location")?.[0] });
    if (this.losing === path) return response.destroy();
    for (const defence of this.taken) defence.answered?.(answer, asked);
    answer.headers.delete("content-length");
    response.writeHead(answer.status, flat(answer.headers)).end(answer.body);
  }

  async pass(path) {
    const gate = this.gates.find((gate) => gate.path === path);
    if (!gate) return;
    const turn = new Promise((open) => gate.held.push(open));
    if (gate.held.length === gate.count) {
      this.gates = this.gates.filter((other) => other !== gate);
      gate.held.forEach((open) => open());
    }
    await turn;
  }

  async upstream({ method = "GET", path, headers = new Map(), body }) {
    const sent = Object.fromEntries([...headers].map(([name, values]) => [name, values.length > 1 ? values : values[0]]));
    delete sent["content-length"];
    if (body?.length) sent["content-length"] = Buffer.byteLength(body);
    const request = send({ host: "127.0.0.1", port: this.server.port, method, path, headers: sent, agent: false });
    request.end(body);
    const [response] = await once(request, "response");
    return { status: response.statusCode, headers: lists(response.rawHeaders), body: await read(response) };
  }
}

/** Headers as a map of lower-case names to lists of values. */
function lists(raw) {
  const headers = new Map();
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at].toLowerCase();
    if (!["connection", "keep-alive", "transfer-encoding"].includes(name)) headers.set(name, [...(headers.get(name) ?? []), raw[at + 1]]);
  }
  return headers;
}

function flat(headers) {
  return [...headers].flatMap(([name, values]) => values.flatMap((value) => [name, value]));
}

function change(headers, name, to) {
  if (headers.has(name)) headers.set(name, headers.get(name).map(to));
}

function eachCookie({ headers }, to) {
  change(headers, "set-cookie", to);
}

function isForm({ headers }) {
  return headers.get("content-type")?.[0].startsWith("application/x-www-form-urlencoded");
}

/** The CSRF token of whoever's cookies these are, as a page of ours would ask for it. */
async function tokenFor({ headers }, upstream) {
  return JSON.parse((await upstream({ path: "/v1/csrf", headers: new Map([...headers].filter(([name]) => name === "cookie")) })).body);
}

function refreshToken(headers) {
  return headers.get("cookie")?.join("; ").match(/bitjang-refresh=([^;]+)/)?.[1];
}

async function read(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
