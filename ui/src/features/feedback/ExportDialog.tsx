/** Everything that leaves: to a file with preview and manifest, as a page for a person, or to a server that is named. */
import { useState } from "react";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Segments } from "../../components/ui/Segments";
import type { ExportWhat } from "../../data/ui";
import { ExportDataset } from "./ExportDataset";
import { ExportFeedback } from "./ExportFeedback";
import { ExportHandout } from "./ExportHandout";
import { SendFeedback } from "./SendFeedback";
import styles from "./feedback.module.css";

const WAYS = [
  ["feedback", "Feedback"],
  ["dataset", "Dataset"],
  ["handout", "Hand-out"],
  ["send", "To a server"],
] as const;

type Way = (typeof WAYS)[number][0];

interface ExportDialogProps {
  readonly what: ExportWhat;
  readonly onClose: () => void;
}

export function ExportDialog({ what, onClose }: ExportDialogProps) {
  const [way, setWay] = useState<Way>(what.type);
  const traceId = what.type === "feedback" ? what.traceId : null;
  const queueId = what.type === "feedback" || what.type === "handout" ? (what.queueId ?? null) : null;
  const sourceId = what.type === "feedback" ? (what.sourceId ?? null) : null;
  return (
    <Dialog title="Export" wide onClose={onClose}>
      <div className={styles.export}>
        <Segments label="What is exported" options={WAYS} value={way} onChange={setWay} />
        {way === "feedback" ? <ExportFeedback traceId={traceId} queueId={queueId} sourceId={sourceId} /> : null}
        {way === "dataset" ? <ExportDataset datasetId={what.type === "dataset" ? what.datasetId : null} /> : null}
        {way === "handout" ? <ExportHandout queueId={queueId} /> : null}
        {way === "send" ? <SendFeedback traceId={traceId} queueId={queueId} /> : null}
        <div className={styles.line}>
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}
