// An attack: people at home on our site, an attacker with pages of their own, and what comes of it, against the real server and against one that lacks a defence.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { CHROMIUM, FLAGS, PASSWORD } from "../harness.js";
import { Server } from "../server.js";
import { Front } from "./weak.js";

/** Long enough for slow machines; nothing ever waits for it to pass. */
const AT_MOST_MS = 120_000;

/** Where other people's pages are: an empty one at every path of every name of this machine. */
const elsewhere = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>elsewhere</title>"));
elsewhere.listen(0, "127.0.0.1");
await once(elsewhere, "listening");
const at = (host) => `http://${host}:${elsewhere.address().port}`;

/** Another site. Chromium knows no suffix `localhost`, so each name right below it is a site of its own. */
export const STRANGER = at("evil.localhost");
/** Another origin of our site: what whoever may write to one subdomain has. */
export const SIBLING = at("evil.house.localhost");
/** Origins that the operator trusts: one of our site, and one that is not. */
export const TRUSTED = at("app.house.localhost");
export const TRUSTED_STRANGER = at("app.localhost");

const server = await Server.start({
  host: "id.house.localhost",
  settings: {
    BITJANG_TRUSTED_ORIGINS: `${TRUSTED},${TRUSTED_STRANGER}`,
    // Passwords are not what is attacked here.
    BITJANG_PASSWORD__MEMORY_KIB: "8",
    BITJANG_PASSWORD__ITERATIONS: "1",
  },
});
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: FLAGS,
  // Playwright turns the back-forward cache off; people have it.
  ignoreDefaultArgs: ["--disable-back-forward-cache"],
});
after(async () => {
  await browser.close();
  await server.close();
  elsewhere.close();
  elsewhere.closeAllConnections();
});

/**
 * Carries an attack out twice: against the real server, where it must be in vain, and without the defences named `without`, where it must succeed.
 * `story` says whether it did. With `each`, every one of the defences is also shown to be enough alone.
 */
export function attack(name, { without, each = [], ...scene }, story) {
  hold(`${name}: in vain`, scene, [], story, false);
  for (const layer of each) {
    const others = without.filter((defence) => defence !== layer);
    hold(`${name}: in vain with nothing left but: ${layer}`, scene, others, story, false);
  }
  hold(`${name}: succeeds without ${without.join(", ")}`, scene, without, story, true);
}

/** Tells a story of which nothing but its own assertions need be true. */
export function scene(name, options, story) {
  hold(name, options, options.without ?? [], story);
}

function hold(name, options, without, story, expected) {
  test(name, { timeout: AT_MOST_MS }, async () => {
    const stage = await Stage.set({ ...options, without });
    try {
      assert.equal(await story(stage), expected);
    } catch (error) {
      console.error(`the server said, at last:\n${server.log.slice(-2000)}`);
      throw error;
    } finally {
      await stage.clear();
    }
  });
}

class Stage {
  /** The real server, or the same behind a front: to take defences away, to add pages of an app, or to see what was answered. */
  static async set({ without, pages, watched }) {
    const stage = new Stage();
    stage.front = without.length > 0 || pages || watched ? await Front.open(server, { without, pages }) : undefined;
    stage.url = stage.front?.url ?? server.url;
    stage.people = [];
    return stage;
  }

  async clear() {
    await Promise.all(this.people.map((person) => person.context.close()));
    this.front?.close();
  }

  /** Somebody with a browser of their own. */
  async open() {
    const person = new Person(this.url, await browser.newContext());
    person.page = await person.context.newPage();
    this.people.push(person);
    return person;
  }

  /** Somebody who has just signed up. */
  async signedUp(carrier) {
    const person = await this.open();
    await person.signUp(carrier);
    return person;
  }
}

let names = 0;

class Person {
  constructor(url, context) {
    Object.assign(this, { url, context });
  }

  /** Calls the API as a page of our site does, with what such a page holds in memory. Answers status and body. */
  async call(line, body) {
    this.desk ??= await this.context.newPage();
    if (!this.desk.url().startsWith(this.url)) await this.desk.goto(`${this.url}/healthz`);
    const answer = await call(this.desk, this.url, line, { body, token: this.csrfToken });
    this.csrfToken = answer.body?.csrf_token ?? this.csrfToken;
    return answer;
  }

  /** Signs up under a name that nobody has; whoever was signed in here is so no more. */
  async signUp(carrier = "cookie") {
    this.identifier = `person-${(names += 1)}`;
    await this.call("POST /v1/accounts", { identifier: this.identifier, password: PASSWORD, carrier });
  }

  async signIn(identifier, carrier = "cookie") {
    return this.call("POST /v1/session", { identifier, password: PASSWORD, carrier });
  }

  /** Whom our site takes this browser for. */
  async isTakenFor() {
    return (await this.call("GET /v1/session")).body?.account?.identifier;
  }

  /** The public id of this browser's session. */
  async session() {
    return (await this.call("GET /v1/session")).body.session.id;
  }

  async refresh() {
    return (await this.call("POST /v1/session/refresh")).status;
  }
}

/** Calls the API from `page`, wherever that is. Status 0: the browser did not send it, or keeps the answer to itself. */
export function call(page, url, line, { body, token, headers = {} } = {}) {
  return page.evaluate(
    async ({ url, line, body, headers }) => {
      const [method, path] = line.split(" ");
      try {
        const answer = await fetch(url + path, { method, headers, credentials: "include", body: body && JSON.stringify(body) });
        return { status: answer.status, body: await answer.json().catch(() => undefined) };
      } catch {
        return { status: 0 };
      }
    },
    { url, line, body, headers: { ...(body && { "content-type": "application/json" }), ...(token && { "x-csrf-token": token }), ...headers } },
  );
}

/** Sends a form from the page that is open, as if its button had been pressed, and waits for the page that follows. */
export async function post(page, action, fields, enctype = "application/x-www-form-urlencoded") {
  const loaded = page.waitForEvent("load");
  await page.evaluate(
    ({ action, fields, enctype }) => {
      const form = Object.assign(document.createElement("form"), { method: "post", action, enctype });
      for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement("input"), { name, value }));
      document.body.append(form);
      form.submit();
    },
    { action, fields, enctype },
  );
  await loaded;
}
