import { expect, test } from "vitest";
import { pausing } from "./pausing";

/** As much work as nobody else gets a turn in. */
function work(ms: number): void {
  for (const began = performance.now(); performance.now() - began < ms; );
}

test("after a little work everything else has its turn, and before that nothing waits", async () => {
  const pause = pausing();
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  await pause();
  expect(turns).toBe(0);
  work(20);
  await pause();
  expect(turns).toBeGreaterThan(0);
  const before = turns;
  await pause();
  expect(turns).toBe(before);
  clearInterval(timer);
});
