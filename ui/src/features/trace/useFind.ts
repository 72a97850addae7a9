/** Finding in a trace: names, models and errors at once, payloads by the core a moment later. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { TraceColumns } from "../../contract/contract";
import { useTraceSearch } from "../../data/queries";
import { findRows, nextRow } from "../../lib/tree";
import { useSettled } from "./useSettled";
import type { TraceTree } from "./useTraceTree";

export function useFind(traceId: string, columns: TraceColumns, tree: TraceTree) {
  const [shown, setShown] = useState(false);
  const [text, setText] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const asked = useSettled(text.trim(), 200);
  const remote = useTraceSearch(traceId, shown ? asked : "");
  const matches = useMemo((): ReadonlySet<number> => {
    if (!shown) return new Set();
    const found = findRows(columns, text);
    if (text.trim() !== asked || !remote.data) return found;
    const ids = new Set(remote.data.run_ids);
    columns.run_id.forEach((id, row) => ids.has(id) && found.add(row));
    return found;
  }, [shown, columns, text, asked, remote.data]);
  useEffect(() => {
    if (!shown) return;
    input.current?.focus();
    input.current?.select();
  }, [shown]);
  const ordered = useMemo(() => [...matches].toSorted((a, b) => a - b), [matches]);
  return {
    shown,
    text,
    setText,
    input,
    matches,
    count: ordered.length,
    /** Place of the selected run among the matches, from 1; 0 when it is none. */
    place: ordered.indexOf(tree.selected) + 1,
    searching: remote.isFetching || text.trim() !== asked,
    error: remote.error,
    open: () => {
      setShown(true);
      input.current?.focus();
      input.current?.select();
    },
    close: () => {
      setShown(false);
      document.querySelector<HTMLElement>("[role=tree]")?.focus();
    },
    walk: (step: 1 | -1) => {
      const next = nextRow(columns.run_id.length, tree.selected, step, (row) => matches.has(row));
      if (next >= 0) tree.reveal(next);
    },
  };
}
