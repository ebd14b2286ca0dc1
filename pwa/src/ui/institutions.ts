/** Institutions as people call them, by the three letters of their code in a clinic's key (CLUES). */
const NAMES: Readonly<Record<string, string>> = {
  IMB: "IMSS-Bienestar",
  IMO: "IMSS-Bienestar",
  IMS: "IMSS",
  IST: "ISSSTE",
  SSA: "Secretaría de Salud",
  SME: "Servicios del estado",
  SMM: "Servicios del municipio",
  HUN: "Hospital universitario",
  PMX: "Pemex",
  SDN: "Sedena",
  SMA: "Marina",
  DIF: "DIF",
  CRO: "Cruz Roja",
  SMP: "Particular",
};

/** The institution's name; a code without a name here is shown as it is. */
export function institutionText(code: string): string {
  return NAMES[code] ?? code;
}
