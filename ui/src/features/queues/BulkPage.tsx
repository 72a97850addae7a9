/** Many items at once: a table whose answer column is filled by the same keys, submitted as one step. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { clsx } from "clsx";
import { useMemo, useRef, useState } from "react";
import { toast } from "sonner";
import { useCommands, type Command } from "../../commands/registry";
import { useLatest } from "../../components/useLatest";
import { EmptyState, ErrorState } from "../../components/States";
import tableStyles from "../../components/table/table.module.css";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import rowStyles from "../../components/ui/rows.module.css";
import ui from "../../components/ui/ui.module.css";
import type { ItemRow, QueueDetail } from "../../contract/contract";
import { keys } from "../../data/keys";
import { useQueue } from "../../data/review";
import { SESSION } from "../../data/session";
import { formatCount, plural } from "../../lib/format";
import { rubricOf, toWire } from "../../lib/review/answers";
import { isAnswered, optionsOf, type RubricKey } from "../../lib/review/rubric";
import { EMPTY_SHEET, problemsOf, reduceSheet, type Sheet } from "../../lib/review/sheet";
import { platform } from "../../platform";
import { refusalText } from "../review/useReview";
import { QueueTabs } from "./QueueTabs";
import { useUndoStep } from "./useUndoStep";
import styles from "./queues.module.css";

const route = getRouteApi("/queues/$queueId/bulk");
const SIZES = [10, 25, 50, 100] as const;

export function BulkPage() {
  const { queueId } = route.useParams();
  const queue = useQueue(queueId);
  const [size, setSize] = useState<number>(25);
  const list = useMemo(() => ({ queue_id: queueId, filter: "to_review" as const, offset: 0, limit: size }), [queueId, size]);
  const items = useQuery({ queryKey: keys.queueItems(list), queryFn: ({ signal }) => platform().call("list_items", list, signal), staleTime: 0 });
  const error = queue.error ?? items.error;
  return (
    <div className={rowStyles.page}>
      <div className={clsx(tableStyles.bar, styles.tabBar)}>
        <h1 className={tableStyles.title}>{queue.data?.row.name ?? "Queue"}</h1>
        <QueueTabs queueId={queueId} name={queue.data?.row.name ?? "the queue"} current="bulk" />
        <select className={ui.field} aria-label="Items at once" value={size} onChange={(event) => setSize(Number(event.target.value))}>
          {SIZES.map((one) => (
            <option key={one} value={one}>
              {one} items
            </option>
          ))}
        </select>
        <span className={tableStyles.count}>{items.data ? `${formatCount(items.data.total)} to do` : ""}</span>
      </div>
      {error ? (
        <ErrorState title="The items could not be read" error={error} onRetry={() => void Promise.all([queue.refetch(), items.refetch()])} />
      ) : items.data && queue.data ? (
        items.data.rows.length === 0 ? (
          <EmptyState title="Nothing is left to do">You have submitted, skipped or discarded every item of this queue.</EmptyState>
        ) : (
          <Bulk key={items.data.rows.map(({ id }) => id).join()} queue={queue.data} rows={items.data.rows} />
        )
      ) : null}
    </div>
  );
}

function Bulk({ queue, rows }: { readonly queue: QueueDetail; readonly rows: readonly ItemRow[] }) {
  const rubric = useMemo(() => rubricOf(queue), [queue]);
  const client = useQueryClient();
  const [sheets, setSheets] = useState<Readonly<Record<string, Sheet>>>({});
  const [at, setAt] = useState({ row: 0, key: 0 });
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const busy = useRef(false);
  const undo = useUndoStep("bulk.undo", queue.row.id);
  const answered = rows.filter(({ id }) => Object.values(sheets[id]?.answers ?? {}).some(isAnswered));
  const choose = (row: number, key: number, digit: string): void => {
    const item = rows[row];
    const rubricKey = rubric[key];
    const option = rubricKey && optionsOf(rubricKey).find((one) => one.digit === digit);
    if (!item || !rubricKey || !option) return;
    setSheets((before) => ({ ...before, [item.id]: reduceSheet(rubric, { ...(before[item.id] ?? EMPTY_SHEET), current: key }, { type: "choose", key: rubricKey.key, value: option.value }) }));
    // Down the column: one question for many items is what this view is for.
    if (rubricKey.type !== "multi_categorical") setAt({ row: Math.min(row + 1, rows.length - 1), key });
  };
  const submit = async (): Promise<void> => {
    if (busy.current || answered.length === 0) return;
    const problems = Object.fromEntries(answered.flatMap(({ id }) => problemsOf(rubric, sheets[id] ?? EMPTY_SHEET).slice(0, 1).map((problem) => [id, `${problem.key}: ${problem.rule}`])));
    setWrong(problems);
    if (Object.keys(problems).length > 0) return;
    busy.current = true;
    try {
      const result = await platform().call("submit_bulk", {
        queue_id: queue.row.id,
        session: SESSION,
        items: answered.map(({ id }) => ({ item_id: id, answers: toWire(rubric, sheets[id] ?? EMPTY_SHEET) })),
        rubric_version: queue.rubric_version,
        step: crypto.randomUUID(),
      });
      if (result.type === "done") {
        toast(`${plural(answered.length, "item")} submitted.`, { duration: 6000, action: { label: "Undo", onClick: undo } });
        await Promise.all([client.invalidateQueries({ queryKey: keys.queue(queue.row.id) }), client.invalidateQueries({ queryKey: ["queues"] })]);
      } else if (result.type === "invalid") setWrong(Object.fromEntries(result.issues.map(({ item_id: id, message }) => [id, message])));
      else toast.error(refusalText(result.refusal));
    } catch (error) {
      toast.error(error instanceof Error ? error.message : "Not saved.");
    } finally {
      busy.current = false;
    }
  };
  const latest = useLatest({ choose, submit, at });
  const commands = useMemo((): Command[] => {
    const move = (row: number, key: number): void =>
      setAt((before) => ({ row: Math.min(Math.max(before.row + row, 0), rows.length - 1), key: Math.min(Math.max(before.key + key, 0), rubric.length - 1) }));
    return [
      ...["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].map((digit): Command => ({ id: `bulk.option ${digit}`, title: `Option ${digit}`, group: "Rubric", shortcut: digit, hidden: true, run: () => latest.current.choose(latest.current.at.row, latest.current.at.key, digit) })),
      { id: "bulk.down", title: "Next item", group: "Review", shortcut: ["ArrowDown", "J"], repeats: true, run: () => move(1, 0) },
      { id: "bulk.up", title: "Previous item", group: "Review", shortcut: ["ArrowUp", "K"], repeats: true, run: () => move(-1, 0) },
      { id: "bulk.right", title: "Next key", group: "Review", shortcut: "ArrowRight", repeats: true, run: () => move(0, 1) },
      { id: "bulk.left", title: "Previous key", group: "Review", shortcut: "ArrowLeft", repeats: true, run: () => move(0, -1) },
      { id: "bulk.submit", title: "Submit what is answered", group: "Review", shortcut: "Mod+Enter", run: () => void latest.current.submit() },
    ];
  }, [rows.length, rubric.length, latest]);
  useCommands(commands);
  const key = rubric[at.key];
  return (
    <>
      <div className={styles.bulkLegend} role="status">
        {key ? <b>{key.key}</b> : null}
        {key
          ? optionsOf(key).map(({ label, digit }) => (
              <span key={label} className={styles.legendOption}>
                {digit === null ? null : <KeysOf command={`bulk.option ${digit}`} />} {label}
              </span>
            ))
          : null}
        <span className={styles.push} />
        <Button tone="primary" disabled={answered.length === 0} data-command="bulk.submit" onClick={() => void submit()}>
          Submit {formatCount(answered.length)}
          <KeysOf command="bulk.submit" />
        </Button>
      </div>
      <div className={styles.bulkScroll}>
        <table className={styles.bulk} aria-label="Items to answer">
          <thead>
            <tr>
              <th scope="col">Item</th>
              <th scope="col">Input</th>
              <th scope="col">Output</th>
              {rubric.map(({ key: name, required }) => (
                <th key={name} scope="col">
                  {name}
                  {required ? " *" : ""}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={row.id} aria-selected={index === at.row} className={clsx(index === at.row && styles.currentRow)}>
                <td title={row.name ?? undefined}>{row.name}</td>
                <td title={row.input_preview ?? undefined}>{row.input_preview}</td>
                <td title={row.output_preview ?? undefined}>
                  {row.output_preview}
                  {wrong[row.id] ? (
                    <span className={styles.problem} role="alert">
                      {" "}
                      {wrong[row.id]}
                    </span>
                  ) : null}
                </td>
                {rubric.map((one, place) => (
                  <Cell key={one.key} rubricKey={one} sheet={sheets[row.id] ?? EMPTY_SHEET} current={index === at.row && place === at.key} onSelect={() => setAt({ row: index, key: place })} onChoose={(digit) => choose(index, place, digit)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface CellProps {
  readonly rubricKey: RubricKey;
  readonly sheet: Sheet;
  readonly current: boolean;
  readonly onSelect: () => void;
  readonly onChoose: (digit: string) => void;
}

function Cell({ rubricKey, sheet, current, onSelect, onChoose }: CellProps) {
  const options = optionsOf(rubricKey);
  const value = sheet.answers[rubricKey.key]?.value ?? null;
  const chosen = options.find((option) => option.value === value);
  return (
    <td className={clsx(current && styles.currentCell)} ref={current ? scrollHere : undefined}>
      {options.length === 0 ? (
        <span className={styles.hint}>one by one</span>
      ) : (
        <select
          className={styles.cellSelect}
          tabIndex={-1}
          aria-label={rubricKey.key}
          value={chosen?.digit ?? ""}
          onFocus={onSelect}
          onChange={(event) => {
            onChoose(event.target.value);
            event.target.blur();
          }}
        >
          <option value="">–</option>
          {options.map(({ label, digit }) => (digit === null ? null : <option key={label} value={digit}>{label}</option>))}
        </select>
      )}
    </td>
  );
}

function scrollHere(cell: HTMLElement | null): void {
  cell?.scrollIntoView({ block: "nearest" });
}
