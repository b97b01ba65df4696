/** express-session over connect-redis, as their readmes have it. `node express.js <port> <address of Redis>` */
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { createClient } from "redis";
import { account, check } from "./people.js";

const [port, address] = process.argv.slice(2);
const client = createClient({ url: address });
await client.connect();

const app = express();
app.disable("x-powered-by");
app.use(
  session({
    store: new RedisStore({ client }),
    secret: randomBytes(32).toString("hex"),
    resave: false,
    saveUninitialized: false,
    cookie: { secure: "auto", sameSite: "lax" },
  }),
);

app.post("/v1/session", express.json(), async (request, answer) => {
  const person = await check(request.body);
  if (!person) return answer.sendStatus(401);
  const { session } = request;
  await promisify(session.regenerate.bind(session))();
  request.session.account = account(person);
  answer.status(201).json({ account: request.session.account });
});

app.get("/v1/session", (request, answer) => {
  if (!request.session.account) return answer.sendStatus(401);
  answer.json({ account: request.session.account });
});

app.delete("/v1/session", async (request, answer) => {
  if (!request.session.account) return answer.sendStatus(401);
  await promisify(request.session.destroy.bind(request.session))();
  answer.sendStatus(204);
});

app.listen(Number(port), "127.0.0.1");
