// A repository over HTTP, read within limits of size and time; no redirect is followed (row D06).
import { Failure } from "./failure"
import type { Bytes, Get } from "../core/tuf-client"

/** The smallest file may take this long; a larger one longer, so that a slow line gets there and a server that drips does not. */
export const PATIENCE_MS = 15_000
const BYTES_PER_PATIENCE = 120_000 // 8 kB/s where patience is 15 s
const NO_SUCH_FILE = new Set([403, 404]) // object stores answer 403 to who may not list them

/** Gets files below an address; patienceMs: how long the smallest may take. */
export const getFrom = (baseUrl: string, patienceMs: number): Get => {
  const base = baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`
  return async (path, maxBytes) => {
    const url = `${base}${path.split("/").map(encodeURIComponent).join("/")}`
    const deadline = new Deadline(patienceMs * (1 + maxBytes / BYTES_PER_PATIENCE))
    try {
      const response = await fetch(url, { redirect: "error", signal: deadline.signal })
      if (NO_SUCH_FILE.has(response.status)) return null
      if (!response.ok) throw new Failure(`HTTP ${response.status}`)
      return await limited(response, maxBytes, deadline)
    } catch (error) {
      throw new Failure(`${path}: ${error instanceof Error ? error.message : "no answer"}`)
    } finally {
      deadline.end()
    }
  }
}

/** A moment by which it must be over. */
class Deadline {
  private readonly controller = new AbortController()
  private readonly timer: NodeJS.Timeout
  private onOver: () => void = () => undefined

  constructor(ms: number) {
    this.timer = setTimeout(() => {
      this.controller.abort(new Failure("too slow"))
      this.onOver()
    }, Math.ceil(ms))
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** What else to do then: fetch forgets its signal once the head of an answer is there (Node 20). */
  whenOver(act: () => void): void {
    this.onOver = act
  }

  check(): void {
    this.signal.throwIfAborted()
  }

  end(): void {
    clearTimeout(this.timer)
  }
}

/** The body, as long as it stays within the limit: what comes after is never read. */
const limited = async (response: Response, maxBytes: number, deadline: Deadline): Promise<Bytes> => {
  const reader = response.body?.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  deadline.whenOver(() => void reader?.cancel().catch(() => undefined))
  for (;;) {
    const part = await reader?.read()
    deadline.check()
    if (part?.value === undefined) return Uint8Array.from(Buffer.concat(chunks))
    size += part.value.length
    if (size > maxBytes) {
      await reader?.cancel()
      throw new Failure(`longer than ${maxBytes} bytes`)
    }
    chunks.push(part.value)
  }
}
