/** What somebody brought on a stick to a counter that no network reaches. */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { Button, Notice, slugText } from "../../ui";
import { takeIn } from "../renewing";
import { carrying, sync } from "../state";
import { t, type WordKey } from "../words";

const WHY: Readonly<Record<string, WordKey>> = {
  "not-a-pack-file": "carry-damaged",
  "pack-older": "carry-older",
  "pack-foreign": "carry-foreign",
  "no-anchor": "carry-first",
};

export function PackFile(): VNode {
  const input = useRef<HTMLInputElement>(null);
  const isBusy = carrying.value.kind === "running";
  return (
    <div class="stack">
      <Told />
      <Button look="outline" wide busy={isBusy} onClick={() => input.current?.click()}>
        {t(isBusy ? (sync.value.kind === "running" ? "carry-waiting" : "carry-running") : "carry")}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          event.currentTarget.value = ""; // the same file may be chosen again
          if (file) void takeIn(file);
        }}
      />
      <p class="small soft">{t("carry-hint")}</p>
    </div>
  );
}

function Told(): VNode | null {
  const state = carrying.value;
  if (state.kind === "renewed") return <Notice tone="good">{t("carry-done")}</Notice>;
  if (state.kind === "nothing-newer") return <Notice tone="info">{t("carry-nothing")}</Notice>;
  if (state.kind !== "failed") return null;
  if (state.slug === "pack-partly" || state.slug === "pack-partly-kept") {
    return <Notice tone="bad">{t(state.slug === "pack-partly" ? "carry-partly" : "carry-partly-kept")}</Notice>;
  }
  const why = WHY[state.slug];
  return <Notice tone="bad">{t("carry-failed", { reason: why === undefined ? slugText(state.slug) : t(why) })}</Notice>;
}
