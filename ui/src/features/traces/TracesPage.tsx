/** The table of traces, or the turns of a thread. The address carries all of it. */
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Command } from "../../commands/registry";
import rowStyles from "../../components/ui/rows.module.css";
import { useInfo } from "../../data/queries";
import { useUi } from "../../data/ui";
import { tracesOf, type TableSearch } from "../../routes/search";
import { TablePage } from "../tables/TablePage";
import { FirstStart } from "./FirstStart";
import { ThreadDetails } from "./ThreadDetails";
import { GuessMessages, ThreadMessages } from "./ThreadMessages";
import { ThreadViews } from "./TraceBar";

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
      title={thread !== undefined ? "Thread" : traces === undefined ? "Traces" : "Guessed thread"}
      commands={commands}
      beside={
        thread === undefined && traces === undefined ? null : (
          <ThreadViews search={search} onChange={(changes) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true })} />
        )
      }
    />
  );
}
