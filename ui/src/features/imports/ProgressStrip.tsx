import { useEffect } from "react";
import { useStore } from "zustand";
import { Button } from "../../components/ui/Button";
import { Progress } from "../../components/ui/Progress";
import type { Job, JobState } from "../../contract/contract";
import { jobStore } from "../../data/jobs";
import { useCancelJob, useCancelJobs } from "../../data/queries";
import { useUi } from "../../data/ui";
import { formatBytes, plural } from "../../lib/format";
import { progress, strip, type Together } from "../../lib/imports";
import styles from "./imports.module.css";

/** Imports under way, and those that ended badly or left something out. */
export function ProgressStrip() {
  const jobs = useStore(jobStore, (state) => state.jobs);
  const { single, running, ended } = strip([...jobs.values()]);
  return (
    <>
      {running ? <RunningLine jobs={running} /> : null}
      {ended ? <EndedLine jobs={ended} /> : null}
      {single.map((job) => (
        <JobLine key={job.id} job={job} />
      ))}
    </>
  );
}

function RunningLine({ jobs }: { readonly jobs: Together }) {
  const cancel = useCancelJobs();
  const label = `Reading ${plural(jobs.ids.length, "file")}`;
  return (
    <div className={styles.job} role="group" aria-label={label}>
      <span className={styles.label}>{label}</span>
      <Progress share={jobs.bytesTotal ? jobs.bytesDone / jobs.bytesTotal : null} />
      <span className={styles.figures}>{`${formatBytes(jobs.bytesDone)} · ${plural(jobs.runs, "run")}`}</span>
      <span className={styles.buttons}>
        <Button onClick={() => cancel.mutate()}>Cancel all</Button>
      </span>
    </div>
  );
}

/** Files that failed, were stopped or left something out. */
function EndedLine({ jobs }: { readonly jobs: Together }) {
  const dismiss = useStore(jobStore, (state) => state.dismiss);
  const open = useUi((ui) => ui.open);
  const label = jobs.failed > 0 ? `${plural(jobs.failed, "file")} of ${jobs.ids.length} could not be read` : `${plural(jobs.ids.length, "file")} not read whole`;
  return (
    <div className={styles.job} role="group" aria-label={label}>
      <span className={styles.label} title={label}>
        {label}
      </span>
      <span />
      <span className={styles.figures}>{`${plural(jobs.rejected, "record")} not read`}</span>
      <span className={styles.buttons}>
        <Button onClick={() => open({ name: "rejects", sources: jobs.sources })}>Show report</Button>
        <Button onClick={() => dismiss(...jobs.ids)}>Dismiss</Button>
      </span>
    </div>
  );
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
        <span>{state === "running" ? <Progress share={progress(job)} /> : null}</span>
      )}
      <span className={styles.figures}>{rejected > 0 && state !== "running" ? `${plural(rejected, "record")} not read` : `${formatBytes(job.bytes_done)} · ${plural(job.runs, "run")}`}</span>
      <span className={styles.buttons}>
        {state === "running" ? (
          <Button onClick={() => cancel.mutate(id)}>Cancel</Button>
        ) : (
          <>
            {rejected + warnings > 0 ? <Button onClick={() => open({ name: "rejects", sources: source_id === null ? [] : [source_id] })}>Show report</Button> : null}
            <Button onClick={() => dismiss(id)}>Dismiss</Button>
          </>
        )}
      </span>
    </div>
  );
}
