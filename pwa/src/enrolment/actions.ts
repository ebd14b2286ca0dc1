/** What the module asks of the server: places, the nearest clinic, and the enrolment itself. */
import { isRecord, problemOf, request, send } from "../device/api";
import { Failure } from "../device/failure";
import type { EnrolmentRequest } from "./form";

export interface Locality {
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
}

export interface Municipality extends Locality {
  readonly key: string;
  readonly localities: readonly Locality[];
}

export interface State {
  readonly key: string;
  readonly name: string;
}

export interface NearClinic {
  readonly clues: string;
  readonly name: string;
  readonly distanceM: number | null;
  /** Whether the person is sent there only when it is urgent. */
  readonly isForUrgency: boolean;
}

export interface Offer {
  readonly uri: string;
  readonly link: string;
  readonly code: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export interface Enrolled {
  readonly personId: string;
  /** False when the person was in the register before: this is a new offer. */
  readonly isNew: boolean;
  readonly assignedClinic: NearClinic | null;
  readonly nearestClinics: readonly NearClinic[];
  readonly offer: Offer;
  readonly txCode: string;
  /** How often the code may be tried. */
  readonly tries: number;
  /** Facts of somebody who was in the register that became others. */
  readonly changes: readonly unknown[];
}

type Json = Readonly<Record<string, unknown>>;

function record(value: unknown): Json {
  if (!isRecord(value)) throw new TypeError("not an object");
  return value;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("not a list");
  return value;
}

function text(source: Json, name: string): string {
  const value = source[name];
  if (typeof value !== "string") throw new TypeError(name);
  return value;
}

function number(source: Json, name: string): number {
  const value = source[name];
  if (typeof value !== "number") throw new TypeError(name);
  return value;
}

function localityOf(value: unknown): Locality {
  const source = record(value);
  return { name: text(source, "name"), lat: number(source, "lat"), lon: number(source, "lon") };
}

function municipalityOf(value: unknown): Municipality {
  const source = record(value);
  return { ...localityOf(source), key: text(source, "key"), localities: list(source.localities).map(localityOf) };
}

function stateOf(value: unknown): State {
  const source = record(value);
  return { key: text(source, "code"), name: text(source, "name") };
}

const ATTENDED: ReadonlySet<string> = new Set(["here", "here_by_exchange"]);

function clinicOf(value: unknown): NearClinic {
  const source = record(value);
  const distance = source.distance_m;
  const { attend } = source;
  return {
    clues: text(source, "clues"),
    name: text(source, "name"),
    distanceM: typeof distance === "number" ? distance : null,
    isForUrgency: typeof attend === "string" && !ATTENDED.has(attend),
  };
}

function offerOf(value: unknown): Offer {
  const source = record(value);
  const expiresAt = Date.parse(text(source, "expires_at")) / 1000;
  return { uri: text(source, "uri"), link: text(source, "link"), code: text(source, "code"), expiresAt };
}

function enrolledOf(value: unknown, isNew: boolean): Enrolled {
  const source = record(value);
  return {
    personId: text(source, "person_id"),
    isNew,
    assignedClinic: source.assigned_clinic === null ? null : clinicOf(source.assigned_clinic),
    nearestClinics: list(source.nearest_clinics).map(clinicOf),
    offer: offerOf(source.offer),
    txCode: text(source, "tx_code"),
    tries: number(source, "tries"),
    changes: list(source.changes),
  };
}

/** The states that have clinics, by name. */
export function loadStates(): Promise<State[]> {
  return request("/api/v1/places", (json) => list(record(json).states).map(stateOf));
}

/** The municipalities of a state with their localities, each with a position. */
export function loadMunicipalities(state: string): Promise<Municipality[]> {
  return request(`/api/v1/places?state=${encodeURIComponent(state)}`, (json) => list(record(json).municipalities).map(municipalityOf));
}

/** The clinic nearest to a position, shown while the form is still being filled; null when there is none. */
export async function nearestTo(lat: number, lon: number): Promise<NearClinic | null> {
  const query = new URLSearchParams({ lat: String(lat), lon: String(lon), limit: "1" });
  const clinics = await request(`/api/v1/clinics/nearest?${query}`, (json) => list(record(json).clinics).map(clinicOf));
  return clinics[0] ?? null;
}

/**
 * Registers a person, or finds them registered: either way with an offer for their phone.
 *
 *   Raises:  Failure with the problem's slug; ProblemFailure names each place at fault in `errors`
 */
export async function enrol(body: EnrolmentRequest, idempotencyKey: string): Promise<Enrolled> {
  const answer = await send("/api/v1/enrolments", { method: "POST", json: body, headers: { "idempotency-key": idempotencyKey } });
  if (answer.status >= 400) throw problemOf(answer);
  try {
    return enrolledOf(answer.json, answer.status === 201);
  } catch (error) {
    if (error instanceof TypeError) throw new Failure("unexpected-answer", "enrolment", answer.status);
    throw error;
  }
}

/** The printed card of a person, as a PDF to open. */
export async function printedCard(personId: string): Promise<Blob> {
  const answer = await send(`/api/v1/people/${encodeURIComponent(personId)}/cards`, { method: "POST", headers: { accept: "application/pdf" } });
  if (answer.status >= 400) throw problemOf(answer);
  return new Blob([answer.bytes], { type: answer.headers.get("content-type") ?? "application/pdf" });
}
