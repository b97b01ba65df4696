/** The notes of each account, for as long as this program runs. */

// Next.js loads this file once for each part of the app.
const notes = (globalThis.notes ??= new Map());

export function notesOf(account) {
  if (!notes.has(account)) notes.set(account, []);
  return notes.get(account);
}
