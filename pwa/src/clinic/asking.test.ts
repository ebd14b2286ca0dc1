import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Verdict } from "../core/verdict";
import { ask, settle, stopAsking, waiting } from "./asking";
import { asked, missed } from "./state";

vi.hoisted(() => vi.stubGlobal("navigator", { onLine: true }));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  stopAsking();
  vi.useRealTimers();
});

/** A phone that answers like this, at a counter that judges by the challenge that it gave out. */
function phoneThatAnswers(answer: string | null): (challenge: string | null) => Promise<Verdict> {
  return (challenge) => {
    const reasons = challenge === null ? ["clock-skewed"] : challenge === answer ? ["challenge-met"] : ["challenge-unanswered", "clock-skewed"];
    return Promise.resolve({ verdict: reasons[0] === "challenge-met" ? "valid" : "check_identity", reasons, profile: 1 } as unknown as Verdict);
  };
}

const refused = { verdict: "not_valid", reasons: ["revoked"] } as unknown as Verdict;
const challenge = (): string => waiting()?.challenge ?? "none";

test("an answer is good once: the same picture again is judged by its time", async () => {
  ask();
  const phone = phoneThatAnswers(challenge());
  expect((await settle(phone)).verdict).toBe("valid");
  expect(waiting()).toBeNull();
  expect(await settle(phone)).toMatchObject({ verdict: "check_identity", reasons: ["clock-skewed"] });
});

test("e01: of two pictures of one answer that are judged side by side, one is green", async () => {
  ask();
  const phone = phoneThatAnswers(challenge());
  const verdicts = await Promise.all(Array.from({ length: 5 }, () => settle(phone)));
  expect(verdicts.map(({ verdict }) => verdict).sort()).toEqual(["check_identity", "check_identity", "check_identity", "check_identity", "valid"]);
});

test("e01: an answer to the question before is none to this one", async () => {
  ask();
  const phone = phoneThatAnswers(challenge());
  const before = asked.value!;
  stopAsking();
  ask();
  asked.value = { ...asked.value!, challenge: before.challenge === "000000" ? "000001" : "000000" };
  expect((await settle(phone)).reasons).toEqual(["challenge-unanswered", "clock-skewed"]);
  expect(waiting()).not.toBeNull();
});

test("an answer after two minutes comes too late, also when it was seen before and judged slowly", async () => {
  ask();
  const phone = phoneThatAnswers(challenge());
  vi.advanceTimersByTime(119_000);
  expect(waiting()).not.toBeNull();
  const slow = settle(async (given) => {
    if (given !== null) vi.advanceTimersByTime(2_000);
    return phone(given);
  });
  expect((await slow).reasons).toEqual(["clock-skewed"]);
  expect(waiting()).toBeNull();
  expect((await settle(phone)).verdict).toBe("check_identity");
});

test("a question that is called off while a code is judged takes no answer", async () => {
  ask();
  const phone = phoneThatAnswers(challenge());
  const given = settle(phone);
  stopAsking();
  expect((await given).reasons).toEqual(["clock-skewed"]);
});

test("a code that does not answer leaves the question open; a refusal ends it", async () => {
  ask();
  const first = challenge();
  await settle(phoneThatAnswers(null));
  expect(challenge()).toBe(first);
  ask();
  expect(challenge()).toBe(first);
  await settle(() => Promise.resolve(refused));
  expect(waiting()).toBeNull();
});

test("a code of one use is judged once, whatever becomes of the question meanwhile", async () => {
  ask();
  const judge = vi.fn(() => Promise.resolve({ verdict: "check_identity", reasons: ["challenge-unanswered"], profile: 2 } as unknown as Verdict));
  const given = settle(judge);
  stopAsking();
  await given;
  expect(judge).toHaveBeenCalledOnce();
});

test("a new question begins with nothing missed", () => {
  missed.value = "1234";
  ask();
  expect(missed.value).toBeNull();
});
