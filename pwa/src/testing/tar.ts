// Tar files for tests of what reads them, well made or not.
const BLOCK = 512
const SHORT = 100

export const bytesOfText = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

/** A header; `digits` in place of its size's own. */
export const header = (name: string, size: number, type = "0", digits = size.toString(8).padStart(11, "0")): Uint8Array<ArrayBuffer> => {
  const block = new Uint8Array(BLOCK)
  const put = (at: number, text: string): void => block.set(bytesOfText(text), at)
  put(0, name.slice(0, SHORT))
  put(100, "0000644\0")
  put(124, digits)
  put(148, " ".repeat(8))
  put(156, type)
  put(257, "ustar\u000000")
  put(148, `${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `)
  return block
}

/** A file of these files, with extended headers for long names; as Python's tarfile writes it. */
export const tarOf = (files: readonly (readonly [name: string, content: Uint8Array])[]): Uint8Array<ArrayBuffer> => {
  const blocks: Uint8Array[] = []
  const add = (name: string, content: Uint8Array, type = "0"): void => {
    blocks.push(header(name, content.length, type), content, new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK))
  }
  for (const [name, content] of files) {
    if (name.length > SHORT) add("././@PaxHeader", bytesOfText(recordOf(name)), "x")
    add(name, content)
  }
  return Uint8Array.from(Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]))
}

const recordOf = (name: string): string => {
  const rest = ` path=${name}\n`
  const digits = String(rest.length + String(rest.length).length).length
  return `${rest.length + digits}${rest}`
}
