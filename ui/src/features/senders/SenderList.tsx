import { clsx } from "clsx";
import { useMemo, type MouseEvent } from "react";
import { useCommands, type Command } from "../../commands/registry";
import tableStyles from "../../components/table/table.module.css";
import { useVirtualGrid } from "../../components/table/useVirtualGrid";
import rowStyles from "../../components/ui/rows.module.css";
import { useNow } from "../../components/useNow";
import type { Sender, Transport } from "../../contract/contract";
import { DASH, formatCount, formatTimeShort, isoTime } from "../../lib/format";
import styles from "./senders.module.css";

export const TRANSPORTS: Readonly<Record<Transport, string>> = { otlp_http: "OTLP over HTTP", otlp_grpc: "OTLP over gRPC", langsmith: "LangSmith" };
const COLUMNS = ["Service", "Program", "Protocol", "Requests", "Spans", "Refused", "Last"] as const;
const FIGURES_FROM = 3;

/** Who sends: a service under a program is one sender. */
export function SenderList({ senders }: { readonly senders: readonly Sender[] }) {
  const now = useNow();
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: "senders", total: senders.length, onRange: ignore, onOpen: ignore });
  const commands = useMemo(
    (): Command[] => [
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
    ],
    [moveBy],
  );
  useCommands(commands);
  const onClick = (event: MouseEvent): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    if (row) moveTo(Number(row.dataset.row));
  };
  return (
    <div ref={scroller} className={clsx(rowStyles.scroller, styles.fit)}>
      <div
        ref={grid}
        className={rowStyles.list}
        role="grid"
        tabIndex={0}
        aria-label="Senders"
        aria-rowcount={senders.length + 1}
        aria-colcount={COLUMNS.length}
        aria-activedescendant={`sender-${active}`}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, tableStyles.columns, styles.senders)}>
          {COLUMNS.map((label, index) => (
            <span key={label} role="columnheader" aria-colindex={index + 1} className={clsx(index >= FIGURES_FROM && tableStyles.right, label === "Protocol" && styles.to)}>
              {label}
            </span>
          ))}
        </div>
        <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const sender = senders[index];
            if (!sender) return null;
            const { transport, user_agent, service, requests, taken, rejected, last_problem, last_seen } = sender;
            return (
              <div
                key={`${transport} ${user_agent ?? ""} ${service ?? ""}`}
                role="row"
                data-row={index}
                id={`sender-${index}`}
                aria-rowindex={index + 2}
                aria-selected={index === active}
                className={clsx(rowStyles.row, tableStyles.columns, styles.senders)}
                style={{ transform: `translateY(${start - margin}px)` }}
                title={last_problem === null ? undefined : `Last told: ${last_problem}`}
              >
                <span role="gridcell" className={clsx(service === null && rowStyles.unknown)}>
                  {service ?? DASH}
                </span>
                <span role="gridcell" className={clsx(user_agent === null ? rowStyles.unknown : rowStyles.quiet)}>
                  {user_agent ?? DASH}
                </span>
                <span role="gridcell" className={clsx(rowStyles.quiet, styles.to)}>
                  {TRANSPORTS[transport]}
                </span>
                <span role="gridcell" className="num">
                  {formatCount(requests)}
                </span>
                <span role="gridcell" className="num">
                  {formatCount(taken)}
                </span>
                <span role="gridcell" className={clsx("num", rejected > 0 ? rowStyles.bad : rowStyles.unknown)}>
                  {formatCount(rejected)}
                </span>
                <span role="gridcell" className="num" title={isoTime(last_seen)}>
                  {formatTimeShort(last_seen, now)}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function ignore(): void {
  // All rows are there, and none opens.
}
