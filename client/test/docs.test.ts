/** What the pages tell people to copy: it is what runs, or it fits the package, and where it can, it is run. */

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { Model } from "./model.js";

const at = (path: string) => new URL(`../../${path}`, import.meta.url);
const read = (path: string) => readFileSync(at(path), "utf8");
const FOLDER = "client/test/snippets";

const PAGES = ["README.md", "README.ko.md", "client/README.md", "docs/integrate/react.md", "docs/integrate/nextjs.md"];

type Snippet = { page: string; name: string; language: string; code: string; sameAs?: string | undefined; given?: string | undefined };

const snippets: Snippet[] = PAGES.flatMap((page) =>
  [...read(page).matchAll(/(?:<!-- (?:the same as (?<sameAs>\S+), which the tests run|given: (?<given>.*?)) -->\n)?```(?<language>jsx?|tsx?)\n(?<code>[^]*?)\n```/g)].map(
    ({ groups: { sameAs, given, language = "", code = "" } = {} }, index) => {
      const name = `${page.replaceAll(/\W/g, "-")}-${index}.${language}`;
      return { page, name, language, code, sameAs, given };
    },
  ),
);
const shown = snippets.filter(({ sameAs }) => sameAs);
const own = snippets.filter(({ sameAs }) => !sameAs);

beforeAll(() => {
  rmSync(at(FOLDER), { recursive: true, force: true });
  mkdirSync(at(FOLDER), { recursive: true });
  for (const { name, code, given = "" } of own) writeFileSync(at(`${FOLDER}/${name}`), `${given}\n${code}\nexport {};\n`);
});
afterEach(() => vi.unstubAllGlobals());

test("there is something to look at on every page", () => {
  expect(new Set(snippets.map(({ page }) => page))).toEqual(new Set(PAGES));
});

test.each(shown)("$page shows $sameAs as it is", ({ code, sameAs = "" }) => {
  expect(code).toBe(read(sameAs).replace(/^\/\*\* .* \*\/\n/, "").trim());
});

test("every other snippet fits the package", () => {
  const compilerOptions = {
    ...{ target: "es2023", module: "nodenext", moduleResolution: "nodenext", lib: ["es2024", "dom", "dom.iterable"], jsx: "react-jsx" },
    ...{ allowJs: true, checkJs: true, strict: true, noImplicitAny: false, noEmit: true, skipLibCheck: true, types: ["node", "react"] },
  };
  writeFileSync(at(`${FOLDER}/tsconfig.json`), JSON.stringify({ compilerOptions, include: ["*"] }));
  const tsc = at("client/node_modules/typescript/bin/tsc").pathname;
  const run = () => execFileSync(process.execPath, [tsc, "-p", at(FOLDER).pathname], { encoding: "utf8" });
  try {
    run();
  } catch (error) {
    expect.fail((error as { stdout: string }).stdout);
  }
});

test.each(["README.md", "README.ko.md"])("the five lines of %s sign in, and carry the CSRF token", async (page) => {
  const model = new Model();
  const tab = model.tab();
  const document = Object.assign(new EventTarget(), { title: "", visibilityState: "visible", baseURI: "https://app.example.org/" });
  vi.stubGlobal("fetch", tab.fetch);
  vi.stubGlobal("document", document);
  vi.stubGlobal("window", new EventTarget());
  const { name } = own.find((snippet) => snippet.page === page)!;
  const file = at(`${FOLDER}/run-${name}`);
  writeFileSync(file, readFileSync(at(`${FOLDER}/${name}`), "utf8").replace("a gate of heavy oak", "right").replace("export {};", "export { error };"));
  const { error } = await import(/* @vite-ignore */ file.href);
  expect(error).toBeNull();
  expect(document.title).toBe("alice");
  const last = model.asked.at(-1);
  expect([last?.method, last?.url, last?.headers.get("x-csrf-token")]).toEqual(["POST", "https://id.example.org/notes", "csrf-of-s1"]);
});

test("the server of client/README.md answers a stranger with 401", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("lost")));
  const { name } = own.find(({ page, code }) => page === "client/README.md" && code.includes("createVerifier"))!;
  const { answer } = await import(/* @vite-ignore */ at(`${FOLDER}/${name}`).href);
  for (const authorization of ["", "Bearer nonsense"]) {
    expect((await answer(new Request("https://api.example.org", { headers: { authorization } }))).status).toBe(401);
  }
});
