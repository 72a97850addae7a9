/** The queues of the library: what is to be judged, how far each is. */
import { useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { Ellipsis } from "lucide-react";
import { useMemo, useRef, useState, type MouseEvent } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState } from "../../components/States";
import { useVirtualGrid, useVisibleRange } from "../../components/table/useVirtualGrid";
import tableStyles from "../../components/table/table.module.css";
import { Button, IconButton } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { Menu, MenuItem, MenuLine } from "../../components/ui/Menu";
import rowStyles from "../../components/ui/rows.module.css";
import ui from "../../components/ui/ui.module.css";
import type { QueueRow } from "../../contract/contract";
import { useArchiveQueue, useCreateSampleQueue, useQueues } from "../../data/review";
import { useUi } from "../../data/ui";
import { DASH, formatCount, formatDuration, plural } from "../../lib/format";
import { formatMinutes, paceOver } from "../../lib/review/pace";
import { useScreenStatus } from "../frame/useScreenStatus";
import styles from "./queues.module.css";

export function QueuesPage() {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [archived, setArchived] = useState(false);
  const list = useMemo(() => ({ ...(text.trim() === "" ? {} : { text: text.trim() }), archived }), [text, archived]);
  const queues = useQueues(list);
  const sample = useCreateSampleQueue();
  const input = useRef<HTMLInputElement>(null);
  const commands = useMemo(
    (): Command[] => [
      { id: "queues.new", title: "New queue", group: "Table", shortcut: "N", run: () => void navigate({ to: "/queues/new" }) },
      { id: "table.filter", title: "Filter", group: "Table", shortcut: "/", run: () => input.current?.focus() },
    ],
    [navigate],
  );
  useCommands(commands);
  useScreenStatus(queues.data ? plural(queues.data.length, "queue") : "");
  const trySample = (): void => sample.mutate(undefined, { onSuccess: ({ queue_id }) => void navigate({ to: "/queues/$queueId", params: { queueId: queue_id } }) });
  const none = queues.data?.length === 0 && text === "";
  return (
    <div className={rowStyles.page}>
      <div className={tableStyles.bar}>
        <h1 className={tableStyles.title}>Queues</h1>
        <input ref={input} className={clsx(ui.field, styles.filter)} type="text" aria-label="Filter queues" placeholder="Filter by name" value={text} onChange={(event) => setText(event.target.value)} onKeyDown={(event) => event.key === "Escape" && setText("")} />
        <label className={styles.check}>
          <input type="checkbox" checked={archived} onChange={(event) => setArchived(event.target.checked)} />
          Put away
        </label>
        <span className={tableStyles.count}>{queues.data ? plural(queues.data.length, "queue") : ""}</span>
        <Button tone="primary" data-command="queues.new" onClick={() => void navigate({ to: "/queues/new" })}>
          New queue
          <KeysOf command="queues.new" />
        </Button>
      </div>
      {queues.error ? (
        <ErrorState title="The queues could not be listed" error={queues.error} onRetry={() => void queues.refetch()} />
      ) : none ? (
        <EmptyState
          title="No queues"
          action={
            <>
              <Button tone="primary" onClick={() => void navigate({ to: "/queues/new" })}>
                New queue
                <KeysOf command="queues.new" />
              </Button>
              <Button disabled={sample.isPending} onClick={trySample}>
                {sample.isPending ? "Making it…" : "Try the sample queue"}
              </Button>
            </>
          }
        >
          A queue is a list of runs to judge, with the questions to answer.
        </EmptyState>
      ) : queues.data?.length === 0 ? (
        <EmptyState title="No queue matches" action={<Button onClick={() => setText("")}>Show all queues</Button>} />
      ) : (
        <QueueTable queues={queues.data ?? null} listKey={JSON.stringify(list)} />
      )}
    </div>
  );
}

const COLUMNS = ["Name", "Keys", "To do", "Done", "Conflicts", "Per item", "Left", ""] as const;

function QueueTable({ queues, listKey }: { readonly queues: readonly QueueRow[] | null; readonly listKey: string }) {
  const navigate = useNavigate();
  const [, setRange] = useVisibleRange();
  const total = queues?.length ?? 6;
  const open = (row: number): void => {
    const queue = queues?.[row];
    if (queue) void navigate({ to: "/queues/$queueId", params: { queueId: queue.id } });
  };
  const { scroller, grid, virtualizer, active, moveTo, moveBy, onKeyDown, margin } = useVirtualGrid({ list: `queues ${listKey}`, total, onRange: setRange, onOpen: open });
  const commands = useMemo(
    (): Command[] => [
      { id: "table.next", title: "Next row", group: "Table", shortcut: "J", repeats: true, run: () => moveBy(1) },
      { id: "table.previous", title: "Previous row", group: "Table", shortcut: "K", repeats: true, run: () => moveBy(-1) },
      { id: "table.open", title: "Review", group: "Table", shortcut: "Enter", local: true, run: () => undefined },
    ],
    [moveBy],
  );
  useCommands(commands);
  const onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest<HTMLElement>("[data-row]");
    if (!row || target?.closest("button, a, [role=menu]")) return;
    moveTo(Number(row.dataset["row"]));
    open(Number(row.dataset["row"]));
  };
  return (
    <div ref={scroller} className={clsx(rowStyles.scroller, tableStyles.fit)}>
      <div ref={grid} className={clsx(rowStyles.list, styles.grid)} role="grid" tabIndex={0} aria-label="Queues" aria-busy={queues === null} aria-rowcount={queues ? total + 1 : -1} aria-activedescendant={queues ? `queue-${active}` : undefined} onKeyDown={onKeyDown} onClick={onClick}>
        <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, tableStyles.columns, styles.columns)}>
          {COLUMNS.map((name, index) => (
            <span key={name === "" ? "tools" : name} role="columnheader" aria-colindex={index + 1} className={clsx(index > 1 && tableStyles.right, index === 1 && styles.keys, index > 3 && index < 7 && styles.extra)}>
              {name === "" ? <span className="visually-hidden">Tools</span> : name}
            </span>
          ))}
        </div>
        <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => (
            <QueueLine key={queues?.[index]?.id ?? index} queue={queues?.[index] ?? null} index={index} top={start - margin} active={index === active && queues !== null} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface QueueLineProps {
  readonly queue: QueueRow | null;
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
}

function QueueLine({ queue, index, top, active }: QueueLineProps) {
  const open = useUi((state) => state.open);
  const navigate = useNavigate();
  const archive = useArchiveQueue();
  const at = { transform: `translateY(${top}px)` };
  if (!queue) return <div className={rowStyles.row} style={at} aria-hidden />;
  const { id, name, counts } = queue;
  const { pace } = counts;
  const done = counts.total - counts.to_review;
  const params = { queueId: id };
  return (
    <div role="row" id={`queue-${index}`} data-row={index} aria-rowindex={index + 2} aria-selected={active} className={clsx(rowStyles.row, tableStyles.columns, styles.columns)} style={at}>
      <span role="gridcell" className={tableStyles.name} title={queue.description ?? name}>
        <b className={tableStyles.nameText}>{name}</b>
        <span className={rowStyles.quiet}>
          {queue.kind === "pairwise" ? "pairwise" : queue.target_level}
          {queue.archived ? ", put away" : ""}
        </span>
      </span>
      <span role="gridcell" className={clsx(rowStyles.quiet, styles.keys)} title={queue.keys.join(", ")}>
        {queue.keys.length === 0 ? "no keys" : queue.keys.join(", ")}
      </span>
      <span role="gridcell" className="num">
        <b>{formatCount(counts.to_review)}</b>
      </span>
      <span role="gridcell" className="num">
        {formatCount(done)} / {formatCount(counts.total)}
      </span>
      <span role="gridcell" className={clsx("num", styles.extra, counts.in_conflict > 0 && rowStyles.warned)}>
        {counts.in_conflict === 0 ? DASH : formatCount(counts.in_conflict)}
      </span>
      <span role="gridcell" className={clsx("num", styles.extra)} title={pace === null ? undefined : paceOver(pace)}>
        {pace === null ? DASH : formatDuration(pace.per_item_ms * 1e6)}
      </span>
      <span role="gridcell" className={clsx("num", styles.extra)}>{pace === null || counts.to_review === 0 ? DASH : formatMinutes(pace.left_minutes)}</span>
      <span role="gridcell" className={styles.tools}>
        <Menu
          trigger={
            <IconButton label={`More about ${name}`}>
              <Ellipsis size={14} />
            </IconButton>
          }
        >
          <MenuItem onSelect={() => void navigate({ to: "/queues/$queueId", params })}>Review</MenuItem>
          <MenuItem onSelect={() => void navigate({ to: "/queues/$queueId/bulk", params })}>Answer many at once</MenuItem>
          <MenuItem onSelect={() => void navigate({ to: "/queues/$queueId/conflicts", params })}>Conflicts</MenuItem>
          <MenuItem onSelect={() => void navigate({ to: "/queues/$queueId/results", params })}>Results</MenuItem>
          <MenuItem onSelect={() => void navigate({ to: "/queues/$queueId/agreement", params })}>Agreement</MenuItem>
          <MenuLine />
          <MenuItem onSelect={() => open({ name: "add-to-queue", queueId: id, what: { type: "search" } })}>Add from a search…</MenuItem>
          <MenuItem onSelect={() => open({ name: "add-to-queue", queueId: id, what: { type: "file" } })}>Add from a file…</MenuItem>
          <MenuItem onSelect={() => void navigate({ to: "/queues/$queueId/edit", params })}>Edit</MenuItem>
          <MenuLine />
          <MenuItem onSelect={() => void navigate({ to: "/notes", search: { queue: id } })}>Notes</MenuItem>
          <MenuItem onSelect={() => open({ name: "export", what: { type: "feedback", traceId: null, queueId: id } })}>Export feedback…</MenuItem>
          {queue.kind === "single" ? <MenuItem onSelect={() => open({ name: "export", what: { type: "handout", queueId: id } })}>Hand out as a page…</MenuItem> : null}
          <MenuLine />
          <MenuItem onSelect={() => archive.mutate({ queue_id: id, archived: !queue.archived })}>{queue.archived ? "Take out again" : "Put away"}</MenuItem>
          <MenuItem onSelect={() => open({ name: "delete-queue", queueId: id, queueName: name })}>Delete…</MenuItem>
        </Menu>
      </span>
    </div>
  );
}
