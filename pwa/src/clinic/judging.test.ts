import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openSigned, type SignedRevocations } from "../core/standing";
import { makeTrust, parseIssuers, parsePolicy } from "../core/trust";
import { forgetClock } from "../device/clock";
import type { KeptRevocations } from "../device/trust-store";
import { TestIssuer } from "../testing/issuer";
import { fileOf, sha256 } from "../testing/revocations-folder";
import { SIGNED_AT } from "../testing/tuf-repository";
import { judge } from "./judging";
import type { World } from "./world";

const INDEX = 7; // of every pass of the issuer's
const NOW = SIGNED_AT + 60;

beforeEach(() => {
  forgetClock();
  vi.useFakeTimers({ toFake: ["Date"], now: NOW * 1000 });
});
afterEach(() => void vi.useRealTimers());

/** A machine without lists, on which the country's revocations are still being opened. */
async function worldOf(opened: Promise<SignedRevocations | null>): Promise<{ world: World; text: string }> {
  const issuer = new TestIssuer();
  const documents = issuer.documents();
  const issuers = await parseIssuers(documents["issuers.json"]!);
  const trust = makeTrust(issuers, parsePolicy(documents["policy.json"]!), { refreshedAt: NOW, floor: 0, sealing: new Map() });
  const revocations = { opened } as KeptRevocations;
  return { world: { trust, status: new Map(), statusAt: null, revocations, directory: null, sealedAt: null }, text: await issuer.shown(NOW) };
}

async function opened(indices: number[]): Promise<SignedRevocations> {
  const file = fileOf([indices]);
  const said = { uri: "", iat: NOW, exp: NOW + 60, ttl: 60, lists: 1, sha256: sha256(file), size: file.length, deltas: [] };
  return openSigned(said, file);
}

test("a scan right after the start waits for what only the country's revocations tell", async () => {
  let ready: (signed: SignedRevocations | null) => void = () => undefined;
  const { world, text } = await worldOf(new Promise((resolve) => (ready = resolve)));
  const given = judge(text, { known: world, here: null, challenge: null });
  ready(await opened([INDEX]));
  expect(await given).toMatchObject({ verdict: "not_valid", reasons: ["revoked"] });
});

test("what they do not name is not revoked; and where they cannot be opened, that is not known", async () => {
  const told = async (signed: SignedRevocations | null): Promise<unknown> => {
    const { world, text } = await worldOf(Promise.resolve(signed));
    return (await judge(text, { known: world, here: null, challenge: null })).reasons[0];
  };
  expect(await told(await opened([INDEX + 1]))).toBe("identity-sealed");
  expect(await told(null)).toBe("status-missing");
});
