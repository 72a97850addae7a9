/** The columns of the tables: what each shows, how it sorts, how much room it needs. */
import { clsx } from "clsx";
import type { ReactNode } from "react";
import { STATUS_NAMES } from "../../components/Chip";
import { TypeIcon } from "../../components/TypeIcon";
import rowStyles from "../../components/ui/rows.module.css";
import table from "../../components/table/table.module.css";
import type { TableRow, TableScope } from "../../contract/contract";
import type { Arrangement, Sized } from "../../lib/columns";
import { costOf } from "../../lib/cost";
import { isNothing } from "../../lib/json";
import { saidText, saidTitle } from "../../lib/feedback";
import { DASH, exactDuration, formatCostInColumn, formatCount, formatDuration, formatTimeShort, isoTime, plural, shortId } from "../../lib/format";
import { SaidChips } from "./SaidChips";
import styles from "./tables.module.css";

export interface Cell {
  readonly text: string;
  /** The whole of it, on hover. */
  readonly title?: string | undefined;
  readonly tone?: "bad" | "quiet" | "unknown" | undefined;
  /** Instead of the text. */
  readonly node?: ReactNode;
  /** Whose cost it is, for the breakdown beside the figure. */
  readonly costOf?: string | undefined;
}

export interface CellContext {
  readonly now: number;
  /** Value of a column that runs are opened for. */
  readonly value: (column: string) => string | null;
  /** Number of the turn, where the rows are those of a thread. */
  readonly turn?: number | undefined;
}

export interface Column extends Sized {
  readonly label: string;
  /** Name of the order in the core; `null` when the column cannot decide it. */
  readonly sort: string | null;
  readonly right: boolean;
  /** Whether text may take two lines in the roomy density. */
  readonly wraps?: boolean;
  /** Whether runs have to be opened for it. */
  readonly opens?: boolean;
  readonly cell: (row: TableRow, context: CellContext) => Cell;
}

function text(value: string | null | undefined): Cell {
  return value === null || value === undefined || value === "" ? { text: DASH, tone: "unknown" } : { text: value, title: value, tone: "quiet" };
}

function figure(shown: string, title?: string): Cell {
  return { text: shown, title, tone: shown === DASH ? "unknown" : undefined };
}

const count = (value: number | null | undefined): Cell => figure(formatCount(value));

function named(row: TableRow, { turn }: CellContext): Cell {
  const failed = row.status === "error";
  return {
    text: row.name,
    title: failed && row.error ? `${row.name}\n${row.error}` : row.name,
    node: (
      <>
        {turn === undefined ? null : (
          <span className={styles.turn} title={`Turn ${formatCount(turn)}`}>
            {formatCount(turn)}
          </span>
        )}
        {row.run_type ? <TypeIcon type={row.run_type} /> : null}
        <span className={clsx(table.nameText, failed && rowStyles.bad)}>{row.name}</span>
        {row.status === "pending" ? <span className={rowStyles.running}>running</span> : null}
        {row.status === "interrupted" ? <span className={rowStyles.warned}>interrupted</span> : null}
      </>
    ),
  };
}

function feedback(row: TableRow): Cell {
  if (row.feedback.length === 0) return { text: DASH, tone: "unknown" };
  return {
    text: row.feedback.map((said) => `${said.key} ${saidText(said)}`).join(", "),
    title: row.feedback.map(saidTitle).join("\n\n"),
    node: <SaidChips said={row.feedback} />,
  };
}

function costOfRow({ trace_id, run_id, runs, thread, project }: TableRow): string | undefined {
  // The row of a trace names its root, and is about everything in it.
  if (trace_id !== null) return costOf(run_id === null || runs !== null ? { of: "trace", traceId: trace_id } : { of: "run", traceId: trace_id, runId: run_id, alone: true });
  return thread === null || project === null ? undefined : costOf({ of: "thread", project, thread });
}

function duration(value: number | null): Cell {
  return figure(formatDuration(value), exactDuration(value));
}

function start(row: TableRow, { now }: CellContext): Cell {
  return figure(formatTimeShort(row.start, now), isoTime(row.start));
}

function column(id: string, label: string, sort: string | null, least: number, cell: Column["cell"], more: Partial<Column> = {}): Column {
  return { id, label, sort, least, grow: 0, right: true, cell, ...more };
}

const LEFT = { right: false } as const;

const cost = column("cost", "Cost", "cost", 108, (row) => ({ ...figure(formatCostInColumn(row.cost, row.unpriced_runs)), costOf: row.cost === null ? undefined : costOfRow(row) }));
const tokens = column("tokens", "Tokens", "tokens", 84, (row) => count(row.usage.total));
const errors = column("errors", "Errors", "errors", 64, (row) => ({ text: formatCount(row.errors), tone: (row.errors ?? 0) > 0 ? "bad" : "unknown" }));
const said = column("feedback", "Feedback", null, 120, feedback, { ...LEFT, grow: 0.6, leaves: 5 });
/** What came out, or that nothing did: a row of raw nulls says less than either. */
function cameOut(row: TableRow, value: string | null): Cell {
  const failed = row.errors ?? 0;
  if (row.status === "error") return { text: row.error ?? "failed", title: row.error ?? "failed", tone: "bad" };
  if (!isNothing(value)) return text(value);
  // A thread names none of its errors, only how many turns have one.
  return row.status === null && failed > 0 ? { text: "No output", title: `The last turn gave nothing; ${plural(failed, "turn")} of the thread failed`, tone: "bad" } : text(null);
}

const input = (label: string, opens: boolean): Column =>
  column("input", label, null, 140, (row, { value }) => text(opens ? value("input") : row.input), { ...LEFT, grow: 1.5, wraps: true, leaves: 2, opens });
const output = (label: string, opens: boolean): Column =>
  column("output", label, null, 120, (row, { value }) => cameOut(row, opens ? value("output") : row.output), {
    ...LEFT,
    grow: 1.1,
    wraps: true,
    leaves: 4,
    opens,
  });

/** What runs and traces have both. */
const COMMON: readonly Column[] = [
  column("start", "Start", "start", 104, start),
  column("latency", "Latency", "latency", 76, (row) => duration(row.latency)),
  column("first_token", "First token", "first_token", 88, (row) => duration(row.first_token)),
  tokens,
  column("input_tokens", "Input tokens", "input_tokens", 96, (row) => count(row.usage.input)),
  column("output_tokens", "Output tokens", "output_tokens", 104, (row) => count(row.usage.output)),
  column("cache_read", "Cached", "cache_read", 84, (row) => count(row.usage.cache_read)),
  cost,
  column("status", "Status", "status", 88, (row) => ({ text: row.status ? STATUS_NAMES[row.status] : DASH, tone: row.status === "error" ? "bad" : "quiet" }), LEFT),
  column("run_type", "Type", "run_type", 80, (row) => text(row.run_type), LEFT),
  column("model", "Model", "model", 120, (row) => text(row.model), { ...LEFT, grow: 0.5 }),
  column("thread", "Thread", "thread", 120, (row) => text(row.thread), { ...LEFT, grow: 0.5 }),
  column("project", "Project", "project", 110, (row) => text(row.project), { ...LEFT, grow: 0.4 }),
  said,
  column("tags", "Tags", null, 120, (_, { value }) => text(value("tags")), { ...LEFT, grow: 0.5, opens: true }),
  column("trace_id", "Trace id", null, 84, (row) => ({ text: row.trace_id ? shortId(row.trace_id) : DASH, title: row.trace_id ?? undefined, tone: "quiet" }), LEFT),
];

const COLUMNS: Readonly<Record<TableScope, readonly Column[]>> = {
  traces: [
    column("name", "Name", "name", 180, named, { ...LEFT, grow: 1.2 }),
    input("Input", false),
    output("Output", false),
    ...COMMON,
    column("runs", "Runs", "runs", 64, (row) => count(row.runs), { leaves: 3 }),
    errors,
  ],
  runs: [
    column("name", "Run", "name", 180, named, { ...LEFT, grow: 1 }),
    column(
      "detail",
      "Detail",
      null,
      160,
      (row) => {
        const aside = row.status === "error" ? (row.error ?? "failed") : (row.detail ?? row.model);
        return row.status === "error" ? { text: aside ?? "failed", title: aside ?? "failed", tone: "bad" } : text(aside);
      },
      { ...LEFT, grow: 1.6, wraps: true, leaves: 2 },
    ),
    input("Input", true),
    output("Output", true),
    ...COMMON,
    column("provider", "Provider", "provider", 96, (row) => text(row.provider), LEFT),
    column("prompt_version", "Prompt version", "prompt_version", 110, (row) => text(row.prompt_version), LEFT),
    column("run_id", "Run id", null, 84, (row) => ({ text: row.run_id ? shortId(row.run_id) : DASH, title: row.run_id ?? undefined, tone: "quiet" }), LEFT),
  ],
  threads: [
    column("name", "Thread", "name", 180, (row) => ({ text: row.name, title: row.name }), { ...LEFT, grow: 1 }),
    input("First input", false),
    output("Last output", false),
    column("turns", "Turns", "turns", 64, (row) => count(row.turns)),
    column("runs", "Runs", "runs", 64, (row) => count(row.runs), { leaves: 3 }),
    { ...errors, label: "Failed turns", least: 92 },
    column("latency", "Latency p50", null, 92, (row) => duration(row.latency)),
    column("latency_p99", "Latency p99", null, 92, (row) => duration(row.latency_p99)),
    tokens,
    column("input_tokens", "Input tokens", "input_tokens", 96, (row) => count(row.usage.input)),
    column("output_tokens", "Output tokens", "output_tokens", 104, (row) => count(row.usage.output)),
    cost,
    said,
    column("project", "Project", "project", 110, (row) => text(row.project), { ...LEFT, grow: 0.4 }),
    column("start", "Last activity", "start", 116, start),
  ],
};

const SHOWN: Readonly<Record<TableScope, readonly string[]>> = {
  traces: ["name", "input", "output", "feedback", "start", "latency", "tokens", "cost", "runs", "errors"],
  runs: ["name", "detail", "feedback", "start", "latency", "tokens", "cost"],
  threads: ["name", "input", "output", "feedback", "turns", "errors", "latency", "latency_p99", "tokens", "cost", "start"],
};

export function defaultArrangement(scope: TableScope): Arrangement {
  return { shown: SHOWN[scope], widths: {}, density: "compact" };
}

export function columnsOf(scope: TableScope): readonly Column[] {
  return COLUMNS[scope];
}

/** A column by its id: one of the table's, or one of any key of metadata, feedback, inputs or outputs. */
export function columnOf(scope: TableScope, id: string): Column | null {
  const known = COLUMNS[scope].find((each) => each.id === id);
  if (known) return known;
  const key = /^feedback\.(.+)$/.exec(id)?.[1];
  if (key !== undefined) {
    return column(id, key, id, 84, (row) => {
      const of = row.feedback.find((each) => each.key === key);
      return of ? { text: saidText(of), title: saidTitle(of) } : { text: DASH, tone: "unknown" };
    });
  }
  if (scope !== "threads" && /^(metadata|inputs|outputs)\..+/.test(id)) {
    const name = id.slice(id.indexOf(".") + 1);
    return column(id, name, null, 110, (_, { value }) => text(value(id)), { ...LEFT, grow: 0.5, opens: true });
  }
  return null;
}

/** Whether the table can be ordered by this name. */
export function sortsBy(scope: TableScope, sort: string): boolean {
  return sort.startsWith("feedback.") || COLUMNS[scope].some((each) => each.sort === sort);
}
