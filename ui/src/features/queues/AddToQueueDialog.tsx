/** Adds to a queue: what is in hand, what a search matches, or a file; all of it, or a sample drawn from a seed. */
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { toast } from "sonner";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import ui from "../../components/ui/ui.module.css";
import type { FillQueue, FillSource, Sample, SampleMethod } from "../../contract/contract";
import { useProjects } from "../../data/queries";
import { useFillQueue, usePreviewFill, useQueues } from "../../data/review";
import type { ToAdd } from "../../data/ui";
import { formatCount, formatDuration, plural } from "../../lib/format";
import styles from "./queues.module.css";
import { STRATA, Whole } from "./QueueSettingsForm";

interface AddProps {
  readonly queueId: string | null;
  readonly what: ToAdd;
  readonly onClose: () => void;
}

const LAST_QUEUE = "tracemark.queue";

export function AddToQueueDialog({ queueId, what, onClose }: AddProps) {
  const queues = useQueues({}).data;
  const [chosen, setChosen] = useState(queueId ?? remembered());
  const target = queues?.find(({ id }) => id === chosen)?.id ?? queues?.[0]?.id ?? null;
  const [source, setSource] = useState<FillSource | null>(what.type === "given" ? what.source : null);
  const [sampled, setSampled] = useState(false);
  const [sample, setSample] = useState<Sample>(() => ({ count: 100, seed: Math.floor(Math.random() * 1_000_000), method: { type: "uniform" } }));
  const [onePerThread, setOnePerThread] = useState(false);
  const [onePerVersion, setOnePerVersion] = useState(false);
  const [unlabelled, setUnlabelled] = useState("");
  const navigate = useNavigate();
  const fill = useFillQueue();
  const wanted = useMemo(
    (): FillQueue | null =>
      target === null || source === null
        ? null
        : {
            queue_id: target,
            source,
            sample: sampled ? sample : null,
            one_per_thread: onePerThread,
            one_per_prompt_version: onePerVersion,
            not_labelled_with: unlabelled.trim() === "" ? null : unlabelled.trim(),
          },
    [target, source, sampled, sample, onePerThread, onePerVersion, unlabelled],
  );
  const preview = usePreviewFill(wanted);
  const add = (): void => {
    if (!wanted) return;
    localStorage.setItem(LAST_QUEUE, wanted.queue_id);
    fill.mutate(wanted, {
      onSuccess: ({ added, already }) => {
        toast.success(`${formatCount(added)} added${already > 0 ? `, ${formatCount(already)} already in the queue` : ""}.`, {
          action: { label: "Review", onClick: () => void navigate({ to: "/queues/$queueId", params: { queueId: wanted.queue_id } }) },
        });
        onClose();
      },
    });
  };
  if (queues?.length === 0) {
    return (
      <Dialog title="Add to a queue" onClose={onClose}>
        <p>There is no queue yet.</p>
        <div className={styles.dialogRow}>
          <Link to="/queues/new" onClick={onClose}>
            New queue
          </Link>
        </div>
      </Dialog>
    );
  }
  const many = what.type !== "given" || (source !== null && source.type !== "runs" && !(source.type === "traces" && source.trace_ids.length === 1));
  return (
    <Dialog title="Add to a queue" onClose={onClose} wide>
      <form
        className={styles.add}
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <label className={styles.row}>
          <span>Queue</span>
          {/* Enter alone adds to the queue of last time. */}
          {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
          <select className={ui.field} autoFocus value={target ?? ""} onChange={(event) => setChosen(event.target.value)}>
            {queues?.map(({ id, name, kind }) => (
              <option key={id} value={id}>
                {name}
                {kind === "pairwise" ? " (pairs)" : ""}
              </option>
            ))}
          </select>
        </label>
        {what.type === "given" ? (
          <div className={styles.row}>
            <span>What</span>
            <span>{what.label}</span>
          </div>
        ) : null}
        {what.type === "search" ? <SearchSource onChange={setSource} /> : null}
        {what.type === "file" ? <FileSource onChange={setSource} /> : null}
        {many ? (
          <>
            <div className={styles.row}>
              <span>How many</span>
              <span className={styles.line}>
                <label className={styles.check}>
                  <input type="radio" name="sampled" checked={!sampled} onChange={() => setSampled(false)} />
                  All
                </label>
                <label className={styles.check}>
                  <input type="radio" name="sampled" checked={sampled} onChange={() => setSampled(true)} />
                  A sample
                </label>
                {sampled ? (
                  <>
                    <Whole label="of" value={sample.count} min={1} max={1_000_000} onChange={(count) => setSample({ ...sample, count })} />
                    <Whole label="seed" value={sample.seed} min={0} max={4_294_967_295} onChange={(seed) => setSample({ ...sample, seed })} />
                  </>
                ) : null}
              </span>
            </div>
            {sampled ? <Method method={sample.method} onChange={(method) => setSample({ ...sample, method })} /> : null}
            <div className={styles.row}>
              <span>Only</span>
              <span className={styles.line}>
                <label className={styles.check}>
                  <input type="checkbox" checked={onePerThread} onChange={(event) => setOnePerThread(event.target.checked)} />
                  One of each thread
                </label>
                <label className={styles.check}>
                  <input type="checkbox" checked={onePerVersion} onChange={(event) => setOnePerVersion(event.target.checked)} />
                  One of each prompt version
                </label>
                <input className={ui.field} type="text" aria-label="Not labelled with" placeholder="Not labelled with key…" value={unlabelled} onChange={(event) => setUnlabelled(event.target.value)} />
              </span>
            </div>
          </>
        ) : null}
        <div className={styles.addPreview} role="status" aria-busy={preview.isFetching}>
          {preview.error ? <span className={styles.problem}>{preview.error.message}</span> : null}
          {!wanted && !preview.error ? <span className={styles.hint}>Choose what to add.</span> : null}
          {preview.data && wanted ? (
            <>
              <p>
                <b>{formatCount(preview.data.added)}</b> will be added
                {preview.data.already > 0 ? `, ${formatCount(preview.data.already)} already in the queue` : ""}
                {preview.data.matching === preview.data.chosen ? "" : ` · ${formatCount(preview.data.matching)} match`}
                {preview.data.estimated_seconds === null ? "" : ` · about ${formatDuration(preview.data.estimated_seconds * 1e9)} of work`}
              </p>
              <ul>
                {preview.data.examples.map((example) => (
                  <li key={example} className={styles.example} title={example}>
                    {example}
                  </li>
                ))}
              </ul>
              {preview.data.refused > 0 ? (
                <details>
                  <summary>{plural(preview.data.refused, "row")} cannot be used</summary>
                  <ul>
                    {preview.data.problems.map((problem) => (
                      <li key={problem}>{problem}</li>
                    ))}
                  </ul>
                </details>
              ) : null}
            </>
          ) : null}
        </div>
        <div className={styles.dialogRow}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={!wanted || fill.isPending || preview.data?.added === 0}>
            {fill.isPending ? "Adding…" : preview.data ? `Add ${formatCount(preview.data.added)}` : "Add"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function remembered(): string | null {
  return localStorage.getItem(LAST_QUEUE);
}

const METHODS: readonly (readonly [SampleMethod["type"], string])[] = [
  ["uniform", "Each with the same chance"],
  ["stratified", "From each"],
  ["systematic", "Evenly over time"],
  ["weighted", "The chance grows with"],
];

function Method({ method, onChange }: { readonly method: SampleMethod; readonly onChange: (method: SampleMethod) => void }) {
  const choose = (type: string): void =>
    onChange(type === "stratified" ? { type, by: "run_name", proportional: true } : type === "weighted" ? { type, by: "cost" } : type === "systematic" ? { type } : { type: "uniform" });
  return (
    <div className={styles.row}>
      <span>Drawn</span>
      <span className={styles.line}>
        <select className={ui.field} aria-label="How the sample is drawn" value={method.type} onChange={(event) => choose(event.target.value)}>
          {METHODS.map(([type, name]) => (
            <option key={type} value={type}>
              {name}
            </option>
          ))}
        </select>
        {method.type === "stratified" ? (
          <>
            <select className={ui.field} aria-label="From each" value={method.by} onChange={(event) => onChange({ ...method, by: STRATA.find(([stratum]) => stratum === event.target.value)?.[0] ?? "run_name" })}>
              {STRATA.map(([stratum, name]) => (
                <option key={stratum} value={stratum}>
                  {name}
                </option>
              ))}
            </select>
            <label className={styles.check}>
              <input type="checkbox" checked={method.proportional} onChange={(event) => onChange({ ...method, proportional: event.target.checked })} />
              In proportion
            </label>
          </>
        ) : null}
        {method.type === "weighted" ? (
          <select className={ui.field} aria-label="Weight" value={method.by} onChange={(event) => onChange({ type: "weighted", by: event.target.value === "tokens" ? "tokens" : event.target.value === "latency" ? "latency" : "cost" })}>
            <option value="cost">cost</option>
            <option value="tokens">tokens</option>
            <option value="latency">latency</option>
          </select>
        ) : null}
      </span>
    </div>
  );
}

function SearchSource({ onChange }: { readonly onChange: (source: FillSource | null) => void }) {
  const projects = useProjects().data ?? [];
  const [project, setProject] = useState("");
  const [text, setText] = useState("");
  const [status, setStatus] = useState("");
  const tell = (changes: { project?: string; text?: string; status?: string }): void => {
    const next = { project, text, status, ...changes };
    setProject(next.project);
    setText(next.text);
    setStatus(next.status);
    onChange({
      type: "filter",
      filter: {
        ...(next.project === "" ? {} : { project: next.project }),
        ...(next.text.trim() === "" ? {} : { text: next.text.trim() }),
        ...(next.status === "error" || next.status === "success" ? { status: next.status } : {}),
      },
    });
  };
  return (
    <div className={styles.row}>
      <span>Traces</span>
      <span className={styles.line}>
        <select className={ui.field} aria-label="Project" value={project} onChange={(event) => tell({ project: event.target.value })}>
          <option value="">Any project</option>
          {projects.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <select className={ui.field} aria-label="Status" value={status} onChange={(event) => tell({ status: event.target.value })}>
          <option value="">Any status</option>
          <option value="success">Success</option>
          <option value="error">Error</option>
        </select>
        <input className={ui.field} type="text" aria-label="Text" placeholder="Name, id, model, text" value={text} onChange={(event) => tell({ text: event.target.value })} />
        <Button onClick={() => tell({})}>Preview</Button>
      </span>
    </div>
  );
}

/** Larger files are for the command line. */
const LARGEST_FILE = 32 * 1024 * 1024;

function FileSource({ onChange }: { readonly onChange: (source: FillSource | null) => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <label className={styles.row}>
      <span>File</span>
      <span className={styles.line}>
        <input
          type="file"
          accept=".jsonl,.json,.ndjson"
          onChange={(event) => {
            const file = event.target.files?.[0];
            setProblem(null);
            if (!file) return onChange(null);
            if (file.size > LARGEST_FILE) {
              setProblem("This file is too large here; use “tracemark queues add”.");
              return onChange(null);
            }
            void file.text().then((text) => onChange({ type: "file", name: file.name, text }), () => setProblem("The file could not be read."));
          }}
        />
        <span className={styles.hint}>One JSON object a line: run_id, trace_id or thread_id, or inputs and outputs</span>
        {problem ? (
          <span className={styles.problem} role="alert">
            {problem}
          </span>
        ) : null}
      </span>
    </label>
  );
}
