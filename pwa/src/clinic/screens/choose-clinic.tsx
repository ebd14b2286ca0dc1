/** Where this machine stands: the staff's own clinic to confirm, or another by name or key. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { App, AppBar, Button, Field, Icon, institutionText, ListItem, Main, Notice } from "../../ui";
import { session } from "../../ui/entrance";
import { chooseClinic } from "../actions";
import type { Clinic, Directory, Found } from "../directory";
import { t } from "../words";

const MOST_FOUND = 12;

export interface ChooseProps {
  directory: Directory;
  /** The clinic that the staff is bound to. */
  own: Clinic | null;
}

export function ChooseClinic({ directory, own }: ChooseProps): VNode {
  return (
    <App>
      <AppBar face={t("clinic-face")} />
      <Main>
        <h1>{t("clinic-choose-title")}</h1>
        <p class="soft">{t("clinic-choose-why")}</p>
        {own === null ? <Search directory={directory} /> : <Confirm own={own} />}
      </Main>
    </App>
  );
}

/** A login of one clinic answers for no other: the server takes neither its questions nor its receipts (wrong-clinic). */
function Confirm({ own }: { own: Clinic }): VNode {
  return (
    <>
      <div class="own-clinic bark">
        <Icon name="hospital" size={40} />
        <div>
          <span class="small soft">{t("clinic-choose-yours")}</span>
          <h2>{own.name}</h2>
          <span class="small">
            {own.municipality} · <span class="mono">{own.clues}</span>
          </span>
        </div>
      </div>
      <div class="btns push">
        <Button look="primary" wide onClick={() => void chooseClinic(own.clues)}>
          {t("clinic-choose-confirm")}
        </Button>
        <p class="small soft">{t(session.value?.entry === "counter-code" ? "clinic-choose-other-node" : "clinic-choose-other")}</p>
      </div>
    </>
  );
}

function Search({ directory }: { directory: Directory }): VNode {
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const found = directory.search(text, MOST_FOUND);
  const takeFirst = (event: Event): void => {
    event.preventDefault();
    if (found[0] !== undefined) void chooseClinic(found[0].clinic.clues);
  };
  return (
    <>
      <form onSubmit={takeFirst} noValidate>
        <Field label={t("clinic-choose-search")} value={text} onInput={setText} type="search" autocomplete="off" inputRef={input} />
      </form>
      {directory.isOneState ? <Notice>{t("clinics-one-state")}</Notice> : null}
      {text.trim() !== "" && found.length === 0 ? <Notice>{t("clinic-choose-none")}</Notice> : null}
      {found.length === MOST_FOUND ? <p class="small soft">{t("clinic-choose-more", { count: MOST_FOUND })}</p> : null}
      <ul class="list">
        {found.map((one) => (
          <li key={one.former ?? one.clinic.clues}>
            <FoundItem found={one} />
          </li>
        ))}
      </ul>
    </>
  );
}

function FoundItem({ found: { clinic, former } }: { found: Found }): VNode {
  const { clues, institution, municipality, name } = clinic;
  const key = former === null ? clues : t("clinic-choose-former", { former, clues });
  const sub = [institutionText(institution), municipality, key].join(" · ");
  return <ListItem title={name} sub={sub} icon="hospital" onClick={() => void chooseClinic(clues)} />;
}
