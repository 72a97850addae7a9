/** What feedback keys mean: one definition for rubrics, for feedback on runs, and for what leaves. */
import { clsx } from "clsx";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { ErrorState, Skeleton } from "../../components/States";
import { Button, IconButton } from "../../components/ui/Button";
import ui from "../../components/ui/ui.module.css";
import type { Direction, FeedbackKey, KeyType } from "../../contract/contract";
import { useDeleteFeedbackKey, useFeedbackKeys, useSaveFeedbackKey } from "../../data/review";
import { formatCount, plural } from "../../lib/format";
import { BARE, draftProblems, TYPE_NAMES } from "../../lib/review/rubricDraft";
import { DIRECTIONS, Values } from "../queues/RubricEditor";
import { Field } from "./Field";
import styles from "./settings.module.css";

const NEW: FeedbackKey = { ...BARE, key: "", key_type: "boolean", direction: "higher_better" };

export function FeedbackKeys() {
  const known = useFeedbackKeys();
  const [editing, setEditing] = useState<string | null>(null);
  const remove = useDeleteFeedbackKey();
  if (known.error) return <ErrorState title="The keys could not be read" error={known.error} onRetry={() => void known.refetch()} />;
  if (!known.data) return <Skeleton width="60%" />;
  return (
    <div className={styles.value}>
      {known.data.length > 0 ? (
        <ul className={styles.rules} aria-label="Feedback keys">
          {known.data.map((key) => (
            <li key={key.key} className={styles.rule}>
              {editing === key.key ? (
                <KeyForm start={key} fresh={false} onDone={() => setEditing(null)} />
              ) : (
                <>
                  <span className={styles.ruleName} title={key.description ?? key.key}>
                    {key.key}
                  </span>
                  <span className={styles.rulePattern} title={described(key)}>
                    {described(key)}
                  </span>
                  <span className={styles.ruleCount}>{plural(key.answers ?? 0, "answer")}</span>
                  <IconButton label={`Edit ${key.key}`} onClick={() => setEditing(key.key)}>
                    <Pencil size={13} />
                  </IconButton>
                  <IconButton label={(key.answers ?? 0) > 0 ? `${key.key} was used and stays` : `Delete ${key.key}`} disabled={(key.answers ?? 0) > 0 || remove.isPending} onClick={() => remove.mutate(key.key)}>
                    <Trash2 size={13} />
                  </IconButton>
                </>
              )}
            </li>
          ))}
        </ul>
      ) : null}
      {remove.error ? (
        <p className={styles.failed} role="alert">
          {remove.error.message}
        </p>
      ) : null}
      {editing === "" ? (
        <KeyForm start={NEW} fresh onDone={() => setEditing(null)} />
      ) : (
        <div className={styles.line}>
          <Button onClick={() => setEditing("")}>Add a key…</Button>
        </div>
      )}
      <p className={styles.help}>A key means one thing everywhere: in rubrics, in feedback on runs and in what leaves. While there are answers, its values stay.</p>
    </div>
  );
}

/** The values of a key in few words. */
function described({ key_type: type, min, max, categories = [] }: FeedbackKey): string {
  const range = min === null && max === null ? "" : ` ${min ?? "…"} to ${max ?? "…"}`;
  const labels = categories.map(({ label = "" }) => label).join(", ");
  return `${TYPE_NAMES[type]}${range}${labels === "" ? "" : `: ${labels}`}`;
}

interface KeyFormProps {
  readonly start: FeedbackKey;
  readonly fresh: boolean;
  readonly onDone: () => void;
}

function KeyForm({ start, fresh, onDone }: KeyFormProps) {
  const [key, setKey] = useState(start);
  const [tried, setTried] = useState(false);
  const save = useSaveFeedbackKey();
  const answers = start.answers ?? 0;
  const fixed = answers > 0;
  const problem = draftProblems([{ id: "key", item: { feedback_key: key.key }, key }]).get("key") ?? null;
  const change = (changes: Partial<FeedbackKey>): void => setKey((before) => ({ ...before, ...changes }));
  const scored = key.key_type === "boolean" || key.key_type === "categorical" || key.key_type === "continuous";
  return (
    <form
      className={styles.fields}
      aria-label={fresh ? "New key" : `Edit ${start.key}`}
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (problem === null) save.mutate({ key: { ...key, key: key.key.trim() } }, { onSuccess: onDone });
      }}
    >
      {fresh ? <Field label="Key" value={key.key} placeholder="correctness" onChange={(name) => change({ key: name })} /> : <b>{start.key}</b>}
      <div className={styles.line}>
        <select className={ui.field} aria-label="Type" value={key.key_type} disabled={fixed} title={fixed ? `${formatCount(answers)} answers: the type stays` : undefined} onChange={(event) => change({ ...BARE, direction: key.direction, description: key.description, key_type: event.target.value as KeyType })}>
          {Object.entries(TYPE_NAMES).map(([type, name]) => (
            <option key={type} value={type}>
              {name}
            </option>
          ))}
        </select>
        {scored ? (
          <select className={ui.field} aria-label="Direction" value={key.direction} onChange={(event) => change({ direction: event.target.value as Direction })}>
            {DIRECTIONS.map(([direction, name]) => (
              <option key={direction} value={direction}>
                {name}
              </option>
            ))}
          </select>
        ) : null}
      </div>
      <Values fixed={fixed} value={key} onChange={change} />
      <Field label="Meaning" value={key.description ?? ""} placeholder="What it asks, in one line" onChange={(text) => change({ description: text === "" ? null : text })} />
      {(tried && problem !== null) || save.error ? (
        <p className={styles.failed} role="alert">
          {problem ?? save.error?.message}
        </p>
      ) : null}
      <div className={clsx(styles.line)}>
        <Button type="submit" tone="primary" disabled={save.isPending}>
          {fresh ? "Add the key" : "Save the key"}
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
    </form>
  );
}
