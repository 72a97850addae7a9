import { useState } from "react";
import { EmptyState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import ui from "../../components/ui/ui.module.css";
import { useQueues } from "../../data/review";
import { plural } from "../../lib/format";
import { saveText } from "../../lib/save";
import { platform } from "../../platform";
import styles from "./feedback.module.css";

/** A queue as one page for a person without the application. */
export function ExportHandout({ queueId }: { readonly queueId: string | null }) {
  const queues = useQueues().data?.filter(({ kind }) => kind === "single");
  const [chosen, setChosen] = useState(queueId);
  const [told, setTold] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const queue = queues?.find(({ id }) => id === chosen) ?? queues?.[0];
  if (queues?.length === 0) return <EmptyState title="No queues">A queue can be handed out as one HTML file; answers are imported like any file.</EmptyState>;
  const save = async (id: string): Promise<void> => {
    setSaving(true);
    setFailure(null);
    setTold(null);
    try {
      const page = await platform().call("export_handout", { queue_id: id });
      saveText(page.file_name, page.data);
      setTold(`${plural(page.records, "item")} on the page. Import the file of answers that comes back like any other.`);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
    setSaving(false);
  };
  return (
    <>
      <label className={styles.line}>
        Queue
        <select className={ui.field} value={queue?.id ?? ""} onChange={(event) => setChosen(event.target.value)}>
          {queues?.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <p className={styles.quiet}>One HTML file with every item and the questions. It asks nothing of the network; whoever gets it can read the items.</p>
      {failure ? (
        <p className={styles.problem} role="alert">
          {failure}
        </p>
      ) : null}
      {told ? <p role="status">{told}</p> : null}
      <div className={styles.line}>
        <Button tone="primary" disabled={!queue || saving} onClick={() => queue && void save(queue.id)}>
          {saving ? "Writing…" : "Write the page"}
        </Button>
      </div>
    </>
  );
}
