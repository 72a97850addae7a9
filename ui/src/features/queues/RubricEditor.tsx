/** The questions of a queue while they are written. */
import { clsx } from "clsx";
import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { Button, IconButton } from "../../components/ui/Button";
import ui from "../../components/ui/ui.module.css";
import type { Category, CommentPolicy, ConditionOp, Direction, FeedbackKey, KeyType, RubricItem } from "../../contract/contract";
import { formatCount } from "../../lib/format";
import { FIRST_LOOK, fromPreset, PRESETS, TYPE_NAMES, type DraftKey } from "../../lib/review/rubricDraft";
import styles from "./queues.module.css";

interface RubricEditorProps {
  readonly keys: readonly DraftKey[];
  readonly known: readonly FeedbackKey[];
  readonly problems: ReadonlyMap<string, string>;
  readonly pairwise: boolean;
  readonly onChange: (keys: readonly DraftKey[]) => void;
}

export function RubricEditor({ keys, known, problems, pairwise, onChange }: RubricEditorProps) {
  const change = (id: string, next: DraftKey): void => onChange(keys.map((key) => (key.id === id ? next : key)));
  const move = (index: number, step: 1 | -1): void => {
    const next = [...keys];
    const [key] = next.splice(index, 1);
    if (key) next.splice(index + step, 0, key);
    onChange(next);
  };
  const unused = known.filter((one) => !keys.some(({ key }) => key.key === one.key));
  return (
    <section className={styles.section} aria-label="Rubric">
      <h2 className={styles.sectionName}>Rubric</h2>
      <ol className={styles.rubric}>
        {keys.map((draft, index) => (
          <li key={draft.id} className={clsx(styles.card, problems.has(draft.id) && styles.wrong)} data-wrong={problems.has(draft.id) || undefined}>
            <KeyEditor draft={draft} others={keys.filter(({ id }) => id !== draft.id)} known={known} pairwise={pairwise} onChange={(next) => change(draft.id, next)} />
            {problems.has(draft.id) ? (
              <p className={styles.problem} role="alert">
                {problems.get(draft.id)}
              </p>
            ) : null}
            <span className={styles.cardTools}>
              <IconButton label={`Move ${draft.key.key} up`} disabled={index === 0} onClick={() => move(index, -1)}>
                <ArrowUp size={13} />
              </IconButton>
              <IconButton label={`Move ${draft.key.key} down`} disabled={index === keys.length - 1} onClick={() => move(index, 1)}>
                <ArrowDown size={13} />
              </IconButton>
              <IconButton label={`Remove ${draft.key.key}`} onClick={() => onChange(keys.filter(({ id }) => id !== draft.id))}>
                <X size={13} />
              </IconButton>
            </span>
          </li>
        ))}
      </ol>
      <div className={styles.presets}>
        {PRESETS.map((preset) => (
          <Button key={preset.name} onClick={() => onChange([...keys, fromPreset(preset, known, keys)])}>
            <Plus size={12} />
            {preset.name}
          </Button>
        ))}
        {keys.length === 0 && !pairwise ? (
          <Button onClick={() => onChange(FIRST_LOOK.map((preset) => fromPreset(preset, known, [])))}>
            <Plus size={12} />
            First look
          </Button>
        ) : null}
        {unused.length > 0 ? (
          <select
            className={ui.field}
            aria-label="Add a key that is known"
            value=""
            onChange={(event) => {
              const key = unused.find((one) => one.key === event.target.value);
              if (key) onChange([...keys, { id: crypto.randomUUID(), key, item: { feedback_key: key.key, is_required: true, comment_policy: "optional" } }]);
            }}
          >
            <option value="">Known key…</option>
            {unused.map(({ key }) => (
              <option key={key}>{key}</option>
            ))}
          </select>
        ) : null}
      </div>
    </section>
  );
}

const COMMENTS: readonly (readonly [CommentPolicy, string])[] = [
  ["off", "No comment"],
  ["optional", "Comment if wanted"],
  ["required_if_negative", "Comment if negative"],
  ["required", "Comment always"],
];

export const DIRECTIONS: readonly (readonly [Direction, string])[] = [
  ["higher_better", "Higher is better"],
  ["lower_better", "Lower is better"],
  ["none", "Neither is better"],
];

interface KeyEditorProps {
  readonly draft: DraftKey;
  readonly others: readonly DraftKey[];
  readonly known: readonly FeedbackKey[];
  readonly pairwise: boolean;
  readonly onChange: (draft: DraftKey) => void;
}

function KeyEditor({ draft, others, known, pairwise, onChange }: KeyEditorProps) {
  const { item, key } = draft;
  const setItem = (changes: Partial<RubricItem>): void => onChange({ ...draft, item: { ...item, ...changes } });
  const setKey = (changes: Partial<FeedbackKey>): void => onChange({ ...draft, key: { ...key, ...changes } });
  const fixed = (known.find((one) => one.key === key.key)?.answers ?? 0) > 0;
  const scored = key.key_type === "boolean" || key.key_type === "categorical" || key.key_type === "continuous";
  return (
    <div className={styles.keyEditor}>
      <div className={styles.line}>
        <input className={clsx(ui.field, styles.keyName)} type="text" aria-label="Key" placeholder="correctness" spellCheck={false} value={key.key} onChange={(event) => setKey({ key: event.target.value })} />
        {pairwise ? (
          <span className={styles.hint}>A, B or equal</span>
        ) : (
          <select className={ui.field} aria-label={`Type of ${key.key}`} value={key.key_type} disabled={fixed} title={fixed ? "There are answers under this key" : undefined} onChange={(event) => setKey({ key_type: event.target.value as KeyType })}>
            {Object.entries(TYPE_NAMES).map(([type, name]) => (
              <option key={type} value={type}>
                {name}
              </option>
            ))}
          </select>
        )}
        <label className={styles.check}>
          <input type="checkbox" checked={item.is_required ?? false} onChange={(event) => setItem({ is_required: event.target.checked })} />
          Required
        </label>
        <label className={styles.check}>
          <input type="checkbox" checked={item.allow_na ?? false} onChange={(event) => setItem({ allow_na: event.target.checked })} />
          Not applicable
        </label>
      </div>
      <input className={ui.field} type="text" aria-label={`What ${key.key} asks`} placeholder="What it asks, in one line" value={item.description ?? key.description ?? ""} onChange={(event) => setItem({ description: event.target.value === "" ? null : event.target.value })} />
      {pairwise ? null : <Values fixed={fixed} value={key} onChange={setKey} />}
      <div className={styles.line}>
        <span className={styles.bound} aria-hidden>
          Comment
        </span>
        <select className={ui.field} aria-label={`Comment on ${key.key}`} value={item.comment_policy ?? "optional"} onChange={(event) => setItem({ comment_policy: event.target.value as CommentPolicy })}>
          {COMMENTS.map(([policy, name]) => (
            <option key={policy} value={policy}>
              {name}
            </option>
          ))}
        </select>
        {scored && !pairwise ? (
          <>
            <span className={styles.bound} aria-hidden>
              Scores
            </span>
            <select className={ui.field} aria-label={`Direction of ${key.key}`} value={key.direction} onChange={(event) => setKey({ direction: event.target.value as Direction })}>
              {DIRECTIONS.map(([direction, name]) => (
                <option key={direction} value={direction}>
                  {name}
                </option>
              ))}
            </select>
          </>
        ) : null}
        {others.length > 0 && !(item.is_required ?? false) ? <Required item={item} others={others} onChange={setItem} /> : null}
      </div>
    </div>
  );
}

/** Required when another answer is what is chosen here. */
function Required({ item, others, onChange }: { readonly item: RubricItem; readonly others: readonly DraftKey[]; readonly onChange: (changes: Partial<RubricItem>) => void }) {
  const condition = item.required_if?.type === "is" ? item.required_if : null;
  if (item.required_if && !condition) return <span className={styles.hint}>Required on several conditions</span>;
  const set = (key: string, op: ConditionOp, value: string | null): void => onChange({ required_if: key === "" ? null : { type: "is", key, op, value } });
  const other = others.find(({ key }) => key.key === condition?.key)?.key;
  const values = other?.key_type === "boolean" ? ["true", "false"] : (other?.categories ?? []).map(({ label = "" }) => label);
  return (
    <span className={styles.line}>
      <select className={ui.field} aria-label={`Required if, for ${item.feedback_key}`} value={condition?.key ?? ""} onChange={(event) => set(event.target.value, "answered", null)}>
        <option value="">Never required</option>
        {others.map(({ key }) => (
          <option key={key.key} value={key.key}>
            Required if {key.key}
          </option>
        ))}
      </select>
      {condition ? (
        <select className={ui.field} aria-label={`Answer that requires ${item.feedback_key}`} value={condition.value ?? ""} onChange={(event) => (event.target.value === "" ? set(condition.key, "answered", null) : set(condition.key, "eq", event.target.value))}>
          <option value="">is answered</option>
          {values.map((value) => (
            <option key={value} value={value}>
              is {value === "true" ? "Yes" : value === "false" ? "No" : value}
            </option>
          ))}
        </select>
      ) : null}
    </span>
  );
}

export interface ValuesProps {
  /** There are answers: values cannot change, labels can. */
  readonly fixed: boolean;
  readonly value: FeedbackKey;
  readonly onChange: (changes: Partial<FeedbackKey>) => void;
}

/** Bounds or categories of a key. */
export function Values({ fixed, value: key, onChange }: ValuesProps) {
  const { categories = [] } = key;
  if (key.key_type === "continuous") {
    const bound = (name: "min" | "max" | "step", label: string) => (
      <label className={styles.bound}>
        {label}
        <input className={ui.field} type="number" disabled={fixed} value={key[name] ?? ""} onChange={(event) => onChange({ [name]: event.target.value === "" ? null : Number(event.target.value) })} />
      </label>
    );
    return (
      <div className={styles.line}>
        {bound("min", "From")}
        {bound("max", "To")}
        {bound("step", "Step")}
        {fixed ? <span className={styles.hint}>{formatCount(key.answers)} answers: bounds stay. Use a new key for others.</span> : null}
      </div>
    );
  }
  if (key.key_type !== "categorical" && key.key_type !== "multi_categorical" && !(key.key_type === "boolean" && categories.length > 0)) return null;
  const set = (index: number, changes: Partial<Category>): void => onChange({ categories: categories.map((category, at) => (at === index ? { ...category, ...changes } : category)) });
  return (
    <ul className={styles.categories} aria-label={`Categories of ${key.key}`}>
      {/* Each field says its own name; this is for the eyes. */}
      <li className={clsx(styles.line, styles.heads)} aria-hidden>
        <span className={styles.label}>Label</span>
        <span className={styles.small}>Score</span>
        <span className={styles.letter}>Key</span>
        <span className={styles.grow}>What it means</span>
      </li>
      {categories.map((category, index) => (
        // Categories have no identity but their order while they are written.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={index} className={styles.line}>
          <input className={clsx(ui.field, styles.label)} type="text" aria-label={`Label ${index + 1}`} value={category.label ?? ""} onChange={(event) => set(index, { label: event.target.value })} />
          <input className={clsx(ui.field, styles.small)} type="number" aria-label={`Score ${index + 1}`} disabled={fixed || key.key_type === "boolean"} value={category.value ?? ""} onChange={(event) => set(index, { value: event.target.value === "" ? null : Number(event.target.value) })} />
          <input className={clsx(ui.field, styles.letter)} type="text" maxLength={1} aria-label={`Letter ${index + 1}`} title="A letter that chooses it from anywhere" value={category.hotkey ?? ""} placeholder="–" onChange={(event) => set(index, { hotkey: event.target.value === "" ? null : event.target.value.toUpperCase() })} />
          <input className={clsx(ui.field, styles.grow)} type="text" aria-label={`Meaning ${index + 1}`} value={category.description ?? ""} onChange={(event) => set(index, { description: event.target.value === "" ? null : event.target.value })} />
          {key.key_type === "boolean" ? null : (
            <IconButton label={`Remove the category ${category.label ?? ""}`} disabled={fixed} onClick={() => onChange({ categories: categories.filter((_, at) => at !== index) })}>
              <X size={12} />
            </IconButton>
          )}
        </li>
      ))}
      {key.key_type === "boolean" || fixed ? null : (
        <li>
          <Button onClick={() => onChange({ categories: [...categories, { label: "", value: nextValue(categories) }] })}>
            <Plus size={12} />
            Category
          </Button>
        </li>
      )}
    </ul>
  );
}

function nextValue(categories: readonly Category[]): number {
  return Math.max(-1, ...categories.flatMap(({ value = null }) => (value === null ? [] : [value]))) + 1;
}
