/** The same tokens at the prices of another model. */
import { useDeferredValue, useState } from "react";
import { Dialog } from "../../components/ui/Dialog";
import fieldStyles from "../../components/ui/ui.module.css";
import { ErrorState } from "../../components/States";
import type { CostScope } from "../../contract/contract";
import { useWhatIf } from "../../data/costs";
import { dollars } from "../../lib/cost";
import { formatPercent } from "../../lib/format";
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
      {told === undefined ? <p className={styles.quiet}>The tokens of what is shown, at the prices of the model that you name. Prices in steps are taken at their first step; every token is kept in its class.</p> : null}
      {told && told.price === null ? <p role="status">{model} has no price.</p> : null}
      {told?.price ? (
        <div className={styles.arithmetic}>
          <p role="status">
            <b className="num">${told.then ?? "unknown"}</b> instead of <b className="num">${told.now ?? "0"}</b>
            {change === null ? "" : `: ${formatPercent(Math.abs(change))} ${change < 0 ? "less" : "more"}`}
          </p>
          <Lines lines={told.lines} total={told.then} />
          <PriceLine price={told.price} alias={null} />
          {told.notes.map((note) => (
            <p key={note} className={styles.note}>
              {note}
            </p>
          ))}
        </div>
      ) : null}
    </Dialog>
  );
}
