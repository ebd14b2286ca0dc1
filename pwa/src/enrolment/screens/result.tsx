/** What the person takes home: their clinic, and the offer for their phone, to scan or to type; a child, the printed card. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { slugOf } from "../../device/failure";
import { Button, ListItem, Notice, QrPanel, distanceText, slugText, untilText, useFocusAtOnce, type ButtonLook } from "../../ui";
import { printedCard, type Enrolled, type NearClinic } from "../actions";
import { isForOtherWallet, isOwnPhoneOpen, type Result } from "../state";
import { clear } from "../work";
import { t } from "../words";
import { EnterAgain } from "./messages";

const QR_SIDE = 248;
/** On a phone the code, the typed code and the six digits stand together on one screen. */
const SMALL = { screen: "(max-width: 719px) and (max-height: 700px)", side: 160 };
const NEAR = 3;
const CHECK_EVERY_MS = 1000;
/** A new tab needs a moment to read the file before its address ends. */
const KEEP_FILE_MS = 60_000;

export function ResultScreen({ result }: { result: Result }): VNode {
  const { enrolled, name, isMinor } = result;
  const heading = useRef<HTMLHeadingElement>(null);
  useFocusAtOnce(heading);
  return (
    <div class="result">
      <header class="stack-tight">
        <h1 ref={heading} tabIndex={-1}>
          {t(enrolled.isNew ? "result-title" : "result-title-again", { name })}
        </h1>
      </header>
      {isMinor ? <ForMinor enrolled={enrolled} /> : <OfferBox enrolled={enrolled} />}
      <section class="stack">
        <Changes result={result} />
        <Home result={result} />
        {enrolled.isNew ? null : <Notice>{t(isMinor ? "result-again-minor" : "result-again")}</Notice>}
        <Clinics enrolled={enrolled} />
        <div class="btns push">
          <Button look={isMinor ? "outline" : "primary"} wide icon="next" onClick={clear}>
            {t("result-next")}
          </Button>
          {isMinor ? null : <PrintButton personId={enrolled.personId} />}
        </div>
      </section>
    </div>
  );
}

/** What this visit changed about somebody who was in the register, and what that asks of them. */
function Changes({ result: { identity, donation } }: { result: Result }): VNode {
  return (
    <>
      {identity === "corrected" ? (
        <Notice tone="good" title={t("result-corrected-title")}>
          {t("result-corrected")}
        </Notice>
      ) : null}
      {identity === "kept" ? <Notice>{t("result-kept")}</Notice> : null}
      {donation === null ? null : (
        <Notice tone="good" title={t("result-donation-title")}>
          {t("result-donation", { before: t(`donation-${donation.before}`), now: t(`donation-${donation.now}`) })}
        </Notice>
      )}
    </>
  );
}

/** Which clinic is theirs since they moved; said aloud once the screen has been. */
function Home({ result: { home, identity, enrolled } }: { result: Result }): VNode | null {
  const [isTold, setTold] = useState(false);
  useEffect(() => setTold(true), []);
  const clinic = enrolled.assignedClinic?.name;
  if (home === null || clinic === undefined) return null;
  const isMore = home === "other-clinic" && identity !== "corrected"; // a correction has said the same of phone and card
  return (
    <div aria-live="polite">
      {isTold ? (
        <Notice tone="good" title={t(home === "moved" ? "result-moved-title" : "result-other-clinic-title")}>
          {t(home === "moved" ? "result-moved" : "result-other-clinic", { clinic })} {isMore ? t("result-other-clinic-card") : null}
        </Notice>
      ) : null}
    </div>
  );
}

/** A child's credential is a printed card: a phone holds one person's, and the guardian's holds the guardian's own. */
function ForMinor({ enrolled }: { enrolled: Enrolled }): VNode {
  return (
    <div class="stack">
      <section class="offer-paper bark stack">
        <h2>{t("result-minor-title")}</h2>
        <p>{t("result-minor")}</p>
        <PrintButton personId={enrolled.personId} look="primary" />
      </section>
      <details class="own-phone" open={isOwnPhoneOpen.value} onToggle={({ currentTarget }) => (isOwnPhoneOpen.value = currentTarget.open)}>
        <summary>{t("result-minor-phone")}</summary>
        <p class="small">{t("result-minor-phone-why")}</p>
        <OfferBox enrolled={enrolled} />
      </details>
    </div>
  );
}

function useIsOver(atS: number): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const look = (): void => setOver(Date.now() / 1000 >= atS);
    look();
    const timer = setInterval(look, CHECK_EVERY_MS);
    return () => clearInterval(timer);
  }, [atS]);
  return isOver;
}

/** «123 456»: six digits are read aloud in threes. */
function inThrees(digits: string): string {
  return digits.replace(/(\d{3})(?=\d)/g, "$1 ");
}

function OfferBox({ enrolled }: { enrolled: Enrolled }): VNode {
  const { offer, txCode } = enrolled;
  const isForOther = isForOtherWallet.value;
  const [side] = useState(() => (matchMedia(SMALL.screen).matches ? SMALL.side : QR_SIDE));
  if (useIsOver(offer.expiresAt)) return <Notice tone="warn">{t("result-expired")}</Notice>;
  return (
    <section class="offer bark">
      <div class="offer-part">
        <h2>{t("result-scan")}</h2>
        <QrPanel text={isForOther ? offer.uri : offer.link} label={t("result-qr-label")} side={side} />
      </div>
      <div class="offer-part">
        <p>{t("result-typed", { address: `${location.host}/wallet` })}</p>
        <p class="offer-code mono">{offer.code}</p>
        <p>{t("result-tx")}</p>
        <p class="offer-tx mono">{inThrees(txCode)}</p>
        <p class="small">
          {t("result-tx-why", { tries: enrolled.tries })} {t("result-expires", { until: untilText(offer.expiresAt, Date.now() / 1000) })}
        </p>
      </div>
      <label class="choice offer-other">
        <input type="checkbox" checked={isForOther} onChange={() => (isForOtherWallet.value = !isForOther)} />
        <span>{t("result-other-wallet")}</span>
      </label>
    </section>
  );
}

function ClinicRow({ clinic }: { clinic: NearClinic }): VNode {
  const sub = (
    <>
      <span class="mono">{clinic.clues}</span>
      {clinic.isForUrgency ? <span class="only-urgent">{t("result-only-urgent")}</span> : null}
    </>
  );
  return <ListItem icon="hospital" title={clinic.name} sub={sub} end={clinic.distanceM === null ? undefined : distanceText(clinic.distanceM)} />;
}

function Clinics({ enrolled }: { enrolled: Enrolled }): VNode {
  const { assignedClinic } = enrolled;
  const near = enrolled.nearestClinics.filter(({ clues }) => clues !== assignedClinic?.clues);
  const others = [...near.filter(({ isForUrgency }) => !isForUrgency).slice(0, NEAR), ...near.filter(({ isForUrgency }) => isForUrgency)];
  return (
    <>
      <h2>{t("result-clinic")}</h2>
      {assignedClinic === null ? <Notice>{t("result-no-clinic")}</Notice> : <ClinicRow clinic={assignedClinic} />}
      {others.length === 0 ? null : <h2>{t("result-near")}</h2>}
      <ul class="list">
        {others.map((clinic) => (
          <li key={clinic.clues}>
            <ClinicRow clinic={clinic} />
          </li>
        ))}
      </ul>
    </>
  );
}

function PrintButton({ personId, look = "outline" }: { personId: string; look?: ButtonLook }): VNode {
  const [isBusy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);

  async function print(): Promise<void> {
    setBusy(true);
    setFailed(null);
    try {
      const address = URL.createObjectURL(await printedCard(personId));
      window.open(address, "_blank", "noopener");
      setTimeout(() => URL.revokeObjectURL(address), KEEP_FILE_MS);
    } catch (error) {
      setFailed(slugOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Button look={look} wide icon="print" busy={isBusy} onClick={() => void print()}>
        {t("result-print")}
      </Button>
      {failed === null ? null : (
        <Notice tone="bad" actions={failed === "not-logged-in" ? <EnterAgain /> : undefined}>
          {slugText(failed)}
        </Notice>
      )}
    </>
  );
}
