/** Makes examples of what is in hand: one run as it is, as it was corrected or as edited here; or many at once. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useState, type ReactNode } from "react";
import { toast } from "sonner";
import { ErrorState, Skeleton } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Segments } from "../../components/ui/Segments";
import ui from "../../components/ui/ui.module.css";
import type { ExampleProblem, FillSource, ProposedExample, RunRef } from "../../contract/contract";
import { useAddRuns, useDatasetChoice, useProposedExample, useSaveDataset, useSaveExample } from "../../data/datasets";
import { offerUndo } from "../../data/undo";
import { draftOf, splitsOf, textOf, type ExampleDraft } from "../../lib/example";
import { formatCount, plural } from "../../lib/format";
import { platform } from "../../platform";
import { ExampleFields } from "./ExampleFields";
import styles from "./datasets.module.css";

const LAST_DATASET = "tracemark.dataset";
/** Choice of a dataset that is not there yet. */
const NEW = "";

interface AddToDatasetProps {
  /** Dataset to begin with; the one of last time when absent. */
  readonly datasetId: string | null;
  readonly source: FillSource;
  readonly label: string;
  /** The output as a person is correcting it now: JSON. */
  readonly corrected?: string | undefined;
  readonly onClose: () => void;
}

export function AddToDatasetDialog({ datasetId, source, label, corrected, onClose }: AddToDatasetProps) {
  const datasets = useDatasetChoice();
  if (datasets.error) {
    return (
      <Dialog title="Add to a dataset" onClose={onClose}>
        <ErrorState title="The datasets could not be listed" error={datasets.error} onRetry={() => void datasets.refetch()} />
      </Dialog>
    );
  }
  return (
    <Dialog title="Add to a dataset" onClose={onClose} wide>
      {datasets.data ? <Form datasets={datasets.data.rows} asked={datasetId} source={source} label={label} corrected={corrected} onClose={onClose} /> : <Skeleton width="60%" />}
    </Dialog>
  );
}

interface FormProps {
  readonly datasets: readonly { readonly id: string; readonly name: string }[];
  readonly asked: string | null;
  readonly source: FillSource;
  readonly label: string;
  readonly corrected: string | undefined;
  readonly onClose: () => void;
}

function Form({ datasets, asked, source, label, corrected, onClose }: FormProps) {
  const last = asked ?? localStorage.getItem(LAST_DATASET);
  const [chosen, setChosen] = useState(datasets.find(({ id }) => id === last)?.id ?? datasets[0]?.id ?? NEW);
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const single = source.type === "runs" && source.runs.length === 1 ? (source.runs[0] ?? null) : null;
  const done = (id: string, ids: readonly string[], told: string): void => {
    localStorage.setItem(LAST_DATASET, id);
    if (ids.length > 0) offerUndo(told, () => platform().call("delete_examples", { ids: [...ids] }));
    else toast(told);
    onClose();
  };
  const place = (
    <>
      <label className={styles.row}>
        <span>Dataset</span>
        <span className={styles.line}>
          {/* Enter alone adds to the dataset of last time. */}
          {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
          <select className={ui.field} autoFocus value={chosen} onChange={(event) => setChosen(event.target.value)}>
            {datasets.map(({ id, name: known }) => (
              <option key={id} value={id}>
                {known}
              </option>
            ))}
            <option value={NEW}>New dataset…</option>
          </select>
          {chosen === NEW ? <input className={`${ui.field} ${styles.grow}`} type="text" required maxLength={200} aria-label="Name of the new dataset" placeholder="Name of the new dataset" value={name} onChange={(event) => setName(event.target.value)} /> : null}
          {chosen === NEW ? null : (
            <Button
              onClick={() => {
                onClose();
                void navigate({ to: "/datasets/$datasetId", params: { datasetId: chosen } });
              }}
            >
              Show it
            </Button>
          )}
        </span>
      </label>
      <div className={styles.row}>
        <span>What</span>
        <span>{label}</span>
      </div>
    </>
  );
  const props = { place, dataset: chosen === NEW ? null : chosen, name: name.trim(), onDone: done, onClose };
  return single ? <Single run={single} corrected={corrected} {...props} /> : <Many source={source} {...props} />;
}

interface PlaceProps {
  readonly place: ReactNode;
  /** `null`: the new one of this name. */
  readonly dataset: string | null;
  readonly name: string;
  readonly onDone: (datasetId: string, ids: readonly string[], told: string) => void;
  readonly onClose: () => void;
}

function Single({ run, corrected, ...props }: PlaceProps & { readonly run: RunRef; readonly corrected: string | undefined }) {
  const proposed = useProposedExample(run.trace_id, run.run_id, true);
  if (proposed.error) return <ErrorState title="The run could not be read" error={proposed.error} onRetry={() => void proposed.refetch()} />;
  return proposed.data ? <Edited run={run} proposed={corrected === undefined ? proposed.data : { ...proposed.data, corrected }} {...props} /> : <Skeleton width="60%" />;
}

const OUTPUTS = [
  ["corrected", "As corrected"],
  ["given", "As it was given"],
] as const;

function Edited({ run, proposed, place, dataset, name, onDone, onClose }: PlaceProps & { readonly run: RunRef; readonly proposed: ProposedExample }) {
  const corrected = proposed.corrected !== null;
  const [from, setFrom] = useState<"corrected" | "given">(corrected ? "corrected" : "given");
  const of = (which: "corrected" | "given"): string => (which === "corrected" ? proposed.corrected : proposed.outputs) ?? "";
  const [draft, setDraft] = useState<ExampleDraft>(() => ({ ...draftOf({ ...proposed, splits: [] }), outputs: of(from) }));
  const [problems, setProblems] = useState<readonly ExampleProblem[]>([]);
  const make = useSaveDataset();
  const save = useSaveExample();
  const submit = async (): Promise<void> => {
    const id = dataset ?? (await make.mutateAsync({ name })).row.id;
    const saved = await save.mutateAsync({ dataset_id: id, text: textOf(draft), splits: splitsOf(draft.splits), source_run: run.run_id });
    onDone(id, [saved.id], "Example added.");
  };
  const onProblems = useCallback((found: readonly ExampleProblem[]) => setProblems(found), []);
  const error = make.error ?? save.error;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        // What failed is said below.
        void submit().catch(() => undefined);
      }}
    >
      {place}
      {corrected ? (
        <div className={styles.row}>
          <span>Outputs</span>
          <span>
            <Segments
              label="Outputs"
              options={OUTPUTS}
              value={from}
              onChange={(which) => {
                setFrom(which);
                setDraft({ ...draft, outputs: of(which) });
              }}
            />
          </span>
        </div>
      ) : null}
      {dataset === null ? <Unchecked draft={draft} onChange={setDraft} /> : <ExampleFields datasetId={dataset} draft={draft} onChange={setDraft} onProblems={onProblems} />}
      <Problem error={error} />
      <div className={styles.dialogRow}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" tone="primary" disabled={save.isPending || make.isPending || (dataset === null ? name === "" : problems.length > 0)}>
          {save.isPending ? "Adding…" : "Add the example"}
        </Button>
      </div>
    </form>
  );
}

/** The parts, where there is no dataset yet whose schema could say more. */
function Unchecked({ draft, onChange }: { readonly draft: ExampleDraft; readonly onChange: (draft: ExampleDraft) => void }) {
  const parts = [
    ["inputs", "Inputs"],
    ["outputs", "Outputs"],
  ] as const;
  return parts.map(([part, label]) => (
    <label key={part} className={styles.part}>
      <span className={styles.partHead}>{label}</span>
      <textarea className={styles.area} rows={6} spellCheck={false} value={draft[part]} onChange={(event) => onChange({ ...draft, [part]: event.target.value })} />
    </label>
  ));
}

function Many({ source, place, dataset, name, onDone, onClose }: PlaceProps & { readonly source: FillSource }) {
  const [corrected, setCorrected] = useState(true);
  const [known, setKnown] = useState(true);
  const [splits, setSplits] = useState("");
  const add = useAddRuns();
  const { data } = add;
  const submit = (): void =>
    add.mutate(
      { dataset_id: dataset, new_name: dataset === null ? name : null, source, prefer_correction: corrected, splits: splitsOf(splits), skip_known: known },
      {
        onSuccess: (added) => {
          const told = [`${plural(added.ids.length, "example")} added`, added.corrected > 0 ? `${formatCount(added.corrected)} as corrected` : "", added.already > 0 ? `${formatCount(added.already)} there already` : ""].filter((text) => text !== "").join(", ");
          if (added.problems.length === 0) onDone(added.dataset_id, added.ids, `${told}.`);
        },
      },
    );
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {place}
      <div className={styles.row}>
        <span>Examples</span>
        <span className={styles.line}>
          <label className={styles.check}>
            <input type="checkbox" checked={corrected} onChange={(event) => setCorrected(event.target.checked)} />
            As corrected, where somebody did
          </label>
          <label className={styles.check}>
            <input type="checkbox" checked={known} onChange={(event) => setKnown(event.target.checked)} />
            Leave out runs that it has already
          </label>
        </span>
      </div>
      <label className={styles.row}>
        <span>Splits</span>
        <input className={ui.field} type="text" placeholder="train, hard" value={splits} onChange={(event) => setSplits(event.target.value)} />
      </label>
      <Problem error={add.error} />
      {data ? (
        <section aria-label="Report" role="status">
          <p>
            {plural(data.ids.length, "example")} added, {formatCount(data.already)} there already, {plural(data.problems.length, "problem")}
          </p>
          <ul className={styles.report}>
            {data.problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </section>
      ) : null}
      <div className={styles.dialogRow}>
        {data ? (
          <Button tone="primary" onClick={() => onDone(data.dataset_id, data.ids, `${plural(data.ids.length, "example")} added.`)}>
            Done
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" disabled={add.isPending || (dataset === null && name === "")}>
              {add.isPending ? "Adding…" : "Add"}
            </Button>
          </>
        )}
      </div>
    </form>
  );
}

function Problem({ error }: { readonly error: Error | null }) {
  return error ? (
    <p className={styles.problem} role="alert">
      {error.message}
    </p>
  ) : null;
}
