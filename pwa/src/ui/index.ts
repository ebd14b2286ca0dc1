/**
 * The shared kit of the faces. A face imports "../ui/styles.css" once, then from "../ui":
 * frame (App, Main, AppBar, Brand, Pill, Tabs, Frieze, Footer), controls (Button, LinkButton, Field, SelectField, Choice,
 * ListItem, Sheet), feedback (Notice, Spinner, Progress, EmptyState, OfflineNote, Ring, UpdatePrompt, InstallPrompt),
 * icons (Icon, VerdictIcon), PlaceItem, QrPanel, RealBrowser, useFocusAtOnce, words (t, translator, slugText), institutions and format.
 * Components take plain values and callbacks; none of them reads the network, the store or the clock.
 */
export * from "./controls";
export * from "./feedback";
export * from "./format";
export * from "./frame";
export * from "./icons";
export * from "./institutions";
export * from "./messages";
export * from "./places";
export * from "./qr-panel";
export * from "./real-browser";
export * from "./use-focus";
