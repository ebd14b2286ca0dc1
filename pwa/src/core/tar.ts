// The files in a tar file: plain ones only, as `amate pack export` writes them. Whoever made it may mean harm (D06, D07).
//
// Own code, for a general reader takes what has no place in a pack (links, devices, names of GNU's, sizes below zero) and goes on
// over what is damaged.
//
// Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"
import { Malformed } from "./errors"

const BLOCK = 512
const MAX_FILES = 8192
const MAX_RECORDS = 4096
const FILE = "0"
const PAX = "x"
const MAGIC = "ustar\u000000"
const SPACE = 0x20
const OCTAL = /^[0-7]+$/
/** A length of the whole record, decimal, then `path=`, the name and a line feed. */
const PATH_RECORD = /^([1-9][0-9]*) path=([^\n]+)\n$/

/** [offset, length] of the fields of a header. */
const NAME = [0, 100] as const
const SIZE = [124, 12] as const
const SUM = [148, 8] as const
const TYPE = [156, 1] as const
const KIND = [257, 8] as const
const PREFIX = [345, 155] as const

/**
 * Every file by its name; each is a view into `raw`.
 *
 * Throws: Malformed("not-a-pack-file") for what is no tar file, is not whole, or holds anything else
 */
export const filesInTar = (raw: Uint8Array<ArrayBuffer>): ReadonlyMap<string, Uint8Array<ArrayBuffer>> => {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  let longName: string | null = null
  for (let at = 0; !isEnd(raw, at); ) {
    const { name, size, type } = headerAt(raw, at)
    const content = raw.subarray(at + BLOCK, at + BLOCK + size)
    if (content.length !== size) refuse("it ends within a file")
    if (type === PAX && longName === null && size <= MAX_RECORDS) longName = pathIn(content)
    else if (type === FILE) {
      add(files, longName ?? name, content)
      longName = null
    } else refuse("it holds more than files")
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  if (longName !== null) refuse("a name without a file")
  return files
}

const add = (files: Map<string, Uint8Array>, name: string, content: Uint8Array): void => {
  if (files.has(name)) refuse("it holds a file twice")
  if (files.size === MAX_FILES) refuse("it holds too many files")
  files.set(name, content)
}

/** Two empty blocks or more end it, and nothing is behind them. */
const isEnd = (raw: Uint8Array, at: number): boolean => {
  if (raw.length - at < 2 * BLOCK) refuse("it has no end")
  if (raw.subarray(at, at + BLOCK).some((byte) => byte !== 0)) return false
  if (raw.subarray(at).some((byte) => byte !== 0)) refuse("something is behind its end")
  return true
}

const headerAt = (raw: Uint8Array, at: number): { name: string; size: number; type: string } => {
  const header = raw.subarray(at, at + BLOCK)
  if (textOf(header, KIND) !== MAGIC) refuse("no ustar header")
  if (numberIn(header, SUM) !== sumOf(header)) refuse("a header was changed")
  const [prefix, name] = [upToZero(textOf(header, PREFIX)), upToZero(textOf(header, NAME))]
  return { name: prefix === "" ? name : `${prefix}/${name}`, size: numberIn(header, SIZE), type: textOf(header, TYPE) }
}

/** All bytes of a header, its sum counted as spaces. */
const sumOf = (header: Uint8Array): number => {
  const [from, length] = SUM
  return header.reduce((sum, byte, at) => sum + (at >= from && at < from + length ? SPACE : byte), 0)
}

/** The name in an extended header, in which nothing else has a place. */
const pathIn = (content: Uint8Array): string => {
  const [, length, path] = PATH_RECORD.exec(latin1(content)) ?? refuse("an extended header with more than a name")
  if (Number(length) !== content.length || path === undefined) refuse("an extended header of another length")
  return path
}

const textOf = (header: Uint8Array, [from, length]: readonly [number, number]): string => latin1(header.subarray(from, from + length))

const upToZero = (text: string): string => text.split("\0", 1)[0] ?? ""

const numberIn = (header: Uint8Array, field: readonly [number, number]): number => {
  const digits = upToZero(textOf(header, field)).trim()
  return OCTAL.test(digits) ? parseInt(digits, 8) : refuse("a header without a number")
}

/** Names in a pack are ASCII. */
const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")

function refuse(detail: string): never {
  throw new Malformed("not-a-pack-file", detail)
}
