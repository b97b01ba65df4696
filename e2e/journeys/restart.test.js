// The server goes away between two pages, and nobody notices.

import { assertSignedIn, assertSignedOut, journey, signIn, signUp } from "../harness.js";

journey("a session outlives an orderly restart", async ({ server, open }) => {
  const profile = await open({ name: "only" });
  await signUp(profile, "first-light");
  await server.restart();
  await assertSignedIn(profile, "first-light");
});

journey("a session outlives kill -9", async ({ server, open }) => {
  const profile = await open({ name: "only" });
  await signUp(profile, "first-light");
  await server.crash();
  await assertSignedIn(profile, "first-light");
  await profile.send("/sign-out");
  await signIn(profile, "first-light");
});

journey("a sign-out outlives kill -9", async ({ server, open }) => {
  const profile = await open({ name: "only" });
  await signUp(profile, "first-light");
  const cookie = await profile.cookie();
  await profile.send("/sign-out");
  await server.crash();
  await profile.context.addCookies([cookie]);
  await assertSignedOut(profile);
});
