/** How old is what this machine decides by, and a way to renew it now. */
import type { VNode } from "preact";
import { isClockProven, readClock, readVerifierClock } from "../../device/clock";
import { Button, ListItem, momentText, Notice, Sheet, slugText } from "../../ui";
import { enterAgain } from "../actions";
import { forgetConflicts, sendAgain, syncNow } from "../renewing";
import { carrying, filedAt, filing, isOnline, isSending, now, outbox, outcome, panel, stuck, sync, trustAgeS, world } from "../state";
import { ageWords } from "../view";
import { t, type WordKey } from "../words";
import { PackFile } from "./pack-file";

function ago(ageS: number | null): string {
  return ageS === null ? t("data-never") : t("data-ago", { age: ageWords(ageS) });
}

function ageSince(at: number | null): number | null {
  return at === null ? null : Math.max(0, now.value - at);
}

function clockWords(): string {
  const { now: said, floor } = readVerifierClock();
  const tolerated = world.value?.trust?.policy.clock.behindFloorS; // by so much no verdict calls it behind either
  if (tolerated !== undefined && floor - said > tolerated) return t("data-clock-behind", { age: ageWords(floor - said) });
  const { qualityS } = readClock();
  if (qualityS === null) return t("data-clock-unknown");
  if (!isClockProven()) return t("data-clock-unproven", { time: momentText(said) });
  return qualityS <= 2 ? t("data-clock-good") : t("data-clock-quality", { quality: qualityS });
}

/** While the first file is on its way the lists are what there is. */
function filedWords(): string {
  if (filedAt.value === null && filing.value.kind === "running") return t("data-coming");
  return ago(ageSince(filedAt.value));
}

/** The clinics and the rules are as old as the signed list that names them. */
function ClinicsRow(): VNode {
  const directory = world.value?.directory ?? null;
  const words = directory?.isOneState === true ? "data-clinics-one-state" : "data-clinics-count";
  const count = directory === null ? undefined : t(words, { count: directory.count });
  return <ListItem icon="hospital" title={t("data-clinics")} sub={count} end={ago(directory === null ? null : trustAgeS.value)} />;
}

function SealingRow(): VNode {
  const count = world.value?.trust?.sealing.size ?? 0;
  if (count === 0) return <ListItem icon="key" title={t("data-sealing")} sub={t("data-sealing-none")} end={t("data-never")} />;
  return <ListItem icon="key" title={t("data-sealing")} sub={t("data-sealing-count", { count })} end={ago(ageSince(world.value?.sealedAt ?? null))} />;
}

function Rows(): VNode {
  const statusAge = ageSince(world.value?.statusAt ?? null);
  return (
    <ul class="list stats">
      <li>
        <ListItem icon="shield" title={t("data-trust")} end={ago(trustAgeS.value)} />
      </li>
      <li>
        <ListItem icon="error" title={t("data-status")} sub={t("data-status-sub")} end={ago(statusAge)} />
      </li>
      <li>
        <ListItem icon="error" title={t("data-status")} sub={t("data-filed-sub")} end={filedWords()} />
      </li>
      <li>
        <ListItem icon="id" title={t("data-rules")} sub={t("data-rules-sub")} end={ago(trustAgeS.value)} />
      </li>
      <li>
        <ClinicsRow />
      </li>
      <li>
        <SealingRow />
      </li>
      <li>
        <ListItem icon="clock" title={t("data-clock")} end={clockWords()} />
      </li>
      <Receipts />
    </ul>
  );
}

const WORDS: Readonly<Record<string, WordKey>> = {
  "receipt-unreadable": "receipt-unreadable",
  "receipt-gap": "receipt-gap",
  "receipt-fork": "receipt-fork",
  "wrong-clinic": "receipt-wrong-clinic",
};

const receiptWords = (slug: string): string => t(WORDS[slug] ?? "receipt-other");

function waitingWords(count: number): string {
  if (count === 0) return t("data-receipts-none");
  return t(isSending.value ? "data-receipts-sending" : "data-receipts-waiting", { count });
}

/** How many receipts wait or are on their way, and when the centre last answered. */
function Receipts(): VNode | null {
  const state = outbox.value;
  if (state === null) return null;
  const sent = state.sentAt === null ? t("data-receipts-never") : t("data-receipts-sent", { age: ageWords(ageSince(state.sentAt) ?? 0) });
  return (
    <li>
      <ListItem icon="sync" title={t("data-receipts")} sub={sent} end={waitingWords(state.waiting)} />
    </li>
  );
}

const ENDED = "not-logged-in";

/** Who may no longer send must be able to log in from here. */
function wayIn(slug: string): VNode | null {
  return slug === ENDED ? <Button look="primary" onClick={() => void enterAgain()}>{t("data-enter")}</Button> : null;
}

function Stuck(): VNode | null {
  const why = stuck.value;
  if (why === null || why === "offline") return null;
  return <Notice tone="warn" actions={wayIn(why)}>{t("data-receipts-stuck", { reason: slugText(why) })}</Notice>;
}

/** What the centre refused or found contradictory, each with what to do about it. */
function Refusals(): VNode | null {
  const state = outbox.value;
  if (state === null) return null;
  return (
    <>
      <Stuck />
      {Array.from(state.refused, ([why, count]) => (
        <Notice key={why} tone="warn" title={t("data-receipts-refused", { count })} actions={<Button look="outline" onClick={() => void sendAgain()}>{t("data-receipts-again")}</Button>}>
          {receiptWords(why)}
        </Notice>
      ))}
      {Array.from(state.conflicts, ([why, count]) => (
        <Notice key={why} tone="warn" title={t("data-receipts-conflict", { count })} actions={<Button look="outline" onClick={() => void forgetConflicts()}>{t("data-receipts-noted")}</Button>}>
          {receiptWords(why)}
        </Notice>
      ))}
    </>
  );
}

function Result(): VNode | null {
  const state = outcome.value;
  if (state.kind === "done") return <Notice tone="good">{t("data-synced")}</Notice>;
  if (state.kind !== "failed") return null;
  if (state.slug === "offline") return <Notice tone="warn" icon="offline">{t(isOnline.value ? "data-sync-unanswered" : "data-sync-offline")}</Notice>;
  const actions = stuck.value === ENDED ? null : wayIn(state.slug);
  return <Notice tone="bad" actions={actions}>{t("data-sync-failed", { reason: slugText(state.slug) })}</Notice>;
}

/** What came of a stick is no news to who opens the sheet anew, or has just asked the server. */
function forgetStick(): void {
  if (carrying.value.kind !== "running") carrying.value = { kind: "idle" };
}

function close(): void {
  forgetStick();
  panel.value = null;
}

function synchronise(): void {
  forgetStick();
  void syncNow();
}

export function DataSheet(): VNode {
  return (
    <Sheet title={t("data-title")} open={panel.value === "data"} onClose={close}>
      <p class="small soft">{t("data-intro")}</p>
      <Rows />
      <Refusals />
      {carrying.value.kind === "idle" ? <Result /> : null}
      <Button look="primary" wide icon="sync" busy={sync.value.kind === "running"} onClick={synchronise}>
        {t(sync.value.kind === "running" ? "data-syncing" : "data-sync")}
      </Button>
      <PackFile />
    </Sheet>
  );
}
