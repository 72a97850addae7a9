/** Cost as the cost view shows it: names of classes, shares, stacks of a trend, a treemap, a table as CSV. */
import type { ClassCost, Conversation, CostGroup, CostPoint, CostSums, RunType, TraceColumns } from "../contract/contract";

/** Classes in the order in which they are shown, with their names for people. */
export const CLASSES: readonly (readonly [string, string])[] = [
  ["input", "Input"],
  ["cache_read", "Cache read"],
  ["cache_write_5m", "Cache write"],
  ["cache_write_1h", "Cache write, 1 h"],
  ["audio_input", "Audio input"],
  ["image_input", "Image input"],
  ["output", "Output"],
  ["reasoning", "Reasoning"],
  ["audio_output", "Audio output"],
  ["image_output", "Image output"],
  ["other", "Other"],
];

/** What nobody can see from the word. */
export const ABOUT_OTHER = "Other: what was not paid for single tokens, such as tools, searches, and totals that came without their parts.";

export const className = (name: string): string => CLASSES.find(([known]) => known === name)?.[1] ?? name;

/** Everything that cost can be grouped by, before the keys of metadata. */
export const DIMENSIONS: readonly (readonly [string, string])[] = [
  ["model", "Model"],
  ["provider", "Provider"],
  ["name", "Run name"],
  ["prompt", "Prompt version"],
  ["tag", "Tag"],
  ["user", "User"],
  ["agent", "Sub-agent"],
];

export const isDimension = (by: string): boolean => DIMENSIONS.some(([known]) => known === by) || /^metadata\..+/.test(by);

export const dollars = (usd: string | null | undefined): number => (usd === null || usd === undefined ? 0 : Number(usd));

/** Whose cost a figure is, as `data-cost` says it. */
export type CostRef =
  | { readonly of: "trace"; readonly traceId: string }
  | { readonly of: "run"; readonly traceId: string; readonly runId: string; readonly alone: boolean }
  | { readonly of: "thread"; readonly project: string; readonly thread: string }
  | { readonly of: "known"; readonly cost: string | null; readonly byClass: readonly ClassCost[]; readonly unpriced: number };

/** The value of `data-cost`. */
export const costOf = (ref: CostRef): string => JSON.stringify(ref);

/** The value of `data-cost` of a figure whose sums are there already. */
export const costOfSums = ({ cost, by_class: byClass, unpriced_runs: unpriced }: CostSums): string => costOf({ of: "known", cost, byClass, unpriced });

/** The value of `data-cost` of a run of a conversation; nothing where it has none. */
export function costOfRun({ turns }: Conversation, turn: number, runId: string | null): string | undefined {
  const traceId = turns[turn]?.trace_id;
  return traceId === undefined || runId === null ? undefined : costOf({ of: "run", traceId, runId, alone: false });
}

export function readCostRef(text: string): CostRef | null {
  try {
    return JSON.parse(text) as CostRef;
  } catch {
    return null;
  }
}

/** Input, output and other of a cost by class. */
export function sides(byClass: readonly ClassCost[]): { readonly input: number; readonly output: number; readonly other: number } {
  const result = { input: 0, output: 0, other: 0 };
  for (const { class: name, cost } of byClass) {
    if (name === "other") result.other += dollars(cost);
    else if (name === "output" || name === "reasoning" || name.endsWith("_output")) result.output += dollars(cost);
    else result.input += dollars(cost);
  }
  return result;
}

/** Share of the input that came from a cache; nothing where there is no input. */
export function cacheHitRate({ usage }: CostSums): number | null {
  return usage.input === null || usage.input === 0 ? null : (usage.cache_read ?? 0) / usage.input;
}

export interface Stack {
  readonly name: string;
  /** Place of its colour among those of stacks. */
  readonly colour: number;
  /** Dollars a day. */
  readonly values: readonly number[];
}

export interface Stacks {
  /** Every day from the first to the last, as YYYY-MM-DD; days without cost are there too. */
  readonly days: readonly string[];
  readonly stacks: readonly Stack[];
}

const DAY = 86_400_000;

export function allDays(first: string, last: string): string[] {
  const days: string[] = [];
  const end = Date.parse(`${last}T00:00:00Z`);
  for (let at = Date.parse(`${first}T00:00:00Z`); at <= end && days.length < 3700; at += DAY) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

function stacksOf(points: readonly CostPoint[], parts: (point: CostPoint) => readonly (readonly [string, number])[]): Stacks {
  const dated = points.filter(({ day }) => day !== "1970-01-01");
  const [first, last] = [dated[0], dated.at(-1)];
  if (!first || !last) return { days: [], stacks: [] };
  const days = allDays(first.day, last.day);
  const place = new Map(days.map((day, index) => [day, index]));
  const stacks = new Map<string, number[]>();
  for (const point of dated) {
    const index = place.get(point.day);
    if (index === undefined) continue;
    for (const [name, value] of parts(point)) {
      const values = stacks.get(name) ?? days.map(() => 0);
      values[index] = (values[index] ?? 0) + value;
      stacks.set(name, values);
    }
  }
  return { days, stacks: [...stacks].map(([name, values]) => ({ name, colour: 0, values })) };
}

/** Days that a trend shows at least. */
const LEAST_DAYS = 30;
/** Share of everything that may lie before the days that are shown. */
const BEFORE = 0.005;

export interface Trimmed extends Stacks {
  /** Days that were left out, and what they cost together. */
  readonly before: { readonly days: number; readonly cost: number } | null;
}

/** Without the first days when next to nothing was spent in them, so that the others are not squeezed. */
export function trimmed({ days, stacks }: Stacks): Trimmed {
  const sums = days.map((_, index) => stacks.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  const whole = sums.reduce((sum, cost) => sum + cost, 0);
  let cost = 0;
  let first = 0;
  while (first < days.length - LEAST_DAYS && cost + (sums[first] ?? 0) <= whole * BEFORE) {
    cost += sums[first] ?? 0;
    first += 1;
  }
  if (first === 0) return { days, stacks, before: null };
  return { days: days.slice(first), stacks: stacks.map((stack) => ({ ...stack, values: stack.values.slice(first) })), before: { days: sums.slice(0, first).filter((sum) => sum > 0).length, cost } };
}

const rank = (name: string): number => CLASSES.findIndex(([known]) => known === name);
const wholeOf = ({ values }: Stack): number => values.reduce((total, value) => total + value, 0);

export function stacksByClass(points: readonly CostPoint[]): Stacks {
  const { days, stacks } = stacksOf(points, (point) => point.by_class.map(({ class: name, cost }) => [name, dollars(cost)] as const));
  return { days, stacks: stacks.toSorted((left, right) => rank(left.name) - rank(right.name)).map(({ name, values }) => ({ name: className(name), colour: rank(name), values })) };
}

export function stacksByGroup(points: readonly CostPoint[], by = ""): Stacks {
  const { days, stacks } = stacksOf(points, (point) => [[groupName(point.value, by), dollars(point.cost)] as const]);
  return { days, stacks: stacks.toSorted((left, right) => Number(left.name === EVERYTHING_ELSE) - Number(right.name === EVERYTHING_ELSE) || wholeOf(right) - wholeOf(left)).map((stack, index) => ({ ...stack, colour: stack.name === EVERYTHING_ELSE ? REST_COLOUR : index })) };
}

/** What is left of a day beside the dearest groups, as the contract names it. */
const EVERYTHING_ELSE = "everything else";
/** Place of the quiet colour. */
const REST_COLOUR = CLASSES.length - 1;

export const NOTHING_NAMED = "(none)";

/** A cost shared out, as a decimal number that `formatCost` reads. */
export const shareOf = (usd: string, parts: number): string => (dollars(usd) / parts).toFixed(12);

/** A group by name; runs of no sub-agent are those of the main one. */
export const groupName = (value: string | null, by = ""): string => value ?? (by === "agent" ? "main agent" : NOTHING_NAMED);

const cell = (value: string | number): string => (/[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));

/** The table as CSV (RFC 4180), with exact costs. */
export function groupsAsCsv(by: string, groups: readonly CostGroup[]): string {
  const head = [by, "cost_usd", ...CLASSES.map(([name]) => `${name}_usd`), "input_tokens", "cache_read_tokens", "cache_creation_tokens", "output_tokens", "reasoning_tokens", "runs", "traces", "unpriced_runs", "cache_saved_usd"];
  const rows = groups.map(({ value, sums }) => [
    // A text that a spreadsheet would run as a formula is kept as a text.
    /^[=+\-@\t\r]/.test(value ?? "") ? `'${value}` : groupName(value, by),
    sums.cost ?? "",
    ...CLASSES.map(([name]) => sums.by_class.find((known) => known.class === name)?.cost ?? (sums.cost === null ? "" : "0")),
    sums.usage.input ?? "",
    sums.usage.cache_read ?? "",
    sums.usage.cache_creation ?? "",
    sums.usage.output ?? "",
    sums.usage.reasoning ?? "",
    sums.runs,
    sums.traces,
    sums.unpriced_runs,
    sums.cache_saved,
  ]);
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** What a whole trace cost, of what is known. */
export function spentBy(columns: Pick<TraceColumns, "parent" | "total_cost">): number {
  return columns.parent.reduce((sum, parent, row) => (parent < 0 ? sum + dollars(columns.total_cost[row]) : sum), 0);
}

export interface SpentModel {
  readonly model: string;
  readonly calls: number;
  /** Dollars, of what is known. */
  readonly cost: number;
  readonly tokens: number;
}

/** The models of a trace with what went to each, the dearest first; those without a known cost by their tokens. */
export function modelsOf(columns: Pick<TraceColumns, "strings" | "model" | "parent" | "run_type" | "usage_counted" | "input_tokens" | "output_tokens" | "total_cost">): SpentModel[] {
  const below = new Float64Array(columns.parent.length);
  columns.parent.forEach((parent, row) => {
    if (parent >= 0) below[parent] = (below[parent] ?? 0) + dollars(columns.total_cost[row]);
  });
  const models = new Map<string, { calls: number; cost: number; tokens: number }>();
  columns.model.forEach((index, row) => {
    const model = columns.strings[index];
    if (!model || !CALLS_A_MODEL.has(columns.run_type[row] ?? "chain")) return;
    const sum = models.get(model) ?? { calls: 0, cost: 0, tokens: 0 };
    models.set(model, sum);
    sum.calls += 1;
    sum.cost += Math.max(0, dollars(columns.total_cost[row]) - (below[row] ?? 0));
    if (columns.usage_counted[row]) sum.tokens += (columns.input_tokens[row] ?? 0) + (columns.output_tokens[row] ?? 0);
  });
  // A difference of doubles may leave a crumb.
  return [...models].map(([model, { calls, cost, tokens }]) => ({ model, calls, cost: cost < 1e-10 ? 0 : cost, tokens })).toSorted((left, right) => right.cost - left.cost || right.tokens - left.tokens || right.calls - left.calls);
}

const CALLS_A_MODEL: ReadonlySet<RunType> = new Set<RunType>(["llm", "embedding"]);

const decimals = (text: string | null): number => text?.split(".")[1]?.length ?? 0;

/** Exact decimal numbers as a column: as many decimals as the longest has, so that the points stand below each other. */
export function alignedDecimals(numbers: readonly (string | null)[]): (string | null)[] {
  const most = Math.max(0, ...numbers.map(decimals));
  return numbers.map((text) => (text === null || most === 0 ? text : `${text}${text.includes(".") ? "" : "."}${"0".repeat(most - decimals(text))}`));
}

export interface Tile {
  /** Row of the trace. */
  readonly row: number;
  readonly depth: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly cost: number;
}

/** Room that a tile keeps for its name above what lies in it. */
const TITLE = 18;
const SMALLEST = 4;

/**
 * The tree of a trace as nested rectangles, as large as their cost (squarified: Bruls, Huizing, van Wijk 2000). What a run
 * costs itself stays free within its rectangle.
 */
export function treemap(columns: Pick<TraceColumns, "parent" | "depth" | "total_cost">, width: number, height: number): Tile[] {
  const tiles: Tile[] = [];
  const children = new Map<number, number[]>();
  columns.parent.forEach((parent, row) => {
    const list = children.get(parent);
    if (list) list.push(row);
    else children.set(parent, [row]);
  });
  const costAt = (row: number): number => dollars(columns.total_cost[row]);
  const place = (parent: number, x: number, y: number, w: number, h: number, whole: number | null): void => {
    const rows = (children.get(parent) ?? []).filter((row) => costAt(row) > 0).toSorted((left, right) => costAt(right) - costAt(left));
    const total = whole ?? rows.reduce((sum, row) => sum + costAt(row), 0);
    if (total <= 0 || w < SMALLEST || h < SMALLEST) return;
    for (const tile of squarify(rows.map((row) => ({ row, area: (costAt(row) / total) * w * h })), x, y, w, h)) {
      if (tile.width < 1 || tile.height < 1) continue;
      tiles.push({ ...tile, depth: columns.depth[tile.row] ?? 0, cost: costAt(tile.row) });
      place(tile.row, tile.x + 2, tile.y + TITLE, tile.width - 4, tile.height - TITLE - 2, costAt(tile.row));
    }
  };
  place(-1, 0, 0, width, height, null);
  return tiles;
}

interface Area {
  readonly row: number;
  readonly area: number;
}

function squarify(areas: readonly Area[], x: number, y: number, width: number, height: number): { row: number; x: number; y: number; width: number; height: number }[] {
  const placed: { row: number; x: number; y: number; width: number; height: number }[] = [];
  let rest = [...areas];
  let [left, top, w, h] = [x, y, width, height];
  while (rest.length > 0 && w > 0 && h > 0) {
    const side = Math.min(w, h);
    let strip: Area[] = [];
    let worst = Number.POSITIVE_INFINITY;
    for (const area of rest) {
      const next = [...strip, area];
      const ratio = worstRatio(next, side);
      if (ratio > worst) break;
      strip = next;
      worst = ratio;
    }
    if (strip.length === 0) break;
    const sum = strip.reduce((total, { area }) => total + area, 0);
    const thick = sum / side;
    let along = 0;
    for (const { row, area } of strip) {
      const long = area / thick;
      placed.push(w >= h ? { row, x: left, y: top + along, width: thick, height: long } : { row, x: left + along, y: top, width: long, height: thick });
      along += long;
    }
    if (w >= h) {
      left += thick;
      w -= thick;
    } else {
      top += thick;
      h -= thick;
    }
    rest = rest.slice(strip.length);
  }
  return placed;
}

function worstRatio(strip: readonly Area[], side: number): number {
  const sum = strip.reduce((total, { area }) => total + area, 0);
  const thick = sum / side;
  return Math.max(...strip.map(({ area }) => Math.max(thick / (area / thick), area / thick / thick)));
}
