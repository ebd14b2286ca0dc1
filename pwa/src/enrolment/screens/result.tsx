/** What the person takes home: their clinic, the offer for their phone as a code to scan or to type, and its six-digit number. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { slugOf } from "../../device/failure";
import { Button, ListItem, Notice, QrPanel, distanceText, slugText, untilText } from "../../ui";
import { printedCard, type Enrolled, type NearClinic } from "../actions";
import type { Result } from "../state";
import { clear } from "../work";
import { t } from "../words";

const QR_SIDE = 248;
const CHECK_EVERY_MS = 1000;
/** A new tab needs a moment to read the file before its address ends. */
const KEEP_FILE_MS = 60_000;

export function ResultScreen({ result }: { result: Result }): VNode {
  const { enrolled, name } = result;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div class="result">
      <header class="stack-tight">
        <h1 ref={heading} tabIndex={-1}>
          {t(enrolled.isNew ? "result-title" : "result-title-again", { name })}
        </h1>
        {enrolled.isNew ? null : <Notice>{t("result-again")}</Notice>}
      </header>
      <OfferBox enrolled={enrolled} />
      <section class="stack">
        <Clinics enrolled={enrolled} />
        <div class="btns push">
          <Button look="primary" wide icon="next" onClick={clear}>
            {t("result-next")}
          </Button>
          <PrintButton personId={enrolled.personId} />
        </div>
      </section>
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

/** «123 456»: six figures are read aloud in threes. */
function inThrees(digits: string): string {
  return digits.replace(/(\d{3})(?=\d)/g, "$1 ");
}

function OfferBox({ enrolled }: { enrolled: Enrolled }): VNode {
  const { offer, txCode } = enrolled;
  const [isForOther, setForOther] = useState(false);
  if (useIsOver(offer.expiresAt)) return <Notice tone="warn">{t("result-expired")}</Notice>;
  return (
    <section class="offer bark">
      <div class="offer-part">
        <h2>{t("result-scan")}</h2>
        <QrPanel text={isForOther ? offer.uri : offer.link} label={t("result-qr-label")} side={QR_SIDE} />
        <label class="choice">
          <input type="checkbox" checked={isForOther} onChange={() => setForOther(!isForOther)} />
          <span>{t("result-other-wallet")}</span>
        </label>
      </div>
      <div class="offer-part">
        <p>{t("result-typed", { address: `${location.host}/wallet` })}</p>
        <p class="offer-code mono">{offer.code}</p>
        <p>{t("result-tx")}</p>
        <p class="offer-tx mono">{inThrees(txCode)}</p>
        <p class="small">
          {t("result-tx-why")} {t("result-expires", { until: untilText(offer.expiresAt, Date.now() / 1000) })}
        </p>
      </div>
    </section>
  );
}

function ClinicRow({ clinic }: { clinic: NearClinic }): VNode {
  return <ListItem icon="hospital" title={clinic.name} sub={<span class="mono">{clinic.clues}</span>} end={clinic.distanceM === null ? undefined : distanceText(clinic.distanceM)} />;
}

function Clinics({ enrolled }: { enrolled: Enrolled }): VNode {
  const { assignedClinic } = enrolled;
  const others = enrolled.nearestClinics.filter(({ clues }) => clues !== assignedClinic?.clues).slice(0, 3);
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

function PrintButton({ personId }: { personId: string }): VNode {
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
      <Button wide icon="print" busy={isBusy} onClick={() => void print()}>
        {t("result-print")}
      </Button>
      {failed === null ? null : <Notice tone="bad">{slugText(failed)}</Notice>}
    </>
  );
}
