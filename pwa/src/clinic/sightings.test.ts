// What counters of a node tell each other, and that nothing of it tells of a scan.
import { createHash, createHmac } from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Verdict } from "../core/verdict";
import { REMEMBER_S } from "./seen";
import { HEARD_SLOTS, SENT_SLOTS, createSightings } from "./sightings";

vi.hoisted(() => vi.stubGlobal("navigator", { onLine: true }));

type Given = Pick<Verdict, "cti" | "person">;
const CURP = "HEGG560427MVZRRL04";
const KEYS = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] as const;
const CTI = "0123456789abcdef01234567";
const shown = (cti: string | null, curp?: string): Given => ({ cti, person: curp === undefined ? null : { name: "Guadalupe", curp } });
const other = (number: number): string => number.toString(16).padStart(24, "0");

const passTag = (cti: string): Buffer => createHash("sha256").update(`amate-sighting:${cti}`).digest().subarray(0, 16);
const personTag = (curp: string, key: Buffer = KEYS[0]): Buffer => createHmac("sha256", key).update(curp).digest().subarray(0, 16);
const slot = (tag: Buffer, age: number): string => Buffer.concat([tag, Buffer.of(age >> 8, age & 255)]).toString("base64url");

interface Body {
  readonly after: string;
  readonly sightings: string[];
}

let bodies: string[] = [];
const bodyOf = (index: number): Body => JSON.parse(bodies.at(index) ?? "null") as Body;
const agesIn = ({ sightings }: Body): number[] => sightings.map((text) => Buffer.from(text, "base64url").readUInt16BE(16));
const sentIn = (body: Body): string[] => body.sightings.filter((_, index) => agesIn(body)[index] !== 0xffff);

/** A node that tells these slots, and fillers for the rest. */
function answering(told: readonly string[] = [], changed: object = {}, status = 200): void {
  vi.stubGlobal("fetch", (_path: string, { body }: { body: string }) => {
    bodies.push(body);
    const fillers = Array.from({ length: HEARD_SLOTS - told.length }, () => slot(passTag("filler"), 0xffff));
    const answer = { keys: KEYS.map((key) => key.toString("base64url")), last: "00000000000000ff", sightings: [...told, ...fillers], ...changed };
    return Promise.resolve(new Response(JSON.stringify(answer), { status, headers: { "content-type": "application/json" } }));
  });
}

beforeEach(() => {
  bodies = [];
  answering();
});

describe("what a counter tells", () => {
  it("is of one length and so many slots, whatever was scanned", async () => {
    const one = createSightings();
    await one.exchange(100);
    one.note(shown(CTI, CURP), 101);
    await one.exchange(105);
    for (let n = 0; n < 40; n += 1) one.note(shown(other(n), CURP), 106);
    for (const now of [110, 115, 120, 125, 130, 135, 140]) await one.exchange(now);
    expect(new Set(bodies.map((body) => body.length)).size).toBe(1);
    expect(bodies.map((_, index) => bodyOf(index).sightings.length)).toEqual(bodies.map(() => SENT_SLOTS));
    expect(bodies.map((_, index) => sentIn(bodyOf(index)).length)).toEqual([0, 2, 16, 16, 16, 16, 16, 0, 0]);
    const fillers = bodies.flatMap((_, index) => bodyOf(index).sightings.filter((one) => !sentIn(bodyOf(index)).includes(one)));
    expect(new Set(fillers).size, "no filler is like another").toBe(fillers.length);
  });

  it("is tags and ages: no name, no CURP, no cti", async () => {
    const one = createSightings();
    await one.exchange(100);
    one.note(shown(CTI, CURP), 103);
    await one.exchange(105);
    expect(sentIn(bodyOf(-1))).toEqual([slot(passTag(CTI), 2), slot(personTag(CURP), 2)]);
    expect(Object.keys(bodyOf(-1))).toEqual(["after", "sightings"]);
    for (const body of bodies) expect(body).not.toMatch(new RegExp(`${CTI}|${CURP}|Guadalupe`));
  });

  it("is of people only once the node gave a key, and of what has none nothing", async () => {
    const one = createSightings();
    one.note(shown(CTI, CURP), 100);
    one.note({ cti: null, person: { hint: "GHG 0427" } }, 100);
    await one.exchange(101);
    await one.exchange(106);
    expect(sentIn(bodyOf(0))).toEqual([slot(passTag(CTI), 1)]);
    expect(sentIn(bodyOf(1))).toEqual([slot(personTag(CURP), 6)]);
  });

  it("waits for a node that does not answer, as long as it would be remembered", async () => {
    const one = createSightings();
    one.note(shown(CTI), 100);
    answering([], {}, 503);
    await one.exchange(105);
    answering();
    await one.exchange(110);
    await one.exchange(115);
    expect(bodies.map((_, index) => sentIn(bodyOf(index)))).toEqual([[slot(passTag(CTI), 5)], [slot(passTag(CTI), 10)], []]);
    one.note(shown(CTI), 120);
    await one.exchange(121 + REMEMBER_S);
    expect(sentIn(bodyOf(-1))).toEqual([]);
  });
});

it("of what waits for a node that does not answer so much is kept, the newest", async () => {
  const one = createSightings();
  for (let n = 0; n < 600; n += 1) one.note(shown(other(n)), 100);
  for (let n = 0; n < 40; n += 1) await one.exchange(100);
  const sent = bodies.flatMap((_, index) => sentIn(bodyOf(index)));
  expect([sent.length, sent.at(0), sent.at(-1)]).toEqual([512, slot(passTag(other(88)), 0), slot(passTag(other(599)), 0)]);
});

describe("what a counter hears", () => {
  it("is how long ago another one saw the pass, or its person with another one", async () => {
    const one = createSightings();
    answering([slot(passTag(CTI), 30), slot(personTag(CURP), 30)]);
    await one.exchange(100);
    expect(await one.find(shown(CTI, CURP), 110)).toEqual({ ageS: 40, what: "pass" });
    expect(await one.find(shown(other(1), CURP), 110)).toEqual({ ageS: 40, what: "person" });
    expect(await one.find(shown(other(1), "MXAS521013MHGNMC06"), 110)).toBeNull();
    expect(await one.find(shown(null), 110)).toBeNull();
  });

  it("holds for people whose tag is under the key of the day before", async () => {
    const one = createSightings();
    answering([slot(personTag(CURP, KEYS[1]), 3)]);
    await one.exchange(100);
    expect(await one.find(shown(CTI, CURP), 100)).toEqual({ ageS: 3, what: "person" });
  });

  it("is forgotten after the time that it remembers its own", async () => {
    const one = createSightings();
    answering([slot(passTag(CTI), REMEMBER_S - 10), slot(passTag(other(1)), REMEMBER_S + 1)]);
    await one.exchange(1000);
    expect(await one.find(shown(CTI), 1010)).toEqual({ ageS: REMEMBER_S, what: "pass" });
    expect(await one.find(shown(CTI), 1011)).toBeNull();
    expect(await one.find(shown(other(1)), 1000)).toBeNull();
  });

  it("is asked after from where the node left off", async () => {
    const one = createSightings();
    await one.exchange(100);
    await one.exchange(105);
    expect([bodyOf(0).after, bodyOf(1).after]).toEqual(["0000000000000000", "00000000000000ff"]);
  });

  it.each([{ sightings: [] }, { keys: [] }, { last: "ff" }, { last: 5 }, { sightings: Array.from({ length: HEARD_SLOTS }, () => "<b>") }, { keys: ["=", "="] }])(
    "is nothing where it is not what a node tells: %j",
    async (changed) => {
      const one = createSightings();
      answering([slot(passTag(CTI), 1)], changed);
      await one.exchange(100);
      expect(await one.find(shown(CTI), 100)).toBeNull();
      await one.exchange(105);
      expect(bodyOf(-1).after).toBe("0000000000000000");
    },
  );
});
