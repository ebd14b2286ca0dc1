/** What a person acts on: Button, LinkButton, Field, CodeField, Choice, ListItem, Sheet. */
import type { ComponentChildren, JSX, RefObject } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icons";
import { t } from "./messages";

type Children = { children?: ComponentChildren };
export type ButtonLook = "primary" | "outline" | "plain" | "danger";

export interface ButtonProps extends Children {
  look?: ButtonLook;
  wide?: boolean;
  busy?: boolean;
  type?: "button" | "submit";
  icon?: IconName;
  onClick?: () => void;
}

/** A button; while `busy` it keeps its place and its focus, and a press does nothing. */
export function Button({ look = "outline", wide = false, busy = false, type = "button", icon, onClick, children }: ButtonProps): JSX.Element {
  return (
    <button
      type={type}
      class={buttonClass(look, wide)}
      aria-disabled={busy ? "true" : undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.();
      }}
    >
      {busy ? <span class="spinner" /> : icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
}

export interface LinkButtonProps extends Children {
  href: string;
  look?: ButtonLook;
  wide?: boolean;
  icon?: IconName;
}

/** A link that looks like a button: for going somewhere, not for doing something. */
export function LinkButton({ href, look = "outline", wide = false, icon, children }: LinkButtonProps): JSX.Element {
  return (
    <a class={buttonClass(look, wide)} href={href}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </a>
  );
}

function buttonClass(look: ButtonLook, wide: boolean): string {
  return `btn btn-${look}${wide ? " btn-wide" : ""}`;
}

export interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** What is kept of what was typed or pasted; `onInput` gets, and the field shows, only that. */
  clean?: (typed: string) => string;
  hint?: string | undefined;
  ok?: string | undefined;
  error?: ComponentChildren;
  /** Large, spaced, monospaced: for a code that is typed from paper. */
  code?: boolean;
  type?: "text" | "tel" | "search" | "email" | "url" | "date";
  /** Earliest and latest date of a date field. */
  min?: string;
  max?: string;
  inputMode?: "text" | "numeric" | "decimal" | "tel" | "search" | "email";
  name?: string;
  autocomplete?: string;
  autocapitalize?: "none" | "words" | "characters" | "sentences";
  placeholder?: string;
  maxLength?: number;
  required?: boolean;
  spellcheck?: boolean;
  list?: string;
  inputRef?: RefObject<HTMLInputElement | null>;
  onBlur?: () => void;
}

/** A labelled input whose hint, confirmation and error are tied to it for screen readers. */
export function Field(props: FieldProps): JSX.Element {
  const { label, value, onInput, clean, hint, ok, error, code = false, type = "text", inputRef, onBlur, ...rest } = props;
  const id = useId();
  const notes = new Map([["hint", hint], ["error", error], ["ok", error ? undefined : ok]]);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint ? <span class="field-hint" id={`${id}-hint`}>{hint}</span> : null}
      <input
        {...rest}
        type={type}
        ref={inputRef ?? null}
        id={id}
        class={code ? "input input-code" : "input"}
        value={value}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={describedBy(id, notes)}
        onInput={({ currentTarget: field }) => {
          const kept = clean?.(field.value) ?? field.value;
          // A value that is the same as before is not drawn again: what was left out would stay in view.
          if (kept !== field.value) field.value = kept;
          onInput(kept);
        }}
        onBlur={() => onBlur?.()}
      />
      <FieldNote id={id} error={error} ok={ok} />
    </div>
  );
}

function FieldNote({ id, error, ok }: { id: string; error: ComponentChildren; ok: string | undefined }): JSX.Element {
  return (
    <div aria-live="polite">
      {error ? <FieldError id={`${id}-error`}>{error}</FieldError> : null}
      {ok && !error ? <span class="field-ok" id={`${id}-ok`}>{ok}</span> : null}
    </div>
  );
}

function describedBy(id: string, notes: ReadonlyMap<string, ComponentChildren>): string | undefined {
  const present = [...notes].filter(([, words]) => words).map(([name]) => `${id}-${name}`);
  return present.length > 0 ? present.join(" ") : undefined;
}

export function FieldError({ id, children }: Children & { id?: string }): JSX.Element {
  return (
    <span class="field-error" id={id}>
      <Icon name="error" size={20} />
      <span>{children}</span>
    </span>
  );
}

export interface Option<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

export interface SelectProps<Value extends string> {
  label: string;
  value: Value | "";
  options: readonly Option<Value>[];
  /** More choices behind those, under a heading. */
  others?: { readonly label: string; readonly options: readonly Option<Value>[] };
  onChange: (value: Value) => void;
  placeholder?: string;
  hint?: string;
  error?: ComponentChildren;
  required?: boolean;
}

/** A labelled list of choices, drawn by the system itself. */
export function SelectField<Value extends string>(props: SelectProps<Value>): JSX.Element {
  const { label, value, options, others, onChange, placeholder, hint, error, required = false } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint ? <span class="field-hint" id={`${id}-hint`}>{hint}</span> : null}
      <select
        id={id}
        class="input"
        value={value}
        required={required}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={describedBy(id, new Map([["hint", hint], ["error", error]]))}
        onChange={(event) => {
          const chosen = [...options, ...(others?.options ?? [])].find((option) => option.value === event.currentTarget.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {placeholder === undefined ? null : <option value="" disabled>{placeholder}</option>}
        {options.map(optionOf)}
        {others === undefined ? null : <optgroup label={others.label}>{others.options.map(optionOf)}</optgroup>}
      </select>
      <div aria-live="polite">{error ? <FieldError id={`${id}-error`}>{error}</FieldError> : null}</div>
    </div>
  );
}

function optionOf({ value, label }: Option<string>): JSX.Element {
  return <option key={value} value={value}>{label}</option>;
}

export interface ChoiceProps extends Children {
  name: string;
  value: string;
  checked: boolean;
  kind?: "radio" | "checkbox";
  onChange: () => void;
}

/** One radio button or check box with its words as the target. */
export function Choice({ name, value, checked, kind = "radio", onChange, children }: ChoiceProps): JSX.Element {
  return (
    <label class="choice">
      <input type={kind} name={name} value={value} checked={checked} onChange={onChange} />
      <span>{children}</span>
    </label>
  );
}

export interface ListItemProps {
  title: ComponentChildren;
  sub?: ComponentChildren;
  end?: ComponentChildren;
  icon?: IconName;
  href?: string;
  onClick?: () => void;
  label?: string;
}

/** A row of a list: plain, a link (`href`) or a button (`onClick`); put it inside <ul class="list"><li>. */
export function ListItem({ title, sub, end, icon, href, onClick, label }: ListItemProps): JSX.Element {
  const inside = (
    <>
      {icon === undefined ? null : <Icon name={icon} size={28} />}
      <span class="item-text">
        <span class="item-title">{title}</span>
        {sub === undefined ? null : <span class="item-sub">{sub}</span>}
      </span>
      {end === undefined ? null : <span class="item-end nums">{end}</span>}
    </>
  );
  if (href !== undefined) return <a class="item" href={href} aria-label={label}>{inside}</a>;
  if (onClick === undefined) return <div class="item">{inside}</div>;
  return <button type="button" class="item" onClick={onClick} aria-label={label}>{inside}</button>;
}

export interface SheetProps extends Children {
  title: string;
  open: boolean;
  onClose: () => void;
}

/** A modal sheet that rises from the bottom; Esc, the cross and the backdrop close it. */
export function Sheet({ title, open, onClose, children }: SheetProps): JSX.Element {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && dialog.current?.open === false) dialog.current.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="sheet"
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      {open ? <SheetBody id={id} title={title} onClose={onClose}>{children}</SheetBody> : null}
    </dialog>
  );
}

function SheetBody({ id, title, onClose, children }: Children & { id: string; title: string; onClose: () => void }): JSX.Element {
  return (
    <div>
      <div class="sheet-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="icon-btn" aria-label={t("close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div class="stack">{children}</div>
    </div>
  );
}
