/** React: who is signed in, as a hook and two components. */

import { createContext, createElement, type ReactNode, useContext, useState, useSyncExternalStore } from "react";
import type { Client, State, Who } from "./index.js";

type Provided = { client: Client; initial: State };

const Context = createContext<Provided | undefined>(undefined);

const UNKNOWN: State = { status: "unknown" };
const SIGNED_OUT: State = { status: "signed_out" };

/** `initial`: who is signed in, where the server that renders the page knows: null for nobody. So the first paint is the right one. */
export function AuthProvider({ client, initial, children }: { client: Client; initial?: Who | null; children?: ReactNode }) {
  const first: State =
    initial === undefined ? UNKNOWN : initial ? { status: "signed_in", account: initial.account, session: initial.session } : SIGNED_OUT;
  return createElement(Context, { value: { client, initial: useState(first)[0] } }, children);
}

export function useSession(): State {
  const { client, initial } = useProvided();
  const now = () => (client.state().status === "unknown" ? initial : client.state());
  // What the server rendered is what hydration must see; a change since is shown right after.
  return useSyncExternalStore(client.onChange, now, () => initial);
}

export function useClient(): Client {
  return useProvided().client;
}

export function SignedIn({ children }: { children?: ReactNode | ((who: Who) => ReactNode) }): ReactNode {
  const session = useSession();
  if (session.status !== "signed_in") return null;
  return typeof children === "function" ? children(session) : children;
}

export function SignedOut({ children }: { children?: ReactNode }): ReactNode {
  return useSession().status === "signed_out" ? children : null;
}

function useProvided(): Provided {
  const provided = useContext(Context);
  if (!provided) throw new Error("put <AuthProvider> around what asks who is signed in");
  return provided;
}
