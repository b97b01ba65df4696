// @vitest-environment happy-dom
/** React: what a server rendered is taken over without a flash and without a warning, and follows who signs in and out. */

import { act, createElement as h, type ReactNode, StrictMode } from "react";
import { hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Client, Who } from "../src/index.js";
import { AuthProvider, SignedIn, SignedOut, useClient, useSession } from "../src/react.js";
import { Model } from "./model.js";
import { ALICE, BOB, open } from "./world.js";

let model: Model;
let client: Client;
let root: Root | undefined;
let place: HTMLElement;
let warnings: unknown[];

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  model = new Model();
  client = open(model);
  place = document.createElement("div");
  warnings = [];
  vi.spyOn(console, "error").mockImplementation((...said) => void warnings.push(said));
});
afterEach(async () => {
  await act(async () => root?.unmount());
  root = undefined;
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  expect(warnings).toEqual([]);
});

const page = (initial?: Who | null): ReactNode =>
  h(StrictMode, null, h(AuthProvider, { client, ...(initial !== undefined && { initial }) },
    h(SignedIn, { children: ({ account }) => h("h1", null, `Hello, ${account.identifier}!`) }),
    h(SignedOut, null, h("h1", null, "Who are you?")),
    h(Status),
  ));

function Status() {
  return h("p", null, useSession().status);
}

/** As a browser does: shows what the server sent, then takes it over. Every text that was ever seen is the answer. */
async function hydrate(initial?: Who | null, between: () => Promise<unknown> = async () => {}): Promise<string[]> {
  place.innerHTML = renderToString(page(initial));
  const seen = [place.textContent ?? ""];
  const note = () => void (seen.at(-1) !== place.textContent && seen.push(place.textContent ?? ""));
  new MutationObserver(note).observe(place, { childList: true, subtree: true, characterData: true });
  await between();
  await act(async () => {
    root = hydrateRoot(place, page(initial), { onRecoverableError: (error) => warnings.push(error) });
  });
  note();
  await settled();
  note();
  return seen;
}

/** All answers have come. */
const settled = () => act(() => vi.waitFor(async () => expect((await client.session()).error).toBeNull()));

/** Somebody who is signed in, as another program of the same browser learnt. */
async function signedIn(person = ALICE): Promise<Who> {
  const { data } = await open(model).signIn(person);
  if (!data) throw new Error("not signed in");
  return data;
}

test("who is signed in, as the server knew, is shown from the first paint on", async () => {
  expect(await hydrate(await signedIn())).toEqual(["Hello, alice!signed_in"]);
});

test("that nobody is signed in, as the server knew, is shown from the first paint on", async () => {
  expect(await hydrate(null)).toEqual(["Who are you?signed_out"]);
});

test("what the server does not know is shown when it is known: neither form nor greeting flashes by", async () => {
  expect(await hydrate()).toEqual(["unknown", "Who are you?signed_out"]);
});

test("who is signed in, as the page alone can know, is shown without the form for strangers before", async () => {
  await signedIn();
  expect(await hydrate()).toEqual(["unknown", "Hello, alice!signed_in"]);
});

test("what has changed since the server looked is shown after its markup was taken over", async () => {
  const who = await signedIn();
  const seen = await hydrate(who, async () => {
    await client.session();
    await client.signOut();
  });
  expect(seen).toEqual(["Hello, alice!signed_in", "Who are you?signed_out"]);
});

test("a cookie of somebody else than the server saw is believed, not the markup", async () => {
  const who = await signedIn();
  await signedIn(BOB);
  expect(await hydrate(who)).toEqual(["Hello, alice!signed_in", "Hello, bob!signed_in"]);
});

test("signing in and out is shown, and listened to no longer once nothing is shown", async () => {
  await hydrate(null);
  await act(() => client.signIn(ALICE));
  expect(place.textContent).toBe("Hello, alice!signed_in");
  await act(() => client.signOut());
  expect(place.textContent).toBe("Who are you?signed_out");
  await act(async () => root?.unmount());
  root = undefined;
  await client.signIn(ALICE);
  expect(place.textContent).toBe("");
});

test("a server renders nobody's page for everybody: it asks nothing", async () => {
  expect(renderToString(page())).toBe("<p>unknown</p>");
  expect(model.asked).toEqual([]);
});

test("who asks without a provider is told what to do", () => {
  expect(() => renderToString(h(Status))).toThrow(/AuthProvider/);
  expect(() => renderToString(h(() => h("p", null, useClient().state().status)))).toThrow(/AuthProvider/);
});
