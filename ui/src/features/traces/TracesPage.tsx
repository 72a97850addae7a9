/** The table of traces, or the turns of a thread. The address carries all of it. */
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Command } from "../../commands/registry";
import rowStyles from "../../components/ui/rows.module.css";
import { useThreadStats } from "../../data/conversation";
import { useInfo } from "../../data/queries";
import { useUi } from "../../data/ui";
import { tracesOf, type TableSearch } from "../../routes/search";
import { TablePage } from "../tables/TablePage";
import { FirstStart } from "./FirstStart";
import { ThreadDetails } from "./ThreadDetails";
import { GuessHeader, ThreadHeader } from "./ThreadHeader";
import { GuessMessages, ThreadMessages } from "./ThreadMessages";

const route = getRouteApi("/");

export function TracesPage() {
  const search = route.useSearch();
  const { traces } = search;
  const guessed = useMemo(() => tracesOf({ traces }), [traces]);
  if (search.thread !== undefined && search.view === "messages") return <ThreadMessages search={search} thread={search.thread} />;
  if (search.thread !== undefined && search.view === "details") return <ThreadDetails search={search} thread={search.thread} />;
  if (guessed !== undefined && search.view === "messages") return <GuessMessages search={search} traces={guessed} />;
  return <TraceListPage search={search} />;
}

function TraceListPage({ search }: { readonly search: TableSearch }) {
  const navigate = route.useNavigate();
  const info = useInfo().data;
  const open = useUi((state) => state.open);
  const { project, thread, traces } = search;
  const change = (changes: Partial<TableSearch>): void => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const stats = useThreadStats(thread ?? "", project, thread !== undefined).data;
  const turns = useMemo(() => (stats ? new Map(stats.turns.map(({ row }, at) => [row.trace_id, at + 1])) : undefined), [stats]);
  const commands = useMemo(
    (): Command[] => [
      ...(thread === undefined ? [] : [{ id: "thread.judge", title: "Judge the thread…", group: "Table", shortcut: "Mod+Shift+J", run: () => open({ name: "feedback", target: { type: "thread", thread } }) } satisfies Command]),
      ...(project === undefined ? [] : [{ id: "project.judge", title: "Judge the project…", group: "Table", run: () => open({ name: "feedback", target: { type: "project", project } }) } satisfies Command]),
    ],
    [open, project, thread],
  );
  if (info?.traces === 0 && Object.keys(search).length === 0) {
    return (
      <div className={rowStyles.page}>
        <FirstStart />
      </div>
    );
  }
  return (
    <TablePage
      scope="traces"
      search={search}
      title="Traces"
      commands={commands}
      turns={turns}
      header={thread !== undefined ? <ThreadHeader thread={thread} search={search} onChange={change} /> : traces === undefined ? undefined : <GuessHeader search={search} onChange={change} />}
    />
  );
}
