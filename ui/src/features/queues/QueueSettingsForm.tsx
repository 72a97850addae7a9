/** How the items of a queue are handed out: target, order, reviewers, what is hidden. */
import ui from "../../components/ui/ui.module.css";
import type { Blind, OrderMode, QueueKind, QueueSettings, Stratum, TargetLevel } from "../../contract/contract";
import { useDatasetChoice } from "../../data/datasets";
import { useReviewers } from "../../data/review";
import styles from "./queues.module.css";

interface SettingsProps {
  readonly settings: QueueSettings;
  readonly kind: QueueKind;
  readonly isNew: boolean;
  readonly dataset: string;
  readonly onDataset: (dataset: string) => void;
  readonly onChange: (changes: Partial<QueueSettings>) => void;
}

const TARGETS: readonly (readonly [TargetLevel, string])[] = [
  ["run", "Runs"],
  ["trace", "Traces"],
  ["thread", "Threads"],
];

const ORDERS: readonly (readonly [OrderMode, string])[] = [
  ["added", "As added"],
  ["newest", "Newest first"],
  ["oldest", "Oldest first"],
  ["random", "Random"],
  ["interleave", "In turns over"],
  ["priority", "Priority"],
  ["uncertainty", "Disagreement first"],
  ["thread", "By thread"],
  ["shortest", "Shortest first"],
  ["longest", "Longest first"],
];

export const STRATA: readonly (readonly [Stratum, string])[] = [
  ["run_name", "run name"],
  ["model", "model"],
  ["project", "project"],
  ["status", "status"],
  ["prompt_version", "prompt version"],
];

const BLINDS: readonly (readonly [Blind, string])[] = [
  ["none", "Nothing is hidden"],
  ["reviewers", "Others, until submitted"],
  ["reviewers_and_models", "Others and judges"],
  ["full", "Others, judges, model, cost, version"],
];

/** What submitting an item adds to the dataset. */
const ADDED = {
  run: "Adds the item to the dataset too",
  trace: "Adds the item to the dataset too",
  thread: "Adds the last turn to the dataset too",
  pair: "Adds the better side to the dataset too",
} as const;

export function QueueSettingsForm({ settings, kind, isNew, dataset, onDataset, onChange }: SettingsProps) {
  const reviewers = useReviewers().data;
  const datasets = useDatasetChoice().data?.rows;
  const { order_mode: order = "added", num_reviewers_per_item: perItem = 1, blind = "reviewers" } = settings;
  const seeded = order === "random" || order === "priority" || order === "uncertainty" || kind === "pairwise";
  const several = perItem === null || perItem > 1;
  return (
    <section className={styles.section} aria-label="Handing out">
      <h2 className={styles.sectionName}>Handing out</h2>
      {kind === "single" ? <Choice label="Items are" value={settings.target_level ?? "trace"} options={TARGETS} disabled={!isNew} onChange={(target_level) => onChange({ target_level })} /> : null}
      <div className={styles.row}>
        <label htmlFor="queue-order">Order</label>
        <span className={styles.line}>
          <select id="queue-order" className={ui.field} value={order} onChange={(event) => onChange({ order_mode: event.target.value as OrderMode })}>
            {ORDERS.map(([mode, name]) => (
              <option key={mode} value={mode}>
                {name}
              </option>
            ))}
          </select>
          {order === "interleave" ? (
            <select className={ui.field} aria-label="In turns over" value={settings.order_by ?? "run_name"} onChange={(event) => onChange({ order_by: event.target.value as Stratum })}>
              {STRATA.map(([stratum, name]) => (
                <option key={stratum} value={stratum}>
                  {name}
                </option>
              ))}
            </select>
          ) : null}
          {seeded ? <Whole label="Seed" value={settings.order_seed ?? 0} min={0} max={4_294_967_295} onChange={(order_seed) => onChange({ order_seed })} /> : null}
          {seeded && several ? (
            <label className={styles.check}>
              <input type="checkbox" checked={settings.same_order ?? false} onChange={(event) => onChange({ same_order: event.target.checked })} />
              Same for everybody
            </label>
          ) : null}
        </span>
      </div>
      <div className={styles.row}>
        <span>Reviews an item needs</span>
        <span className={styles.line}>
          <Whole label="Reviews an item needs" bare value={perItem ?? 1} min={1} max={100} disabled={perItem === null} onChange={(num_reviewers_per_item) => onChange({ num_reviewers_per_item })} />
          <label className={styles.check}>
            <input type="checkbox" checked={perItem === null} onChange={(event) => onChange({ num_reviewers_per_item: event.target.checked ? null : 1 })} />
            Everybody
          </label>
        </span>
      </div>
      {several && reviewers ? (
        <div className={styles.row}>
          <span>Must answer</span>
          <span className={styles.line}>
            {reviewers.reviewers
              .filter(({ archived, kind: who }) => !archived && who === "human")
              .map(({ id, name }) => {
                const assigned = settings.assigned_reviewers ?? [];
                return (
                  <label key={id} className={styles.check}>
                    <input type="checkbox" checked={assigned.includes(id)} onChange={(event) => onChange({ assigned_reviewers: event.target.checked ? [...assigned, id] : assigned.filter((one) => one !== id) })} />
                    {name}
                  </label>
                );
              })}
            <span className={styles.hint}>None: whoever comes</span>
          </span>
        </div>
      ) : null}
      <Choice label="Hidden" value={blind} options={BLINDS} onChange={(next) => onChange({ blind: next })} />
      {blind === "full" ? (
        <label className={styles.row}>
          <span>Also metadata</span>
          <input className={ui.field} type="text" placeholder="Keys, separated by commas" defaultValue={(settings.hide_metadata ?? []).join(", ")} onBlur={(event) => onChange({ hide_metadata: listOf(event.target.value) })} />
        </label>
      ) : null}
      {several ? (
        <div className={styles.row}>
          <span>Reservation</span>
          <span className={styles.line}>
            <label className={styles.check}>
              <input type="checkbox" checked={settings.enable_reservations ?? true} onChange={(event) => onChange({ enable_reservations: event.target.checked })} />
              An open item is kept from others
            </label>
            {(settings.enable_reservations ?? true) ? <Whole label="for seconds" value={settings.lease_seconds ?? 1800} min={60} max={86_400} onChange={(lease_seconds) => onChange({ lease_seconds })} /> : null}
          </span>
        </div>
      ) : null}
      <div className={styles.row}>
        <span>Submitting</span>
        <span className={styles.line}>
          <label className={styles.check}>
            <input type="checkbox" checked={settings.instant_submit ?? false} onChange={(event) => onChange({ instant_submit: event.target.checked })} />
            One key answers and submits, where one choice is asked
          </label>
          <label className={styles.check}>
            <input type="checkbox" checked={settings.on_submit === "stay"} onChange={(event) => onChange({ on_submit: event.target.checked ? "stay" : "next" })} />
            Stay on the item
          </label>
        </span>
      </div>
      {kind === "pairwise" ? (
        <div className={styles.row}>
          <span>Pairs</span>
          <label className={styles.check}>
            <input type="checkbox" checked={settings.both_bad ?? false} onChange={(event) => onChange({ both_bad: event.target.checked })} />
            “Both bad” is an answer
          </label>
        </div>
      ) : null}
      <label className={styles.row}>
        <span>Reasons to skip</span>
        <input className={ui.field} type="text" placeholder="Up to five, separated by commas" defaultValue={(settings.skip_reasons ?? []).join(", ")} onBlur={(event) => onChange({ skip_reasons: listOf(event.target.value).slice(0, 5) })} />
      </label>
      <div className={styles.row}>
        <span>Discarding</span>
        <label className={styles.check}>
          <input type="checkbox" checked={settings.discard_reason_required ?? false} onChange={(event) => onChange({ discard_reason_required: event.target.checked })} />
          Needs a reason
        </label>
      </div>
      <div className={styles.row}>
        <span>Asked again</span>
        <span>
          <span className={styles.line}>
            <Whole bare label="Percent that come again" value={settings.repeat_percent ?? 0} min={0} max={20} onChange={(repeat_percent) => onChange({ repeat_percent })} />% of what a reviewer submitted
          </span>
          <span className={styles.hint}>They come again unmarked, once each, after 20 others or more. The first answers stay what they are; Results show how often the second are the same.</span>
        </span>
      </div>
      <label className={styles.row}>
        <span>Dataset</span>
        <span className={styles.line}>
          <select className={ui.field} value={dataset} onChange={(event) => onDataset(event.target.value)}>
            <option value="">None</option>
            {datasets?.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
            {dataset !== "" && datasets && !datasets.some(({ id }) => id === dataset) ? <option value={dataset}>One that is not there</option> : null}
          </select>
          <span className={styles.hint}>Where judged items can be added</span>
        </span>
      </label>
      <div className={styles.row}>
          <span>Submitting</span>
          <span className={styles.line}>
            <label className={styles.check}>
              <input type="checkbox" disabled={dataset === ""} checked={(settings.add_to_dataset ?? false) && dataset !== ""} onChange={(event) => onChange({ add_to_dataset: event.target.checked })} />
              {ADDED[kind === "pairwise" ? "pair" : (settings.target_level ?? "trace")]}
            </label>
            {kind === "single" ? (
              <label className={styles.check}>
                <input type="checkbox" checked={settings.prefill ?? false} onChange={(event) => onChange({ prefill: event.target.checked })} />
                Suggestions are chosen beforehand
              </label>
            ) : null}
          </span>
        </div>
    </section>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [Value, string])[];
  readonly disabled?: boolean;
  readonly onChange: (value: Value) => void;
}

function Choice<Value extends string>({ label, value, options, disabled = false, onChange }: ChoiceProps<Value>) {
  return (
    <label className={styles.row}>
      <span>{label}</span>
      <select className={ui.field} value={value} disabled={disabled} onChange={(event) => onChange(event.target.value as Value)}>
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

interface WholeProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly disabled?: boolean;
  /** The label stands elsewhere. */
  readonly bare?: boolean;
  readonly onChange: (value: number) => void;
}

/** A whole number within bounds; anything else stays what it was. */
export function Whole({ label, value, min, max, disabled = false, bare = false, onChange }: WholeProps) {
  return (
    <label className={styles.bound}>
      {bare ? <span className="visually-hidden">{label}</span> : label}
      <input
        className={ui.field}
        type="number"
        min={min}
        max={max}
        disabled={disabled}
        value={value}
        onChange={(event) => {
          const next = Number(event.target.value);
          if (event.target.value !== "" && Number.isSafeInteger(next) && next >= min && next <= max) onChange(next);
        }}
      />
    </label>
  );
}

function listOf(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}
