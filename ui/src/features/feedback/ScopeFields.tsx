/** Which feedback leaves, and what of it. */
import ui from "../../components/ui/ui.module.css";
import type { ExportFeedback } from "../../contract/contract";
import { useProjects, useSources } from "../../data/queries";
import { useQueues } from "../../data/review";
import styles from "./feedback.module.css";

type Flag = "history" | "repeats" | "adjudicated" | "names" | "timing" | "redact";

const FLAGS: readonly (readonly [Flag, string])[] = [
  ["history", "Include what was replaced or taken back"],
  ["repeats", "Include answers to items that came again"],
  ["adjudicated", "Adjudicated answers only, where there are any"],
  ["names", "Write names of reviewers"],
  ["timing", "Write how long judging took"],
  ["redact", "Apply the redaction rules once more"],
];

interface ScopeProps {
  readonly params: ExportFeedback;
  /** The trace that the person came from. */
  readonly traceId: string | null;
  readonly onChange: (changes: Partial<ExportFeedback>) => void;
  /** What was replaced is always sent where it has to be taken back. */
  readonly without?: readonly Flag[];
}

export function ScopeSelect({ params, traceId, onChange }: ScopeProps) {
  const projects = useProjects().data;
  const sources = useSources().data;
  const queues = useQueues().data;
  const scope = params.trace_id ? "trace" : params.queue_id ? `queue ${params.queue_id}` : params.source_id ? `source ${params.source_id}` : params.project ? `project ${params.project}` : "";
  const choose = (chosen: string): void => {
    const [kind = "", ...rest] = chosen.split(" ");
    const name = rest.join(" ");
    onChange({
      trace_id: kind === "trace" ? traceId : null,
      project: kind === "project" ? name : null,
      queue_id: kind === "queue" ? name : null,
      source_id: kind === "source" ? Number(name) : null,
    });
  };
  return (
    <label className={styles.line}>
      Scope
      <select className={ui.field} value={scope} onChange={(event) => choose(event.target.value)}>
        {traceId === null ? null : <option value="trace">This trace</option>}
        <option value="">Everything</option>
        <optgroup label="Project">
          {projects?.map(({ name }) => (
            <option key={name} value={`project ${name}`}>
              {name}
            </option>
          ))}
        </optgroup>
        {queues && queues.length > 0 ? (
          <optgroup label="Queue">
            {queues.map(({ id, name }) => (
              <option key={id} value={`queue ${id}`}>
                {name}
              </option>
            ))}
          </optgroup>
        ) : null}
        {sources && sources.length > 0 ? (
          <optgroup label="Traces of a file">
            {sources.map(({ id, label }) => (
              <option key={id} value={`source ${id}`}>
                {label}
              </option>
            ))}
          </optgroup>
        ) : null}
      </select>
    </label>
  );
}

export function ScopeFlags({ params, onChange, without = [] }: Omit<ScopeProps, "traceId">) {
  return (
    <div className={styles.options}>
      {FLAGS.filter(([flag]) => !without.includes(flag)).map(([flag, name]) => (
        <label key={flag}>
          <input type="checkbox" checked={params[flag] ?? false} onChange={(event) => onChange({ [flag]: event.target.checked })} />
          {name}
        </label>
      ))}
    </div>
  );
}
