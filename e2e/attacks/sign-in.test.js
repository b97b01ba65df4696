// Signing somebody in as somebody else, or out, behind their back (login and sign-out CSRF).

import assert from "node:assert/strict";
import { PASSWORD } from "../harness.js";
import { SIBLING, STRANGER, attack, post } from "./stage.js";

for (const [attacker, place] of Object.entries({ "another site": STRANGER, "a sibling subdomain": SIBLING })) {
  attack(`a form on ${attacker} signs a person in as the attacker`, { without: ["where from", "form token"], each: ["where from", "form token"] }, async (stage) => {
    const [mallory, victim] = [await stage.signedUp(), await stage.open()];
    await victim.page.goto(place);
    await post(victim.page, `${stage.url}/sign-in`, { identifier: mallory.identifier, password: PASSWORD });
    return (await victim.isTakenFor()) === mallory.identifier;
  });

  // A form of plain text can be spelled so that it is JSON.
  attack(`text from ${attacker} signs a person in as the attacker`, { without: ["where from", "content type"], each: ["where from", "content type"] }, async (stage) => {
    const [mallory, victim] = [await stage.open(), await stage.open()];
    const identifier = `mallory-${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const [before, after] = ["an old oak gate", "a bar of iron"];
    assert.equal((await mallory.call("POST /v1/accounts", { identifier, password: `${before}=${after}` })).status, 201);
    await victim.page.goto(place);
    await post(victim.page, `${stage.url}/v1/session`, { [`{"identifier":"${identifier}","password":"${before}`]: `${after}"}` }, "text/plain");
    return (await victim.isTakenFor()) === identifier;
  });

  const layers = place === STRANGER ? ["SameSite", "where from", "CSRF token"] : ["where from", "CSRF token"];
  attack(`${attacker} signs a person out`, { without: layers }, async (stage) => {
    const victim = await stage.signedUp();
    await victim.page.goto(place);
    await victim.page.evaluate((url) => {
      for (const path of ["/sign-out", "/v1/session"]) {
        document.body.append(Object.assign(document.createElement("img"), { src: url + path }));
        document.body.append(Object.assign(document.createElement("iframe"), { src: url + path }));
      }
    }, stage.url);
    await victim.page.goto(`${stage.url}/sign-out`);
    assert.equal(await victim.isTakenFor(), victim.identifier, "looking at the page that asks is harmless");
    await victim.page.goto(place);
    await post(victim.page, `${stage.url}/sign-out`, {});
    return (await victim.isTakenFor()) === undefined;
  });
}
