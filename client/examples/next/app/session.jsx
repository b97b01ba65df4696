/** The browser's side: signing in and out, in every tab. */
"use client";

import { createClient } from "bitjang";
import { AuthProvider, useSession } from "bitjang/react";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";

const auth = createClient({ url: "/", carrier: "token_cookies" });

export function Provider({ who, children }) {
  return (
    <AuthProvider client={auth} initial={who}>
      <Watch shown={who?.session.id} />
      {children}
    </AuthProvider>
  );
}

/** What the server rendered is rendered anew when somebody signs in or out, here or in another tab. */
function Watch({ shown }) {
  const router = useRouter();
  const now = useSession();
  const id = now.status === "unknown" ? shown : now.session?.id;
  useEffect(() => {
    if (id !== shown) router.refresh();
  }, [id, shown, router]);
  return null;
}

export function SignInForm() {
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

export function SignOutButton() {
  return <button type="button" onClick={() => auth.signOut()}>Sign out</button>;
}
