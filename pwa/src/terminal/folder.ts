// A folder as the storage of the TUF client: metadata under its plain names, trust files in a folder of their own.
//
// Each file is replaced by renaming, so that a reader, or the next start after a power cut, finds the old one or the new one.
// The names are those that the specification prescribes (§5.3.8: root.json, not 2.root.json), so the newest root is what the
// next start stands on, as in every client that keeps its metadata so.
import { mkdir, open, readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { Malformed } from "../core/errors"
import type { Bytes, FileName, Storage } from "../core/tuf-client"
import { Failure } from "./failure"

const ROOT = "root.json"

/**
 * The storage in these folders.
 *
 * metadataDir: must exist; root.json in it is the root that is trusted
 * targetDir:   made when there is something to put into it; null where no trust files are wished for
 */
export const folderStorage = (metadataDir: string, targetDir: string | null): Storage => {
  const pathOf = (name: FileName): string | null => {
    if (name === "anchor") return join(metadataDir, ROOT)
    if (name.startsWith("root:")) return null // of the roots that are passed through only the last is kept
    if (name.startsWith("target:")) return targetDir === null ? null : join(targetDir, fileNameOf(name.slice("target:".length)))
    return join(metadataDir, `${name}.json`)
  }
  return {
    read: async (name) => {
      const path = pathOf(name)
      return path === null ? null : readOrNull(path)
    },
    commit: async (writes) => {
      if (targetDir !== null) await mkdir(targetDir, { recursive: true })
      for (const [name, raw] of writes) {
        const path = name.startsWith("root:") ? join(metadataDir, ROOT) : pathOf(name)
        if (path !== null) await (raw === null ? rm(path, { force: true }) : replace(path, raw))
      }
    },
  }
}

/**
 * Makes this the root that is trusted, in a folder that trusts none yet; the same one again is no change.
 *
 * Fails where another one is trusted: what was brought under that one would be taken for this repository's.
 */
export const trustRoot = async (metadataDir: string, raw: Bytes): Promise<void> => {
  await mkdir(metadataDir, { recursive: true })
  const path = join(metadataDir, ROOT)
  const before = await readOrNull(path)
  if (before !== null && !isSame(before, raw)) {
    throw new Failure(`${path} is another root, which is trusted there already and stays: name a folder of its own with --metadata-dir`)
  }
  await replace(path, raw)
}

const isSame = (one: Bytes, other: Bytes): boolean => one.length === other.length && one.every((byte, place) => byte === other[place])

/** The bytes of a file, or null when there is none. */
export const readOrNull = async (path: string): Promise<Bytes | null> => {
  try {
    return Uint8Array.from(await readFile(path))
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null
    throw error
  }
}

/** A target's name as one name of a file: it may hold slashes, and must lead nowhere else. */
const fileNameOf = (name: string): string => {
  const encoded = encodeURIComponent(name)
  if (/^\.*$/.test(encoded)) throw new Malformed("malformed", "no name of a file", name)
  return encoded
}

const replace = async (path: string, raw: Bytes): Promise<void> => {
  const beside = `${path}.${process.pid}.new`
  const file = await open(beside, "w")
  try {
    await file.writeFile(raw)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
}
