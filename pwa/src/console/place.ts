/** Where the console is: the page, or one question over it; and the address of each, which can be handed to another person. */

export type Place =
  | { readonly kind: "desk"; readonly section: string }
  | { readonly kind: "rules" }
  | { readonly kind: "proposal"; readonly id: string }
  | { readonly kind: "emergency"; readonly kid: string }
  | { readonly kind: "incident"; readonly kid: string; readonly reason: string };

const FACE = "/console/";
const RULES = "reglas";
const UNTOLD = "stolen";

/** The place that the part of an address after # names. */
export function placeOf(hash: string): Place {
  const part = hash.replace(/^#/, "");
  if (part === RULES) return { kind: "rules" };
  const said = new URLSearchParams(part);
  const [id, kid, incident] = [said.get("propuesta"), said.get("emergencia"), said.get("incidente")];
  if (id) return { kind: "proposal", id };
  if (incident) return { kind: "incident", kid: incident, reason: said.get("motivo") ?? UNTOLD };
  return kid === null ? { kind: "desk", section: part } : { kind: "emergency", kid };
}

export const toSection = (name: string): string => `${FACE}#${name}`;
export const toRules = `${FACE}#${RULES}`;
export const toProposal = (id: string): string => `${FACE}#propuesta=${id}`;
/** Without a key it asks which. */
export const toEmergency = (kid = ""): string => `${FACE}#emergencia${kid === "" ? "" : `=${kid}`}`;
export const toIncident = (kid: string, reason = UNTOLD): string => `${FACE}#incidente=${kid}&motivo=${reason}`;
