/** What is read from the feed, and what is no feed of ours, as in guard/src/verifier/remote. */

import { expect, test } from "vitest";
import { EventStream, heard, Lie } from "../../src/server/feed.js";

const TIMES = '"at":"1970-01-01T00:01:00Z","until":"1970-01-01T00:02:00Z"';
const ID = "AQEBAQEBAQEBAQEBAQEBAQ";
const SESSION = `"session":"${ID}"`;
const ACCOUNT = '"account":"02020202-0202-0202-0202-020202020202"';
const GOOD = `{"position":"12-AAAAAAAAAAA",${SESSION},${TIMES}}`;

const says = (event: string, id: string | undefined, data: string) => heard({ event, data, ...(id !== undefined && { id }) });

test("entries and heartbeats are read", () => {
  const entry = { kind: "entry", place: "12-AAAAAAAAAAA", at: 60_000, until: 120_000 };
  const account = "02020202-0202-0202-0202-020202020202";
  expect(says("revocation", "12-AAAAAAAAAAA", GOOD)).toEqual({ ...entry, of: { session: ID } });
  for (const [written, spared] of [["null", null], [`"${ID}"`, ID]]) {
    const data = `{"position":"12-AAAAAAAAAAA",${ACCOUNT},"epoch":3,"spared":${written},${TIMES}}`;
    expect(says("revocation", "12-AAAAAAAAAAA", data)).toEqual({ ...entry, of: { account, epoch: 3, spared } });
  }
  const beat = '{"position":"13-AAAAAAAAAAA","now":"1970-01-01T00:00:05.5Z"}';
  expect(says("heartbeat", undefined, beat)).toEqual({ kind: "heartbeat", place: "13-AAAAAAAAAAA", now: 5_500 });
});

test.each([
  `{"position":"12",${SESSION},${TIMES}}`,
  `{"position":"0",${SESSION},${TIMES}}`,
  `{"position":"12-AAAAAAAAAAB",${SESSION},${TIMES}}`,
  `{"position":12,${SESSION},${TIMES}}`,
  `{"position":"012-AAAAAAAAAAA",${SESSION},${TIMES}}`,
  `{"position":"+12-AAAAAAAAAAA",${SESSION},${TIMES}}`,
  `{"position":"-1-AAAAAAAAAAA",${SESSION},${TIMES}}`,
  `{${SESSION},${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA",${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA",${SESSION}}`,
  `{"position":"12-AAAAAAAAAAA",${SESSION},"extra":1,${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA",${SESSION},${SESSION},${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA","session":"AQEB",${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA","session":null,${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA",${SESSION},${ACCOUNT},"epoch":3,"spared":null,${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA",${ACCOUNT},"spared":null,${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA",${ACCOUNT},"epoch":"3","spared":null,${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA",${ACCOUNT},"epoch":-3,"spared":null,${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA",${ACCOUNT},"epoch":1e999,"spared":null,${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA",${ACCOUNT},"epoch":3,"spared":"x",${TIMES}}`,
  `{"position":"12-AAAAAAAAAAA",${SESSION},"at":"1970-01-01T00:02:00Z","until":"1970-01-01T00:01:00Z"}`,
  `{"position":"12-AAAAAAAAAAA",${SESSION},"at":"yesterday","until":"tomorrow"}`,
  `[${GOOD}]`,
  "",
])("a lie: %s", (data) => {
  expect(() => says("revocation", "12-AAAAAAAAAAA", data)).toThrow(Lie);
});

test("an event that is called otherwise, or stands elsewhere, is a lie", () => {
  expect(() => says("revocation", "13-AAAAAAAAAAA", GOOD)).toThrow(Lie);
  for (const name of ["Revocation", "", "heartbeat", "constructor"]) expect(() => says(name, "12-AAAAAAAAAAA", GOOD)).toThrow(Lie);
  expect(() => says("heartbeat", "", '{"position":"13","now":5}')).toThrow(Lie);
});

const bytes = (text: string) => new TextEncoder().encode(text);
const WHOLE = `: hello\r\n\r\nevent: revocation\nid: 12-AAAAAAAAAAA\ndata: ${GOOD}\n\nretry: 5\nevent:heartbeat\ndata:{"position":"12-AAAAAAAAAAA","now":"1970-01-01T00:00:00Z"}\n\n`;

test("events are read in whatever pieces they come", () => {
  for (const size of [1, 7, 1_000]) {
    const stream = new EventStream();
    const kinds = [];
    const all = bytes(WHOLE);
    for (let at = 0; at < all.length; at += size) for (const { kind } of stream.push(all.slice(at, at + size))) kinds.push(kind);
    expect(kinds).toEqual(["entry", "heartbeat"]);
    expect(stream.isBetweenEvents).toBe(true);
  }
  const half = new EventStream();
  expect([...half.push(bytes("event: heartbeat\n"))]).toEqual([]);
  expect(half.isBetweenEvents).toBe(false);
});

test.each(["data\n", "data: 1\ndata: 2\n", "other: 1\n", `data: ${"x".repeat(2_000)}`, `data: ${"x".repeat(2_000)}\n`, "data: \u0001\n"])(
  "no feed of ours: %j",
  (text) => {
    expect(() => [...new EventStream().push(bytes(text))]).toThrow(Lie);
  },
);
