/** How far the reviewers of a queue agree, key by key: the number, how sure it is, and who differs from whom. */
import { clsx } from "clsx";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState, type CSSProperties, type ReactNode } from "react";
import tableStyles from "../../components/table/table.module.css";
import { EmptyState, ErrorState } from "../../components/States";
import rowStyles from "../../components/ui/rows.module.css";
import type { Agreement, ConfusionMatrix, KeyAgreement, Measured, Reading, SameShare } from "../../contract/contract";
import { useQueue } from "../../data/review";
import { DASH, formatCount, formatPercent, plural } from "../../lib/format";
import { platform } from "../../platform";
import { QueueTabs } from "./QueueTabs";
import shared from "./queues.module.css";
import styles from "./agreement.module.css";

const route = getRouteApi("/queues/$queueId/agreement");

export function AgreementPage() {
  const { queueId } = route.useParams();
  const queue = useQueue(queueId);
  const [missing, setMissing] = useState(false);
  const agreement = useQuery({
    queryKey: ["queue", queueId, "agreement", missing],
    queryFn: ({ signal }) => platform().call("get_agreement", { queue_id: queueId, na_is_missing: missing }, signal),
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
  const name = queue.data?.row.name;
  const { data } = agreement;
  const error = queue.error ?? agreement.error;
  return (
    <div className={rowStyles.page}>
      <div className={clsx(tableStyles.bar, shared.tabBar)}>
        <h1 className={tableStyles.title} title={name}>
          {name ?? "Queue"}
        </h1>
        <QueueTabs queueId={queueId} name={name ?? "the queue"} current="agreement" />
      </div>
      {error ? <ErrorState title="The agreement could not be computed" error={error} onRetry={() => void Promise.all([queue.refetch(), agreement.refetch()])} /> : null}
      {data && data.keys.every(({ items, reviewers }) => items === 0 && reviewers.every(({ again }) => again.all === 0)) ? (
        <NothingYet queueId={queueId} agreement={data} />
      ) : null}
      {data?.keys.some(({ items, reviewers }) => items > 0 || reviewers.some(({ again }) => again.all > 0)) ? (
        <div className={clsx(shared.results, styles.page)} aria-busy={agreement.isFetching}>
          <label className={shared.check}>
            <input type="checkbox" checked={missing} onChange={(event) => setMissing(event.target.checked)} />
            “Not applicable” is no answer
          </label>
          {data.keys.map((key) => (
            <KeySection key={`${key.key} ${key.label ?? ""}`} agreement={data} of={key} queueId={queueId} />
          ))}
          {data.unmeasured.length > 0 ? <p className={shared.hint}>No measure fits {data.unmeasured.join(", ")}.</p> : null}
        </div>
      ) : null}
    </div>
  );
}

function NothingYet({ queueId, agreement }: { readonly queueId: string; readonly agreement: Agreement }) {
  return (
    <EmptyState
      title="Nothing to compare yet"
      action={
        <>
          <Link to="/queues/$queueId" params={{ queueId }}>
            Review
          </Link>
          <Link to="/queues/$queueId/edit" params={{ queueId }}>
            Set reviews per item
          </Link>
        </>
      }
    >
      {agreement.reviewers.length < 2
        ? "Agreement is measured where two reviewers have submitted the same item."
        : "No item has been submitted by two reviewers."}
      {agreement.keys.length === 0 && agreement.unmeasured.length > 0 ? ` No measure fits ${agreement.unmeasured.join(", ")}.` : ""}
    </EmptyState>
  );
}

/** Fewer than these say nothing: the engine marks them as too few. */
const FEWEST_ITEMS = 10;

const READINGS: Readonly<Record<Reading, string>> = {
  reliable: "Reliable",
  tentative: "Tentative conclusions only",
  unreliable: "Do not rely on this key yet: read the conflicts and sharpen the instructions",
};

function KeySection({ agreement, of, queueId }: { readonly agreement: Agreement; readonly of: KeyAgreement; readonly queueId: string }) {
  const title = of.label === null ? of.key : `${of.key}: ${of.label}`;
  const names = new Map(agreement.reviewers.map(({ reviewer_id: id, name }) => [id, name]));
  return (
    <section className={shared.section} aria-label={title}>
      <h2 className={shared.sectionName}>{title}</h2>
      <div className={clsx(styles.headline, of.too_few && styles.few)}>
        <span className={styles.alpha}>
          {of.too_few ? (
            <span className={styles.words}>
              Too few items ({formatCount(of.items)} of {FEWEST_ITEMS})
            </span>
          ) : (
            <span className={of.alpha.type === "number" ? styles.number : styles.words}>{measured(of.alpha)}</span>
          )}
          <span className={styles.what}>Krippendorff’s alpha, {of.scale}</span>
        </span>
        {of.too_few || of.low === null || of.high === null ? null : <Interval low={of.low} high={of.high} at={of.alpha.type === "number" ? of.alpha.value : of.low} />}
        <span className={styles.reading}>
          {of.too_few ? "Measures are shown once more items have two answers" : of.reading === null ? "" : READINGS[of.reading]}
          {!of.too_few && of.reading === "unreliable" ? (
            <>
              {" "}
              <Link to="/queues/$queueId/conflicts" params={{ queueId }}>
                Conflicts
              </Link>
            </>
          ) : null}
        </span>
      </div>
      <dl className={clsx(shared.facts, of.too_few && styles.few)}>
        <Fact name="Items" value={formatCount(of.items)} />
        <Fact name="Answers" value={formatCount(of.answers)} />
        <Fact name="Equal pairs" value={of.percent.type === "number" ? formatPercent(of.percent.value) : measured(of.percent)} />
        {(of.too_few ? [] : of.measures).map(({ name, measure }) => (
          <Fact key={name} name={name} value={measured(measure)} />
        ))}
        {of.too_few || of.masi === null ? null : <Fact name="Alpha of whole sets (MASI)" value={measured(of.masi)} />}
      </dl>
      {of.matrices.length > 0 ? <Matrices matrices={of.matrices} categories={of.categories} names={names} title={title} /> : null}
      <Scroll>
        <table className={shared.table}>
          <thead>
            <tr>
              <th scope="col">Reviewer</th>
              <th scope="col">Same as others</th>
              <th scope="col">Same as decisions</th>
              <th scope="col" title="Answers to items judged twice, at least 20 others apart">
                Same as before
              </th>
              <th scope="col">Kappa of that</th>
            </tr>
          </thead>
          <tbody>
            {of.reviewers.map((one) => (
              <tr key={one.reviewer_id}>
                <td title={names.get(one.reviewer_id)}>{names.get(one.reviewer_id)}</td>
                <td className="num">
                  <Share share={one.others} />
                </td>
                <td className="num">
                  <Share share={one.decisions} />
                </td>
                <td className="num">
                  <Share share={one.again} />
                </td>
                <td className="num">{one.again_kappa === null ? DASH : measured(one.again_kappa)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

/** A number between 0 and 1 as a place on the scale. */
function percent(value: number): string {
  return `${Math.min(Math.max(value, 0), 1) * 100}%`;
}

/** Where alpha lies between 0 and 1 and how sure that is; the ticks are 0.67 and 0.8. */
function Interval({ low, high, at }: { readonly low: number; readonly high: number; readonly at: number }) {
  return (
    <span className={styles.interval} title={`95 % interval: ${low.toFixed(3)} to ${high.toFixed(3)}`}>
      <span className={styles.scale} aria-hidden>
        <span className={styles.range} style={{ left: percent(low), right: `calc(100% - ${percent(high)})` }} />
        <span className={styles.tick} style={{ left: "67%" }} />
        <span className={styles.tick} style={{ left: "80%" }} />
        <span className={styles.mark} style={{ left: percent(at) }} />
      </span>
      <span className={styles.what}>
        {low.toFixed(2)} to {high.toFixed(2)}
      </span>
    </span>
  );
}

interface MatricesProps {
  readonly matrices: readonly ConfusionMatrix[];
  readonly categories: readonly string[];
  readonly names: ReadonlyMap<string, string>;
  readonly title: string;
}

/** Answers of two reviewers against each other; which two is chosen where there are more. */
function Matrices({ matrices, categories, names, title }: MatricesProps) {
  const [chosen, setChosen] = useState(0);
  const matrix = matrices[Math.min(chosen, matrices.length - 1)];
  if (!matrix) return null;
  const row = names.get(matrix.row_reviewer_id) ?? "";
  const column = names.get(matrix.column_reviewer_id) ?? "";
  const most = Math.max(1, ...matrix.counts.flat());
  const all = matrix.counts.flat().reduce((sum, count) => sum + count, 0);
  return (
    <div className={styles.matrices}>
      <div className={styles.pair}>
        {matrices.length > 1 ? (
          <label className={shared.check}>
            Pair
            <select value={chosen} onChange={(event) => setChosen(Number(event.target.value))}>
              {matrices.map((one, index) => (
                <option key={`${one.row_reviewer_id} ${one.column_reviewer_id}`} value={index}>
                  {names.get(one.row_reviewer_id)} and {names.get(one.column_reviewer_id)}
                </option>
              ))}
            </select>
          </label>
        ) : null}
        <span className={shared.hint}>
          {row} by rows, {column} by columns, {plural(all, "item")}
        </span>
      </div>
      <Scroll>
        <table className={styles.matrix} aria-label={`Answers to ${title} of ${row} and ${column}`}>
          <thead>
            <tr>
              <th scope="col">{row} \ {column}</th>
              {categories.map((category) => (
                <th key={category} scope="col" title={category}>
                  {category}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {categories.map((category, index) => (
              <tr key={category}>
                <th scope="row" title={category}>
                  {category}
                </th>
                {(matrix.counts[index] ?? []).map((count, place) => (
                  <td key={categories[place]} className={clsx("num", index === place && styles.same)} style={{ "--share": `${Math.round((count / most) * 60)}%` } as CSSProperties}>
                    {formatCount(count)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}

function Scroll({ children }: { readonly children: ReactNode }) {
  return <div className={styles.scroll}>{children}</div>;
}

function Share({ share: { equal, all, low, high } }: { readonly share: SameShare }) {
  if (all === 0 || low === null || high === null) return DASH;
  return (
    <span title={`95 %: ${formatPercent(low)} to ${formatPercent(high)}`}>
      {formatPercent(equal / all)} <span className={shared.hint}>of {formatCount(all)}</span>
    </span>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function measured(measure: Measured): string {
  switch (measure.type) {
    case "number":
      return measure.value.toFixed(3);
    case "no_variation":
      return "no variation";
    case "no_pairs":
      return DASH;
  }
}
