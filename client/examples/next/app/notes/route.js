/** The same notes as JSON. */

import { auth } from "bitjang/next";
import { notesOf } from "../notes.js";

const signedOut = () => Response.json({ code: "signed_out" }, { status: 401 });

export async function GET() {
  const person = await auth();
  return person ? Response.json(notesOf(person.account)) : signedOut();
}

export async function POST(request) {
  const person = await auth();
  if (!person) return signedOut();
  notesOf(person.account).push(await request.text());
  return new Response(null, { status: 204 });
}
