/** Everybody's own notes, rendered on the server. */

import { auth } from "bitjang/next";
import { addNote } from "./actions.js";
import { notesOf } from "./notes.js";
import { Provider, SignInForm, SignOutButton } from "./session.jsx";

export default async function Page() {
  const who = await auth.session();
  return <Provider who={who}>{who ? <Notes who={who} /> : <SignInForm />}</Provider>;
}

function Notes({ who: { account } }) {
  return (
    <main>
      <h1>Hello, {account.name ?? account.identifier}!</h1>
      <ul>{notesOf(account.id).map((note, index) => <li key={index}>{note}</li>)}</ul>
      <form action={addNote}>
        <label>Note <input name="note" required /></label>
        <button type="submit">Write</button>
      </form>
      <SignOutButton />
    </main>
  );
}
