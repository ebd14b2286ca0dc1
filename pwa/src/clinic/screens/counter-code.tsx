/** The way in at a clinic's own node: the code that whoever keeps the node made for this counter. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { enterAsCounter } from "../../device/session";
import { App, AppBar, Button, Field, Footer, Icon, Main, OfflineNote, slugText } from "../../ui";
import { enter, entering, failure, isLeaving } from "../../ui/entrance";
import { Leaving } from "../../ui/login";
import "../../ui/login.css";
import { syncAfterLogin } from "../renewing";
import { isOnline } from "../state";
import { ReceiptsLeft } from "./receipts-left";
import { t } from "../words";

const LENGTH = 8;
const HALF = LENGTH / 2;

/** What is kept of what was typed: eight digits, in two groups as they are read out. */
function asCode(typed: string): string {
  const digits = typed.replace(/\D/g, "").slice(0, LENGTH);
  return digits.length > HALF ? `${digits.slice(0, HALF)} ${digits.slice(HALF)}` : digits;
}

export function CounterCodeScreen(): VNode {
  const [code, setCode] = useState("");
  const [missing, setMissing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), [failure.value]);
  const digits = code.replace(" ", "");

  function submit(event: Event): void {
    event.preventDefault();
    const isShort = digits.length < LENGTH;
    setMissing(isShort);
    if (isShort) input.current?.focus();
    else if (entering.value === null) void enter("code", () => enterAsCounter(digits), syncAfterLogin);
  }

  const error = missing ? t("counter-code-short", { n: digits.length }) : failure.value === null ? undefined : slugText(failure.value);
  return (
    <App>
      <AppBar face={t("clinic-face")} />
      {isOnline.value ? null : <OfflineNote>{t("counter-code-offline")}</OfflineNote>}
      <Main>
        <form class="login stack" onSubmit={submit} noValidate aria-labelledby="login-title">
          <span class="login-icon">
            <Icon name="key" size={40} />
          </span>
          <h1 id="login-title">{t("counter-code-title")}</h1>
          {isLeaving.value ? <Leaving /> : null}
          <ReceiptsLeft />
          <Field label={t("counter-code-label")} hint={t("counter-code-hint")} code value={code} error={error} clean={asCode} onInput={setCode} inputMode="numeric" autocomplete="off" inputRef={input} />
          <Button look="primary" wide icon="key" type="submit" busy={entering.value === "code"}>
            {t(entering.value === "code" ? "counter-code-busy" : "counter-code-go")}
          </Button>
          <p class="small soft">{t("counter-code-where")}</p>
        </form>
      </Main>
      <Footer />
    </App>
  );
}
