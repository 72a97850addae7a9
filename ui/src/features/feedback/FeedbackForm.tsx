import { useId, useState, type FormEvent, type KeyboardEvent } from "react";
import { isKeyOf, pressOf, useCommands, type Command } from "../../commands/registry";
import { Button } from "../../components/ui/Button";
import { Keys, KeysOf } from "../../components/ui/Keys";
import { Segments } from "../../components/ui/Segments";
import ui from "../../components/ui/ui.module.css";
import type { KnownKey, Said } from "../../contract/contract";
import { CONTROLS, controlOf, saidOf, type Control, type Draft } from "../../lib/feedback";
import styles from "./feedback.module.css";

interface FeedbackFormProps {
  readonly keys: readonly KnownKey[];
  readonly start: Draft;
  /** The key stays as it is: something is edited. */
  readonly fixed: boolean;
  readonly busy: boolean;
  /** Why the core refused. */
  readonly refusal: string | null;
  readonly onSubmit: (key: string, said: Said) => void;
  readonly onCancel?: () => void;
}

/** Listed while the form is there; the form itself listens, since it is often in a dialog. */
const COMMANDS: readonly Command[] = [{ id: "feedback.keep", title: "Keep what the form of feedback says", group: "General", shortcut: "Mod+Enter", local: "bound", hidden: true, run: () => undefined }];

/** One question with its control and a comment; a key keeps it, `Escape` leaves. */
export function FeedbackForm({ keys, start, fixed, busy, refusal, onSubmit, onCancel }: FeedbackFormProps) {
  const [draft, setDraft] = useState(start);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  useCommands(COMMANDS);
  const known = keys.find(({ key }) => key === draft.key.trim());
  const control = controlOf(known, draft.control);
  const change = (more: Partial<Draft>): void => {
    setProblem(null);
    setDraft((before) => ({ ...before, ...more }));
  };
  const submit = (event?: FormEvent): void => {
    event?.preventDefault();
    const said = saidOf({ ...draft, control }, known);
    if (typeof said === "string") setProblem(said);
    else onSubmit(draft.key.trim(), said);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (isKeyOf("feedback.keep", pressOf(event.nativeEvent))) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && onCancel) {
      event.preventDefault();
      event.stopPropagation();
      onCancel();
    }
  };
  const message = problem ?? refusal;
  return (
    <form className={styles.form} aria-label={fixed ? `Edit ${start.key}` : "Add feedback"} onSubmit={submit}>
      <div className={styles.line}>
        {fixed ? (
          <b className={styles.key}>{start.key}</b>
        ) : (
          <>
            <input
              className={`${ui.field} ${styles.keyField}`}
              aria-label="Key"
              placeholder="What is judged, e.g. correctness"
              list={id}
              maxLength={180}
              value={draft.key}
              data-feedback-key
              onKeyDown={onKeyDown}
              onChange={(event) => change({ key: event.target.value, value: "" })}
            />
            <datalist id={id}>
              {keys.map(({ key }) => (
                <option key={key}>{key}</option>
              ))}
            </datalist>
          </>
        )}
        {known?.key_type || fixed ? null : <Segments<Control> label="Kind of answer" options={CONTROLS} value={draft.control} onChange={(next) => change({ control: next, value: "" })} />}
      </div>
      <ValueControl onKeyDown={onKeyDown} control={control} known={known} value={draft.value} onChange={(value) => change({ value })} />
      <textarea className={`${ui.field} ${styles.text}`} aria-label="Comment" placeholder="Comment" rows={2} value={draft.comment} onKeyDown={onKeyDown} onChange={(event) => change({ comment: event.target.value })} />
      {message ? (
        <p className={styles.problem} role="alert">
          {message}
        </p>
      ) : null}
      <div className={styles.line}>
        <Button type="submit" tone="primary" disabled={busy}>
          {fixed ? "Save" : "Add"}
        </Button>
        {onCancel ? <Button onClick={onCancel}>Cancel</Button> : null}
        <KeysOf command="feedback.keep" />
      </div>
    </form>
  );
}

interface ValueControlProps {
  readonly control: Control;
  readonly known: KnownKey | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Keys of the form. */
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

function ValueControl({ control, known, value, onChange, onKeyDown }: ValueControlProps) {
  if (control === "boolean") {
    return (
      <Choices
        options={[
          ["true", "Yes"],
          ["false", "No"],
        ]}
        value={value}
        onChange={onChange}
        onKeyDown={onKeyDown}
      />
    );
  }
  if (control === "categorical" && known && known.categories.length > 0) {
    return <Choices options={known.categories.map(({ label }) => [label, label] as const)} value={value} onChange={onChange} onKeyDown={onKeyDown} />;
  }
  if (control === "freeform") {
    return <textarea className={`${ui.field} ${styles.text}`} aria-label="Text" placeholder="Text" rows={3} value={value} onKeyDown={onKeyDown} onChange={(event) => onChange(event.target.value)} />;
  }
  const range = known && (known.min !== null || known.max !== null) ? `${known.min ?? "…"} to ${known.max ?? "…"}` : null;
  return (
    <span className={styles.line}>
      <input
        className={`${ui.field} ${styles.value}`}
        aria-label={control === "continuous" ? "Score" : "Label"}
        placeholder={control === "continuous" ? "Score" : "Label"}
        inputMode={control === "continuous" ? "decimal" : "text"}
        value={value}
        onKeyDown={onKeyDown}
        onChange={(event) => onChange(event.target.value)}
      />
      {range ? <span className={styles.quiet}>{range}</span> : null}
    </span>
  );
}

interface ChoicesProps {
  readonly options: readonly (readonly [string, string])[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** Digits choose where the focus is on one of them. */
function Choices({ options, value, onChange, onKeyDown }: ChoicesProps) {
  const onKey = (event: KeyboardEvent): void => {
    const place = /^Digit([1-9])$/.exec(event.code)?.[1];
    const option = place && !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey ? options[Number(place) - 1] : undefined;
    if (!option) return onKeyDown(event);
    event.preventDefault();
    event.stopPropagation();
    onChange(option[0]);
  };
  return (
    <span className={styles.choices} role="radiogroup" aria-label="Value">
      {options.map(([option, name], index) => (
        <button key={option} type="button" role="radio" aria-checked={option === value} onKeyDown={onKey} onClick={() => onChange(option === value ? "" : option)}>
          {name}
          {index < 9 ? <Keys shortcut={String(index + 1)} /> : null}
        </button>
      ))}
    </span>
  );
}
