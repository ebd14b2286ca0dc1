import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createTurns } from "./turns";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A work that ends when it is told to. */
function held(): { work: Promise<void>; end(): void } {
  let end = (): void => undefined;
  const work = new Promise<void>((resolve) => (end = resolve));
  return { work, end: () => end() };
}

it("scans are at work one after the other, in their order", async () => {
  const turns = createTurns(() => undefined);
  const first = held();
  const said: string[] = [];
  const done = [
    turns.take(async () => {
      said.push("first begins");
      await first.work;
      said.push("first ends");
    }),
    turns.take(() => Promise.resolve(void said.push("second"))),
  ];
  await vi.advanceTimersByTimeAsync(0);
  expect(said).toEqual(["first begins"]);
  first.end();
  await Promise.all(done);
  expect(said).toEqual(["first begins", "first ends", "second"]);
});

it("one that fails says so, and holds up none behind it", async () => {
  const turns = createTurns(() => undefined);
  const failed = turns.take(() => Promise.reject(new TypeError("no decoder")));
  const next = vi.fn(() => Promise.resolve());
  const done = turns.take(next);
  await expect(failed).rejects.toThrow("no decoder");
  await done;
  expect(next).toHaveBeenCalledOnce();
  expect(turns.isBusy()).toBe(false);
});

it("a scan belongs to who was here when it was made, not when its turn came, nor when it was judged", async () => {
  const turns = createTurns(() => undefined);
  const slow = held();
  const here: Record<string, boolean> = {};
  const note = (name: string) => (isHere: () => boolean) => slow.work.then(() => void (here[name] = isHere()));
  const before = [turns.take(note("at work as they left")), turns.take(note("in line as they left"))];
  await vi.advanceTimersByTimeAsync(0);
  turns.turnOver();
  const after = turns.take(note("of who came"));
  slow.end();
  await Promise.all([...before, after]);
  expect(here).toEqual({ "at work as they left": false, "in line as they left": false, "of who came": true });
});

it("is slow after a while, until none is at work", async () => {
  const said: boolean[] = [];
  const turns = createTurns((isSlow) => said.push(isSlow));
  const [first, second] = [held(), held()];
  const done = [turns.take(() => first.work), turns.take(() => second.work)];
  expect(turns.isBusy()).toBe(true);
  await vi.advanceTimersByTimeAsync(399);
  expect(said).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(said).toContain(true);
  first.end();
  await done[0];
  expect(said).not.toContain(false);
  second.end();
  await done[1];
  expect(said.at(-1)).toBe(false);
});

it("a quick one is never slow", async () => {
  const said: boolean[] = [];
  await createTurns((isSlow) => said.push(isSlow)).take(() => Promise.resolve());
  await vi.advanceTimersByTimeAsync(1000);
  expect(said).toEqual([false]);
});
