import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { vectorsOf } from "../testing/vectors"
import { verdictOn, worldsOf } from "../testing/worlds"
import type { QuestionForm, WorldForm } from "../testing/worlds"
import { bytesFromText, textFromBytes } from "./encoding"
import type { Verdict } from "./verdict"

const vectors = vectorsOf("verdict")
const worlds = await worldsOf(vectors["worlds"] as Record<string, WorldForm | null>)

const entitlementForm = (answer: Verdict["entitlement"]): unknown =>
  answer && {
    status: answer.status,
    payer: answer.payer,
    payer_label: answer.payerLabel,
    attend: answer.attend,
    services: answer.services,
    until_day: answer.untilDay,
    rule: answer.rule,
    rule_version: answer.ruleVersion,
  }

const verdictForm = (given: Verdict): unknown => ({
  verdict: given.verdict,
  reasons: given.reasons,
  demo: given.demo,
  profile: given.profile,
  person: given.person,
  entitlement: entitlementForm(given.entitlement),
  assigned_clinic: given.assignedClinic,
  trust_age_s: given.trustAgeS,
  status_age_s: given.statusAgeS,
  clock_skew_s: given.clockSkewS,
  cti: given.cti,
})

const questionOf = (row: { input: unknown; now?: number }): QuestionForm => ({
  ...(row.input as QuestionForm),
  now: row.now ?? 0,
})

describe("shared vectors", () => {
  it.each(vectors.cases.map((row) => [row.id, row] as const))("%s", async (_, row) => {
    const given = await verdictOn(questionOf(row), worlds)
    expect(given.verdict).toBe(row.expect)
    expect(verdictForm(given)).toEqual(row.output)
  })
})

const good = vectors.cases.filter((row) => row.expect === "valid" || row.expect === "check_identity").map(questionOf)

describe("a verdict", () => {
  it("is never good when any byte is changed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...good), fc.nat(), fc.integer({ min: 1, max: 255 }), async (question, place, flip) => {
        const raw = bytesFromText(question.text)
        const at = place % raw.length
        raw[at] = raw[at]! ^ flip
        const { verdict } = await verdictOn({ ...question, text: textFromBytes(raw) }, worlds)
        expect(["not_valid", "not_a_pass"]).toContain(verdict)
      }),
      { numRuns: 500 },
    )
  })

  it("is given for every text, in every world", async () => {
    const texts = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^1[0-9]*$/), fc.uint8Array({ maxLength: 600 }).map(textFromBytes))
    await fc.assert(
      fc.asyncProperty(texts, fc.constantFrom(...worlds.keys(), null), fc.integer(), async (text, world, now) => {
        const { verdict } = await verdictOn({ text, world, now }, worlds)
        expect(["not_a_pass", "not_valid", "stale"]).toContain(verdict)
      }),
      { numRuns: 500 },
    )
  })

  it("carries nothing about a person when it is negative", async () => {
    for (const row of vectors.cases) {
      const given = await verdictOn(questionOf(row), worlds)
      if (given.verdict.startsWith("not_")) {
        expect(given).toMatchObject({ person: null, entitlement: null, assignedClinic: null, cti: null })
      }
    }
  })
})
