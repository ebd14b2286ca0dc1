import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOfText, header, tarOf } from "../testing/tar";
import { filesInTar } from "./tar";

const REFUSED = { slug: "not-a-pack-file" };
const LONG = `published/status/revocations/${"a".repeat(64)}-${"b".repeat(64)}`;
const contents = (raw: Uint8Array<ArrayBuffer>): [string, string][] =>
  [...filesInTar(raw)].map(([name, content]) => [name, Buffer.from(content).toString("latin1")]);

/** As the system's own tar writes these files. */
function byTar(files: Readonly<Record<string, string>>, ...options: string[]): Uint8Array<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), "amate-tar-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return Uint8Array.from(execFileSync("tar", ["-C", folder, "-c", ...options, ...Object.keys(files)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a tar file", () => {
  test.each([
    ["ustar", `${"folder/".repeat(20)}name`, []],
    ["posix", LONG, ["--pax-option=delete=atime,delete=ctime,delete=mtime"]],
  ])("of the system's tar, %s, is read whole", (format, long, more) => {
    const files = { "anchor.json": "{}", "published/trust/1.root.json": "x".repeat(1024), empty: "", [long]: "delta" };
    expect(contents(byTar(files, `--format=${format}`, ...more))).toEqual(Object.entries(files));
  });

  test("holds whatever was put into it, in order", () => {
    const file = fc.tuple(fc.stringMatching(/^[a-z0-9./-]{1,140}$/), fc.uint8Array({ maxLength: 1500 }));
    fc.assert(
      fc.property(fc.uniqueArray(file, { selector: ([name]) => name, maxLength: 6 }), (files) => {
        const found = filesInTar(tarOf(files.map(([name, content]) => [name, Uint8Array.from(content)])));
        expect([...found].map(([name, content]) => [name, [...content]])).toEqual(files.map(([name, content]) => [name, [...content]]));
      }),
    );
  });

  const whole = tarOf([["one", bytesOfText("1")], [LONG, bytesOfText("2")]]);
  const end = new Uint8Array(1024);
  const join2 = (...parts: Uint8Array[]): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.concat(parts));

  test.each<[string, Uint8Array<ArrayBuffer>]>([
    ["nothing", new Uint8Array()],
    ["no tar file", bytesOfText("a".repeat(2048))],
    ["a gzip file", Uint8Array.from([0x1f, 0x8b, ...new Uint8Array(2046)])],
    ["no end", whole.slice(0, whole.length - 1024)],
    ["half an end", whole.slice(0, whole.length - 512)],
    ["something behind its end", join2(whole, bytesOfText("1"))],
    ["a file twice", tarOf([["one", bytesOfText("1")], ["one", bytesOfText("2")]])],
    ["a link", join2(header("one", 0, "2"), end)],
    ["a folder", join2(header("one", 0, "5"), end)],
    ["a name of GNU's", join2(header("one", 0, "L"), end)],
    ["a size below zero", join2(header("one", 0, "0", "-0000001000"), end)],
    ["a size in bytes of another base", join2(header("one", 0, "0", "\u0080\0\0\0\0\0\0\0\0\0\0\u0001"), end)],
    ["a size of no number", join2(header("one", 0, "0", ""), end)],
    ["a size beyond its end", join2(header("one", 2 ** 32), end)],
    ["an empty name", join2(header("x", 0, "x"), header("one", 0), end)],
    ["a name without a file", join2(header("x", 10, "x"), block("10 path=a\n"), end)],
    ["two names for a file", join2(header("x", 10, "x"), block("10 path=a\n"), header("x", 10, "x"), block("10 path=b\n"), header("one", 0), end)],
    ["a name of another length", join2(header("x", 10, "x"), block("11 path=a\n"), header("one", 0), end)],
    ["another record than a name", join2(header("x", 10, "x"), block("10 size=9\n"), header("one", 0), end)],
    ["two records", join2(header("x", 20, "x"), block("10 path=a\n10 path=b\n"), header("one", 0), end)],
    ["more files than a pack", tarOf(Array.from({ length: 8193 }, (_, n) => [String(n), new Uint8Array()]))],
  ])("with %s is refused", (_, raw) => {
    expect(() => filesInTar(raw)).toThrow(expect.objectContaining(REFUSED) as Error);
  });

  test("whose header was changed anywhere is refused", () => {
    for (let at = 0; at < 512; at += 1) {
      if (at === 155) continue; // a space behind its sum, which nobody counts
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => filesInTar(changed), String(at)).toThrow(expect.objectContaining(REFUSED) as Error);
    }
  });

  test("of any bytes ends, and is refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(511), fc.nat(255), (noise, at, byte) => {
        fc.pre(at !== 155);
        const spoilt = whole.slice();
        spoilt[at] = byte;
        for (const raw of [Uint8Array.from(noise), spoilt]) {
          if (raw.every((each, n) => each === whole[n]) && raw.length === whole.length) continue;
          try {
            filesInTar(raw);
            expect(raw.every((each) => each === 0)).toBe(true);
          } catch (error) {
            expect(error).toMatchObject(REFUSED);
          }
        }
      }),
    );
  });
});

function block(text: string): Uint8Array {
  const bytes = new Uint8Array(512);
  bytes.set(bytesOfText(text));
  return bytes;
}
