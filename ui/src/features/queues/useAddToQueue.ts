/** `Q` and `D` on whatever is in hand: a run, a trace, a thread goes to a queue or becomes an example of a dataset. */
import { useMemo } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { useLatest } from "../../components/useLatest";
import type { FillSource } from "../../contract/contract";
import { useUi } from "../../data/ui";

export interface Given {
  readonly source: FillSource;
  /** What it is, in few words. */
  readonly label: string;
}

/** `given` is asked when the key is pressed; `null` when nothing is in hand. */
export function useAddToQueue(given: () => Given | null, all?: () => Given): void {
  const open = useUi((state) => state.open);
  const latest = useLatest({ given, all });
  const hasAll = all !== undefined;
  const commands = useMemo((): Command[] => {
    const add = (what: Given | null | undefined): void => {
      if (what) open({ name: "add-to-queue", queueId: null, what: { type: "given", ...what } });
    };
    const example = (what: Given | null | undefined): void => {
      if (what) open({ name: "add-to-dataset", datasetId: null, ...what });
    };
    const one: Command[] = [
      { id: "queue.add", title: "Add to a queue…", group: "Table", shortcut: "Q", run: () => add(latest.current.given()) },
      { id: "dataset.add", title: "Add to a dataset…", group: "Table", shortcut: "Mod+D", run: () => example(latest.current.given()) },
    ];
    if (!hasAll) return one;
    return [
      ...one,
      { id: "queue.add_all", title: "Add all that match to a queue…", group: "Table", shortcut: "Shift+Q", run: () => add(latest.current.all?.()) },
      { id: "dataset.add_all", title: "Add all that match to a dataset…", group: "Table", shortcut: "Mod+Shift+D", run: () => example(latest.current.all?.()) },
    ];
  }, [open, latest, hasAll]);
  useCommands(commands);
}
