/** The number that a counter asks for, typed; or the way to scan it. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button, Field, LinkButton } from "../../ui";
import { answer } from "../actions";
import { place } from "../state";
import { asChallenge, CHALLENGE_LENGTH } from "../typed";
import { t } from "../words";

/** Back to the card, whose code answers from now on. */
export function answerWith(challenge: string): void {
  void answer(challenge);
  location.hash = "";
  place.value = "";
}

export function Answer(): JSX.Element {
  const number = useSignal("");
  const error = useSignal<string | undefined>(undefined);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (number.value.length === CHALLENGE_LENGTH) answerWith(number.value);
    else error.value = t("answer-short", { n: number.value.length });
  };
  return (
    <form class="stack form" onSubmit={submit} noValidate>
      <p>{t("answer-text")}</p>
      <Field
        label={t("answer-label")}
        hint={t("answer-hint")}
        value={number.value}
        error={error.value}
        inputRef={input}
        code
        inputMode="numeric"
        autocomplete="off"
        clean={asChallenge}
        onInput={(kept) => {
          error.value = undefined;
          number.value = kept;
        }}
      />
      <Button type="submit" look="primary" wide>{t("answer-go")}</Button>
      <LinkButton href="#leer" icon="qr" wide>{t("answer-scan")}</LinkButton>
    </form>
  );
}
