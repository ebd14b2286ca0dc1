/** What the console does: enter, keep its facts fresh, and carry each act to the server and its consequence to the screen. */
import { readClock, restoreClock } from "../device/clock";
import { slugOf } from "../device/failure";
import { keepFace } from "../device/keep-face";
import { demoLogin } from "../device/session";
import { get, put, remove } from "../device/store";
import { watchUpdates } from "../device/updates";
import { askSession, leaveSession, openSession, session } from "../ui/entrance";
import { carryOut, factsOf, fetchFacts, fetchTable, freeze, propose, signProposal, signProposalInDemo, tableOf, withdraw, type Change, type Details, type SaidFacts } from "./actions";
import { placeOf, toIncident, toProposal } from "./place";
import {
  READERS,
  actFailure,
  busy,
  facts,
  hasNetwork,
  isLoading,
  isReady,
  loadFailure,
  now,
  place,
  rules,
  rulesFailure,
  waitingRelease,
  type Busy,
} from "./state";

const KEPT = "console";
const KEPT_RULES = "console-rules";
const REFRESH_MS = 60_000;
/** Where another person is waited for. */
const WAITING_REFRESH_MS = 10_000;
const TICK_MS = 30_000;

export async function start(): Promise<void> {
  follow();
  const [isKnown] = await Promise.all([openSession(), restore(), restoreClock()]);
  tick();
  isReady.value = isKnown;
  await ask();
  isReady.value = true;
  await refresh();
  await Promise.all([keepFace("console"), watchUpdates((release) => (waitingRelease.value = release))]);
}

function follow(): void {
  place.value = placeOf(location.hash);
  addEventListener("hashchange", () => {
    actFailure.value = null;
    place.value = placeOf(location.hash);
    if (showsRules()) void refresh();
  });
  const network = (): void => {
    hasNetwork.value = navigator.onLine;
    if (navigator.onLine) void refresh();
  };
  addEventListener("online", network);
  addEventListener("offline", network);
  document.addEventListener("visibilitychange", () => void refreshIfSeen());
  setInterval(() => void refreshIfSeen(), WAITING_REFRESH_MS);
  setInterval(tick, TICK_MS);
}

let refreshedAtMs = -Infinity;

async function refreshIfSeen(): Promise<void> {
  const isWaiting = place.value.kind === "proposal" || place.value.kind === "incident";
  const age = performance.now() - refreshedAtMs;
  if (document.visibilityState === "visible" && age >= (isWaiting ? WAITING_REFRESH_MS : REFRESH_MS) - 500) await refresh();
}

/** Without an answer the kept session holds, for looking only. */
async function ask(): Promise<void> {
  const slug = await askSession();
  if (slug === "offline" || slug === "timeout") loadFailure.value = slug;
}

let running: Promise<void> | null = null;

/** Brings the facts up to date, joining what is under way; what was here stays when that fails. */
export function refresh(): Promise<void> {
  running ??= load().finally(() => {
    running = null;
    isLoading.value = false;
  });
  return running;
}

async function load(): Promise<void> {
  if (!READERS.has(session.value?.staff?.role ?? "")) return;
  isLoading.value = true;
  refreshedAtMs = performance.now();
  try {
    const said = await fetchFacts();
    facts.value = factsOf(said);
    loadFailure.value = null;
    tick();
    await keep(KEPT, said);
    if (showsRules()) await loadRules();
  } catch (error) {
    await noteFailure(slugOf(error));
  }
}

/** Whether the page says rules: theirs, and that of a proposal to change them. */
function showsRules(): boolean {
  const at = place.value;
  if (at.kind !== "proposal") return at.kind === "rules";
  return facts.value?.proposals.find(({ id }) => id === at.id)?.action === "table";
}

/** The decision table, where it is shown; what was here stays when that fails. */
async function loadRules(): Promise<void> {
  try {
    const said = await fetchTable();
    rules.value = { table: tableOf(said), at: now.value };
    rulesFailure.value = null;
    await keep(KEPT_RULES, { said, at: now.value });
  } catch (error) {
    rulesFailure.value = slugOf(error);
  }
}

function tick(): void {
  now.value = readClock().now;
}

async function noteFailure(slug: string): Promise<void> {
  if (slug === "not-logged-in") await ask();
  else loadFailure.value = slug;
}

/** For the next opening without a network; a machine without room shows it all the same. */
async function keep(name: string, said: unknown): Promise<void> {
  await put("settings", name, said).catch(() => undefined);
}

async function restore(): Promise<void> {
  try {
    const kept = await get("settings", KEPT);
    if (kept !== undefined) facts.value = factsOf(kept as SaidFacts);
    const keptRules = (await get("settings", KEPT_RULES)) as { said: unknown; at: number } | undefined;
    if (keptRules !== undefined) rules.value = { table: tableOf(keptRules.said), at: keptRules.at };
  } catch {
    // Of another release, or not to be read: the server says it anew.
  }
}

export async function leave(): Promise<void> {
  facts.value = null;
  rules.value = null;
  await Promise.all([leaveSession(), ...[KEPT, KEPT_RULES].map((name) => remove("settings", name).catch(() => undefined))]);
}

let acting: Promise<unknown> = Promise.resolve();

/** Does one thing after the other; what is under way already is not begun again. Returns: whether it was done */
function act(what: Busy, work: () => Promise<unknown>): Promise<boolean> {
  if (busy.value === what) return Promise.resolve(false);
  const turn = acting.then(() => doAndLook(what, work));
  acting = turn;
  return turn;
}

/** Does a thing, and looks at what became of it. */
async function doAndLook(what: Busy, work: () => Promise<unknown>): Promise<boolean> {
  busy.value = what;
  actFailure.value = null;
  try {
    await work();
  } catch (error) {
    actFailure.value = slugOf(error);
  }
  await running; // began before the act
  await refresh();
  busy.value = null;
  return actFailure.value === null;
}

/** Proposes a change and asks whoever proposed it for their signature. Returns: whether it was proposed */
export async function proposeChange(action: Change, kid: string, details?: Details): Promise<boolean> {
  let id = "";
  const isDone = await act("propose", async () => {
    ({ id } = await propose(action, kid, details));
  });
  if (isDone) location.href = toProposal(id);
  return isDone;
}

/** The same in one press where time counts: the proposal stays when the signature does not come. */
export function proposeAndSign(kid: string, reason: string, isByClick: boolean): Promise<boolean> {
  return act("propose", async () => {
    const { id } = await propose("revoke", kid, { reason });
    await (isByClick ? signProposalInDemo(id) : signProposal(id));
  });
}

export const sign = (id: string): Promise<boolean> => act("sign", () => signProposal(id));
export const signByClick = (id: string): Promise<boolean> => act("sign-demo", () => signProposalInDemo(id));
export const carryOutProposal = (id: string): Promise<boolean> => act("carry-out", () => carryOut(id));
export const withdrawProposal = (id: string): Promise<boolean> => act("withdraw", () => withdraw(id));

export async function freezeKey(kid: string, reason: string): Promise<void> {
  if (await act("freeze", () => freeze(kid, reason))) location.href = toIncident(kid, reason);
}

/** Goes on as the other person of a demonstration. */
export function becomeOther(): Promise<boolean> {
  return act("other-person", async () => {
    const before = session.value?.staff?.name;
    const second = await demoLogin("security", true);
    if (second.name === before) await demoLogin("security");
    await ask();
  });
}
