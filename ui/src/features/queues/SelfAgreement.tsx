/** Whether reviewers say the same when an item comes again. */
import { useQuery } from "@tanstack/react-query";
import { ErrorState } from "../../components/States";
import type { Measured, ReviewerProgress } from "../../contract/contract";
import { DASH, formatCount, formatPercent, plural } from "../../lib/format";
import { platform } from "../../platform";
import styles from "./queues.module.css";

interface SelfAgreementProps {
  readonly queueId: string;
  /** The share of items that come again, in percent. */
  readonly percent: number;
  /** Who may be seen: not everybody in a blind queue that is under way. */
  readonly shown: readonly ReviewerProgress[];
}

export function SelfAgreement({ queueId, percent, shown }: SelfAgreementProps) {
  const agreement = useQuery({
    queryKey: ["queue", queueId, "agreement", false],
    queryFn: ({ signal }) => platform().call("get_agreement", { queue_id: queueId, na_is_missing: false }, signal),
    staleTime: 0,
  });
  const { data } = agreement;
  if (agreement.error && percent > 0) return <ErrorState title="The self-agreement could not be computed" error={agreement.error} onRetry={() => void agreement.refetch()} />;
  if (!data) return null;
  const names = new Map(shown.map(({ reviewer_id: id, name }) => [id, name]));
  const rows = data.keys.flatMap(({ key, label, reviewers }) =>
    reviewers.flatMap((one) => {
      const name = names.get(one.reviewer_id);
      return name === undefined || one.again.all === 0 ? [] : [{ ...one, name, title: label === null ? key : `${key}: ${label}` }];
    }),
  );
  if (rows.length === 0 && percent === 0) return null;
  return (
    <section className={styles.section} aria-label="Self-agreement">
      <h2 className={styles.sectionName}>Self-agreement</h2>
      <p className={styles.hint}>
        First against second answer to items that were judged twice, 20 others or more apart.
        {percent > 0 ? ` ${formatPercent(percent / 100)} of what is submitted comes again.` : ""}
        {rows.length === 0 ? " None has been answered again yet." : ""}
      </p>
      {rows.length === 0 ? null : (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Key</th>
              <th scope="col">Reviewer</th>
              <th scope="col" className="num">
                Same
              </th>
              <th scope="col" className="num">
                Items
              </th>
              <th scope="col" className="num">
                Cohen’s kappa
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ reviewer_id: id, title, name, again: { equal, all, low, high }, again_kappa: kappa }) => (
              <tr key={`${title} ${id}`}>
                <td title={title}>{title}</td>
                <td title={name}>{name}</td>
                {all < data.fewest_items ? (
                  <td colSpan={3} className={styles.hint}>
                    Too few items ({formatCount(all)} of {formatCount(data.fewest_items)})
                  </td>
                ) : (
                  <>
                    <td className="num" title={low === null || high === null ? undefined : `95 %: ${formatPercent(low)} to ${formatPercent(high)}`}>
                      {formatPercent(equal / all)}
                    </td>
                    <td className="num" title={`${formatCount(equal)} the same of ${plural(all, "item")}`}>
                      {formatCount(all)}
                    </td>
                    <td className="num">{kappa === null ? DASH : measured(kappa)}</td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function measured(measure: Measured): string {
  return measure.type === "number" ? measure.value.toFixed(3) : measure.type === "no_variation" ? "no variation" : DASH;
}
