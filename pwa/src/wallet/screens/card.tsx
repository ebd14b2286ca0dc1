/** The card: the name and the code are the screen, everything else waits. The code renews itself every 30 s, without the network. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { spaced } from "../../device/challenge";
import { readClock } from "../../device/clock";
import { keepScreenOn } from "../../device/wake-lock";
import { ageText, Button, clockText, distanceText, EmptyState, Frieze, LinkButton, ListItem, nearDayText, Notice, Pill, QrPanel, Ring, shortDayText, slugText, Spinner } from "../../ui";
import { isAnswerOver, PERIOD_S, renewCard, showCode, stopAnswering } from "../actions";
import { noteInView } from "../activity";
import type { Card } from "../card";
import { answering, card, clock, isExpired, isOnline, isRenewing, renewalFailure, shown } from "../state";
import { t } from "../words";
import { InstallOffer } from "./install-offer";
import { Withdrawn } from "./withdrawn";

const DAY_S = 86_400;
const SOON_S = 7 * DAY_S;
/** Less is a look in passing, on the way to another screen. */
const SHOWN_AFTER_S = 3;
const SKEW_WORTH_SAYING_S = 90;

function dayOf(seconds: number): string {
  return nearDayText(Math.floor(seconds / DAY_S));
}

/** The state of the card in the bar. */
export function CardState(): JSX.Element | null {
  const current = card.value;
  if (current === null || current.isWithdrawn) return null;
  const left = current.passExp - clock.value.now;
  if (left <= 0) return <Pill tone="bad">{t("card-expired-pill")}</Pill>;
  if (left < SOON_S && !isOnline.value) return <Pill tone="warn">{t("card-renew-soon", { day: dayOf(current.passExp) })}</Pill>;
  return <Pill tone="good">{t("card-offline-good")}</Pill>;
}

export function CardScreen(): JSX.Element | null {
  const current = card.value;
  if (current === null) return null;
  if (current.isWithdrawn) return <Withdrawn />;
  if (isExpired.value && answering.value === null) return <Expired card={current} />;
  return (
    <>
      <div class="card-fit">
        <article class="card bark">
          <Frieze />
          <Identity card={current} />
          <Code />
        </article>
        <MyClinic card={current} />
      </div>
      <div class="stack beneath">
        <InstallOffer />
      </div>
    </>
  );
}

function Identity({ card: { details } }: { card: Card }): JSX.Element {
  const [first, ...rest] = details.entitlements;
  return (
    <div class="card-id">
      <p class="card-eyebrow">{t("card-eyebrow")}</p>
      <h1 class="card-name">{details.name}</h1>
      <p class="card-row">
        <span class="tag tag-card">{first === undefined ? t("card-universal") : `${first.label} · ${first.role}`}</span>
        {first === undefined ? null : <span>{first.untilDay === null ? t("card-no-end") : t("card-until", { day: shortDayText(first.untilDay - 1) })}</span>}
        {rest.length === 0 ? null : <span>{t("card-more", { n: rest.length })}</span>}
      </p>
    </div>
  );
}

/** The rotating code with its countdown and a clock that moves, so that a still picture looks like one. */
function Code(): JSX.Element {
  const left = useSignal(PERIOD_S);
  useEffect(() => keepScreenOn(), []);
  useEffect(() => rotate((seconds) => {
    left.value = seconds;
  }), [left]);
  return (
    <>
      {shown.value === null ? <div class="qr-holder"><Spinner label={t("card-preparing")} /></div> : <QrPanel text={shown.value.text} label={t("card-qr-label")} turns />}
      <p class="card-tick nums">
        <Ring left={left.value} of={PERIOD_S} />
        <span>{clockText(clock.value.now)}</span>
        <span>{t("card-renews", { n: left.value })}</span>
      </p>
      {answering.value === null ? <Notes /> : <AnsweringTo challenge={answering.value.challenge} />}
    </>
  );
}

function Notes(): JSX.Element {
  return (
    <div class="card-notes">
      <Note />
      <a class="card-link" href="#responder">{t("card-asked")}</a>
    </div>
  );
}

/** That this code is for one counter, and the way back to the usual one. */
function AnsweringTo({ challenge }: { challenge: string }): JSX.Element {
  return (
    <div class="card-notes card-answering">
      <p role="status">{t("answer-to", { number: spaced(challenge) })}</p>
      <button type="button" class="card-link" onClick={() => void stopAnswering()}>{t("answer-done")}</button>
    </div>
  );
}

function Note(): JSX.Element {
  const skew = clock.value.skewS ?? 0;
  if (Math.abs(skew) < SKEW_WORTH_SAYING_S) {
    return <p class="card-note">{t("card-note")} <span class="card-note-more">{t("card-note-more")}</span></p>;
  }
  return <p class="card-note card-note-warn">{t(skew > 0 ? "card-skew-ahead" : "card-skew-behind", { age: ageText(Math.abs(skew)) })}</p>;
}

/** Makes a code now and every 30 s while the page is seen; tells the seconds left, and notes the showing. Returns how to stop. */
function rotate(onSecond: (left: number) => void): () => void {
  let seenS = -1; // from now, or from when the page came back
  const tick = (): void => {
    seenS = document.visibilityState === "visible" ? seenS + 1 : -1;
    if (seenS === -1) return;
    const made = shown.peek()?.madeAtMs;
    const left = made === undefined ? 0 : PERIOD_S - (performance.now() - made) / 1000;
    if (left <= 0 || isAnswerOver()) void showCode();
    onSecond(Math.max(1, Math.ceil(left <= 0 ? PERIOD_S : left)));
    clock.value = readClock();
    if (seenS % PERIOD_S === SHOWN_AFTER_S) void noteInView(clock.value.now);
  };
  tick();
  const timer = setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tick);
  };
}

function MyClinic({ card: { details } }: { card: Card }): JSX.Element | null {
  const clinic = details.assignedClinic;
  if (clinic === null) return null;
  const far = clinic.distanceM === null ? "" : ` · ${t("card-from-home", { far: distanceText(clinic.distanceM) })}`;
  return (
    <div class="my-clinic">
      <ListItem icon="pin" title={clinic.name} sub={t("card-my-clinic") + far} href="#clinicas" />
    </div>
  );
}

/** The pass ran out off line: no code that would only be refused, but what to do, and the right to be attended. */
function Expired({ card: current }: { card: Card }): JSX.Element {
  const failed = renewalFailure.value;
  const action = <Button look="primary" busy={isRenewing.value} icon="sync" onClick={() => void renewCard()}>{t("card-renew")}</Button>;
  return (
    <div class="card-over">
      <article class="card bark">
        <Frieze />
        <Identity card={current} />
      </article>
      <EmptyState level={2} icon="sync" title={t("card-expired-title")} action={action}>
        <p>{t("card-expired", { day: dayOf(current.passExp) })}</p>
        {failed === null || isRenewing.value ? null : <Notice tone="warn">{slugText(failed)}</Notice>}
        <Notice tone="plain" icon="hospital">{t("card-expired-care")}</Notice>
        <p>{t("card-expired-clock", { today: dayOf(clock.value.now) })}</p>
        <LinkButton href="#responder" icon="keyboard" wide>{t("card-asked")}</LinkButton>
      </EmptyState>
    </div>
  );
}
