/** Access tokens by jose over node:http. Nobody can be signed out, and there is nothing to refresh. `node jose.js <port> HS256|EdDSA` */
import { generateKeyPair, generateSecret, jwtVerify, SignJWT } from "jose";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { account, byIdentifier, check } from "./people.js";

const [port, algorithm] = process.argv.slice(2);
const issuer = "http://127.0.0.1";
const secret = algorithm === "HS256" ? await generateSecret("HS256") : undefined;
const { privateKey, publicKey } = secret ? { privateKey: secret, publicKey: secret } : await generateKeyPair(algorithm);

async function signIn(request) {
  const person = await check(await json(request));
  if (!person) return [401, {}];
  const token = new SignJWT({ roles: ["member"] }).setProtectedHeader({ alg: algorithm });
  token.setSubject(person.identifier).setIssuer(issuer).setAudience(issuer).setIssuedAt().setExpirationTime("1h");
  return [201, { access_token: await token.sign(privateKey) }];
}

async function who(request) {
  const token = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
  if (!token) return [401, {}];
  const { payload } = await jwtVerify(token, publicKey, { issuer, audience: issuer, algorithms: [algorithm] });
  return [200, { account: account(byIdentifier(payload.sub)) }];
}

createServer(async (request, answer) => {
  const answered = request.method === "POST" ? signIn(request) : who(request);
  const [status, body] = await answered.catch(() => [401, {}]);
  const text = JSON.stringify(body);
  answer.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  answer.end(text);
}).listen(Number(port), "127.0.0.1");
