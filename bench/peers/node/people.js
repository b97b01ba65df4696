/** Who may sign in: 64 people with one password, hashed by scrypt with Node's defaults (N 16,384, r 8, p 1), as Express documents no other way. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(scrypt);
const PASSWORD = "walnut-cabinet-39";
const salt = randomBytes(16);
const hash = await derive(PASSWORD, salt, 64);
const people = new Map();
for (let id = 0; id < 64; id++) {
  people.set(`person${id}@example.org`, { id, identifier: `person${id}@example.org`, salt, hash });
}

/** Whose password it is. */
export async function check({ identifier, password }) {
  const person = people.get(identifier);
  if (!person) return undefined;
  const derived = await derive(password, person.salt, 64);
  return timingSafeEqual(derived, person.hash) ? person : undefined;
}

/** What a program says of who is signed in. */
export const account = ({ id, identifier }) => ({ id, identifier });

/** All of them, by what they type. */
export const byIdentifier = (identifier) => people.get(identifier);
