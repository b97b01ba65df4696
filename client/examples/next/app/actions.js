/** What the page can do. Each asks for itself who is asking. */
"use server";

import { auth } from "bitjang/next";
import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import { notesOf } from "./notes.js";

export async function addNote(form) {
  const person = await auth();
  if (!person) redirect("/");
  notesOf(person.account).push(String(form.get("note")));
  revalidatePath("/");
}
