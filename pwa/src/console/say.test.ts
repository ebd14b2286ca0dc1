import { describe, expect, test } from "vitest";
import words from "./es-MX.json";
import type { Task } from "./due";
import type { Key, Plan, Proposal } from "./facts";
import { awaitedText, digestText, hangingText, limitText, listText, proposalText, seriesListText, taskText, whenText } from "./say";
import { sayFailure } from "./words";

const DAY = 86_400;
const NOW = 1_795_000_000;
const plan: Plan = { now: NOW, keys: [], steps: [], diff: [], signers: { threshold: 2, holders: [] }, leadDays: 14, people: 2, backdatedDays: 0 };
const stage: Proposal = {
  id: "kp-1",
  action: "stage",
  kid: "abcdefghijkl",
  content: { key: { use: "pass", shard: 3 } },
  digest: "ab",
  state: "open",
  expiresAt: NOW,
  signedBy: [],
  missing: 1,
  difference: null,
};
const known: Key = {
  kid: "abcdefghijkl",
  use: "pass",
  shard: 0,
  state: "active",
  uri: "file:x",
  signFrom: NOW,
  handOverAt: null,
  signUntil: NOW + DAY,
  acceptUntil: NOW + DAY,
  publishedAt: NOW,
  frozenAt: null,
  isHalted: false,
  distrust: null,
  told: true,
  waitsFor: [],
  hanging: { credentials: 0, cards: 0, passes: 0, lists: 0, until: null },
};
const task: Task = { what: "stage", use: "pass", kids: ["abcdefghijkl"], shards: [0], dueAt: NOW, isDue: true, commands: [], by: "two", proposal: null };

describe("what the console says", () => {
  test("counts in Spanish", () => {
    expect(hangingText({ credentials: 1, cards: 0, passes: 4_281_306, lists: 0 })).toBe("1 credencial y 4,281,306 pases");
    expect(hangingText({ credentials: 0, cards: 0, passes: 0, lists: 0 })).toBe("nada");
    expect([listText([]), listText(["a"]), listText(["a", "b", "c"])]).toEqual(["", "a", "a, b y c"]);
  });

  test("names one series, and several", () => {
    expect([[2], [0, 1, 3]].map(seriesListText)).toEqual(["serie 2", "series 0, 1 y 3"]);
  });

  test("tells days near and limits", () => {
    expect([-5, -1, 0, 1, 15].map((days) => whenText(NOW + days * DAY, NOW))).toEqual(["hace 5 días", "ayer", "hoy", "mañana", "en 15 días"]);
    expect([30, 900, DAY, 7 * DAY].map(limitText)).toEqual(["30 s", "15 min", "24 h", "7 días"]);
  });

  test("names a task for one key and for several", () => {
    expect(taskText(task, plan)).toBe("Preparar la llave siguiente de pases");
    expect(taskText({ ...task, shards: [0, 1, 2, 3] }, plan)).toBe("Preparar 4 llaves siguientes de pases");
    expect(taskText({ ...task, what: "halted" }, plan)).toBe("Revisar por qué firmó mal la llave abcdefgh: no se firma nada de pases");
    expect(taskText({ ...task, what: "alarm", use: "root" }, plan)).toBe("Atender una alarma: la firma «raíz (root)»");
    expect(taskText({ ...task, what: "alarm", use: "status" }, plan)).toBe("Atender una alarma: las llaves de revocaciones");
    expect(taskText({ ...task, what: "alarm", use: "sealing" }, plan)).toBe("Atender una alarma: la llave que oculta los nombres");
    expect(taskText({ ...task, what: "alarm", use: "lists" }, plan)).toBe("Atender una alarma: las listas de revocaciones");
    expect(taskText({ ...task, what: "seal", use: "sealing" }, plan)).toBe("Renovar la llave que oculta los nombres: lo hace la publicación");
    expect(taskText({ ...task, what: "approve", proposal: stage }, plan)).toBe("Firmar: dar a conocer una llave nueva de pases, serie 3");
    expect(taskText({ ...task, what: "dance" }, plan)).toBe("Hacer esto: dance");
  });

  test("names the key whose distrust waits for the signatures of a draft, and says that verifiers believe it", () => {
    const draft: Task = { ...task, what: "draft", use: "targets", kids: [] };
    expect(taskText(draft, plan)).toBe("Juntar las firmas que faltan para publicar: la firma «listas (targets)»");
    const untold: Plan = { ...plan, keys: [{ ...known, shard: 2, state: "revoked", told: false }, known] };
    expect(taskText(draft, untold)).toBe("Juntar las firmas que faltan para quitar la confianza a la llave de pases, serie 2: los verificadores aún le creen");
    expect(taskText({ ...draft, use: "root" }, untold)).toBe("Juntar las firmas que faltan para publicar: la firma «raíz (root)»");
    expect(words["standing-untold"]).toBe("Decidida sin confianza, los verificadores aún le creen");
  });

  test("says whose signatures are awaited, or that it only has to be published", () => {
    const waiting = { number: 3, role: "targets", version: 2, needs: [{ missing: 2, holders: ["Ana", "Beto"] }], heldBy: "" };
    expect(awaitedText([waiting])).toBe("Faltan 2 de: Ana y Beto.");
    expect(awaitedText([])).toBe("Falta publicarlo: amate trust publish");
    expect(awaitedText([{ ...waiting, needs: [], heldBy: "root" }])).toBe("Espera a que se publique antes otra parte.");
    expect(awaitedText([{ ...waiting, needs: [] }])).toBe("Falta publicarlo: amate trust publish");
  });

  test("names a proposal that it does not know by its key", () => {
    expect(proposalText({ ...stage, action: "dance", content: {} }, plan)).toBe("Cambio de la llave abcdefgh");
  });

  test("groups a digest so that two people can read it to each other", () => {
    expect(digestText("0123456789ab")).toBe("0123 4567 89ab");
  });

  test("has the console's own sentence for a slug, else the shared one", () => {
    expect(sayFailure("same-person")).toBe(words["same-person"]);
    expect(sayFailure("too-many-requests")).toMatch(/^Fueron muchos/);
    expect(sayFailure("never-heard-of")).toMatch(/^Algo salió mal/);
  });
});
