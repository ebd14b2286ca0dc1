import { readFileSync } from "node:fs"
import fc from "fast-check"
import { expect, test } from "vitest"
import { birthDay, build, expectedLetters, mismatches, normalise, type Particulars, STATES, validate } from "./curp"
import { Malformed } from "./errors"

interface RawPerson {
  given_names: string
  first_surname: string
  second_surname: string
  sex: string
  birth_date: string
  birth_state: string
}
type Case = { id: string; expect: string; output?: unknown } & (
  | { call: "normalise" | "validate" | "birth_day"; input: string }
  | { call: "expected_letters"; input: RawPerson }
  | { call: "mismatches"; input: { curp: string; person: RawPerson } }
  | { call: "build"; input: { person: RawPerson; homoclave: string } }
)

const vectors = JSON.parse(
  readFileSync(new URL("../../../tests/vectors/curp.json", import.meta.url), "utf8"),
) as { cases: Case[] }

const personOf = (raw: RawPerson): Particulars => ({
  givenNames: raw.given_names,
  firstSurname: raw.first_surname,
  secondSurname: raw.second_surname,
  sex: raw.sex,
  birthDate: raw.birth_date,
  birthState: raw.birth_state,
})

function answer(item: Case): unknown {
  switch (item.call) {
    case "normalise":
      return normalise(item.input)
    case "birth_day":
      return birthDay(item.input)
    case "validate": {
      const { text, birthDate, sex, state } = validate(item.input)
      return { text, birth_date: birthDate, sex, state }
    }
    case "expected_letters": {
      const { given_names, first_surname, second_surname } = item.input
      const letters = expectedLetters(given_names, first_surname, second_surname)
      return { first_four: letters.firstFour, consonants: letters.consonants }
    }
    case "mismatches":
      return mismatches(validate(item.input.curp), personOf(item.input.person))
    case "build":
      return build(personOf(item.input.person), item.input.homoclave)
  }
}

test.each(vectors.cases.map((item) => [item.id, item] as const))("%s", (_, item) => {
  if (item.expect === "valid") {
    expect(answer(item)).toEqual(item.output)
  } else {
    expect(() => answer(item)).toThrow(expect.objectContaining({ slug: item.expect }))
  }
})

const name = fc.string({ unit: fc.constantFrom(...Array.from("ABCDEINÑOUXZÁÜ'/-. ")), maxLength: 20 })
const born = fc
  .date({ min: new Date("1900-01-01T00:00:00Z"), max: new Date("2099-12-31T00:00:00Z"), noInvalidDate: true })
  .map((instant) => instant.toISOString().slice(0, 10))

test("every CURP that we build agrees with the person", () => {
  const person = fc.record({
    givenNames: name,
    firstSurname: name,
    secondSurname: name,
    sex: fc.constantFrom("H", "M", "X"),
    birthDate: born,
    birthState: fc.constantFrom(...STATES),
  })
  fc.assert(
    fc.property(person, (someone) => {
      expect(mismatches(validate(build(someone)), someone)).toEqual([])
    }),
  )
})

test("any other text is refused with a slug, never with another error", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 20 }), (text) => {
      try {
        validate(normalise(text))
      } catch (error) {
        expect(error).toBeInstanceOf(Malformed)
      }
    }),
  )
})
