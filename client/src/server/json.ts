/**
 * Reads the JSON of tokens and feeds: strictly. No escape in any string, no control character anywhere, spaces as the only white space: so a name
 * has one spelling, and a repeated one cannot hide.
 */

/** How deep arrays and objects may lie within the outermost object. */
const DEPTH = 4;
/** How many members an object may have whose names are not known. */
const NAMES = 16;

/** A number as it is spelled. */
export class Spelt {
  constructor(readonly text: string) {}
}

export type Json = string | boolean | null | Spelt | Json[] | Members;
export type Members = Map<string, Json>;

/** Text that was asked for and is not there. */
export class NotJson extends Error {}

/** The text of these bytes; nothing if they are not UTF-8, or hold what no text of ours holds. */
export function plainText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return /[\0-\x1f\\]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The members of the one object that `text` is; besides those of `known` names a few more. */
export function readObject(text: string, known: readonly string[]): Members {
  const reader = new Reader(text);
  const members = reader.object(DEPTH, known);
  reader.end();
  return members;
}

/** An integer from 0 to 2^53 − 1, written without fraction or exponent. */
export function integer(value: Json | undefined): number | undefined {
  if (!(value instanceof Spelt) || !/^(0|[1-9]\d{0,15})$/.test(value.text)) return undefined;
  const number = Number(value.text);
  return Number.isSafeInteger(number) ? number : undefined;
}

export function strings(value: Json | undefined): string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  object(depth: number, known: readonly string[] = []): Members {
    const members: Members = new Map();
    let others = 0;
    this.expect("{");
    if (this.eats("}")) return members;
    do {
      const name = this.string();
      if (members.has(name) || (!known.includes(name) && ++others > NAMES)) throw new NotJson();
      this.expect(":");
      members.set(name, this.value(depth));
    } while (this.eats(","));
    this.expect("}");
    return members;
  }

  end(): void {
    this.spaces();
    if (this.at !== this.text.length) throw new NotJson();
  }

  private value(depth: number): Json {
    this.spaces();
    const next = this.text[this.at];
    if (next === '"') return this.string();
    if ((next === "{" || next === "[") && depth === 0) throw new NotJson();
    if (next === "{") return this.object(depth - 1);
    if (next === "[") return this.array(depth - 1);
    for (const [word, value] of [["true", true], ["false", false], ["null", null]] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  private array(depth: number): Json[] {
    const values: Json[] = [];
    this.expect("[");
    if (this.eats("]")) return values;
    do values.push(this.value(depth));
    while (this.eats(","));
    this.expect("]");
    return values;
  }

  private number(): Spelt {
    const found = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    found.lastIndex = this.at;
    const text = found.exec(this.text)?.[0];
    if (text === undefined || !Number.isFinite(Number(text))) throw new NotJson();
    this.at += text.length;
    return new Spelt(text);
  }

  private string(): string {
    this.expect('"');
    const end = this.text.indexOf('"', this.at);
    if (end < 0) throw new NotJson();
    const string = this.text.slice(this.at, end);
    this.at = end + 1;
    return string;
  }

  private expect(one: string): void {
    if (!this.eats(one)) throw new NotJson();
  }

  private eats(one: string): boolean {
    this.spaces();
    const isThere = this.text[this.at] === one;
    if (isThere) this.at++;
    return isThere;
  }

  private spaces(): void {
    while (this.text[this.at] === " ") this.at++;
  }
}
