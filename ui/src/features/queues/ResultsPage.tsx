/** What a queue has come to: progress, speed, answers, reviewers, and win rates of pairs. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { clsx } from "clsx";
import tableStyles from "../../components/table/table.module.css";
import { ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import rowStyles from "../../components/ui/rows.module.css";
import type { PairwiseReport, QueueProgress } from "../../contract/contract";
import { useQueue, useQueueProgress } from "../../data/review";
import { useUi } from "../../data/ui";
import { DASH, formatCount, formatDuration, formatPercent } from "../../lib/format";
import { formatMinutes, paceOver } from "../../lib/review/pace";
import { platform } from "../../platform";
import { QueueTabs } from "./QueueTabs";
import { SelfAgreement } from "./SelfAgreement";
import styles from "./queues.module.css";

const route = getRouteApi("/queues/$queueId/results");

export function ResultsPage() {
  const { queueId } = route.useParams();
  const queue = useQueue(queueId);
  const progress = useQueueProgress(queueId);
  const pairwise = queue.data?.row.kind === "pairwise";
  const report = useQuery({ queryKey: ["queue", queueId, "pairwise"], queryFn: ({ signal }) => platform().call("get_pairwise_report", { queue_id: queueId }, signal), enabled: pairwise, staleTime: 0 });
  const error = queue.error ?? progress.error ?? report.error;
  return (
    <div className={rowStyles.page}>
      <div className={clsx(tableStyles.bar, styles.tabBar)}>
        <h1 className={tableStyles.title}>{queue.data?.row.name ?? "Queue"}</h1>
        <QueueTabs queueId={queueId} name={queue.data?.row.name ?? "the queue"} current="results" />
      </div>
      {error ? <ErrorState title="The results could not be read" error={error} onRetry={() => void Promise.all([queue.refetch(), progress.refetch(), report.refetch()])} /> : null}
      <div className={styles.results}>
        {progress.data ? <Progress progress={progress.data} /> : null}
        {queue.data && progress.data ? <SelfAgreement queueId={queueId} percent={queue.data.settings.repeat_percent ?? 0} shown={progress.data.reviewers} /> : null}
        {report.data ? <Pairs report={report.data} /> : null}
      </div>
    </div>
  );
}

/** Answers that were given so much more often lately that it is worth a thought. */
const DRIFT = 0.35;

function Progress({ progress }: { readonly progress: QueueProgress }) {
  const { counts, shares, reviewers } = progress;
  const { pace } = counts;
  const open = useUi((state) => state.open);
  const totals = new Map<string, { all: number; recent: number }>();
  for (const { key, count, recent } of shares) {
    const before = totals.get(key) ?? { all: 0, recent: 0 };
    totals.set(key, { all: before.all + count, recent: before.recent + recent });
  }
  return (
    <>
      <section className={styles.section} aria-label="Progress">
        <h2 className={styles.sectionName}>My progress</h2>
        <dl className={styles.facts}>
          <Fact name="Items" value={formatCount(counts.total)} />
          <Fact name="To do" value={formatCount(counts.to_review)} />
          <Fact name="Submitted" value={formatCount(counts.submitted)} />
          <Fact name="Skipped" value={formatCount(counts.skipped)} />
          <Fact name="Discarded" value={formatCount(counts.discarded)} />
        </dl>
        <dl className={styles.facts}>
          <Fact name="Items/h" value={pace === null ? DASH : formatCount(pace.per_hour)} />
          <Fact name="Per item" value={ms(pace?.per_item_ms ?? null)} />
          <Fact name="Left" value={pace === null ? DASH : formatMinutes(pace.left_minutes)} />
          <Fact name="Spent" value={ms(progress.spent_ms)} />
        </dl>
        <p className={styles.hint}>{pace === null ? "The pace shows from five submitted items on." : `${paceOver(pace)}.`}</p>
      </section>
      <section className={styles.section} aria-label="The queue">
        <h2 className={styles.sectionName}>The queue</h2>
        <dl className={styles.facts}>
          <Fact name="Needs others" value={formatCount(counts.needs_others)} />
          <Fact name="In conflict" value={formatCount(counts.in_conflict)} />
          <Fact name="Completed" value={formatCount(counts.completed)} />
        </dl>
        <div>
          <Button onClick={() => open({ name: "feedback-stats" })}>Feedback by run name or prompt version…</Button>
        </div>
      </section>
      {shares.length > 0 ? (
        <section className={styles.section} aria-label="Answers">
          <h2 className={styles.sectionName}>My answers</h2>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Key</th>
                <th scope="col">Answer</th>
                <th scope="col" className="num">Count</th>
                <th scope="col" className="num">Share</th>
                <th scope="col" className="num">Last 20</th>
              </tr>
            </thead>
            <tbody>
              {shares.map(({ key, text, count, recent }) => {
                const { all, recent: lately } = totals.get(key) ?? { all: 0, recent: 0 };
                const drifts = lately >= 20 && all - lately >= 20 && Math.abs(recent / lately - (count - recent) / (all - lately)) > DRIFT;
                return (
                  <tr key={`${key} ${text}`}>
                    <td>{key}</td>
                    <td title={text}>{text}</td>
                    <td className="num">{formatCount(count)}</td>
                    <td className="num">{all === 0 ? DASH : formatPercent(count / all)}</td>
                    <td className="num">
                      {formatCount(recent)}
                      {drifts ? <span className={styles.hint}> differs from before</span> : null}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      ) : null}
      {reviewers.length > 0 ? (
        <section className={styles.section} aria-label="Reviewers">
          <h2 className={styles.sectionName}>Reviewers</h2>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Reviewer</th>
                <th scope="col" className="num">Submitted</th>
                <th scope="col" className="num">Skipped</th>
                <th scope="col" className="num">Per item</th>
              </tr>
            </thead>
            <tbody>
              {reviewers.map(({ reviewer_id: id, name, submitted, skipped, median_ms: median }) => (
                <tr key={id}>
                  <td>{name}</td>
                  <td className="num">{formatCount(submitted)}</td>
                  <td className="num">{formatCount(skipped)}</td>
                  <td className="num">{ms(median)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
    </>
  );
}

function Pairs({ report }: { readonly report: PairwiseReport }) {
  return (
    <section className={styles.section} aria-label="Comparison">
      <h2 className={styles.sectionName}>
        {report.a} against {report.b}
      </h2>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col" className="num">A wins</th>
            <th scope="col" className="num">B wins</th>
            <th scope="col" className="num">Equal</th>
            <th scope="col" className="num">Both bad</th>
            <th scope="col" className="num">Win rate of A</th>
            <th scope="col" className="num">95 %</th>
            <th scope="col" className="num">p</th>
            <th scope="col" className="num" title="Share of wins of the left side; near 50 % without bias">
              Left side
            </th>
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row) => (
            <tr key={`${row.key} ${row.stratum ?? ""}`}>
              <td>{row.stratum === null ? row.key : `${row.key}, ${row.stratum}`}</td>
              <td className="num">{formatCount(row.a_wins)}</td>
              <td className="num">{formatCount(row.b_wins)}</td>
              <td className="num">{formatCount(row.ties)}</td>
              <td className="num">{formatCount(row.both_bad)}</td>
              <td className="num">{share(row.win_rate)}</td>
              <td className="num">{row.low === null || row.high === null ? DASH : `${formatPercent(row.low)} to ${formatPercent(row.high)}`}</td>
              <td className="num">{row.p_value === null ? DASH : row.p_value.toFixed(3)}</td>
              <td className="num">{share(row.left_share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
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

/** Milliseconds as a duration. */
function ms(value: number | null): string {
  return value === null ? DASH : formatDuration(value * 1e6);
}

function share(value: number | null): string {
  return value === null ? DASH : formatPercent(value);
}
