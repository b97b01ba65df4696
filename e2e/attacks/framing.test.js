// Our page in an attacker's, unseen, so that a person presses our button and believes it to be theirs (clickjacking).

import { SIBLING, attack } from "./stage.js";

// From a sibling subdomain: into a frame on another site no cookie of ours goes, so nobody is signed in there.
const layers = ["frame-ancestors", "X-Frame-Options"];
attack("a person signs out by a button that they do not see", { without: layers, each: layers }, async (stage) => {
  const victim = await stage.signedUp();
  await victim.page.goto(SIBLING);
  await victim.page.evaluate(async (src) => {
    const frame = Object.assign(document.createElement("iframe"), { src, style: "opacity: 0; width: 800px; height: 600px" });
    const loaded = new Promise((done) => (frame.onload = done));
    document.body.append(frame);
    await loaded;
  }, `${stage.url}/sign-out`);
  const button = victim.page.frames()[1].locator('form[action="/sign-out"] button');
  if ((await button.count()) === 0) return false;
  const left = victim.page.frames()[1].waitForURL(/notice=/);
  await button.click();
  await left;
  return (await victim.isTakenFor()) === undefined;
});
