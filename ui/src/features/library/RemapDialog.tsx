import { useState } from "react";
import { CopyButton } from "../../components/CopyButton";
import { ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Progress } from "../../components/ui/Progress";
import type { Remap, RemapReport } from "../../contract/contract";
import { useCancelRemap, useRemap, useStartRemap } from "../../data/remap";
import { changedFields, remapSummary, reportText } from "../../lib/remap";
import styles from "./remap.module.css";

/** Asks first, then shows how far it is, then what changed. Closing the dialog does not stop it. */
export function RemapDialog({ onClose }: { readonly onClose: () => void }) {
  const remap = useRemap();
  // The report of an earlier time is not shown: who opens the dialog then wants to begin.
  const [begun, setBegun] = useState(false);
  const status = remap.data;
  if (status?.running && !begun) setBegun(true);
  return (
    <Dialog title="Read the library again" onClose={onClose}>
      {remap.error ? <ErrorState title="Nothing is known of it" error={remap.error} onRetry={() => void remap.refetch()} /> : null}
      {status?.running ? <Running status={status} onClose={onClose} /> : null}
      {status && !status.running && begun ? <Ended status={status} onClose={onClose} /> : null}
      {status && !status.running && !begun ? <Question onBegin={() => setBegun(true)} onClose={onClose} /> : null}
    </Dialog>
  );
}

interface QuestionProps {
  readonly onBegin: () => void;
  readonly onClose: () => void;
}

function Question({ onBegin, onClose }: QuestionProps) {
  const start = useStartRemap();
  return (
    <>
      <p className={styles.text}>
        Every run is read again from what was received, by the rules of this version: names, types, models, tokens and threads may become better. What was
        received stays as it is, and so do feedback, queues and datasets.
      </p>
      {start.error ? (
        <p className={styles.failed} role="alert">
          {start.error.message}
        </p>
      ) : null}
      <div className={styles.actions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button tone="primary" disabled={start.isPending} onClick={() => start.mutate(undefined, { onSuccess: onBegin })}>
          Read again
        </Button>
      </div>
    </>
  );
}

interface StatusProps {
  readonly status: Remap;
  readonly onClose: () => void;
}

function Running({ status: { done, total }, onClose }: StatusProps) {
  const cancel = useCancelRemap();
  return (
    <>
      <Progress label="Reading again" share={total > 0 ? done / total : null} />
      <p className={styles.figures} role="status">
        {total > 0 ? `${done.toLocaleString("en")} of ${total.toLocaleString("en")} traces` : "Beginning"}
      </p>
      <div className={styles.actions}>
        <Button disabled={cancel.isPending} onClick={() => cancel.mutate()}>
          Stop
        </Button>
        <Button onClick={onClose}>Go on in the background</Button>
      </div>
    </>
  );
}

function Ended({ status: { report, cancelled, error, done, total }, onClose }: StatusProps) {
  return (
    <>
      {error ? (
        <p className={styles.failed} role="alert">
          It ended early: {error}
        </p>
      ) : null}
      {cancelled ? (
        <p className={styles.text} role="status">
          Stopped after {done.toLocaleString("en")} of {total.toLocaleString("en")} traces; the others stay as they were.
        </p>
      ) : null}
      {report ? <Report report={report} /> : null}
      <div className={styles.actions}>
        {report ? <CopyButton label="Copy the report" text={() => reportText(report)} /> : null}
        <Button onClick={onClose}>Close</Button>
      </div>
    </>
  );
}

function Report({ report }: { readonly report: RemapReport }) {
  const fields = changedFields(report);
  return (
    <>
      <p className={styles.text} role="status">
        {remapSummary(report)}
      </p>
      {fields.length > 0 ? (
        <table className={styles.fields}>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col" className={styles.number}>
                Runs
              </th>
            </tr>
          </thead>
          <tbody>
            {fields.map(({ name, runs }) => (
              <tr key={name}>
                <td>{name}</td>
                <td className={styles.number}>{runs.toLocaleString("en")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </>
  );
}
