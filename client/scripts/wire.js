// Makes the types of what goes over the wire from the server's OpenAPI document; with --check, says whether they have been.

import { readFileSync, writeFileSync } from "node:fs";

/** What the client uses, and what it calls it. */
const NAMES = {
  AccountShape: "Account",
  SessionShape: "Session",
  Device: "Device",
  Listed: "ListedSession",
  Sessions: "Sessions",
  SignUp: "SignUp",
  SignIn: "SignIn",
  NewPassword: "NewPassword",
  CarrierName: "Carrier",
  SignedInShape: "SignedInAnswer",
  TokensShape: "Tokens",
  Token: "CsrfAnswer",
  Minted: "AccessToken",
  ProblemShape: "Problem",
};

const at = (path) => new URL(path, import.meta.url);
const document = JSON.parse(readFileSync(at("../openapi.json"), "utf8"));
const made = render(document);

if (!process.argv.includes("--check")) {
  writeFileSync(at("../src/wire.ts"), made);
} else if (made !== readFileSync(at("../src/wire.ts"), "utf8")) {
  console.error("src/wire.ts is not what openapi.json says: run `npm run types`");
  process.exitCode = 1;
}

function render({ paths, components }) {
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const types = Object.entries(NAMES).map(([name, ours]) => {
    const schema = components.schemas[name];
    return `${comment(schema)}export type ${ours} = ${type(schema)};\n`;
  });
  return [
    "/** What goes over the wire. Made by `npm run types` from the server's OpenAPI document. */\n",
    `/** Every call there is. */\nexport type Call =${union(calls.sort())};\n`,
    ...types,
  ].join("\n");
}

function type(schema) {
  if (schema.$ref) return named(schema.$ref);
  if (schema.allOf) return schema.allOf.map(type).join(" & ");
  if (schema.enum) return union(schema.enum).trimStart();
  if (Array.isArray(schema.type)) return schema.type.map((one) => type({ ...schema, type: one })).join(" | ");
  switch (schema.type) {
    case "object":
      return object(schema);
    case "array":
      return `${type(schema.items)}[]`;
    case "integer":
      return "number";
    default:
      return schema.type;
  }
}

function object({ properties, required = [] }) {
  const members = Object.entries(properties).map(([name, schema]) => {
    const about = schema.description ? `  /** ${schema.description} */\n` : "";
    return `${about}  ${name}${required.includes(name) ? "" : "?"}: ${type(schema)};\n`;
  });
  return `{\n${members.join("")}}`;
}

function named(reference) {
  const name = reference.split("/").at(-1);
  if (!(name in NAMES)) throw new Error(`${name} has no name in the client: add it to NAMES`);
  return NAMES[name];
}

function union(texts) {
  return texts.map((text) => `\n  | ${JSON.stringify(text)}`).join("");
}

function comment({ description }) {
  return description ? `/** ${description} */\n` : "";
}
