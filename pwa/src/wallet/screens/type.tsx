/** The code of the offer, typed from paper. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button, Field, Notice, t as shared } from "../../ui";
import { offerAddress } from "../../device/oid4vci";
import { storageHealth } from "../../device/storage-health";
import { place, typedCode } from "../state";
import { asCode, CODE_LENGTH, isLink } from "../typed";
import { t } from "../words";

const LOW_SPACE_BYTES = 3_000_000;

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
  /** A pasted offer opens as a scanned one does. */
  const follow = (link: string): void => {
    code.value = "";
    try {
      goToClaim(offerAddress(link));
    } catch {
      error.value = t("type-link");
    }
  };
  const take = (kept: string): void => {
    error.value = undefined;
    if (isLink(kept)) follow(kept);
    else code.value = kept;
  };
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
        clean={(typed) => (isLink(typed) ? typed : asCode(typed))}
        onInput={take}
      />
      <Button type="submit" look="primary" wide>{shared("continue")}</Button>
      <details class="more">
        <summary>{t("welcome-lost-title")}</summary>
        <p>{t("welcome-lost")}</p>
      </details>
    </form>
  );
}
