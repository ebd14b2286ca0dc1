/** Screens that come when they are asked for; off line they come out of the service worker's cache. */
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "./controls";
import { EmptyState, Spinner } from "./feedback";
import { t } from "./messages";

export interface LazyProps {
  load: () => Promise<ComponentType>;
}

/** Loads a screen and draws it; when it cannot be loaded, says so and offers another try. */
export function Lazy({ load }: LazyProps): JSX.Element {
  const [Screen, setScreen] = useState<ComponentType | "loading" | "failed">("loading");
  const start = (): void => {
    setScreen("loading");
    load().then((loaded) => setScreen(() => loaded), () => setScreen("failed"));
  };
  useEffect(start, [load]);
  if (Screen === "loading") return <Spinner />;
  if (Screen !== "failed") return <Screen />;
  return (
    <EmptyState level={2} icon="offline" title={t("unexpected")} action={<Button look="primary" onClick={start}>{t("retry")}</Button>}>
      <p>{t("offline")}</p>
    </EmptyState>
  );
}
