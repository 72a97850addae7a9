import { useLayoutEffect, useMemo, useRef } from "react";
import { useCommands, type Command } from "../../commands/registry";

export interface TraceActions {
  readonly next: () => void;
  readonly previous: () => void;
  readonly nextError: () => void;
  readonly nextModel: () => void;
  readonly nextTool: () => void;
  readonly parent: () => void;
  readonly child: () => void;
  readonly nextSibling: () => void;
  readonly previousSibling: () => void;
  readonly slowest: () => void;
  readonly dearest: () => void;
  readonly toggleErrors: () => void;
  readonly toggleHidden: () => void;
  readonly useAsRoot: () => void;
  readonly toggleCritical: () => void;
  readonly toggleCollapse: () => void;
  readonly find: () => void;
  readonly zoomIn: () => void;
  readonly zoomOut: () => void;
  readonly panLeft: () => void;
  readonly panRight: () => void;
  readonly fitSelected: () => void;
  readonly fitAll: () => void;
}

/** Offers the keys of a trace. The actions change with every selection, the list of commands never does. */
export function useTraceCommands(actions: TraceActions): void {
  const latest = useRef(actions);
  useLayoutEffect(() => {
    latest.current = actions;
  });
  const commands = useMemo((): Command[] => {
    const act = (name: keyof TraceActions) => () => latest.current[name]();
    const nothing = (): void => undefined;
    return [
      { id: "trace.find", title: "Find in the trace", group: "Trace", shortcut: "Mod+F", run: act("find") },
      { id: "trace.hidden", title: "Show or hide plumbing runs", group: "Trace", shortcut: "H", run: act("toggleHidden") },
      { id: "trace.next", title: "Next run", group: "Trace", shortcut: "J", repeats: true, run: act("next") },
      { id: "trace.previous", title: "Previous run", group: "Trace", shortcut: "K", repeats: true, run: act("previous") },
      { id: "trace.error", title: "Next error", group: "Trace", shortcut: "!", repeats: true, run: act("nextError") },
      { id: "trace.model", title: "Next model call", group: "Trace", shortcut: ".", repeats: true, run: act("nextModel") },
      { id: "trace.tool", title: "Next tool call", group: "Trace", shortcut: ",", repeats: true, run: act("nextTool") },
      { id: "trace.parent", title: "Parent run", group: "Trace", shortcut: "P", run: act("parent") },
      { id: "trace.child", title: "First child run", group: "Trace", shortcut: "O", run: act("child") },
      { id: "trace.sibling.next", title: "Next sibling", group: "Trace", shortcut: "}", repeats: true, run: act("nextSibling") },
      { id: "trace.sibling.previous", title: "Previous sibling", group: "Trace", shortcut: "{", repeats: true, run: act("previousSibling") },
      { id: "trace.slowest", title: "Slowest run, then the next slowest", group: "Trace", shortcut: "1", run: act("slowest") },
      { id: "trace.dearest", title: "Most expensive run, then the next", group: "Trace", shortcut: "2", run: act("dearest") },
      { id: "trace.errors", title: "Show errors and what leads to them, or the most relevant runs", group: "Trace", run: act("toggleErrors") },
      { id: "trace.root", title: "Use this run as root, or the whole trace again", group: "Trace", shortcut: "Z", run: act("useAsRoot") },
      { id: "trace.critical", title: "Show or hide the critical path", group: "Trace", shortcut: "Y", run: act("toggleCritical") },
      { id: "trace.collapse", title: "Collapse runs of the same name, or not", group: "Trace", shortcut: "U", run: act("toggleCollapse") },
      { id: "trace.tree", title: "Go to the tree", group: "Trace", shortcut: "Escape", run: () => document.querySelector<HTMLElement>("[role=tree]")?.focus() },
      { id: "tree.next", title: "Next row", group: "Tree", shortcut: "ArrowDown", local: true, run: nothing },
      { id: "tree.previous", title: "Previous row", group: "Tree", shortcut: "ArrowUp", local: true, run: nothing },
      { id: "tree.open", title: "Unfold, then first child", group: "Tree", shortcut: "ArrowRight", local: true, run: nothing },
      { id: "tree.close", title: "Fold, then parent", group: "Tree", shortcut: "ArrowLeft", local: true, run: nothing },
      { id: "tree.toggle", title: "Fold or unfold", group: "Tree", shortcut: "Space", local: true, run: nothing },
      { id: "tree.siblings", title: "Unfold siblings", group: "Tree", shortcut: "*", local: true, run: nothing },
      { id: "tree.first", title: "First row", group: "Tree", shortcut: "Home", local: true, run: nothing },
      { id: "tree.last", title: "Last row", group: "Tree", shortcut: "End", local: true, run: nothing },
      { id: "tree.panel", title: "Go to the run panel", group: "Tree", shortcut: "Enter", local: true, run: nothing },
      { id: "run.tab", title: "Tab of the run panel, while it has the focus", group: "Trace", shortcut: "1 … 5", local: true, run: nothing },
      { id: "tree.name", title: "Row whose name begins so (Shift for letters with a key)", group: "Tree", shortcut: "A … Z", local: true, run: nothing },
      { id: "time.in", title: "Zoom in", group: "Timeline", shortcut: "W", repeats: true, run: act("zoomIn") },
      { id: "time.out", title: "Zoom out", group: "Timeline", shortcut: "S", repeats: true, run: act("zoomOut") },
      { id: "time.left", title: "Pan left", group: "Timeline", shortcut: "A", repeats: true, run: act("panLeft") },
      { id: "time.right", title: "Pan right", group: "Timeline", shortcut: "Shift+D", repeats: true, run: act("panRight") },
      { id: "time.fit", title: "Fit the selected run", group: "Timeline", shortcut: "F", run: act("fitSelected") },
      { id: "time.all", title: "Fit the whole trace", group: "Timeline", shortcut: "0", run: act("fitAll") },
    ];
  }, []);
  useCommands(commands);
}
