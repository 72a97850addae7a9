/** Loads a trace and shows it, or says why it cannot. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import { useTrace } from "../../data/queries";
import { canonicalTraceId } from "../../lib/ids";
import { RpcError } from "../../platform";
import type { TraceSearch } from "../../routes/search";
import { TraceNavContext, type TraceNav } from "./nav";
import styles from "./trace.module.css";
import { TraceMessages } from "./TraceMessages";
import { TraceView } from "./TraceView";

const route = getRouteApi("/trace/$traceId");

/** What was found in a run is left with the run. */
function left(before: string | undefined, next: string | undefined): Partial<TraceSearch> {
  return next === undefined || next === before ? {} : { at: undefined, find: undefined };
}

export function TracePage() {
  // The key of the cache must be the id that events carry.
  const traceId = canonicalTraceId(route.useParams().traceId);
  const { view, run, tab, show, root, at, find } = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback<TraceNav["change"]>((changes, replace) => void navigate({ search: (before) => ({ ...before, ...left(before.run, changes.run), ...changes }), replace }), [navigate]);
  const nav = useMemo((): TraceNav => ({ run, tab, show, root, at, find, change }), [run, tab, show, root, at, find, change]);
  const trace = useTrace(traceId);
  // Asked first: the trace may have been removed while it was shown.
  if (trace.error instanceof RpcError && trace.error.code === "not_found") {
    return (
      <EmptyState title="This trace is not in the library" action={<Link to="/">Go to the traces</Link>}>
        It may have left with its source.
      </EmptyState>
    );
  }
  if (trace.data && view === "messages") return <TraceMessages key={traceId} trace={trace.data} />;
  if (trace.data) {
    return (
      <TraceNavContext value={nav}>
        <TraceView key={traceId} trace={trace.data} />
      </TraceNavContext>
    );
  }
  if (trace.error) return <ErrorState title="The trace could not be read" error={trace.error} onRetry={() => void trace.refetch()} />;
  return (
    <div className={styles.loading} aria-busy>
      {["30%", "55%", "42%", "48%", "36%"].map((width) => (
        <Skeleton key={width} width={width} />
      ))}
    </div>
  );
}
