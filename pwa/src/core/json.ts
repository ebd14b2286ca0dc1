// JSON in the form that every reader understands alike: JSON.parse keeps the last of two members and rounds large numbers.
//
// Source: RFC 8259, RFC 7493 §2.1-2.3 (I-JSON).
import { Malformed } from "./errors"

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [name: string]: JsonValue
}

const MAX_DEPTH = 32
const SPACE = /[ \t\n\r]*/y
const INTEGER = /-?(?:0|[1-9][0-9]*)(?![0-9.eE])/y
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y
const WORD = /true|false|null/y
const LONE_SURROGATE = /\p{Surrogate}/u
const WORDS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([["true", true], ["false", false], ["null", null]])

/**
 * The value of a JSON text.
 *
 * Throws: Malformed for anything that strictJson refuses
 */
export const readJson = (text: string): JsonValue => {
  const reader = new Reader(text)
  const value = reader.value(MAX_DEPTH)
  reader.end()
  return value
}

function malformed(detail: string): never {
  throw new Malformed("malformed", detail)
}

/** Reads a text from left to right; every method leaves the place behind what it has read. */
class Reader {
  private at = 0
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  value(depth: number): JsonValue {
    this.take(SPACE)
    switch (this.text[this.at]) {
      case "{":
        return this.object(depth)
      case "[":
        return this.array(depth)
      case '"':
        return this.string()
      case "t":
      case "f":
      case "n":
        return WORDS.get(this.token(WORD)) ?? null
      default:
        return this.integer()
    }
  }

  end(): void {
    this.take(SPACE)
    if (this.at !== this.text.length) malformed("followed by more")
  }

  private object(depth: number): JsonObject {
    const members = new Map<string, JsonValue>()
    this.items("{", "}", depth, () => {
      const name = this.string()
      if (members.has(name)) malformed("member named twice")
      this.take(SPACE)
      this.mark(":")
      members.set(name, this.value(depth - 1))
    })
    return Object.fromEntries(members)
  }

  private array(depth: number): readonly JsonValue[] {
    const values: JsonValue[] = []
    this.items("[", "]", depth, () => values.push(this.value(depth - 1)))
    return values
  }

  private items(opening: string, closing: string, depth: number, item: () => unknown): void {
    if (depth === 0) malformed("too deep")
    this.mark(opening)
    this.take(SPACE)
    if (this.text[this.at] !== closing) {
      item()
      this.take(SPACE)
      while (this.text[this.at] === ",") {
        this.at += 1
        this.take(SPACE)
        item()
        this.take(SPACE)
      }
    }
    this.mark(closing)
  }

  private string(): string {
    const value = JSON.parse(this.token(STRING)) as string
    if (LONE_SURROGATE.test(value)) malformed("lone surrogate")
    return value
  }

  private integer(): number {
    const digits = this.token(INTEGER)
    const value = Number(digits)
    if (digits === "-0" || !Number.isSafeInteger(value)) malformed("integer out of range")
    return value
  }

  private mark(character: string): void {
    if (this.text[this.at] !== character) malformed("not JSON")
    this.at += 1
  }

  private token(pattern: RegExp): string {
    return this.take(pattern) ?? malformed("not JSON")
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    this.at += found?.length ?? 0
    return found
  }
}
