/** A code that the server makes for one showing by somebody else. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { readClock } from "../../device/clock";
import { slugOf } from "../../device/failure";
import { keepScreenOn } from "../../device/wake-lock";
import { Button, EmptyState, Notice, QrPanel, Ring, slugText } from "../../ui";
import { lendCode } from "../actions";
import { isOnline } from "../state";
import { t } from "../words";

interface Lent {
  readonly text: string;
  readonly expiresAt: number;
  readonly life: number;
}

export function Lend(): JSX.Element {
  const lent = useSignal<Lent | null>(null);
  const failed = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const make = async (): Promise<void> => {
    isBusy.value = true;
    failed.value = null;
    try {
      const code = await lendCode();
      lent.value = { ...code, life: code.expiresAt - readClock().now };
    } catch (error) {
      failed.value = slugOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  if (lent.value !== null) return <Running lent={lent.value} isBusy={isBusy.value} again={() => void make()} />;
  const action = <Button look="primary" icon="qr" busy={isBusy.value} onClick={() => void make()}>{t("lend-make")}</Button>;
  return (
    <EmptyState level={2} icon="qr" title={t("family-lend-title")} action={isOnline.value ? action : undefined}>
      <p>{t("lend-text")}</p>
      {isOnline.value ? null : <Notice tone="warn">{t("lend-offline")}</Notice>}
      {failed.value === null ? null : <Notice tone="warn">{slugText(failed.value)}</Notice>}
    </EmptyState>
  );
}

function Running({ lent, isBusy, again }: { lent: Lent; isBusy: boolean; again: () => void }): JSX.Element {
  const left = useSignal(lent.life);
  useEffect(() => keepScreenOn(), []);
  useEffect(() => {
    const tick = (): void => {
      left.value = Math.max(0, lent.expiresAt - readClock().now);
    };
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [lent, left]);
  const action = <Button look="primary" icon="qr" busy={isBusy} onClick={again}>{t("lend-again")}</Button>;
  if (left.value === 0) return <EmptyState level={2} icon="clock" title={t("lend-ended")} action={action} />;
  return (
    <div class="stack lent">
      <QrPanel text={lent.text} label={t("lend-qr-label")} turns />
      <p class="card-tick nums">
        <Ring left={left.value} of={lent.life} />
        <span>{t("lend-left", { n: left.value })}</span>
      </p>
      <p class="centre">{t("lend-text")}</p>
    </div>
  );
}
