/** The browser's side of Bitjang: sign in, stay signed in, sign out, in every tab, with every token out of reach. */

import { type Client, clientIn, type Options } from "./client.js";
import { browser } from "./world.js";

export type { Client, Listener, Options } from "./client.js";
export type { Code, Failed, Result } from "./result.js";
export type { State, Who } from "./state.js";
export type { Account, Carrier, ListedSession, NewPassword, Session, SignIn, SignUp } from "./wire.js";

/** A client of the Bitjang server at `url`. Asks nothing before it is asked or listened to. */
export function createClient(options: Options): Client {
  return clientIn(browser(), options);
}
