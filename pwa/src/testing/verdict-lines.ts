// Answers questions given as JSON lines, for a comparison of the two cores on many texts.
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { verdictOn, worldsOf } from "./worlds"
import type { QuestionForm, WorldForm } from "./worlds"

/**
 * One line {verdict, reasons, status_age_s} for each line {text, world, now, clinic?, service?, single_use?, challenge?} of standard input.
 *
 * vectorsPath: a verdict.json, whose worlds the questions name
 */
export const answerLines = async (vectorsPath: string): Promise<void> => {
  const vectors = JSON.parse(readFileSync(vectorsPath, "utf8")) as { worlds: Record<string, WorldForm | null> }
  const worlds = await worldsOf(vectors.worlds)
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const { verdict, reasons, statusAgeS } = await verdictOn(JSON.parse(line) as QuestionForm, worlds)
    process.stdout.write(`${JSON.stringify({ verdict, reasons, status_age_s: statusAgeS })}\n`)
  }
}
