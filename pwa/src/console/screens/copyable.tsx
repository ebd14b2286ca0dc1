/** A line to be taken elsewhere, with a button that copies it: a command, a link, a number. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../words";

const SAID_MS = 2500;

export function Copyable({ text, label }: { text: string; label: string }): VNode {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);

  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => undefined, // not allowed here: it can be selected by hand
    );
  }

  return (
    <div class="copyable">
      <code class="mono">{text}</code>
      <button type="button" class="btn btn-plain" aria-label={`${t("copy")}: ${label}`} onClick={() => void copy()}>
        {t(isCopied ? "copied" : "copy")}
      </button>
      <span class="visually-hidden" role="status">
        {isCopied ? t("copied") : ""}
      </span>
    </div>
  );
}
