/** The verdict over the whole screen: colour, shape, word and tone; then what to do; then who; then what they are entitled to. */
import type { ComponentChildren, VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, Icon, ListItem, Notice, VerdictIcon, ageText, distanceText } from "../../ui";
import { useMore } from "../use-more";
import { useReturn } from "../use-return";
import type { Seen } from "../seen";
import type { EntitlementView, Line, PlaceRow, VerdictView, Who } from "../view";
import { t } from "../words";

export interface VerdictProps {
  view: VerdictView;
  seen: Seen | null;
  elsewhere: Seen | null;
  /** Seconds until scanning goes on; 0 never by itself. */
  returnAfterS: number;
  isSyncing: boolean;
  onDone: () => void;
  onSync: () => void;
  onAsk: () => void;
}

/** A second scan is often seconds after the first, and that says something. */
const agoWords = (seconds: number): string => (seconds < 90 ? `${seconds} s` : ageText(seconds));

/** The key that goes back to scanning; every other one holds the screen. */
const LEAVES = "Escape";

/** By then a sheet that was open has closed. */
const SETTLED_MS = 200;

const say = (line: Line): string => t(line.key, line.params);
const sayAll = (lines: readonly Line[]): string => lines.map(say).map((one) => (one.endsWith(".") ? one : `${one}.`)).join(" ");

export function VerdictScreen({ view, seen, elsewhere, returnAfterS, isSyncing, onDone, onSync, onAsk }: VerdictProps): VNode {
  const [isMismatch, setMismatch] = useState(false);
  const back = useReturn(returnAfterS, onDone);
  const screen = useRef<HTMLElement>(null);
  const facts = useRef<HTMLDivElement>(null);
  const more = useMore(screen, facts);
  useKeys(onDone, back.hold);
  // What the alert says is heard once: reading goes on behind it. Focus on its heading would have it read a second time.
  useLayoutEffect(() => {
    const take = (): void => facts.current?.focus({ preventScroll: true });
    take();
    // A sheet that closes meanwhile hands the focus back to its button, which can no longer have it.
    const late = setTimeout(() => {
      if (screen.current?.contains(document.activeElement) === false) take();
    }, SETTLED_MS);
    return () => clearTimeout(late);
  }, [isMismatch]);
  // A real credential of somebody else: nothing on the screen may still look like a yes from a metre away.
  const shown = isMismatch ? "check_identity" : view.verdict;
  return (
    <main
      ref={screen}
      id="contenido"
      class={`verdict verdict-${shown}${view.isDemo ? " verdict-demo" : ""}`}
      onPointerDown={back.hold}
      onWheel={back.hold}
    >
      {view.isDemo ? <p class="demo-band">{t("verdict-demo")}</p> : null}
      <Head view={view} isMismatch={isMismatch} />
      <div class={view.who === null ? "verdict-sheet" : "verdict-sheet has-person"}>
        <div ref={facts} class="verdict-facts" role="group" aria-label={t("verdict-facts")} tabIndex={-1}>
          {seen === null ? null : <Notice tone="warn" icon="clock">{t(`verdict-seen-${seen.what}`, { age: agoWords(seen.ageS) })}</Notice>}
          {elsewhere === null ? null : <Notice tone="warn" icon="clock">{t(`verdict-elsewhere-${elsewhere.what}`, { age: agoWords(elsewhere.ageS) })}</Notice>}
          {isMismatch ? <Mismatch /> : <Facts view={view} />}
          <Foot view={view} />
        </div>
        <div class="verdict-actions">
          {more.hasMore ? <MoreBelow onClick={more.showMore} /> : null}
          <Actions view={view} isMismatch={isMismatch} isSyncing={isSyncing} onDone={onDone} onSync={onSync} onAsk={onAsk} onMismatch={setMismatch} />
          {returnAfterS > 0 ? <ReturnBar share={back.share} secondsLeft={back.secondsLeft} isHeld={back.isHeld} /> : null}
        </div>
      </div>
    </main>
  );
}

/** As soon as the verdict is there; wherever the focus is, which a closing sheet or a touch beside every control takes to nowhere. */
function useKeys(onDone: () => void, onHold: () => void): void {
  useLayoutEffect(() => {
    const press = ({ key }: KeyboardEvent): void => {
      if (key === LEAVES) onDone();
      else onHold();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

function Head({ view, isMismatch }: { view: VerdictView; isMismatch: boolean }): VNode {
  return (
    <div class="verdict-head" role="alert">
      <VerdictIcon verdict={isMismatch ? "check_identity" : view.verdict} size={96} />
      <h1>
        {t(isMismatch ? "verdict-mismatch-title" : `verdict-${view.verdict}`)}
      </h1>
      <p>{isMismatch ? t("verdict-mismatch-lead") : say(view.lead)}</p>
    </div>
  );
}

/** Lies over the fading end of what can be seen, so that it takes no room. */
function MoreBelow({ onClick }: { onClick: () => void }): VNode {
  return (
    <div class="more">
      <button type="button" class="more-btn" onClick={onClick}>
        <Icon name="down" size={20} />
        {t("verdict-more")}
      </button>
    </div>
  );
}

function Facts({ view }: { view: VerdictView }): VNode {
  return (
    <>
      {view.step === null ? null : (
        <p class="step">
          <strong>{say(view.step.strong)}</strong> {view.step.more === null ? null : say(view.step.more)}
        </p>
      )}
      {view.who === null ? null : <WhoBlock who={view.who} />}
      {view.entitlement === null ? null : <EntitlementBox entitlement={view.entitlement} />}
      {view.places.length === 0 ? null : <Places places={view.places} />}
      {view.isOneState ? <p class="small soft">{t("clinics-one-state")}</p> : null}
      {view.notes.map((note) => (
        <Notice key={note.key} tone={note.key === "challenge-met" ? "good" : "warn"}>{say(note)}</Notice>
      ))}
    </>
  );
}

/** A name is text from outside: always its own direction, never markup (E05). */
function WhoBlock({ who }: { who: Who }): VNode {
  if ("hint" in who) {
    return (
      <div class="who">
        <p class="small">{t("verdict-no-person")}</p>
        <b class="who-name mono">{who.hint}</b>
        <span class="small soft">{t("verdict-hint")}</span>
      </div>
    );
  }
  return (
    <div class="who">
      <b class="who-name">
        <bdi>{who.name}</bdi>
      </b>
      <span class="mono">
        <bdi>{who.curp}</bdi>
      </span>
    </div>
  );
}

function EntitlementBox({ entitlement }: { entitlement: EntitlementView }): VNode {
  return (
    <div class="entitlement">
      <b>{say(entitlement.title)}</b>
      <p class="small">{sayAll(entitlement.lines)}</p>
    </div>
  );
}

function distanceOf(place: PlaceRow): string | undefined {
  if (place.distanceM === null) return undefined;
  return place.distanceM === 0 ? t("place-here") : distanceText(place.distanceM);
}

function Places({ places }: { places: readonly PlaceRow[] }): VNode {
  return (
    <ul class="list">
      {places.map((place) => (
        <li key={place.what}>
          <ListItem title={place.name} sub={<PlaceNote place={place} />} end={distanceOf(place)} />
        </li>
      ))}
    </ul>
  );
}

function PlaceNote({ place }: { place: PlaceRow }): VNode {
  const isLimited = place.what === "place-urgent" || place.what === "place-referred";
  return (
    <>
      {place.institution} · {isLimited ? <b class="place-limit">{t(place.what)}</b> : t(place.what)}
      {place.opening === null ? null : <span class="place-opening">{place.opening}</span>}
    </>
  );
}

function Mismatch(): VNode {
  return (
    <Notice tone="bad" title={t("verdict-mismatch-care")}>
      {t("verdict-mismatch-do")}
    </Notice>
  );
}

function Foot({ view }: { view: VerdictView }): VNode {
  const showsCode = view.verdict !== "valid";
  return (
    <p class="verdict-foot">
      {view.ages === null || view.verdict === "not_a_pass" ? null : <span>{say(view.ages)} </span>}
      {showsCode ? <span>{t("verdict-code", { code: view.code })}</span> : null}
    </p>
  );
}

interface ActionsProps {
  view: VerdictView;
  isMismatch: boolean;
  isSyncing: boolean;
  onDone: () => void;
  onSync: () => void;
  onAsk: () => void;
  onMismatch: (isMismatch: boolean) => void;
}

function Two({ children }: { children: ComponentChildren }): VNode {
  return <div class="btns btns-2">{children}</div>;
}

function Actions({ view, isMismatch, isSyncing, onDone, onSync, onAsk, onMismatch }: ActionsProps): VNode {
  const asking = view.canAsk ? <Button wide icon="phone" onClick={onAsk}>{t("ask")}</Button> : null;
  if (view.verdict === "stale") {
    return (
      <>
        {asking}
        <Two>
          <Button onClick={onDone}>{t("verdict-next")}</Button>
          <Button look="primary" busy={isSyncing} onClick={onSync}>
            {t("verdict-sync")}
          </Button>
        </Two>
      </>
    );
  }
  if (isMismatch) {
    return (
      <Two>
        <Button onClick={() => onMismatch(false)}>{t("verdict-mismatch-undo")}</Button>
        <Button look="primary" onClick={onDone}>
          {t("verdict-next")}
        </Button>
      </Two>
    );
  }
  if (view.who === null) {
    return (
      <Button look="primary" wide onClick={onDone}>
        {t("verdict-next")}
      </Button>
    );
  }
  return (
    <>
      {asking}
      <Two>
        <Button onClick={() => onMismatch(true)}>{t("verdict-no-match")}</Button>
        <Button look="primary" onClick={onDone}>
          {t("verdict-match")}
        </Button>
      </Two>
    </>
  );
}

function ReturnBar({ share, secondsLeft, isHeld }: { share: number; secondsLeft: number; isHeld: boolean }): VNode {
  return (
    <div class="return">
      <div class="return-bar" aria-hidden="true">
        <i style={{ transform: `scaleX(${share})` }} />
      </div>
      <span class="small soft">
        {isHeld ? <Icon name="clock" size={16} /> : null}
        {isHeld ? t("verdict-held") : t("verdict-returns", { seconds: secondsLeft })}
      </span>
    </div>
  );
}
