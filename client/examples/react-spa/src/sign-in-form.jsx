/** The form for who has an account, and for who has none yet. */

import { useState } from "react";

export function SignInForm({ auth }) {
  const [error, setError] = useState(null);
  async function submit(event) {
    event.preventDefault();
    const isNew = event.nativeEvent.submitter?.name === "sign-up";
    const person = Object.fromEntries(new FormData(event.currentTarget));
    const result = await (isNew ? auth.signUp(person) : auth.signIn(person));
    setError(result.error);
  }
  return (
    <form onSubmit={submit}>
      <h1>Who are you?</h1>
      <label>Name <input name="identifier" autoComplete="username" required /></label>
      <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
      <button type="submit" name="sign-in">Sign in</button>
      <button type="submit" name="sign-up">Sign up</button>
      {error && <p role="alert">{error.title}</p>}
    </form>
  );
}
