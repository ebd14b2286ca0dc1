/** The code of the offer, typed from paper. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button, Field, Notice, t as shared } from "../../ui";
import { storageHealth } from "../../device/storage-health";
import { place, typedCode } from "../state";
import { t } from "../words";

const CODE_LENGTH = 12;
const LOW_SPACE_BYTES = 3_000_000;

/** XXXX-XXXX-XXXX from whatever was typed. */
export function asCode(typed: string): string {
  const plain = typed.toUpperCase().replaceAll(/[^0-9A-Z]/g, "").slice(0, CODE_LENGTH);
  return plain.match(/.{1,4}/g)?.join("-") ?? "";
}

/** Leads to the claim of an offer's address or code. */
export function goToClaim(offer: string): void {
  location.hash = `credential_offer_uri=${encodeURIComponent(offer)}`;
  place.value = location.hash.slice(1);
}

export function TypeCode(): JSX.Element {
  const code = typedCode;
  const error = useSignal<string | undefined>(undefined);
  const isTight = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    void storageHealth().then(({ freeBytes }) => {
      isTight.value = freeBytes !== null && freeBytes < LOW_SPACE_BYTES;
    });
  }, [isTight]);
  const submit = (event: Event): void => {
    event.preventDefault();
    const given = code.value.replaceAll("-", "").length;
    if (given === CODE_LENGTH) goToClaim(code.value);
    else error.value = t("type-bad", { n: given });
  };
  return (
    <form class="stack form" onSubmit={submit} noValidate>
      {isTight.value ? <Notice tone="warn" title={t("storage-full-title")}>{shared("storage-full")}</Notice> : null}
      <Field
        label={t("type-label")}
        hint={t("type-hint")}
        value={code.value}
        error={error.value}
        inputRef={input}
        autocapitalize="characters"
        autocomplete="off"
        spellcheck={false}
        maxLength={14}
        onInput={(typed) => {
          code.value = asCode(typed);
          error.value = undefined;
        }}
      />
      <Button type="submit" look="primary" wide>{shared("continue")}</Button>
      <details class="more">
        <summary>{t("welcome-lost-title")}</summary>
        <p>{t("welcome-lost")}</p>
      </details>
    </form>
  );
}
