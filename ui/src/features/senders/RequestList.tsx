import { clsx } from "clsx";
import { memo, useMemo, type MouseEvent } from "react";
import { useCommands, type Command } from "../../commands/registry";
import tableStyles from "../../components/table/table.module.css";
import { useVirtualGrid } from "../../components/table/useVirtualGrid";
import rowStyles from "../../components/ui/rows.module.css";
import { useNow } from "../../components/useNow";
import type { RequestFate, SeenRequest } from "../../contract/contract";
import { DASH, formatBytes, formatCount, formatDuration, formatTimeShort, isoTime } from "../../lib/format";
import styles from "./senders.module.css";

export const FATES: Readonly<Record<RequestFate, string>> = { taken: "taken", partly: "in part", refused: "refused", postponed: "to wait" };
const COLUMNS = ["Time", "From", "To", "Outcome", "Spans", "Refused", "Size", "Took"] as const;
const FIGURES_FROM = 4;

interface RequestListProps {
  readonly requests: readonly SeenRequest[];
  readonly opened: number | null;
  readonly onOpen: (number: number) => void;
}

export function RequestList({ requests, opened, onOpen }: RequestListProps) {
  const now = useNow();
  const open = (row: number): void => {
    const request = requests[row];
    if (request) onOpen(request.number);
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: "requests", total: requests.length, onRange: ignore, onOpen: open });
  const commands = useMemo(
    (): Command[] => [
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
      { id: "table.open", title: "Look into the request", group: "Table", shortcut: "Enter", local: true, run: () => undefined },
    ],
    [moveBy],
  );
  useCommands(commands);
  const onClick = (event: MouseEvent): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    if (!row) return;
    moveTo(Number(row.dataset.row));
    open(Number(row.dataset.row));
  };
  return (
    <div ref={scroller} className={clsx(rowStyles.scroller, styles.fit)}>
      <div
        ref={grid}
        className={rowStyles.list}
        role="grid"
        tabIndex={0}
        aria-label="Requests"
        aria-rowcount={requests.length + 1}
        aria-colcount={COLUMNS.length}
        aria-activedescendant={`request-${requests[active]?.number ?? 0}`}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, tableStyles.columns, styles.requests)}>
          {COLUMNS.map((label, index) => (
            <span key={label} role="columnheader" aria-colindex={index + 1} className={clsx(index >= FIGURES_FROM && tableStyles.right, CLASSES[label])}>
              {label}
            </span>
          ))}
        </div>
        <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const request = requests[index];
            return request ? (
              <RequestRow key={request.number} request={request} index={index} top={start - margin} active={index === active} opened={request.number === opened} now={now} />
            ) : null;
          })}
        </div>
      </div>
    </div>
  );
}

/** Columns that leave where there is little room. */
const CLASSES: Readonly<Record<string, string | undefined>> = { To: styles.to, Size: styles.size, Took: styles.took };

function ignore(): void {
  // All rows are there: nothing is fetched by what is in sight.
}

interface RequestRowProps {
  readonly request: SeenRequest;
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  readonly opened: boolean;
  readonly now: number;
}

const RequestRow = memo(function RequestRow({ request, index, top, active, opened, now }: RequestRowProps) {
  const { number, time, path, packing, fate, message, taken, rejected, only_counted, bytes, duration } = request;
  return (
    <div
      role="row"
      id={`request-${number}`}
      data-row={index}
      aria-rowindex={index + 2}
      aria-selected={active}
      aria-expanded={opened}
      className={clsx(rowStyles.row, tableStyles.columns, styles.requests)}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="gridcell" className="num" title={isoTime(time)}>
        {formatTimeShort(time, now)}
      </span>
      <span role="gridcell" title={request.user_agent ?? undefined}>
        {senderName(request.services, request.user_agent)}
      </span>
      <span role="gridcell" className={clsx(rowStyles.quiet, styles.to)} title={path}>
        {shortPath(path)}
        {packing === null ? "" : ` · ${packing}`}
      </span>
      <span role="gridcell" className={styles[fate]} title={message ?? undefined}>
        {FATES[fate]}
      </span>
      <span role="gridcell" className={clsx("num", taken === 0 && rowStyles.unknown)} title={only_counted > 0 ? `${formatCount(only_counted)} more were only counted` : undefined}>
        {formatCount(taken)}
      </span>
      <span role="gridcell" className={clsx("num", rejected > 0 ? rowStyles.bad : rowStyles.unknown)}>
        {formatCount(rejected)}
      </span>
      <span role="gridcell" className={clsx("num", styles.size, bytes === null && rowStyles.unknown)}>
        {formatBytes(bytes)}
      </span>
      <span role="gridcell" className={clsx("num", styles.took)}>
        {formatDuration(duration)}
      </span>
    </div>
  );
});

/** The service where it says one, else the program. */
export function senderName(services: readonly string[], userAgent: string | null): string {
  return services.length > 0 ? services.join(", ") : (userAgent ?? DASH);
}

/** A gRPC path is mostly package: `TraceService/Export` tells all of it. */
function shortPath(path: string): string {
  return path.startsWith("/opentelemetry.proto.") ? path.slice(path.lastIndexOf(".") + 1) : path;
}
