/** The same tokens at the prices of another model. */
import { useDeferredValue, useState } from "react";
import { Dialog } from "../../components/ui/Dialog";
import fieldStyles from "../../components/ui/ui.module.css";
import { ErrorState } from "../../components/States";
import type { CostScope, PriceEntry } from "../../contract/contract";
import { useWhatIf } from "../../data/costs";
import { dollars } from "../../lib/cost";
import { formatCount, formatPercent, plural } from "../../lib/format";
import { Lines, PriceLine } from "./ArithmeticDialog";
import styles from "./cost.module.css";

export function WhatIfDialog({ scope, onClose }: { readonly scope: CostScope; readonly onClose: () => void }) {
  const [provider, setProvider] = useState("");
  const [model, setModel] = useState("");
  const query = useWhatIf(scope, useDeferredValue(provider), useDeferredValue(model));
  const told = model.trim() === "" ? undefined : query.data;
  const change = told && told.now !== null && told.then !== null && dollars(told.now) > 0 ? dollars(told.then) / dollars(told.now) - 1 : null;
  return (
    <Dialog title="What if another model had been used?" onClose={onClose} wide>
      <div className={styles.priceBar}>
        <input className={fieldStyles.field} aria-label="Model" placeholder="Model, such as gpt-4o-mini" value={model} onChange={(event) => setModel(event.target.value)} />
        <input className={fieldStyles.field} aria-label="Provider" placeholder="Provider, any" value={provider} onChange={(event) => setProvider(event.target.value)} />
      </div>
      {query.error ? <ErrorState title="This could not be computed" error={query.error} onRetry={() => void query.refetch()} /> : null}
      {told === undefined ? <p className={styles.quiet}>The tokens of what is shown, at the prices of the model that you name. Where a price has steps, each run is priced by its own number of input tokens; every token is kept in its class.</p> : null}
      {told && told.price === null ? <p role="status">{model} has no price.</p> : null}
      {told?.price ? (
        <div className={styles.arithmetic}>
          <p role="status">
            <b className="num">{told.then === null ? "An unknown cost" : `$${told.then}`}</b> instead of <b className="num">{told.now === null ? "an unknown cost" : `$${told.now}`}</b>
            {change === null ? "" : `: ${formatPercent(Math.abs(change))} ${change < 0 ? "less" : "more"}`}
          </p>
          {dollars(told.unchanged) > 0 ? <p className={styles.told}>Of both, ${told.unchanged} was not paid for tokens (tools, and totals without their tokens) and stays as it is.</p> : null}
          {told.unknown_runs > 0 ? (
            <p className={styles.note}>
              What {plural(told.unknown_runs, "run")} cost{told.unknown_runs === 1 ? "s" : ""} now is not known, so neither sum holds {told.unknown_runs === 1 ? "it" : "them"}.
              {told.unknown_then === null ? "" : ` With this model: $${told.unknown_then}.`}
            </p>
          ) : null}
          {told.steps.map(({ price, runs, lines, total, notes }) => (
            <section key={price.id} aria-label={stepName(price)}>
              {told.steps.length > 1 ? (
                <h3 className={styles.step}>
                  {stepName(price)} <small>{plural(runs, "run")}</small>
                </h3>
              ) : null}
              <Lines lines={lines} total={total} />
              <PriceLine price={price} alias={null} />
              {notes.map((note) => (
                <p key={note} className={styles.note}>
                  {note}
                </p>
              ))}
            </section>
          ))}
          {told.reach && told.reach.traces < told.reach.of ? (
            <p className={styles.note}>
              Of the latest {formatCount(told.reach.traces)} of {plural(told.reach.of, "trace")}.
            </p>
          ) : null}
        </div>
      ) : null}
    </Dialog>
  );
}

const stepName = ({ above_tokens }: PriceEntry): string => (above_tokens === null ? "First step" : `Above ${formatCount(above_tokens)} input tokens`);
