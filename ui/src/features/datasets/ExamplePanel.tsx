/** One example beside the list: read, changed, or made. */
import { useNavigate } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { CopyButton } from "../../components/CopyButton";
import { ErrorState, Skeleton } from "../../components/States";
import { Button, IconButton } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { useLatest } from "../../components/useLatest";
import type { ExampleDetail, ExampleProblem } from "../../contract/contract";
import { useDeleteExamples, useExample, useSaveExample } from "../../data/datasets";
import { offerUndo } from "../../data/undo";
import { BLANK, draftOf, splitsOf, textOf, type ExampleDraft } from "../../lib/example";
import { formatTime, isoTime, plural, shortId } from "../../lib/format";
import { platform } from "../../platform";
import { ExampleFields } from "./ExampleFields";
import styles from "./datasets.module.css";

interface ExamplePanelProps {
  readonly datasetId: string;
  /** `null` makes one. */
  readonly exampleId: string | null;
  /** The list has the focus again. */
  readonly onClose: () => void;
}

export function ExamplePanel({ datasetId, exampleId, onClose }: ExamplePanelProps) {
  const example = useExample(exampleId);
  if (exampleId === null) return <Editor key="new" datasetId={datasetId} example={null} onClose={onClose} />;
  if (example.error) return <ErrorState title="The example could not be read" error={example.error} onRetry={() => void example.refetch()} />;
  if (!example.data) {
    return (
      <div className={styles.editorHead} aria-busy>
        <Skeleton width="50%" />
      </div>
    );
  }
  return <Editor key={`${exampleId} ${example.data.modified}`} datasetId={datasetId} example={example.data} onClose={onClose} />;
}

interface EditorProps {
  readonly datasetId: string;
  readonly example: ExampleDetail | null;
  readonly onClose: () => void;
}

function Editor({ datasetId, example, onClose }: EditorProps) {
  const start = useMemo(() => (example ? draftOf(example) : BLANK), [example]);
  const [draft, setDraft] = useState<ExampleDraft>(start);
  const [problems, setProblems] = useState<readonly ExampleProblem[]>([]);
  const navigate = useNavigate();
  const save = useSaveExample();
  const remove = useDeleteExamples();
  const changed = example === null || JSON.stringify(draft) !== JSON.stringify(start);
  const submit = (): void => {
    if (!changed || problems.length > 0 || save.isPending) return;
    save.mutate(
      { dataset_id: datasetId, id: example?.id ?? null, text: textOf(draft), splits: splitsOf(draft.splits) },
      {
        onSuccess: (saved) => {
          if (example) {
            const before = { dataset_id: datasetId, id: example.id, text: textOf(start), splits: [...example.splits] };
            offerUndo("Example changed.", () => platform().call("save_example", before));
          } else {
            offerUndo("Example added.", () => platform().call("delete_examples", { ids: [saved.id] }));
            void navigate({ to: "/datasets/$datasetId", params: { datasetId }, search: (search) => ({ ...search, example: saved.id }), replace: true });
          }
        },
      },
    );
  };
  const leave = (): void => {
    if (changed && example !== null) setDraft(start);
    else onClose();
  };
  const erase = (): void => {
    if (!example) return;
    remove.mutate([example.id], {
      onSuccess: () => {
        offerUndo("Example removed.", () => platform().call("restore_examples", { ids: [example.id] }));
        onClose();
      },
    });
  };
  const latest = useLatest({ submit, leave });
  const commands = useMemo(
    (): Command[] => [
      { id: "example.save", title: "Save the example", group: "Table", shortcut: ["Mod+S", "Mod+Enter"], typing: "act", run: () => latest.current.submit() },
      { id: "example.close", title: "Close the example, or take changes of it back", group: "Table", shortcut: "Escape", typing: "act", run: () => latest.current.leave() },
    ],
    [latest],
  );
  useCommands(commands);
  const onProblems = useCallback((found: readonly ExampleProblem[]) => setProblems(found), []);
  const panel = useRef<HTMLElement>(null);
  return (
    <section ref={panel} className={styles.editor} aria-label="Example">
      <header className={styles.editorHead}>
        <h2 className={styles.editorName}>{example ? `Example ${shortId(example.id)}` : "New example"}</h2>
        {example ? <CopyButton label="Copy the id of the example" text={() => example.id} /> : null}
        <IconButton label="Close the example" onClick={onClose}>
          <X size={14} />
        </IconButton>
      </header>
      <div className={styles.fields}>
        {example ? <Facts example={example} /> : null}
        <ExampleFields datasetId={datasetId} draft={draft} onChange={setDraft} onProblems={onProblems} />
        {save.error ? (
          <p className={styles.problem} role="alert">
            {save.error.message}
          </p>
        ) : null}
      </div>
      <footer className={styles.editorFoot}>
        <Button tone="primary" data-command="example.save" disabled={!changed || problems.length > 0 || save.isPending} onClick={submit}>
          {save.isPending ? "Saving…" : example ? "Save" : "Add the example"}
          <KeysOf command="example.save" />
        </Button>
        {changed && example ? <Button onClick={() => setDraft(start)}>Take changes back</Button> : null}
        <span className={styles.hint} role="status">
          {problems.length > 0 ? `${plural(problems.length, "problem")} to mend` : ""}
        </span>
        {example ? (
          <Button tone="danger" disabled={remove.isPending} onClick={erase}>
            Remove
          </Button>
        ) : null}
      </footer>
    </section>
  );
}

function Facts({ example }: { readonly example: ExampleDetail }) {
  return (
    <div className={styles.facts}>
      {example.source ? (
        <Link to="/trace/$traceId" params={{ traceId: example.source.trace_id }} search={{ run: example.source.run_id }}>
          Made of the run {shortId(example.source.run_id)}
        </Link>
      ) : (
        <span>Made of no run in the library</span>
      )}
      <span title={isoTime(example.modified)}>changed {formatTime(example.modified)}</span>
      {example.attachments.length > 0 ? <span title={example.attachments.join(", ")}>{plural(example.attachments.length, "file")}</span> : null}
    </div>
  );
}
