/** A thread as one conversation over all its traces. */
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import rowStyles from "../../components/ui/rows.module.css";
import { useTraceList } from "../../data/queries";
import { plural } from "../../lib/format";
import type { TableSearch } from "../../routes/search";
import { ConversationView } from "../conversation/ConversationView";
import { useScreenStatus } from "../frame/useScreenStatus";
import { useAddToQueue } from "../queues/useAddToQueue";
import { ThreadHeader } from "./ThreadHeader";

const route = getRouteApi("/");

interface ThreadMessagesProps {
  readonly search: TableSearch;
  readonly thread: string;
}

export function ThreadMessages({ search, thread }: ThreadMessagesProps) {
  const navigate = route.useNavigate();
  const { project } = search;
  const of = useMemo(() => ({ thread, ...(project === undefined ? {} : { project }) }), [thread, project]);
  const list = useMemo(() => ({ filter: of }), [of]);
  const { total } = useTraceList(list, 0, 0);
  useScreenStatus(total === null ? "" : plural(total, "trace"));
  const change = useCallback((changes: Partial<TableSearch>) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true }), [navigate]);
  const showRun = useCallback((traceId: string, run: string) => void navigate({ to: "/trace/$traceId", params: { traceId }, search: { run } }), [navigate]);
  useAddToQueue(() => (project === undefined ? null : { source: { type: "threads", threads: [{ project, thread }] }, label: `The thread “${thread}”` }));
  return (
    <div className={rowStyles.page}>
      <ThreadHeader thread={thread} search={search} onChange={change} />
      <ConversationView key={JSON.stringify(of)} of={of} run={null} onShowRun={showRun} />
    </div>
  );
}
