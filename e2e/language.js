// What the pages say in each language, read from the messages that the server is built with.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const LOCALES = fileURLToPath(new URL("../web/locales/", import.meta.url));

/** Whether `text` is a message of `language`, with anything where the message has a placeable. */
export function says(language, text) {
  const plain = text.replace(/[\u2068\u2069]/g, "").trim();
  return messages(language).some((message) => message.test(plain));
}

function messages(language) {
  return files(language).flatMap((file) => {
    const lines = readFileSync(file, "utf8").matchAll(/^(?:[a-z][\w-]*|\s+\.[a-z][\w-]*) *= *(\S.*)$/gm);
    return [...lines].map(([, message]) => pattern(message.trim()));
  });
}

/** `en.ftl`, `en/main.ftl`, `en-US/main.ftl`. */
function files(language) {
  const all = readdirSync(LOCALES, { recursive: true }).filter((file) => file.endsWith(".ftl"));
  return all.filter((file) => file.slice(0, 2) === language).map((file) => join(LOCALES, file));
}

function pattern(message) {
  const parts = message.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`);
}
