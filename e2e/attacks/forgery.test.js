// Forged requests (CSRF): another site's page, or a sibling subdomain's, makes the browser send what its owner never wanted.

import assert from "node:assert/strict";
import { ANOTHER_PASSWORD, PASSWORD } from "../harness.js";
import { SIBLING, STRANGER, attack, call, post, scene } from "./stage.js";

const ENCTYPES = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/** What a body must say to be understood. A call that is not here is sent `{}`, which it refuses only after it has let it in. */
const BODIES = {
  "POST /v1/accounts": { identifier: "forged", password: PASSWORD },
  "POST /v1/session": { identifier: "nobody", password: PASSWORD },
  "POST /v1/session/refresh": undefined,
  "POST /v1/session/token": undefined,
  "PUT /v1/account/password": { current_password: PASSWORD, new_password: ANOTHER_PASSWORD },
};

/** These act for nobody yet, so there is no session to ride on. */
const OPEN = ["POST /v1/accounts", "POST /v1/session"];

/** Every unsafe call of the OpenAPI document, so that a new one is attacked by itself. */
async function unsafeCalls(person) {
  const { body } = await person.call("GET /openapi.json");
  const calls = Object.entries(body.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  const unsafe = calls.filter((line) => !/^(GET|HEAD|OPTIONS|PARAMETERS) /.test(line));
  assert.ok(unsafe.length >= 8, `calls went missing: ${unsafe}`);
  return unsafe;
}

const bodyOf = (line) => (line in BODIES ? BODIES[line] : line.startsWith("DELETE") ? undefined : {});

/** Whether an answer means that the call got past what keeps forged ones out. */
const gotIn = ({ status }) => ![401, 403, 405, 415].includes(status);

for (const [attacker, place, carrier] of [
  ["another site", STRANGER, "cookie"],
  ["a sibling subdomain", SIBLING, "token_cookies"],
]) {
  scene(`no form, fetch or navigation of ${attacker} reaches an unsafe call`, { watched: true }, async (stage) => {
    const [laptop, phone] = [await stage.signedUp(carrier), await stage.open()];
    await phone.signIn(laptop.identifier);
    const session = await phone.session();
    for (const line of await unsafeCalls(laptop)) {
      const [method, path] = line.replace("{id}", session).split(" ");
      stage.front.calls = [];
      await laptop.page.goto(place);
      await laptop.page.evaluate(fireAtWill, { method, url: stage.url + path, body: bodyOf(line) });
      for (const enctype of ENCTYPES) {
        await laptop.page.goto(place);
        await post(laptop.page, stage.url + path, bodyOf(line) ?? {}, enctype);
      }
      await laptop.page.goto(place);
      await laptop.page.evaluate((url) => (location.href = url), stage.url + path);
      await laptop.page.waitForURL(stage.url + path);
      const sent = stage.front.calls.filter((call) => call.path === path && !["GET", "OPTIONS"].includes(call.method));
      assert.ok(sent.length >= 6, `${line} was attacked ${sent.length} times`);
      assert.deepEqual(sent.filter(gotIn), [], line);
      assert.equal(await laptop.isTakenFor(), laptop.identifier, line);
      assert.equal(await phone.isTakenFor(), laptop.identifier, line);
    }
    assert.equal((await (await stage.open()).signIn(laptop.identifier)).status, 201, "the password is as it was");
  });

  // The sibling is of our site, so SameSite does not concern it.
  const layers = place === STRANGER ? ["SameSite", "where from", "CSRF token"] : ["where from", "CSRF token"];
  attack(`a form on ${attacker} does what the account page does`, { without: layers, each: layers, watched: true }, async (stage) => {
    const [victim, phone] = [await stage.signedUp(), await stage.open()];
    const forms = await formsOf(victim);
    return allOrNone(forms, async (action) => {
      await victim.signUp();
      await phone.signIn(victim.identifier);
      stage.front.calls = [];
      await victim.page.goto(place);
      await post(victim.page, stage.url + action.replace("{id}", await phone.session()), BODIES["PUT /v1/account/password"]);
      const { status, location } = stage.front.calls.find((call) => call.method === "POST" && call.path.startsWith(action.split("{")[0]));
      return status === 303 && !location.startsWith("/sign-in");
    });
  });
}

// Not from another site: whatever SameSite says, Chromium sends no cookie along with what such a page fetches.
const layers = ["where from", "CSRF token"];
attack("a script of a sibling subdomain calls what a session may do", { without: [...layers, "readers (CORS)"], each: layers, watched: true }, async (stage) => {
  const victim = await stage.signedUp("token_cookies");
  const calls = (await unsafeCalls(victim)).filter((line) => !OPEN.includes(line));
  return allOrNone(calls, async (line) => {
    await victim.signUp("token_cookies");
    const asked = line.replace("{id}", await victim.session());
    stage.front.calls = [];
    await victim.page.goto(SIBLING);
    await call(victim.page, stage.url, asked, { body: bodyOf(line) });
    return stage.front.calls.some((call) => `${call.method} ${call.path}` === asked && gotIn(call));
  });
});

/** Whether what is done with each of `all` works; it has to be the same for all of them. */
async function allOrNone(all, work) {
  const done = [];
  for (const one of all) done.push(`${await work(one)} ${one}`);
  assert.equal(new Set(done.map((line) => line.split(" ")[0])).size, 1, done.join("\n"));
  return done[0].startsWith("true");
}

/** Where the forms of somebody's account page are sent to, with two sessions there. */
async function formsOf(person) {
  await person.signIn(person.identifier);
  await person.page.goto(`${person.url}/account`);
  const actions = await person.page.locator('form[method="post"]').evaluateAll((forms) => forms.map((form) => new URL(form.action).pathname));
  const unique = new Set(actions.map((action) => action.replace(/sessions\/[^/]{16,}\//, "sessions/{id}/")));
  assert.ok(unique.size >= 4, `forms went missing: ${[...unique]}`);
  return unique;
}

/** Everything that a page can send without leaving: fetches of every kind and type, a beacon, forms into frames. Runs in the attacker's page. */
async function fireAtWill({ method, url, body }) {
  const text = body && JSON.stringify(body);
  const types = [undefined, "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"];
  const send = (options, type) =>
    fetch(url, { credentials: "include", ...options, ...(type && { headers: { "content-type": type }, body: options.method === "GET" ? undefined : (text ?? "{}") }) });
  const fetches = types.flatMap((type) => [send({ method }, type), send({ method: "POST", mode: "no-cors" }, type)]);
  navigator.sendBeacon(url, text);
  const frames = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"].map((enctype, at) => {
    const frame = Object.assign(document.createElement("iframe"), { name: `frame-${at}` });
    const form = Object.assign(document.createElement("form"), { method: "post", action: url, enctype, target: frame.name });
    document.body.append(frame, form);
    const loaded = new Promise((done) => (frame.onload = done));
    form.submit();
    return loaded;
  });
  await Promise.allSettled([...fetches, ...frames]);
}
