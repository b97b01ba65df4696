// How large the client is where it arrives: bundled, minified, gzipped. Fails beyond the budget.

import { gzipSync } from "node:zlib";
import { build } from "vite";

const CLIENT = 4_000;
const REACT = 1_500;

const client = await size("index.js");
const both = await size("index.js", "react.js");
judge("client", client, CLIENT);
judge("react, more", both - client, REACT);

async function size(...files) {
  const id = "\0entry";
  const code = files.map((file) => `export * from ${JSON.stringify(new URL(`../dist/${file}`, import.meta.url).pathname)};`).join("\n");
  const entry = { name: "entry", resolveId: (asked) => (asked === "entry" ? id : null), load: (asked) => (asked === id ? code : null) };
  const { output } = await build({
    configFile: false,
    logLevel: "error",
    plugins: [entry],
    build: { write: false, minify: true, rolldownOptions: { input: "entry", external: ["react"], preserveEntrySignatures: "strict" } },
  });
  return gzipSync(output.map((chunk) => chunk.code).join("")).length;
}

function judge(what, bytes, budget) {
  console.log(`${what}: ${bytes} of ${budget} bytes, gzip`);
  if (bytes > budget) process.exitCode = 1;
}
