/** A trace: its facts, its tree with the timeline, and the selected run. */
import { clsx } from "clsx";
import { useCallback, useMemo, useState } from "react";
import { Group, Panel, Separator, useDefaultLayout } from "react-resizable-panels";
import { useCommands, type Command } from "../../commands/registry";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { Segments } from "../../components/ui/Segments";
import { STACKED, useMediaQuery } from "../../components/useMediaQuery";
import type { Trace } from "../../contract/contract";
import { useUi } from "../../data/ui";
import { plural } from "../../lib/format";
import { criticalPath } from "../../lib/critical";
import { barOf, fitAll, fitRun, isWhole, pan, zoom, type TimeView } from "../../lib/timeline";
import { nextLargest, nextRow, siblingOf, wholeOf } from "../../lib/tree";
import { useScreenStatus } from "../frame/useScreenStatus";
import { useAddToQueue } from "../queues/useAddToQueue";
import { RunPanel } from "../run/RunPanel";
import { FindBar } from "./FindBar";
import rowStyles from "../../components/ui/rows.module.css";
import { MiniMap } from "./MiniMap";
import { CriticalNote, RootPath } from "./TraceNotes";
import styles from "./trace.module.css";
import { TraceHeader } from "./TraceHeader";
import { TraceSwitch } from "./TraceSwitch";
import { TreePane } from "./TreePane";
import { useFind } from "./useFind";
import { useSettled } from "./useSettled";
import { useElapsed } from "./useElapsed";
import { useTraceCommands } from "./useTraceCommands";
import { useTraceTree } from "./useTraceTree";

const SHOWN_WITHOUT_ERRORS = [
  ["key", "Most relevant"],
  ["all", "All runs"],
] as const;
const SHOWN = [...SHOWN_WITHOUT_ERRORS, ["errors", "Errors"]] as const;

export function TraceView({ trace }: { readonly trace: Trace }) {
  const { row, columns } = trace;
  const tree = useTraceTree(row.trace_id, columns);
  const find = useFind(row.trace_id, columns, tree);
  const measured = useMemo(() => traceLength(trace), [trace]);
  const elapsed = useElapsed(row.pending > 0 ? row.start : null, measured);
  const total = Math.max(measured, elapsed ?? 0);
  const [view, setView] = useState<TimeView | null>(null);
  const shown = view ?? fitAll(total);
  const [critical, setCritical] = useState(false);
  const path = useMemo(() => (critical ? criticalPath(columns, tree.root ?? 0) : null), [critical, columns, tree.root]);
  const stacked = useMediaQuery(STACKED);
  const layout = useDefaultLayout({ id: stacked ? "tracemark.trace.stacked" : "tracemark.trace", storage: localStorage });
  // A held arrow key passes many runs; only those it rests on are fetched.
  const panelRun = useSettled(columns.run_id[tree.selected] ?? "", 60);
  useScreenStatus([plural(row.runs, "run"), plural(row.errors, "error"), ...(row.pending > 0 ? [`${row.pending} running`] : [])].join("\n"));

  const zoomAt = useCallback((factor: number, at: number) => setView((before) => zoom(before ?? fitAll(total), factor, at, total)), [total]);
  const panBy = useCallback((share: number) => setView((before) => pan(before ?? fitAll(total), share, total)), [total]);
  const changeView = useCallback((next: TimeView) => setView(isWhole(next, total) ? null : next), [total]);
  const fitSelected = (): void => {
    const start = columns.start_offset[tree.selected];
    if (start === null || start === undefined) return;
    const target = fitRun(start, columns.duration[tree.selected] ?? total - start, total);
    const already = view !== null && view.from === target.from && view.to === target.to;
    setView(already ? null : target);
  };
  const goTo = (index: number): void => {
    if (index >= 0) tree.reveal(index);
  };
  const jump = (step: 1 | -1, matches: (index: number) => boolean): void => {
    goTo(nextRow(columns.run_id.length, tree.selected, step, matches));
  };
  const moveBy = (step: number): void => {
    const { rows, index } = tree.visible;
    const next = rows[Math.min(Math.max((index[tree.selected] ?? 0) + step, 0), rows.length - 1)];
    if (next !== undefined) tree.reveal(next);
  };
  useTraceCommands({
    next: () => moveBy(1),
    previous: () => moveBy(-1),
    nextError: () => jump(1, (index) => columns.status[index] === "error"),
    nextModel: () => jump(1, (index) => columns.run_type[index] === "llm"),
    nextTool: () => jump(1, (index) => columns.run_type[index] === "tool"),
    parent: () => goTo(tree.shape.parent[tree.selected] ?? -1),
    child: () => goTo(tree.shape.shown.findIndex((isShown, index) => isShown === 1 && tree.shape.parent[index] === tree.selected)),
    nextSibling: () => goTo(siblingOf(tree.shape, tree.selected, 1)),
    previousSibling: () => goTo(siblingOf(tree.shape, tree.selected, -1)),
    slowest: () => goTo(nextLargest(tree.shape, tree.selected, (index) => columns.duration[index] ?? 0)),
    dearest: () => goTo(nextLargest(tree.shape, tree.selected, (index) => Number(columns.total_cost[index] ?? 0) || 0)),
    toggleErrors: () => tree.setVisibility(tree.visibility === "errors" ? "key" : "errors"),
    toggleHidden: () => tree.setVisibility(tree.visibility === "all" ? "key" : "all"),
    useAsRoot: () => tree.setRoot(tree.root === tree.selected ? null : tree.selected),
    toggleCritical: () => setCritical(!critical),
    toggleCollapse: tree.toggleCollapse,
    find: find.open,
    zoomIn: () => zoomAt(0.7, anchorOf(shown, columns.start_offset[tree.selected] ?? 0)),
    zoomOut: () => zoomAt(1 / 0.7, anchorOf(shown, columns.start_offset[tree.selected] ?? 0)),
    panLeft: () => panBy(-0.2),
    panRight: () => panBy(0.2),
    fitSelected,
    fitAll: () => setView(null),
  });
  const open = useUi((state) => state.open);
  useCommands(useMemo((): Command[] => [{ id: "trace.treemap", title: "Where the money of the trace went…", words: "treemap cost", group: "Trace", run: () => open({ name: "treemap", traceId: row.trace_id }) }], [open, row.trace_id]));
  useAddToQueue(() => {
    const run = columns.run_id[tree.selected];
    if (run === undefined) return null;
    const name = columns.strings[columns.name[tree.selected] ?? -1] ?? "unnamed";
    return { source: { type: "runs", runs: [{ trace_id: row.trace_id, run_id: run }] }, label: `The run “${name}” of “${row.name}”` };
  });

  return (
    <div className={rowStyles.page}>
      <TraceHeader trace={trace} elapsed={elapsed} hidden={tree.shape.hidden} onErrors={() => tree.setVisibility("errors")}>
        <Segments label="Runs shown" options={row.errors > 0 || tree.visibility === "errors" ? SHOWN : SHOWN_WITHOUT_ERRORS} value={tree.visibility} onChange={tree.setVisibility} />
        <KeysOf command="trace.hidden" />
        <Button onClick={find.open}>
          Find in trace
          <KeysOf command="trace.find" />
        </Button>
        <TraceSwitch view="tree" run={columns.run_id[tree.selected] ?? null} />
      </TraceHeader>
      {tree.root === null ? null : <RootPath columns={columns} root={tree.root} onRoot={tree.setRoot} />}
      {path === null ? null : <CriticalNote path={path} onClose={() => setCritical(false)} />}
      {columns.run_id.length > 1 ? <MiniMap columns={columns} drawn={measured} total={total} view={shown} onView={changeView} /> : null}
      <Group key={String(stacked)} className={clsx(styles.panes, stacked && styles.stacked)} orientation={stacked ? "vertical" : "horizontal"} {...layout}>
        <Panel id="tree" className={styles.pane} defaultSize="58%" minSize={stacked ? "130px" : "360px"}>
          {find.shown ? <FindBar find={find} label="Find in the trace" placeholder="Find in names, models, errors and payloads" /> : null}
          <TreePane traceId={row.trace_id} columns={columns} tree={tree} view={shown} total={total} elapsed={elapsed} matches={find.matches} critical={path?.rows ?? null} onZoom={zoomAt} onPan={panBy} />
        </Panel>
        <Separator className={styles.divider} />
        <Panel id="run" className={styles.side} defaultSize="42%" minSize={stacked ? "130px" : "300px"}>
          {panelRun === "" ? null : (
            <RunPanel
              traceId={row.trace_id}
              runId={panelRun}
              position={(tree.visible.index[tree.selected] ?? 0) + 1}
              shown={tree.visible.rows.length}
              whole={columns.run_id[tree.selected] === panelRun ? wholeOf(columns, tree.selected) : null}
            />
          )}
        </Panel>
      </Group>
    </div>
  );
}

/** The latest end of any run; a run without end may have started after the last one that ended. */
function traceLength({ row, columns }: Trace): number {
  let end = row.latency ?? 0;
  for (let index = 0; index < columns.run_id.length; index += 1) {
    end = Math.max(end, (columns.start_offset[index] ?? 0) + (columns.duration[index] ?? 0));
  }
  return end;
}

/** Where zooming holds still: the start of the selected run when it is in view, the middle otherwise. */
function anchorOf(view: TimeView, start: number): number {
  const bar = barOf(start, 0, view);
  return bar ? bar.left / 100 : 0.5;
}
