/** Who leaves, or comes to a machine that somebody left, learns that its receipts wait for the next to enter. */
import type { VNode } from "preact";
import { Notice } from "../../ui";
import { outbox } from "../state";
import { t } from "../words";

export function ReceiptsLeft(): VNode | null {
  const count = outbox.value?.waiting ?? 0;
  return count === 0 ? null : <Notice tone="warn">{t("receipts-left", { count })}</Notice>;
}
