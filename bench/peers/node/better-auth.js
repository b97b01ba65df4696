/**
 * Better Auth over SQLite, as its guides have it; the cookie cache, which its guide to performance recommends, where it is asked for.
 * `node better-auth.js <port> <database> plain|cached`
 */
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { bearer } from "better-auth/plugins";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";

const [port, file, cache] = process.argv.slice(2);
const database = new DatabaseSync(file);
// As durable as Bitjang's.
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: randomBytes(32).toString("hex"),
  database,
  emailAndPassword: { enabled: true },
  session: { cookieCache: { enabled: cache === "cached", maxAge: 5 * 60 } },
  // All clients here have one address.
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [bearer()],
});
const { runMigrations } = await getMigrations(auth.options);
await runMigrations();
const people = Array.from({ length: 8 }, (_, id) => `person${id}`);
const signUp = (name) => auth.api.signUpEmail({ body: { name, email: `${name}@example.org`, password: "walnut-cabinet-39" } });
await Promise.all(people.map(signUp));
createServer(toNodeHandler(auth)).listen(Number(port), "127.0.0.1");
