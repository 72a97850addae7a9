/** What everything cost: sums, trend, groups, and the traces behind a group. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { Plus, X } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { runCommand, useCommands, type Command } from "../../commands/registry";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import { FilterInput } from "../../components/table/FilterInput";
import { Button, IconButton } from "../../components/ui/Button";
import { Segments } from "../../components/ui/Segments";
import rowStyles from "../../components/ui/rows.module.css";
import tableStyles from "../../components/table/table.module.css";
import { useNow } from "../../components/useNow";
import fieldStyles from "../../components/ui/ui.module.css";
import type { CostOrigin, CostScope, Costs } from "../../contract/contract";
import { useAllCosts, useCosts, useCostTraces } from "../../data/costs";
import { useUi } from "../../data/ui";
import { cacheHitRate, costOfSums, DIMENSIONS, groupName, groupsAsCsv, stacksByClass, stacksByGroup, trimmed } from "../../lib/cost";
import { formatCost, formatCount, formatPartCost, formatPercent, plural } from "../../lib/format";
import { daysOf, wordsOfDays } from "../../lib/when";
import { RpcError } from "../../platform";
import { useScreenStatus } from "../frame/useScreenStatus";
import { TimeMenu } from "../tables/TimeMenu";
import styles from "./cost.module.css";
import { GroupTable } from "./GroupTable";
import { TraceList } from "./TraceList";
import { Trend } from "./Trend";
import { WhatIfDialog } from "./WhatIfDialog";

const route = getRouteApi("/cost");
/** Groups that the table asks for, and again where its end comes into sight. */
const GROUPS_AT_ONCE = 200;

export function CostPage() {
  const { project, q = "", by = "model", from, to, group } = route.useSearch();
  const now = useNow();
  const navigate = useNavigate();
  const open = useUi((state) => state.open);
  const [whatIf, setWhatIf] = useState(false);
  const scope = useMemo((): CostScope => ({ project: project ?? null, from: from ?? null, to: to ?? null, thread: null, trace_id: null, filter: q === "" ? null : q }), [project, from, to, q]);
  // Another table starts with its first groups again.
  const table = useMemo(() => JSON.stringify([scope, by]), [scope, by]);
  const [more, setMore] = useState({ table, groups: GROUPS_AT_ONCE });
  const asked = more.table === table ? more.groups : GROUPS_AT_ONCE;
  const query = useCosts(scope, by, asked);
  const stale = query.isPlaceholderData && asked === GROUPS_AT_ONCE;
  const onMore = useCallback((needed: number): void => setMore({ table, groups: Math.ceil((needed + 1) / GROUPS_AT_ONCE) * GROUPS_AT_ONCE }), [table]);
  const all = useAllCosts();
  const costs = query.data;
  const label = DIMENSIONS.find(([known]) => known === by)?.[1] ?? by.replace(/^metadata\./, "");
  useScreenStatus(costs ? `${formatPartCost(costs.total.cost, costs.total.unpriced_runs)}\n${plural(costs.total.runs, "run")}` : "");
  const invalid = query.error instanceof RpcError && query.error.code === "invalid_input" && q !== "" ? query.error : null;
  const reversed = from !== undefined && to !== undefined && from > to;
  const input = useRef<HTMLInputElement>(null);
  const change = useCallback(
    (search: CostChange): void => void navigate({ to: "/cost", search: (before) => ({ ...before, group: undefined, ...search }), replace: true }),
    [navigate],
  );
  const find = useCallback((text: string): void => change({ q: text === "" ? undefined : text }), [change]);
  const exportCsv = (): void => {
    all.mutate({ scope, by }, { onSuccess: ({ groups }) => download(`cost-by-${by}.csv`, groupsAsCsv(by, groups)) });
  };
  const commands = useMemo(
    (): Command[] => [
      { id: "table.filter", title: "Narrow the costs to runs", group: "Table", shortcut: "/", run: () => input.current?.focus() },
      { id: "cost.prices", title: "Prices…", group: "Table", run: () => open({ name: "prices", model: null }) },
      { id: "cost.recompute", title: "Compute costs again…", group: "Table", run: () => open({ name: "recompute" }) },
      { id: "cost.what_if", title: "What if another model had been used?", group: "Table", run: () => setWhatIf(true) },
    ],
    [open],
  );
  useCommands(commands);
  // A group is in the address as `=value`, or as `none` for the runs that name nothing.
  const selected = group === undefined ? undefined : group === "none" ? null : group.slice(1);
  return (
    <div className={rowStyles.page}>
      <div className={clsx(tableStyles.bar, styles.bar)}>
        <h1 className={tableStyles.title}>Cost</h1>
        <FilterInput
          inputRef={input}
          value={q}
          label="Only the runs that this finds"
          placeholder="Only runs such as name:answer -status:error"
          invalid={invalid !== null}
          onChange={find}
          onLeave={() => document.querySelector<HTMLElement>('[role="grid"]')?.focus()}
        />
        {project === undefined ? null : (
          <span className={tableStyles.facet} title={`project ${project}`}>
            <b>project</b>
            &nbsp;
            <span>{project}</span>
            <IconButton label={`Remove the filter project ${project}`} onClick={() => change({ project: undefined })}>
              <X size={12} />
            </IconButton>
          </span>
        )}
        <label className={styles.choice}>
          by{" "}
          <select className={fieldStyles.field} value={by} onChange={(event) => change({ by: event.target.value })}>
            {DIMENSIONS.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
            {[...new Set([...(costs?.metadata_keys ?? []), ...(by.startsWith("metadata.") ? [by.slice(9)] : [])])].map((key) => (
              <option key={key} value={`metadata.${key}`}>
                {key}
              </option>
            ))}
          </select>
        </label>
        <TimeMenu byDay when={wordsOfDays({ from, to }, now)} onChange={(when) => change(daysOf(when, now))} />
        <span className={styles.actions}>
          <Button onClick={() => setWhatIf(true)} disabled={!costs}>
            What if…
          </Button>
          <Button onClick={() => open({ name: "prices", model: null })}>Prices…</Button>
          <Button onClick={() => open({ name: "recompute" })}>Compute again…</Button>
          <Button onClick={exportCsv} disabled={!costs || costs.groups.length === 0 || all.isPending}>
            Export CSV
          </Button>
        </span>
      </div>
      {invalid ? (
        <p className={styles.problem} role="alert">
          The search cannot be read {invalid.detail}: {invalid.message}.
        </p>
      ) : null}
      {query.error && !costs && !invalid ? <ErrorState title="The costs could not be summed up" error={query.error} onRetry={() => void query.refetch()} /> : null}
      {!costs && query.isPending ? <Skeleton width="40%" /> : null}
      {costs && costs.total.runs === 0 ? (
        <EmptyState
          title={reversed ? "The first day is after the last" : from || to || project || q !== "" ? "Nothing was spent here" : "No costs yet"}
          action={
            reversed ? (
              <Button onClick={() => change({ from: to, to: from })}>
                {to} to {from} instead
              </Button>
            ) : from || to || project || q !== "" ? undefined : (
              <Button onClick={() => runCommand("file.open")}>Choose files…</Button>
            )
          }
        >
          {reversed ? `No day lies between ${from} and ${to}.` : q !== "" ? "No run that spent anything is found by the search. Sums are over what the runs themselves cost, without what is below them." : from || to ? "A trace counts whole on the day (UTC) on which it started. Choose other days." : "Model calls with token counts have a cost as soon as they are imported."}
        </EmptyState>
      ) : null}
      {costs && stale && !invalid ? (
        <p className={styles.reach} role="status">
          Summing up{q === "" ? "" : ", run by run"}…
        </p>
      ) : null}
      {costs?.reach && !stale && costs.reach.traces < costs.reach.of ? (
        <p className={styles.reach} role="status">
          The latest {formatCount(costs.reach.traces)} of {plural(costs.reach.of, "trace")} were looked through. Choose days or a project to see all of them.
        </p>
      ) : null}
      {costs && costs.total.runs > 0 ? (
        <Report
          costs={costs}
          scope={scope}
          by={by}
          label={label}
          selected={selected}
          stale={stale}
          onMore={onMore}
          onSelect={(value) => change({ group: value === selected ? undefined : value === null ? "none" : `=${value}` })}
        />
      ) : null}
      {whatIf ? <WhatIfDialog scope={scope} onClose={() => setWhatIf(false)} /> : null}
    </div>
  );
}

interface CostChange {
  readonly project?: string | undefined;
  readonly q?: string | undefined;
  readonly by?: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly group?: string | undefined;
}

interface ReportProps {
  readonly costs: Costs;
  readonly scope: CostScope;
  readonly by: string;
  readonly label: string;
  readonly selected: string | null | undefined;
  /** The figures are still those of what was asked before. */
  readonly stale: boolean;
  readonly onSelect: (value: string | null) => void;
  readonly onMore: (needed: number) => void;
}

function Report({ costs, scope, by, label, selected, stale, onSelect, onMore }: ReportProps) {
  const [stacked, setStacked] = useState<"class" | "group">("class");
  const stacks = useMemo(() => (trimmed(stacked === "class" ? stacksByClass(costs.days) : stacksByGroup(costs.trend, by))), [stacked, costs, by]);
  const traces = useCostTraces(scope, selected === undefined ? null : by, selected ?? null);
  const { total } = costs;
  const behind = useRef<HTMLElement>(null);
  useEffect(() => {
    // Below a narrow table the traces of the row would change out of sight.
    if (selected !== undefined) behind.current?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }, [selected]);
  const hitRate = cacheHitRate(total);
  return (
    <div className={styles.report} data-stale={stale || undefined} aria-busy={stale}>
      <dl className={styles.cards}>
        <Card name="Cost" value={formatPartCost(total.cost, total.unpriced_runs)} costOf={costOfSums(total)} />
        <Card
          name="A trace"
          value={formatCost(costs.trace_average)}
          note={costs.priced_traces < total.traces ? `over ${formatCount(costs.priced_traces)} of ${plural(total.traces, "trace")}` : `over ${plural(total.traces, "trace")}`}
          title={costs.priced_traces < total.traces ? "Over the traces of which the whole cost is known." : undefined}
        />
        <Card name="Input tokens" value={formatCount(total.usage.input)} title={`${formatCount(total.usage.cache_read)} of them read from a cache, ${formatCount(total.usage.cache_creation)} written to one`} />
        <Card name="Output tokens" value={formatCount(total.usage.output)} title={`${formatCount(total.usage.reasoning)} of them reasoning`} />
        <Card name="Cache hit rate" value={hitRate === null ? "–" : formatPercent(hitRate)} title="Share of the input tokens that came from a cache" />
        <Card name="Caching saved" value={formatCost(total.cache_saved)} title={`$${total.cache_saved}: what cached tokens would have cost as plain input, less what writing them cost more`} />
        <Card name="Cost unknown" value={plural(total.unpriced_runs, "run")} title="Runs whose cost is not known: no price, only the sum of tokens, or a count that cannot be meant. They are in no sum." warn={total.unpriced_runs > 0} />
      </dl>
      <section className={styles.panel}>
        <header>
          <h2>
            Day by day
            {stacks.before ? (
              <small>
                {" "}
                from {stacks.days[0]}; {formatCost(String(stacks.before.cost))} on {plural(stacks.before.days, "day")} before that {stacks.before.days === 1 ? "is" : "are"} not drawn
              </small>
            ) : null}
          </h2>
          <Segments
            label="Stacked by"
            options={[
              ["class", "By class"],
              ["group", `By ${label.toLowerCase()}`],
            ]}
            value={stacked}
            onChange={setStacked}
          />
        </header>
        <Trend label={`Cost day by day, by ${stacked === "class" ? "class" : label.toLowerCase()}`} stacks={stacks} />
      </section>
      <div className={styles.lists}>
        <section className={styles.panel} data-grows>
          <GroupTable by={by} label={label} groups={costs.groups} count={costs.group_count} total={total.cost} selected={selected} onSelect={onSelect} onMore={onMore} />
        </section>
        <aside className={styles.aside}>
          {costs.unpriced.length > 0 ? <UnpricedList costs={costs} /> : null}
          <section ref={behind} className={styles.panel} aria-label="Traces">
            <header>
              <h2>{selected === undefined ? "Dearest traces" : `Traces with ${groupName(selected, by)}`}</h2>
            </header>
            {traces.error ? <ErrorState title="The traces could not be listed" error={traces.error} onRetry={() => void traces.refetch()} /> : null}
            {traces.data?.length === 0 ? <p className={styles.quiet}>None in these days.</p> : null}
            <TraceList traces={traces.data ?? []} />
          </section>
        </aside>
      </div>
    </div>
  );
}

/** Why a cost is not known, where it is not for want of a price. */
const REASONS: Readonly<Partial<Record<CostOrigin, string>>> = { sum_only: "only the sum of its tokens is told", bad_count: "a count that cannot be meant" };

function UnpricedList({ costs }: { readonly costs: Costs }) {
  const open = useUi((state) => state.open);
  return (
    <section className={styles.panel} aria-label="Cost unknown">
      <header>
        <h2>Cost unknown</h2>
      </header>
      <ul className={styles.unpriced}>
        {costs.unpriced.slice(0, 20).map(({ value, reason, sums }) => (
          <li key={`${reason} ${value ?? ""}`}>
            <span title={value ?? undefined}>
              {value ?? "(no model named)"}
              <small>
                {plural(sums.unpriced_runs, "run")}
                {sums.usage.total === null ? "" : ` · ${formatCount(sums.usage.total)} tokens`}
                {reason === "unpriced" ? "" : ` · ${REASONS[reason] ?? reason}`}
              </small>
            </span>
            {value === null || reason !== "unpriced" ? null : (
              <IconButton label={`Add a price for ${value}`} onClick={() => open({ name: "prices", model: value })}>
                <Plus size={14} />
              </IconButton>
            )}
          </li>
        ))}
      </ul>
      {costs.unpriced.length > 20 ? <p className={styles.quiet}>and {costs.unpriced.length - 20} more</p> : null}
    </section>
  );
}

interface CardProps {
  readonly name: string;
  readonly value: string;
  readonly title?: string | undefined;
  readonly note?: string;
  readonly warn?: boolean;
  /** Whose cost it is. */
  readonly costOf?: string;
}

function Card({ name, value, title, note, warn = false, costOf: cost }: CardProps) {
  return (
    <div className={styles.card} title={title} data-warn={warn || undefined} data-cost={cost} tabIndex={cost === undefined ? undefined : 0}>
      <dt>{name}</dt>
      <dd>
        {value}
        {note === undefined ? null : <small>{note}</small>}
      </dd>
    </div>
  );
}

function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
