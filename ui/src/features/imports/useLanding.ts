import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { toast } from "sonner";
import type { Job } from "../../contract/contract";
import { jobStore } from "../../data/jobs";
import { useUi } from "../../data/ui";
import { plural } from "../../lib/format";
import { landing } from "../../lib/imports";

/** Goes to what an import brought, once all its files were read. */
export function useLanding(): void {
  const navigate = useNavigate();
  useEffect(() => {
    const land = (): void => {
      for (const batch of jobStore.getState().takeEnded()) {
        const done = batch.filter((job) => job.state === "done");
        const target = landing(done);
        if (target.to === "trace") void navigate({ to: "/trace/$traceId", params: { traceId: target.traceId } });
        if (target.to === "source") void navigate({ to: "/", search: { source: target.sourceId } });
        if (target.to === "table") void navigate({ to: "/" });
        announce(done);
      }
    };
    land();
    return jobStore.subscribe(land);
  }, [navigate]);
}

/** Failures and rejects have their own line in the strip; what went well is said here, and whether something was changed on the way. */
function announce(done: readonly Job[]): void {
  const traces = done.reduce((sum, job) => sum + job.traces, 0);
  const fresh = done.reduce((sum, job) => sum + job.new_runs, 0);
  const warned = done.filter((job) => job.warnings > 0);
  const warnings = warned.reduce((sum, job) => sum + job.warnings, 0);
  const sources = warned.flatMap((job) => (job.source_id === null ? [] : [job.source_id]));
  const report = { label: "Show report", onClick: () => useUi.getState().open({ name: "rejects", sources }) };
  if (traces > 0)
    toast.success(`${plural(traces, "trace")} read, ${plural(fresh, "new run")}${warnings > 0 ? `, ${plural(warnings, "warning")}` : ""}`, warnings > 0 ? { action: report, duration: 10_000 } : {});
  else if (done.length > 0 && done.every((job) => job.rejected === 0)) toast.info("No traces were found in it.");
}
