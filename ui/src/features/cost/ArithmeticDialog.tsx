/** How the cost of a run comes about: tokens times price, line by line. */
import { Dialog } from "../../components/ui/Dialog";
import { ErrorState, Skeleton } from "../../components/States";
import type { CostArithmetic, CostLine, PriceEntry } from "../../contract/contract";
import { useCostArithmetic } from "../../data/costs";
import { alignedDecimals, className } from "../../lib/cost";
import { formatCost, formatCount, isoTime, plural } from "../../lib/format";
import { breakdown } from "./ClassBar";
import styles from "./cost.module.css";

interface ArithmeticProps {
  readonly traceId: string;
  readonly runId: string;
  readonly onClose: () => void;
}

export function ArithmeticDialog({ traceId, runId, onClose }: ArithmeticProps) {
  const query = useCostArithmetic(traceId, runId);
  return (
    <Dialog title="Arithmetic of the cost" onClose={onClose} wide>
      {query.error ? <ErrorState title="The cost could not be explained" error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton width="60%" /> : null}
      {query.data ? <Arithmetic told={query.data} /> : null}
    </Dialog>
  );
}

const ORIGINS: Readonly<Record<CostArithmetic["origin"], string>> = {
  none: "The run itself used nothing that costs.",
  given: "Sent by the producer, and taken as it is.",
  computed: "Tokens times price.",
  mixed: "One side was sent by the producer, the other is tokens times price.",
  unpriced: "No price is known, so this is not free but unknown. Add a price and compute again.",
  sum_only: "Only the sum of its tokens is known. Input and output have different prices, so this is not free but unknown.",
  bad_count: "A count of tokens that was sent cannot be meant and is left out, so this is not free but unknown.",
};

function Arithmetic({ told }: { readonly told: CostArithmetic }) {
  return (
    <div className={styles.arithmetic}>
      <p>{ORIGINS[told.origin]}</p>
      {told.lines.length > 0 ? <Lines lines={told.lines} total={told.total} /> : null}
      {told.not_counted === null ? null : <p className={styles.note}>Not counted in any sum, because {told.not_counted}.</p>}
      {told.notes.map((note) => (
        <p key={note} className={styles.note}>
          {note}
        </p>
      ))}
      {told.differs ? <p className={styles.note}>What was sent differs from tokens times price (${told.computed_total}) by more than 1 %.</p> : null}
      {told.cache_saved !== "0" ? <p>Caching saved ${told.cache_saved}.</p> : null}
      {told.price ? <PriceLine price={told.price} alias={told.alias} /> : null}
      {told.subtree_cost !== null && told.subtree_cost !== told.total ? (
        <p title={breakdown(told.subtree_by_class)}>
          With everything below it: <b className="num">${told.subtree_cost}</b>
          {told.subtree_unpriced_runs > 0 ? `, without ${plural(told.subtree_unpriced_runs, "run")} whose cost is not known` : ""}
        </p>
      ) : null}
    </div>
  );
}

export function Lines({ lines, total }: { readonly lines: readonly CostLine[]; readonly total: string | null }) {
  const [sum = null, ...costs] = alignedDecimals([total, ...lines.map(({ cost }) => cost)]);
  const prices = alignedDecimals(lines.map((line) => line.price_per_million));
  return (
    <table className={styles.lines}>
      <thead>
        <tr>
          <th scope="col">Class</th>
          <th scope="col">Tokens</th>
          <th scope="col">$ per 1M</th>
          <th scope="col">Cost in $</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line, index) => (
          <tr key={index}>
            <th scope="row">
              {className(line.class)}
              {line.token_class === null ? null : <small>{line.token_class}</small>}
            </th>
            <td title={line.told === line.tokens ? undefined : `${formatCount(line.told)} were told`}>{line.price_per_million === null ? "as sent" : formatCount(line.tokens)}</td>
            <td>{prices[index] ?? ""}</td>
            <td>{costs[index]}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={3}>
            Sum
          </th>
          <td title={formatCost(total)}>{sum ?? "unknown"}</td>
        </tr>
      </tfoot>
    </table>
  );
}

export function PriceLine({ price, alias }: { readonly price: PriceEntry; readonly alias: string | null }) {
  const from = price.own ? "own price" : "bundled table";
  return (
    <p className={styles.priceLine}>
      Price: <b>{price.provider === null ? price.name : `${price.provider}/${price.name}`}</b>
      {price.above_tokens === null ? "" : ` above ${formatCount(price.above_tokens)} input tokens`} ({from} of {price.dated}
      {price.start === null ? "" : `, from ${isoTime(price.start).slice(0, 10)}`})
      {alias === null ? null : <>; the model’s name is taken as {alias}</>}
    </p>
  );
}
