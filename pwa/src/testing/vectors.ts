// Reads the shared vectors of tests/vectors, and turns the JSON form of their values into values of this core and back.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { bytesFromHex, hexFromBytes } from "../core/encoding"
import type { CborValue } from "../core/encoding"
import { Malformed } from "../core/errors"

const VECTORS = join(import.meta.dirname, "../../../tests/vectors")

/** One case of a vector file: `expect` is "valid" or the slug of the refusal. */
export interface Case {
  readonly id: string
  readonly call: string
  readonly now?: number
  readonly input: Readonly<Record<string, never>>
  readonly expect: string
  readonly output?: unknown
}

/** A vector file; some have more members than the cases. */
export interface Vectors {
  readonly cases: readonly Case[]
  readonly [member: string]: unknown
}

/** The vector file of this stem. */
export const vectorsOf = (stem: string): Vectors =>
  JSON.parse(readFileSync(join(VECTORS, `${stem}.json`), "utf8")) as Vectors

/** What a call gives, in the words of a vector: its output, or the slug of its refusal. */
export const outcomeOf = async (call: () => unknown): Promise<{ expect: string; output?: unknown }> => {
  try {
    return { expect: "valid", output: await call() }
  } catch (error) {
    if (error instanceof Malformed) return { expect: error.slug }
    throw error
  }
}

/** The JSON form of a CBOR value: bytes become {"bytes": hex}, maps {"map": [[key, value], …]}. */
export const jsonForm = (value: CborValue): unknown => {
  if (value instanceof Uint8Array) return { bytes: hexFromBytes(value) }
  if (value instanceof Map) return { map: [...(value as ReadonlyMap<string, CborValue>)].map(([k, v]) => [k, jsonForm(v)]) }
  return Array.isArray(value) ? value.map((item: CborValue) => jsonForm(item)) : value
}

/** The CBOR value behind its JSON form. */
export const cborValue = (form: unknown): CborValue => {
  if (Array.isArray(form)) return form.map(cborValue)
  if (typeof form !== "object" || form === null) return form as CborValue
  if ("bytes" in form) return bytesFromHex(form.bytes as string)
  return new Map(("map" in form ? (form.map as [number, unknown][]) : []).map(([key, value]) => [key, cborValue(value)]))
}
