/** The server's API as seen from a device: JSON over the same origin; failures carry the problem's slug (RFC 9457). */
import { noteServerTime } from "./clock";
import { Failure, isUnreachable, slugOf } from "./failure";

export interface Ask {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as application/x-www-form-urlencoded. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** The most bytes that are read of the answer, unpacked; without it there is no limit. */
  readonly maxBytes?: number;
  /** False for static files that may come out of a cache: their Date says nothing about now. */
  readonly isFresh?: boolean;
  /** True for what is seldom another: the browser asks whether what it has in its cache is still so, and is told in few bytes. */
  readonly isRevalidated?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The body as JSON; undefined when it is not JSON. */
  readonly json: unknown;
}

const PATIENCE_MS = 15_000;

let reached: (hasAnswered: boolean) => void = () => undefined;

/** From now on `told` hears after each request whether the server answered; what a cache may have answered tells nothing. */
export function watchAnswers(told: (hasAnswered: boolean) => void): void {
  reached = told;
}

/** Sends one request and gives the answer whatever its status. Raises offline, timeout, unexpected-answer for one too long. */
export async function send(path: string, ask: Ask = {}): Promise<Answer> {
  try {
    const answer = await sendOnce(path, ask);
    if (ask.isFresh !== false) reached(answer.status < 500 || !isUnreachable(problemOf(answer).slug));
    return answer;
  } catch (error) {
    if (isUnreachable(slugOf(error))) reached(false);
    throw error;
  }
}

async function sendOnce(path: string, ask: Ask): Promise<Answer> {
  const sentMs = performance.now();
  try {
    const response = await fetch(path, requestOf(ask));
    const bytes = await bytesOf(response, ask.maxBytes ?? Infinity);
    if (ask.isFresh !== false) noteServerTime(response.headers.get("date"), sentMs);
    return { status: response.status, headers: response.headers, bytes, json: jsonOf(bytes, response.headers) };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(error instanceof Error && error.name === "TimeoutError" ? "timeout" : "offline");
  }
}

/** The body; reading ends where it is longer than allowed, however long it says it is. Raises unexpected-answer for that. */
export async function bytesOf(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (maxBytes === Infinity || response.body === null) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) return new Uint8Array(await new Blob(chunks).arrayBuffer());
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel();
      throw new Failure("unexpected-answer", "too long", response.status);
    }
    chunks.push(value);
  }
}

function requestOf(ask: Ask): RequestInit {
  const body = ask.json === undefined ? (ask.form && new URLSearchParams(ask.form)) : JSON.stringify(ask.json);
  return {
    method: ask.method ?? (body === undefined ? "GET" : "POST"),
    headers: { accept: "application/json", ...(ask.json === undefined ? {} : { "content-type": "application/json" }), ...ask.headers },
    ...(body === undefined ? {} : { body }),
    cache: ask.isRevalidated === true ? "no-cache" : ask.isFresh === false ? "default" : "no-store",
    credentials: "same-origin",
    redirect: "error",
    signal: AbortSignal.timeout(ask.timeoutMs ?? PATIENCE_MS),
  };
}

function jsonOf(bytes: Uint8Array, headers: Headers): unknown {
  if (!/[/+]json\b/.test(headers.get("content-type") ?? "")) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** Sends one request and gives what `parse` makes of its JSON. Raises the problem's slug, unexpected-answer, offline, timeout. */
export async function request<Value>(path: string, parse: (json: unknown) => Value, ask: Ask = {}): Promise<Value> {
  const answer = await send(path, ask);
  if (answer.status >= 400) throw problemOf(answer);
  try {
    return parse(answer.json);
  } catch {
    throw new Failure("unexpected-answer", path, answer.status);
  }
}

/** Sends one request whose answer has nothing to read. */
export async function tell(path: string, ask: Ask = {}): Promise<void> {
  await request(path, () => undefined, ask);
}

/** A problem document or an OAuth error as a Failure; its `errors` (where, slug, detail) are kept in ProblemFailure. */
export function problemOf({ status, json }: Answer): ProblemFailure {
  const body = isRecord(json) ? json : {};
  const type = typeof body.type === "string" ? body.type.split("/").at(-1) : undefined;
  const oauth = typeof body.error === "string" ? body.error : undefined;
  const slug = type ?? oauth ?? (status >= 500 ? "unavailable" : "unexpected");
  const detail = body.detail ?? body.error_description;
  return new ProblemFailure(slug, typeof detail === "string" ? detail : "", status, body);
}

/** A refusal of the server with the whole problem document. */
export class ProblemFailure extends Failure {
  readonly body: Readonly<Record<string, unknown>>;

  constructor(slug: string, detail: string, status: number, body: Readonly<Record<string, unknown>>) {
    super(slug, detail, status);
    this.name = "ProblemFailure";
    this.body = body;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
