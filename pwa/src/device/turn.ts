/** Two tabs that do the same thing at once would each keep a part of what the other has not seen: one after the other. */
export function inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  return typeof navigator !== "undefined" && "locks" in navigator ? navigator.locks.request(name, work) : work();
}
