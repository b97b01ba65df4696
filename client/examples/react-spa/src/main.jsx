/** A React app on an origin of its own: the session is a cookie of Bitjang's origin, calls to an API carry a short token. */

import { createClient } from "bitjang";
import { AuthProvider, SignedIn, SignedOut } from "bitjang/react";
import { createRoot } from "react-dom/client";
import { SignInForm } from "./sign-in-form.jsx";
import { Notes } from "./notes.jsx";

const { VITE_BITJANG_URL: url = "http://localhost:8080", VITE_API_URL: api = "http://localhost:4000", VITE_CARRIER: carrier = "cookie" } = import.meta.env;

const auth = createClient({ url, carrier, apis: [api] });

createRoot(document.getElementById("app")).render(
  <AuthProvider client={auth}>
    <SignedOut>
      <SignInForm auth={auth} />
    </SignedOut>
    <SignedIn>
      {({ account }) => (
        <>
          <h1>Hello, {account.identifier}!</h1>
          <Notes auth={auth} api={api} />
          <button type="button" onClick={() => auth.signOut()}>Sign out</button>
        </>
      )}
    </SignedIn>
  </AuthProvider>,
);
