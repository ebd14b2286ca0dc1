/** Long work in pieces that nobody notices. */

/** Of work before anything else has its turn; on a phone six times slower a piece may take six times as long. */
const WORK_MS = 4;

/** What is awaited between two pieces of work: once they took long enough, everything else comes first. */
export function pausing(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < WORK_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    began = performance.now();
  };
}
