/** A queue while it is made or changed: instructions, rubric, and how its items are handed out. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { useMemo, useRef, useState } from "react";
import { toast } from "sonner";
import { useCommands, type Command } from "../../commands/registry";
import { Markdown } from "../../components/Markdown";
import { EmptyState, ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { KeysOf } from "../../components/ui/Keys";
import { Segments } from "../../components/ui/Segments";
import rowStyles from "../../components/ui/rows.module.css";
import tableStyles from "../../components/table/table.module.css";
import ui from "../../components/ui/ui.module.css";
import type { FeedbackKey, QueueDetail, QueueKind, QueueSettings, RubricPreview, SaveQueue } from "../../contract/contract";
import { previewRubric, useFeedbackKeys, useQueue, useSaveQueue } from "../../data/review";
import { plural } from "../../lib/format";
import { draftOf, draftProblems, toSave, type DraftKey } from "../../lib/review/rubricDraft";
import { QueueSettingsForm } from "./QueueSettingsForm";
import { QueueTabs } from "./QueueTabs";
import styles from "./queues.module.css";
import { RubricEditor } from "./RubricEditor";

const route = getRouteApi("/queues/$queueId/edit");

export function NewQueuePage() {
  const keys = useFeedbackKeys();
  if (keys.error) return <ErrorState title="The keys could not be listed" error={keys.error} onRetry={() => void keys.refetch()} />;
  if (!keys.data) return null;
  return <Editor queue={null} known={keys.data} />;
}

export function EditQueuePage() {
  const { queueId } = route.useParams();
  const queue = useQueue(queueId);
  const keys = useFeedbackKeys();
  const error = queue.error ?? keys.error;
  if (error) return <ErrorState title="The queue could not be read" error={error} onRetry={() => void Promise.all([queue.refetch(), keys.refetch()])} />;
  if (!queue.data || !keys.data) return null;
  return <Editor key={queueId} queue={queue.data} known={keys.data} />;
}

const KINDS: readonly (readonly [QueueKind, string])[] = [
  ["single", "One at a time"],
  ["pairwise", "Pairs"],
];

const FORMS = [
  ["write", "Write"],
  ["read", "Preview"],
] as const;

interface Draft {
  readonly name: string;
  readonly description: string;
  readonly kind: QueueKind;
  readonly instructions: string;
  readonly keys: readonly DraftKey[];
  readonly settings: QueueSettings;
  readonly dataset: string;
}

function Editor({ queue, known }: { readonly queue: QueueDetail | null; readonly known: readonly FeedbackKey[] }) {
  const [draft, setDraft] = useState<Draft>(() => ({
    name: queue?.row.name ?? "",
    description: queue?.row.description ?? "",
    kind: queue?.row.kind ?? "single",
    instructions: queue?.instructions ?? "",
    keys: queue ? draftOf(queue) : [],
    settings: queue?.settings ?? { target_level: "trace", num_reviewers_per_item: 1, order_seed: Math.floor(Math.random() * 1_000_000) },
    dataset: queue?.default_dataset ?? "",
  }));
  const [form, setForm] = useState<"write" | "read">("write");
  const [question, setQuestion] = useState<RubricPreview | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const navigate = useNavigate();
  const save = useSaveQueue();
  const problems = draftProblems(draft.keys);
  const nameField = useRef<HTMLInputElement>(null);
  const nameless = tried && draft.name.trim() === "";
  const change = (changes: Partial<Draft>): void => setDraft((before) => ({ ...before, ...changes }));

  const write = (reopen: boolean | null): void => {
    const { rubric, newKeys } = toSave(draft.keys, known);
    const wanted: SaveQueue = {
      id: queue?.row.id ?? null,
      name: draft.name.trim(),
      description: draft.description.trim() === "" ? null : draft.description.trim(),
      kind: draft.kind,
      instructions: draft.instructions.trim() === "" ? null : draft.instructions,
      rubric,
      settings: draft.settings,
      default_dataset: draft.dataset.trim() === "" ? null : draft.dataset.trim(),
      reopen,
    };
    save.mutate(
      { queue: wanted, newKeys },
      {
        onSuccess: ({ row }) => {
          toast.success(`“${row.name}” saved.`);
          void navigate({ to: "/queues/$queueId", params: { queueId: row.id } });
        },
        onError: (error) => setFailure(error.message),
      },
    );
  };
  const submit = async (): Promise<void> => {
    setTried(true);
    setFailure(null);
    // What is wrong is said where it is, and mended there.
    if (draft.name.trim() === "") return nameField.current?.focus();
    if (problems.size > 0) {
      requestAnimationFrame(() => document.querySelector<HTMLElement>("[data-wrong] input")?.focus());
      return;
    }
    if (!queue) return write(null);
    try {
      const preview = await previewRubric({ queue_id: queue.row.id, rubric: toSave(draft.keys, known).rubric });
      if (preview.problems.length > 0) return setFailure(preview.problems.map(({ key, message }) => `${key}: ${message}`).join(" "));
      if (preview.newly_required.length > 0 && preview.submitted > 0) return setQuestion(preview);
      write(null);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : "The rubric could not be checked.");
    }
  };
  const latest = { submit };
  const commands = useMemo((): Command[] => [{ id: "queue.save", title: "Save the queue", group: "Table", shortcut: ["Mod+Enter", "Mod+S"], run: () => document.querySelector<HTMLButtonElement>("[data-command='queue.save']")?.click() }], []);
  useCommands(commands);
  return (
    <div className={rowStyles.page}>
      <div className={clsx(tableStyles.bar, styles.tabBar)}>
        <h1 className={tableStyles.title}>{queue ? queue.row.name : "New queue"}</h1>
        {queue ? <QueueTabs queueId={queue.row.id} name={queue.row.name} current="edit" /> : null}
        <span className={styles.push} />
        <Button onClick={() => window.history.back()}>Cancel</Button>
        <Button tone="primary" disabled={save.isPending} data-command="queue.save" onClick={() => void latest.submit()}>
          {save.isPending ? "Saving…" : "Save"}
          <KeysOf command="queue.save" />
        </Button>
      </div>
      {failure ? (
        <p className={styles.failure} role="alert">
          {failure}
        </p>
      ) : null}
      <div className={styles.editor}>
        <section className={styles.section} aria-label="Queue">
          <div className={styles.row}>
            <label htmlFor="queue-name">Name</label>
            <span className={styles.named}>
              {/* A new queue begins with its name. */}
              {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
              <input ref={nameField} id="queue-name" className={ui.field} type="text" autoFocus={queue === null} value={draft.name} aria-invalid={nameless} aria-describedby={nameless ? "queue-name-problem" : undefined} placeholder="Refund quality" onChange={(event) => change({ name: event.target.value })} />
              {nameless ? (
                <span className={styles.problem} id="queue-name-problem" role="alert">
                  Give the queue a name.
                </span>
              ) : null}
            </span>
          </div>
          <label className={styles.row}>
            <span>What it is for</span>
            <input className={ui.field} type="text" value={draft.description} onChange={(event) => change({ description: event.target.value })} />
          </label>
          <div className={styles.row}>
            <span>Shows</span>
            {queue ? <span>{KINDS.find(([kind]) => kind === draft.kind)?.[1]}</span> : <Segments label="Shows" options={KINDS} value={draft.kind} onChange={(kind) => change({ kind, settings: { ...draft.settings, target_level: kind === "pairwise" ? "run" : (draft.settings.target_level ?? "trace") } })} />}
          </div>
          <div className={styles.row}>
            <span>Instructions</span>
            <div className={styles.instructions}>
              <Segments label="Form of the instructions" options={FORMS} value={form} onChange={setForm} />
              {form === "write" ? (
                <textarea className={styles.area} rows={6} aria-label="Instructions" placeholder="What a reviewer must know, in Markdown. The first line stands above the rubric." value={draft.instructions} onChange={(event) => change({ instructions: event.target.value })} />
              ) : (
                <div className={styles.preview}>
                  {draft.instructions.trim() === "" ? <span className={rowStyles.quiet}>No instructions</span> : <Markdown text={draft.instructions} />}
                </div>
              )}
            </div>
          </div>
        </section>
        <RubricEditor keys={draft.keys} known={known} problems={tried ? problems : new Map()} pairwise={draft.kind === "pairwise"} onChange={(keys) => change({ keys })} />
        <QueueSettingsForm settings={draft.settings} kind={draft.kind} isNew={queue === null} dataset={draft.dataset} onDataset={(dataset) => change({ dataset })} onChange={(settings) => change({ settings: { ...draft.settings, ...settings } })} />
        {draft.keys.length === 0 ? <EmptyState title="Add at least one key">Without a question there is nothing to answer.</EmptyState> : null}
      </div>
      {question ? (
        <Dialog title="Submitted items miss the new key" onClose={() => setQuestion(null)}>
          <p>
            {question.newly_required.join(", ")} {question.newly_required.length === 1 ? "is" : "are"} required now, and {plural(question.submitted, "review")} {question.submitted === 1 ? "was" : "were"} submitted without.
          </p>
          <div className={styles.dialogRow}>
            <Button onClick={() => write(false)}>Only what is left</Button>
            <Button tone="primary" onClick={() => write(true)}>
              Reopen {plural(question.submitted, "review")}
            </Button>
          </div>
        </Dialog>
      ) : null}
    </div>
  );
}
