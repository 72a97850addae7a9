/** A thread as one conversation over all its traces. */
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import rowStyles from "../../components/ui/rows.module.css";
import { useTraceList, type ConversationRef } from "../../data/queries";
import { plural } from "../../lib/format";
import type { TableSearch } from "../../routes/search";
import { ConversationView } from "../conversation/ConversationView";
import { useScreenStatus } from "../frame/useScreenStatus";
import { useAddToQueue } from "../queues/useAddToQueue";
import { GuessHeader, ThreadHeader } from "./ThreadHeader";

const route = getRouteApi("/");

/** A guessed thread: the traces that the address names, told as one conversation. */
export function GuessMessages({ search, traces }: { readonly search: TableSearch; readonly traces: readonly string[] }) {
  const of = useMemo(() => ({ trace_ids: [...traces] }), [traces]);
  useAddToQueue(() => ({ source: { type: "traces", trace_ids: [...traces] }, label: `${plural(traces.length, "trace")} of a guessed thread` }));
  return <Told search={search} of={of} total={traces.length} />;
}

interface ThreadMessagesProps {
  readonly search: TableSearch;
  readonly thread: string;
}

export function ThreadMessages({ search, thread }: ThreadMessagesProps) {
  const { project } = search;
  const of = useMemo(() => ({ thread, ...(project === undefined ? {} : { project }) }), [thread, project]);
  const list = useMemo(() => ({ filter: of }), [of]);
  const { total } = useTraceList(list, 0, 0);
  useAddToQueue(() => (project === undefined ? null : { source: { type: "threads", threads: [{ project, thread }] }, label: `The thread “${thread}”` }));
  return <Told search={search} of={of} total={total} thread={thread} />;
}

function Told({ search, of, total, thread }: { readonly search: TableSearch; readonly of: ConversationRef; readonly total: number | null; readonly thread?: string }) {
  const navigate = route.useNavigate();
  useScreenStatus(total === null ? "" : plural(total, "trace"));
  const change = useCallback((changes: Partial<TableSearch>) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true }), [navigate]);
  const showRun = useCallback((traceId: string, run: string) => void navigate({ to: "/trace/$traceId", params: { traceId }, search: { run } }), [navigate]);
  return (
    <div className={rowStyles.page}>
      {thread === undefined ? <GuessHeader search={search} onChange={change} /> : <ThreadHeader thread={thread} search={search} onChange={change} />}
      <ConversationView key={JSON.stringify(of)} of={of} run={null} onShowRun={showRun} />
    </div>
  );
}
