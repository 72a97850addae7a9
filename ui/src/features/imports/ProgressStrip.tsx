import { clsx } from "clsx";
import { useEffect } from "react";
import { useStore } from "zustand";
import { Button } from "../../components/ui/Button";
import type { Job, JobState } from "../../contract/contract";
import { jobStore } from "../../data/jobs";
import { useCancelJob } from "../../data/queries";
import { useUi } from "../../data/ui";
import { formatBytes, plural } from "../../lib/format";
import { progress } from "../../lib/imports";
import styles from "./imports.module.css";

/** Imports under way, and those that ended badly or left something out. */
export function ProgressStrip() {
  const jobs = useStore(jobStore, (state) => state.jobs);
  const shown = [...jobs.values()].filter((job) => job.state !== "done" || job.rejected > 0);
  return shown.map((job) => <JobLine key={job.id} job={job} />);
}

const STATE_NAMES: Readonly<Record<JobState, string>> = { running: "Reading", done: "Read", cancelled: "Stopped", failed: "Failed" };

function JobLine({ job }: { readonly job: Job }) {
  const { id, label, state, error, rejected, warnings, source_id } = job;
  const dismiss = useStore(jobStore, (jobs) => jobs.dismiss);
  const open = useUi((ui) => ui.open);
  const cancel = useCancelJob();
  useEffect(() => {
    if (state !== "cancelled") return;
    const timer = setTimeout(() => dismiss(id), 5000);
    return () => clearTimeout(timer);
  }, [dismiss, id, state]);
  return (
    <div className={styles.job} role={state === "failed" ? "alert" : "group"} aria-label={`Import of ${label}`}>
      <span className={styles.label} title={label}>
        {STATE_NAMES[state]} {label}
      </span>
      {error ? (
        <span className={styles.failed} title={error}>
          {error}
        </span>
      ) : (
        <Progress share={state === "running" ? progress(job) : 1} />
      )}
      <span className={styles.figures}>{rejected > 0 && state !== "running" ? `${plural(rejected, "record")} not read` : `${formatBytes(job.bytes_done)} · ${plural(job.runs, "run")}`}</span>
      <span className={styles.buttons}>
        {state === "running" ? (
          <Button onClick={() => cancel.mutate(id)}>Cancel</Button>
        ) : (
          <>
            {rejected + warnings > 0 ? <Button onClick={() => open({ name: "rejects", sourceId: source_id })}>Show report</Button> : null}
            <Button onClick={() => dismiss(id)}>Dismiss</Button>
          </>
        )}
      </span>
    </div>
  );
}

function Progress({ share }: { readonly share: number | null }) {
  const known = share !== null;
  return (
    <span className={styles.track} role="progressbar" aria-valuemin={0} aria-valuemax={100} aria-valuenow={known ? Math.round(share * 100) : undefined}>
      <span className={clsx(styles.done, !known && styles.unknown)} style={known ? { width: `${share * 100}%` } : undefined} />
    </span>
  );
}
