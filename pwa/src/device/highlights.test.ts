import { expect, it } from "vitest";
import { highlights } from "./highlights";

const header = (width: number, height: number): number[] => [...new TextEncoder().encode(`P5 ${width} ${height} 255\n`)];

it("ink under a lamp stands out of its paper", () => {
  const bright = new Array<number>(15 * 15).fill(255);
  for (let at = 0; at < bright.length; at += 1) if (at % 15 > 7) bright[at] = 243;
  const [white = 0, grey = 0] = [7 * 15 + 3, 7 * 15 + 11].map((at) => highlights(Uint8Array.from([...header(15, 15), ...bright])).at(header(15, 15).length + at));
  expect(white).toBe(255);
  expect(white - grey).toBeGreaterThan(4 * (255 - 243));
});

it("what is dim is spread by its own brightest, and colours by their light", () => {
  const data = new Uint8ClampedArray(4 * 100).fill(40);
  for (let at = 0; at < 50; at += 1) data.fill(0, 4 * at, 4 * at + 3);
  const found = highlights({ data, width: 10, height: 10, colorSpace: "srgb" });
  expect([...found.subarray(0, header(10, 10).length)]).toEqual(header(10, 10));
  expect([found.at(header(10, 10).length + 22), found.at(-12)]).toEqual([0, 255]);
});

it("the picture itself stays as it is", () => {
  const picture = Uint8Array.from([...header(4, 4), ...new Array<number>(16).fill(200)]);
  const before = picture.slice();
  highlights(picture);
  expect(picture).toEqual(before);
});
