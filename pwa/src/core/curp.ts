// A CURP is read position by position, and every disagreement with a person's data can be explained.
// Source: Instructivo Normativo para la asignación de la CURP (DOF 1996-10-23, replaced DOF 2021-10-18); GIIS-B015.
import { dayFromDate } from "./days"
import { Malformed } from "./errors"

export const LENGTH = 18
export const STATES: ReadonlySet<string> = new Set(
  ("AS BC BS CC CL CM CS CH DF DG GT GR HG JC MC MN MS NT NL OC PL QT QR SP SL SR TC TS TL VZ" + " YN ZS NE").split(" "),
)
export const BORN_ABROAD = "NE"
/** GIIS: a record without a CURP; names nobody. */
export const UNKNOWN_PATIENT = "XXXX999999XXXXXX99"

const SHAPE = "AAAA999999AAAAAA*9" // A letter, 9 digit, * either
const VOWELS = "AEIOU"
// The values of the check digit count Ñ after N, although no CURP holds one.
const VALUES = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
const PARTICLES = new Set("DA DAS DE DEL DER DI DIE DD EL LA LOS LAS LE LES MAC MC VAN VON Y".split(" "))
// Given names that a second one replaces: María and José, also shortened.
const COMMON = new Set("MARIA MA MA. JOSE J J.".split(" "))
// Instructivo, annex of inconvenient words: position 2 becomes X.
const INCONVENIENT = new Set(
  (
    "BACA BAKA BUEI BUEY CACA CACO CAGA CAGO CAKA CAKO COGE COGI COJA COJE COJI COJO COLA CULO FALO FETO" +
    " GETA GUEI GUEY JETA JOTO KACA KACO KAGA KAGO KAKA KAKO KOGE KOGI KOJA KOJE KOJI KOJO KOLA KULO LILO" +
    " LOCA LOCO LOKA LOKO MAME MAMO MEAR MEAS MEON MIAR MION MOCO MOKO MULA MULO NACA NACO PEDA PEDO PENE" +
    " PIPI PITO POPO PUTA PUTO QULO RATA ROBA ROBE ROBO RUIN SENO TETA VACA VAGA VAGO VAKA VUEI VUEY WUEI" +
    " WUEY"
  ).split(" "),
)

/** A valid CURP and what it says of its holder. birthDate: YYYY-MM-DD */
export interface Curp {
  readonly text: string
  readonly birthDate: string
  readonly sex: string
  readonly state: string
}

/** What the rules take from a name: positions 1-4 and 14-16. */
export interface Letters {
  readonly firstFour: string
  readonly consonants: string
}

/** A person's data as typed. birthDate: YYYY-MM-DD; secondSurname: empty when there is none */
export interface Particulars {
  readonly givenNames: string
  readonly firstSurname: string
  readonly secondSurname: string
  readonly sex: string
  readonly birthDate: string
  readonly birthState: string
}

/** One disagreement between a CURP and what was typed: `value` is typed, `expected` follows from it, `found` is read. */
export interface Mismatch {
  readonly field: string
  readonly slug: string
  readonly value: string
  readonly expected: string
  readonly found: string
}

/** The text as a CURP is written: without spaces or hyphens, in capitals. */
export function normalise(text: string): string {
  return text.replace(/[ \t\r\n\u00a0-]/g, "").replace(/[a-z]/g, (c) => c.toUpperCase())
}

/**
 * The CURP spelled by 18 characters.
 *
 * text:   capitals and digits, as `normalise` returns them
 * Throws: Malformed with one slug for the first fault, from the most general to the check digit
 */
export function validate(text: string): Curp {
  checkShape(text)
  if (text === UNKNOWN_PATIENT) refuse("curp-unknown-patient", "stands for nobody")
  if (!(VOWELS + "X").includes(text.charAt(1))) refuse("curp-vowel", "position 2 is not a vowel or X")
  if (INCONVENIENT.has(text.slice(0, 4))) refuse("curp-inconvenient-word", "position 2 should be X")
  const birthDate = birthDateOf(text)
  if (!"HMX".includes(text.charAt(10))) refuse("curp-sex", "position 11 is not H, M or X")
  if (!STATES.has(text.slice(11, 13))) refuse("curp-state", "positions 12-13 name no state")
  if (/[AEIOU]/.test(text.slice(13, 16))) refuse("curp-consonants", "positions 14-16 hold a vowel")
  if (text.charAt(17) !== checkDigit(text.slice(0, 17))) refuse("curp-check-digit", "position 18 does not follow")
  return { text, birthDate, sex: text.charAt(10), state: text.slice(11, 13) }
}

/** Days since 1970-01-01 of the birth that a CURP tells; null for a text that is no CURP. */
export function birthDay(text: string): number | null {
  try {
    return dayFromDate(validate(text).birthDate)
  } catch (error) {
    if (error instanceof Malformed) return null
    throw error
  }
}

/** The last character of the CURP that begins with these 17 capitals and digits. */
export function checkDigit(seventeen: string): string {
  const total = [...seventeen].reduce((sum, c, i) => sum + VALUES.indexOf(c) * (LENGTH - i), 0)
  return String((10 - (total % 10)) % 10)
}

/** The letters that a name puts into its CURP. secondSurname: empty when there is none (X in its places) */
export function expectedLetters(givenNames: string, firstSurname: string, secondSurname = ""): Letters {
  const [first, second, given] = keyWords(givenNames, firstSurname, secondSurname)
  const four = initial(first) + vowel(first) + initial(second) + initial(given)
  const firstFour = INCONVENIENT.has(four) ? `${four.charAt(0)}X${four.slice(2)}` : four
  return { firstFour, consonants: consonant(first) + consonant(second) + consonant(given) }
}

/** Where a valid CURP disagrees with a person's data, in the order of its positions. */
export function mismatches(curp: Curp, person: Particulars): Mismatch[] {
  const found = curp.text
  const { givenNames, firstSurname, secondSurname, sex, birthDate, birthState } = person
  const [first, second, given] = keyWords(givenNames, firstSurname, secondSurname)
  const start = initial(first) + vowelBeside(first, found)
  const rows: readonly (readonly [string, string, string, string, string])[] = [
    ["first_surname", "mismatch-first-surname", firstSurname, start, found.slice(0, 2)],
    ["second_surname", "mismatch-second-surname", secondSurname, initial(second), found.charAt(2)],
    ["given_names", "mismatch-given-names", givenNames, initial(given), found.charAt(3)],
    ["birth_date", "mismatch-birth-date", birthDate, birthDate, curp.birthDate],
    ["sex", "mismatch-sex", sex, sex, curp.sex],
    ["birth_state", "mismatch-birth-state", birthState, birthState, curp.state],
    ["first_surname", "mismatch-consonant", firstSurname, consonant(first), found.charAt(13)],
    ["second_surname", "mismatch-consonant", secondSurname, consonant(second), found.charAt(14)],
    ["given_names", "mismatch-consonant", givenNames, consonant(given), found.charAt(15)],
  ]
  return rows
    .filter(([, , , expected, read]) => expected !== read)
    .map(([field, slug, value, expected, read]) => ({ field, slug, value, expected, found: read }))
}

/**
 * A synthetic CURP by the rules, for demonstrations and tests; the real ones are assigned by RENAPO.
 *
 * homoclave: position 17; empty means the first of the century, 0 or A
 * Throws:    Malformed when the parts make no CURP, or the homoclave belongs to the other century
 */
export function build(person: Particulars, homoclave = ""): string {
  const { firstFour, consonants } = expectedLetters(person.givenNames, person.firstSurname, person.secondSurname)
  const [year = "", month = "", day = ""] = person.birthDate.split("-")
  const mark = homoclave !== "" ? homoclave : year < "2000" ? "0" : "A"
  const body = firstFour + year.slice(2) + month + day + person.sex + person.birthState + consonants + mark
  const known = [...body].every((c) => VALUES.includes(c))
  const curp = validate(body + (known ? checkDigit(body) : "0"))
  if (curp.birthDate !== person.birthDate) {
    throw new Malformed("curp-century", "the homoclave is of another century", "homoclave")
  }
  return curp.text
}

function refuse(slug: string, detail: string): never {
  throw new Malformed(slug, detail, "curp")
}

function checkShape(text: string): void {
  const characters = [...text]
  if (characters.length !== LENGTH) refuse("curp-length", `${characters.length} characters, not ${LENGTH}`)
  characters.forEach((c, i) => {
    const kind = SHAPE.charAt(i)
    const fits = (kind !== "9" && /^[A-Z]$/.test(c)) || (kind !== "A" && /^[0-9]$/.test(c))
    if (!fits) refuse("curp-characters", `position ${i + 1}`)
  })
}

function birthDateOf(text: string): string {
  // Position 17 tells the century: a digit until 1999, a letter from 2000 on.
  const year = (/[0-9]/.test(text.charAt(16)) ? 1900 : 2000) + Number(text.slice(4, 6))
  const month = Number(text.slice(6, 8))
  const day = Number(text.slice(8, 10))
  const instant = new Date(Date.UTC(year, month - 1, day))
  if (instant.getUTCMonth() !== month - 1 || instant.getUTCDate() !== day) refuse("curp-date", "positions 5-10 are no date")
  return `${year}-${text.slice(6, 8)}-${text.slice(8, 10)}`
}

function keyWords(givenNames: string, firstSurname: string, secondSurname: string): [string, string, string] {
  const all = withoutParticles(words(givenNames))
  const given = all.length > 1 && COMMON.has(all[0] ?? "") ? withoutParticles(all.slice(1)) : all
  return [letters(withoutParticles(words(firstSurname))), letters(withoutParticles(words(secondSurname))), letters(given)]
}

function words(name: string): string[] {
  // Ñ counts as X before the accents go, or it would become N.
  const upper = name.normalize("NFC").toUpperCase().replaceAll("Ñ", "X")
  const bare = upper.normalize("NFKD").toUpperCase().replace(/\p{Mn}/gu, "")
  return bare.split(/[ \t\r\n]+/).filter((word) => word !== "")
}

function withoutParticles(all: readonly string[]): readonly string[] {
  const kept = all.findIndex((word) => !PARTICLES.has(word))
  return all.slice(kept === -1 ? -1 : kept)
}

/** The first word, with / for every character that is not a letter; / for no word at all. */
function letters(all: readonly string[]): string {
  return all[0]?.replace(/[^A-Z]/gu, "/") ?? "/"
}

function initial(word: string): string {
  return word.startsWith("/") ? "X" : word.charAt(0)
}

function vowel(word: string): string {
  return inner(word, /[AEIOU/]/)
}

function consonant(word: string): string {
  return inner(word, /[B-DF-HJ-NP-TV-Z/]/)
}

/** The first inner letter of a kind; a character that is no letter counts as X where it is met first. */
function inner(word: string, wanted: RegExp): string {
  const letter = wanted.exec(word.slice(1))?.[0] ?? "/"
  return letter === "/" ? "X" : letter
}

/** The vowel expected at position 2, given the three letters really around it. */
function vowelBeside(word: string, found: string): string {
  const letter = vowel(word)
  return INCONVENIENT.has(found.charAt(0) + letter + found.slice(2, 4)) ? "X" : letter
}
