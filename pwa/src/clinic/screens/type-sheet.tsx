/** A code pasted or typed: for a scanner that only pastes, a code sent as text, or a broken camera. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, Field, Sheet } from "../../ui";
import { examine } from "../actions";
import { panel } from "../state";
import { t } from "../words";

export function TypeSheet(): VNode {
  const [text, setText] = useState("");
  const [isEmpty, setEmpty] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), [panel.value]);

  function submit(event: Event): void {
    event.preventDefault();
    setEmpty(text.trim() === "");
    if (text.trim() === "") return;
    setText("");
    void examine(text);
  }

  return (
    <Sheet title={t("scan-type-title")} open={panel.value === "type"} onClose={() => (panel.value = null)}>
      <form class="stack" onSubmit={submit} noValidate>
        <Field
          label={t("scan-type-label")}
          hint={t("scan-type-hint")}
          error={isEmpty ? t("scan-type-empty") : undefined}
          value={text}
          onInput={setText}
          inputMode="numeric"
          autocomplete="off"
          spellcheck={false}
          inputRef={input}
        />
        <Button look="primary" wide type="submit">
          {t("scan-type-go")}
        </Button>
      </form>
    </Sheet>
  );
}
