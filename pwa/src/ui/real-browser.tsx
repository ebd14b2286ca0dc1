/** For who opened a face inside another application: how to open it in the telephone's own browser. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { wayOut } from "../device/inside-app";
import { Button } from "./controls";
import { Notice } from "./feedback";
import { t } from "./messages";

export interface RealBrowserProps {
  /** To be opened there, where it is not this page's own any more. */
  address?: string;
  /** What else may be done here. */
  children?: ComponentChildren;
}

/** Nothing in a browser of its own. */
export function RealBrowser({ address = location.href, children }: RealBrowserProps): JSX.Element | null {
  const copied = useSignal<boolean | null>(null);
  const way = wayOut();
  if (way === null) return null;
  const copy = async (): Promise<void> => {
    copied.value = await navigator.clipboard.writeText(address).then(
      () => true,
      () => false,
    );
  };
  const actions = (
    <>
      <Button look="primary" onClick={() => void copy()}>{t("inside-copy")}</Button>
      {children}
    </>
  );
  return (
    <Notice tone="warn" title={t("inside-title")} actions={actions}>
      <p>{t(way === "ios" ? "inside-ios" : "inside-menu")}</p>
      {copied.value === null ? null : <p><b>{t(copied.value ? "inside-copied" : "inside-not-copied")}</b></p>}
    </Notice>
  );
}
