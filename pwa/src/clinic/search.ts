/** Finds clinics by words of their names, by their keys, and by the keys that they had before. */
import type { Clinic, ClinicsFile } from "./clinics-file";

/** A clinic that a search found. */
export interface Found {
  readonly clinic: Clinic;
  /** The key of a closed unit whose place it took, where that is what was looked for. */
  readonly former: string | null;
}

/** Names to be searched, without accents, in capitals. */
interface Names {
  /** Of a clinic itself: its name and key. */
  readonly own: string;
  /** With its municipality. */
  readonly all: string;
}

/** Of a replaced key: fewer letters and digits could be many keys, or none. */
const LEAST_KEY = 8;

/** Searches these clinics (Directory.search); their names are prepared when somebody first asks. */
export function searchOf(file: ClinicsFile): (text: string, limit: number) => Found[] {
  let names: readonly Names[] | null = null;
  return (text, limit) => {
    const words = folded(text).split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    names ??= namesOf(file);
    const named = withWords(names, words, file).slice(0, limit);
    const found = [...named.map((n) => ({ n, former: null })), ...succeeding(text, file)];
    return found.slice(0, limit).flatMap(({ n, former }) => {
      const clinic = file.clinic(n);
      return clinic === undefined ? [] : [{ clinic, former }];
    });
  };
}

function folded(text: string): string {
  const capital = text.toUpperCase();
  // Most names have no accent, and taking them off takes longer than looking.
  return /[^\u0000-\u007f]/.test(capital) ? capital.normalize("NFD").replace(/\p{Mn}/gu, "") : capital;
}

function namesOf(file: ClinicsFile): Names[] {
  return Array.from({ length: file.count }, (_, n) => {
    const { name, clues, municipality } = file.clinic(n) ?? { name: "", clues: "", municipality: "" };
    const own = folded(`${name} ${clues}`);
    return { own, all: `${own} ${folded(municipality)}` };
  });
}

/** The numbers of the clinics that have every word, those where people are sent before a private one, and the best first. */
function withWords(names: readonly Names[], words: readonly string[], file: ClinicsFile): number[] {
  const partly = (name: string): number => words.filter((word) => !` ${name} `.includes(` ${word} `)).length;
  return names
    .map(({ own, all }, n) => ({ n, own, all }))
    .filter(({ all }) => words.every((word) => all.includes(word)))
    .map(({ n, own, all }) => {
      const elsewhere = words.every((word) => own.includes(word)) ? 0 : 1;
      return { n, partly: partly(all), elsewhere, unsent: file.counts(n) ? 0 : 1 };
    })
    .sort((one, other) => one.unsent - other.unsent || one.partly - other.partly || one.elsewhere - other.elsewhere)
    .map(({ n }) => n);
}

/** The clinics whose former key begins with the text, however it is spaced. */
function succeeding(text: string, file: ClinicsFile): { n: number; former: string }[] {
  const key = folded(text).replace(/[^A-Z0-9]/g, "");
  if (key.length < LEAST_KEY) return [];
  return file.aliases.flatMap(([former, n]) => (former.startsWith(key) ? [{ n, former }] : []));
}
