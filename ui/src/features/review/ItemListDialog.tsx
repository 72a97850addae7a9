/** The items of a queue in this reviewer's order: where each stands, its first line, what was answered. */
import { clsx } from "clsx";
import { useMemo, useState, type CSSProperties, type MouseEvent } from "react";
import { EmptyState, ErrorState } from "../../components/States";
import { useVirtualGrid, useVisibleRange } from "../../components/table/useVirtualGrid";
import tableStyles from "../../components/table/table.module.css";
import { Dialog } from "../../components/ui/Dialog";
import rowStyles from "../../components/ui/rows.module.css";
import ui from "../../components/ui/ui.module.css";
import type { AssignmentState, ItemFilter, ItemRow, ItemStatus } from "../../contract/contract";
import { useItemList, type ItemList } from "../../data/review";
import { DASH, formatCount, plural } from "../../lib/format";
import styles from "./review.module.css";

const FILTERS: readonly (readonly [ItemFilter, string])[] = [
  ["all", "All"],
  ["to_review", "To do"],
  ["drafts", "Drafts"],
  ["submitted", "Submitted"],
  ["skipped", "Skipped"],
  ["discarded", "Discarded"],
  ["needs_others", "Needs others"],
  ["in_conflict", "In conflict"],
  ["completed", "Completed"],
];

export const STATE_NAMES: Readonly<Record<AssignmentState, string>> = { pending: "to do", reserved: "open", draft: "draft", submitted: "submitted", skipped: "skipped", discarded: "discarded" };
const STATUS_NAMES: Readonly<Record<ItemStatus, string>> = { needs_review: "", needs_others: "needs others", in_conflict: "in conflict", completed: "", removed: "removed" };

/** Where an item stands, in the one word that matters most; the rest is said on hover. */
function stateWord(item: ItemRow): string {
  if (item.missing) return "gone";
  if (item.status === "removed") return "removed";
  if (item.status === "in_conflict") return "conflict";
  if (item.held_by !== null) return "held";
  return item.state === "submitted" && item.status === "needs_others" ? "needs others" : STATE_NAMES[item.state];
}

interface ItemListDialogProps {
  readonly queueId: string;
  readonly keyNames: readonly string[];
  readonly current: string | null;
  readonly onOpen: (itemId: string) => void;
  readonly onClose: () => void;
}

export function ItemListDialog({ queueId, keyNames, current, onOpen, onClose }: ItemListDialogProps) {
  const [filter, setFilter] = useState<ItemFilter>("all");
  const [text, setText] = useState("");
  const [answerKey, setAnswerKey] = useState("");
  const [answerText, setAnswerText] = useState("");
  const list = useMemo(
    (): ItemList => ({
      queue_id: queueId,
      filter,
      text: text.trim() === "" ? null : text.trim(),
      answer_key: answerKey === "" ? null : answerKey,
      answer_text: answerKey === "" || answerText.trim() === "" ? null : answerText.trim(),
    }),
    [queueId, filter, text, answerKey, answerText],
  );
  return (
    <Dialog title="Items" onClose={onClose} wide>
      <div className={styles.listBar}>
        <select className={ui.field} aria-label="Which items" value={filter} onChange={(event) => setFilter(FILTERS.find(([one]) => one === event.target.value)?.[0] ?? "all")}>
          {FILTERS.map(([one, name]) => (
            <option key={one} value={one}>
              {name}
            </option>
          ))}
        </select>
        <input className={ui.field} type="text" aria-label="Find items" placeholder="Words in name, input or output" value={text} onChange={(event) => setText(event.target.value)} />
        <select className={ui.field} aria-label="Answered key" value={answerKey} onChange={(event) => setAnswerKey(event.target.value)}>
          <option value="">Any answer</option>
          {keyNames.map((key) => (
            <option key={key}>{key}</option>
          ))}
        </select>
        {answerKey === "" ? null : <input className={ui.field} type="text" aria-label="Answer" placeholder="Answer" value={answerText} onChange={(event) => setAnswerText(event.target.value)} />}
      </div>
      <Items key={JSON.stringify(list)} list={list} keyNames={keyNames} current={current} onOpen={onOpen} />
    </Dialog>
  );
}

const SHAPE_OF_LOADING = 8;

/** As many keys have a column each; with more they share one. */
const KEY_COLUMNS = 4;

interface ItemsProps {
  readonly list: ItemList;
  readonly keyNames: readonly string[];
  readonly current: string | null;
  readonly onOpen: (itemId: string) => void;
}

export function Items({ list, keyNames, current, onOpen }: ItemsProps) {
  const [range, setRange] = useVisibleRange();
  const items = useItemList(list, range.first, range.last);
  const total = items.total ?? SHAPE_OF_LOADING;
  const columns = keyNames.length <= KEY_COLUMNS ? keyNames : null;
  const open = (row: number): void => {
    const item = items.rowAt(row);
    if (item) onOpen(item.id);
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: `items ${JSON.stringify(list)}`, total, onRange: setRange, onOpen: open });
  if (items.error) return <ErrorState title="The items could not be listed" error={items.error} onRetry={items.retry} />;
  if (items.total === 0) return <EmptyState title="No item matches">Choose other items above.</EmptyState>;
  const onClick = (event: MouseEvent): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    if (!row) return;
    moveTo(Number(row.dataset["row"]));
    open(Number(row.dataset["row"]));
  };
  return (
    <div ref={scroller} className={clsx(rowStyles.scroller, tableStyles.fit, styles.items)} style={{ "--answers": `repeat(${columns?.length ?? 1}, minmax(80px, 1fr))` } as CSSProperties}>
      <div
        ref={grid}
        className={rowStyles.list}
        role="grid"
        tabIndex={0}
        aria-label="Items"
        aria-rowcount={items.total === null ? -1 : total + 1}
        aria-activedescendant={items.total === null ? undefined : `item-row-${active}`}
        onKeyDown={(event) => {
          const step = { j: 1, k: -1 }[event.key];
          if (step !== undefined && !event.ctrlKey && !event.metaKey) moveBy(step);
          else onKeyDown(event);
        }}
        onClick={onClick}
      >
        <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, tableStyles.columns, styles.itemColumns)}>
          <span role="columnheader" className={tableStyles.right}>#</span>
          <span role="columnheader">State</span>
          <span role="columnheader">Name</span>
          <span role="columnheader">First line</span>
          {columns === null ? <span role="columnheader">My answers</span> : null}
          {columns?.map((key) => (
            <span key={key} role="columnheader" title={`My answer to ${key}`}>
              {key}
            </span>
          ))}
        </div>
        <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => (
            <Row key={index} item={items.rowAt(index)} columns={columns} index={index} top={start - margin} active={index === active && items.total !== null} current={current} />
          ))}
        </div>
      </div>
      <p className={styles.listFoot}>{items.total === null ? "" : plural(items.total, "item")}</p>
    </div>
  );
}

interface RowProps {
  readonly item: ItemRow | undefined;
  /** Keys with a column each; `null` when they share one. */
  readonly columns: readonly string[] | null;
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  readonly current: string | null;
}

function Row({ item, columns, index, top, active, current }: RowProps) {
  const answers = item?.answers.map(({ key, text }) => `${key} ${text}`).join(", ");
  const where = item ? [STATE_NAMES[item.state], STATUS_NAMES[item.status], item.missing ? "gone" : "", item.held_by === null ? "" : `open with ${item.held_by}`].filter(Boolean).join(", ") : "";
  return (
    <div role="row" id={`item-row-${index}`} data-row={index} aria-rowindex={index + 2} aria-selected={active} aria-busy={!item} className={clsx(rowStyles.row, tableStyles.columns, styles.itemColumns)} style={{ transform: `translateY(${top}px)` }}>
      <span role="gridcell" className="num">{item ? formatCount(item.position) : ""}</span>
      <span role="gridcell" className={item?.status === "in_conflict" ? rowStyles.warned : rowStyles.quiet} title={where}>
        {item ? stateWord(item) : ""}
      </span>
      <span role="gridcell" title={item?.name ?? undefined}>
        {item?.id === current ? <b>{item?.name ?? DASH}</b> : item ? (item.name ?? DASH) : ""}
      </span>
      <span role="gridcell" className={rowStyles.quiet}>{item?.input_preview ?? ""}</span>
      {columns === null ? (
        <span role="gridcell" title={answers}>
          {answers ?? ""}
        </span>
      ) : (
        columns.map((key) => {
          const said = item?.answers.filter((answer) => answer.key === key).map(({ text }) => text).join(", ");
          return (
            <span key={key} role="gridcell" title={said}>
              {item ? said || <span className={rowStyles.unknown}>{DASH}</span> : ""}
            </span>
          );
        })
      )}
    </div>
  );
}
