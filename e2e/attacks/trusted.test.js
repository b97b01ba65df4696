// Pages of other origins that want to read what our API says to a person (CORS).

import assert from "node:assert/strict";
import { PASSWORD } from "../harness.js";
import { SIBLING, STRANGER, TRUSTED, TRUSTED_STRANGER, attack, call, scene } from "./stage.js";

attack("a sibling subdomain reads who is signed in, and their CSRF token", { without: ["readers (CORS)"] }, async (stage) => {
  const victim = await stage.signedUp();
  await victim.page.goto(SIBLING);
  const { body } = await call(victim.page, stage.url, "GET /v1/session");
  return body?.account.identifier === victim.identifier && Boolean(body.csrf_token);
});

scene("a page of another site reads nothing, whoever is signed in", {}, async (stage) => {
  const victim = await stage.signedUp();
  await victim.page.goto(STRANGER);
  for (const line of ["GET /v1/session", "GET /v1/csrf", "GET /v1/sessions", "GET /v1/account", "DELETE /v1/session"]) {
    assert.equal((await call(victim.page, stage.url, line)).status, 0, line);
  }
  assert.equal((await call(victim.page, stage.url, "GET /.well-known/jwks.json")).status, 0, "nothing that was asked for with cookies");
});

scene("an app on a trusted origin of our site signs up, changes something and signs out", {}, async (stage) => {
  const { page } = await stage.open();
  await page.goto(TRUSTED);
  const ask = (line, options) => call(page, stage.url, line, options);
  const account = { identifier: "trusting", password: PASSWORD };
  const token = (await ask("POST /v1/accounts", { body: account })).body.csrf_token;
  assert.equal((await ask("GET /v1/session")).body.account.identifier, "trusting");
  assert.equal((await ask("DELETE /v1/sessions")).body.code, "csrf_token", "it may read why it was refused");
  assert.equal((await ask("DELETE /v1/sessions", { token })).status, 204);
  assert.equal((await ask("POST /v1/session/token", { token })).body.token_type, "Bearer");
  assert.equal((await ask("DELETE /v1/session", { token })).status, 204);
  assert.equal((await ask("GET /v1/session")).status, 401);
});

// What `SameSite` means for whoever puts an origin of another site into `trusted_origins`.
scene("an app on a trusted origin of another site is let in, as nobody", {}, async (stage) => {
  const person = await stage.signedUp();
  await person.page.goto(TRUSTED_STRANGER);
  const ask = (line, options) => call(person.page, stage.url, line, options);
  assert.equal((await ask("GET /v1/session")).status, 401);
  const { status } = await ask("POST /v1/session", { body: { identifier: person.identifier, password: PASSWORD } });
  assert.equal(status, 201);
  assert.equal((await ask("GET /v1/session")).status, 401, "the browser has not kept the cookie");
});
