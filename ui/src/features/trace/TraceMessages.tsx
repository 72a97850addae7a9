/** A trace as the conversation that it is. */
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import rowStyles from "../../components/ui/rows.module.css";
import type { Trace } from "../../contract/contract";
import { plural } from "../../lib/format";
import { ConversationView } from "../conversation/ConversationView";
import { useScreenStatus } from "../frame/useScreenStatus";
import { useAddToQueue } from "../queues/useAddToQueue";
import { TraceHeader } from "./TraceHeader";
import { TraceSwitch } from "./TraceSwitch";
import { useElapsed } from "./useElapsed";

const route = getRouteApi("/trace/$traceId");

export function TraceMessages({ trace }: { readonly trace: Trace }) {
  const { row } = trace;
  const { run } = route.useSearch();
  const navigate = route.useNavigate();
  const elapsed = useElapsed(row.pending > 0 ? row.start : null, row.latency ?? 0);
  const of = useMemo(() => ({ trace_id: row.trace_id }), [row.trace_id]);
  const showRun = useCallback((_: string, runId: string) => void navigate({ search: (before) => ({ ...before, run: runId, view: undefined }) }), [navigate]);
  useScreenStatus([plural(row.runs, "run"), plural(row.errors, "error")].join("\n"));
  useAddToQueue(() => ({ source: { type: "traces", trace_ids: [row.trace_id] }, label: `The trace “${row.name}”` }));
  return (
    <div className={rowStyles.page}>
      <TraceHeader trace={trace} elapsed={elapsed}>
        <TraceSwitch view="messages" run={null} />
      </TraceHeader>
      <ConversationView of={of} run={run ?? null} onShowRun={showRun} />
    </div>
  );
}
