/** The parts of an example as texts, with what is wrong and where. */
import { useEffect, useRef, useState, type RefObject } from "react";
import { WrapText } from "lucide-react";
import { IconButton } from "../../components/ui/Button";
import ui from "../../components/ui/ui.module.css";
import type { ExamplePart, ExampleProblem } from "../../contract/contract";
import { useExampleProblems } from "../../data/datasets";
import { offsetAt, textOf, type ExampleDraft } from "../../lib/example";
import styles from "./datasets.module.css";

const PAUSE_MS = 200;

interface ExampleFieldsProps {
  readonly datasetId: string;
  readonly draft: ExampleDraft;
  readonly onChange: (draft: ExampleDraft) => void;
  /** Told whether it may be kept. */
  readonly onProblems: (problems: readonly ExampleProblem[]) => void;
}

export function ExampleFields({ datasetId, draft, onChange, onProblems }: ExampleFieldsProps) {
  const settled = useSettledDraft(draft);
  const { data: problems, error } = useExampleProblems(datasetId, textOf(settled));
  useEffect(() => {
    if (problems) onProblems(problems);
  }, [problems, onProblems]);
  const change = (changes: Partial<ExampleDraft>): void => onChange({ ...draft, ...changes });
  const of = (part: ExamplePart): ExampleProblem[] => (problems ?? []).filter((problem) => problem.part === part);
  return (
    <>
      <Part label="Inputs" value={draft.inputs} rows={8} problems={of("inputs")} onChange={(inputs) => change({ inputs })} />
      <Part label="Outputs" hint="empty: nothing is expected" value={draft.outputs} rows={6} problems={of("outputs")} onChange={(outputs) => change({ outputs })} />
      <Part label="Metadata" value={draft.metadata} rows={2} problems={of("metadata")} onChange={(metadata) => change({ metadata })} />
      <label className={styles.part}>
        <span className={styles.partHead}>Splits</span>
        <input className={ui.field} type="text" placeholder="train, hard" value={draft.splits} onChange={(event) => change({ splits: event.target.value })} />
      </label>
      {error ? (
        <p className={styles.problem} role="alert">
          {error.message}
        </p>
      ) : null}
    </>
  );
}

/** The draft a short pause after the last key. */
function useSettledDraft(draft: ExampleDraft): ExampleDraft {
  const [settled, setSettled] = useState(draft);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(draft), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft]);
  return settled;
}

interface PartProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly rows: number;
  readonly problems: readonly ExampleProblem[];
  readonly onChange: (text: string) => void;
}

function Part({ label, hint, value, rows, problems, onChange }: PartProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const id = `example-${label.toLowerCase()}`;
  const lines = Math.min(Math.max(value.split("\n").length, 2), rows * 2);
  return (
    <div className={styles.part}>
      <div className={styles.partHead}>
        <label htmlFor={id}>{label}</label>
        {hint === undefined || value.trim() !== "" ? null : <span className={styles.hint}>{hint}</span>}
        <IconButton label={`Lay ${label.toLowerCase()} out`} disabled={problems.some(({ pointer, message }) => pointer === "" && message.startsWith("Not valid")) || value.trim() === ""} onClick={() => onChange(laidOut(value))}>
          <WrapText size={13} />
        </IconButton>
      </div>
      <textarea ref={area} id={id} className={styles.area} rows={lines} spellCheck={false} aria-invalid={problems.length > 0} aria-describedby={problems.length > 0 ? `${id}-problems` : undefined} value={value} onChange={(event) => onChange(event.target.value)} />
      {problems.length === 0 ? null : (
        <ul className={styles.problems} id={`${id}-problems`} aria-label={`What is wrong with ${label.toLowerCase()}`}>
          {problems.slice(0, 20).map((problem) => (
            <li key={`${problem.line}:${problem.column} ${problem.pointer} ${problem.message}`}>
              <button type="button" title="Go there" onClick={() => goTo(area, problem)}>
                <code>
                  {problem.line}:{problem.column}
                </code>
                <span>
                  {problem.pointer === "" ? "" : `${problem.pointer} `}
                  {problem.message}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function goTo(area: RefObject<HTMLTextAreaElement | null>, problem: ExampleProblem): void {
  const element = area.current;
  if (!element) return;
  const at = offsetAt(element.value, problem);
  element.focus();
  element.setSelectionRange(at, at);
}

function compact(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (piece) => (piece.startsWith('"') ? piece : ""));
}

/** Indented anew. Numbers that would lose digits keep the text as it is. */
function laidOut(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return compact(JSON.stringify(value)) === compact(text) ? JSON.stringify(value, null, 2) : text;
  } catch {
    return text;
  }
}
