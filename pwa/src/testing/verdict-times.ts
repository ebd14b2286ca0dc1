// Measures verdicts in two worlds in turn, so that whatever else the machine does touches both alike.
import { readFileSync } from "node:fs"
import type { ClinicFacts } from "../core/entitlement"
import { verdictOn, worldsOf } from "./worlds"
import type { WorldForm } from "./worlds"

interface Measured {
  readonly now: number
  readonly clinic: ClinicFacts
  readonly rounds: number
  readonly deployments: readonly [Deployment, Deployment]
}

interface Deployment {
  readonly world: WorldForm
  readonly texts: readonly string[]
}

/** Seconds of a verdict in the two deployments of a file: the first's median, and that with the median of what the second adds. */
export const verdictTimes = async (path: string): Promise<readonly number[]> => {
  const { deployments, rounds, now, clinic } = JSON.parse(readFileSync(path, "utf8")) as Measured
  const worlds = await worldsOf({ 0: deployments[0].world, 1: deployments[1].world })
  const people = deployments[0].texts.length
  const firsts: number[] = []
  const added: number[] = []

  const seconds = async (place: 0 | 1, at: number): Promise<number> => {
    const text = deployments[place].texts[at % people] ?? ""
    const began = performance.now()
    const told = await verdictOn({ text, world: String(place), now, clinic }, worlds)
    if (told.verdict !== "valid") throw new Error(told.reasons.join(", "))
    return (performance.now() - began) / 1000
  }

  for (let at = 0; at < rounds * people; at += 1) {
    const isTurned = at % 2 === 1 // whoever comes second has the warmer cache
    const before = isTurned ? await seconds(1, at) : await seconds(0, at)
    const after = isTurned ? await seconds(0, at) : await seconds(1, at)
    const [first, second] = isTurned ? [after, before] : [before, after]
    if (at < people) continue
    firsts.push(first)
    added.push(second - first)
  }
  return [median(firsts), median(firsts) + median(added)]
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN
