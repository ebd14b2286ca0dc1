import { expect, it } from "vitest";
import { hasGlare, highlights } from "./highlights";

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

/** A desk under a lamp that shines on one side of it, grain and all; and what it looks like through glass with that lamp in it. */
function desk(lampSide: number): number[] {
  return Array.from({ length: 400 * 300 }, (_, at) => {
    const [x, y] = [at % 400, Math.floor(at / 400)];
    return Math.max(x, y) < lampSide ? 255 - (at % 3) : Math.round(90 + x / 5 + 20 * Math.sin(y / 9) + (at % 7));
  });
}

it("glare is told from a bright side of a desk, and from the dark", () => {
  const fileOf = (pixels: number[]): Uint8Array => Uint8Array.from([...header(400, 300), ...pixels]);
  expect(hasGlare(fileOf(desk(0)))).toBe(false);
  expect(hasGlare(fileOf(desk(60)))).toBe(true);
  expect(hasGlare(fileOf(new Array<number>(400 * 300).fill(40)))).toBe(false);
  const data = Uint8ClampedArray.from(desk(60).flatMap((level) => [level, level, level, 255]));
  expect(hasGlare({ data, width: 400, height: 300, colorSpace: "srgb" })).toBe(true);
  expect(hasGlare({ data: data.map((level, at) => (at % 4 === 3 ? 255 : Math.min(level, 120))), width: 400, height: 300, colorSpace: "srgb" })).toBe(false);
});
