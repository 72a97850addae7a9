/** Computing costs again by the prices of now: what changes, then the doing. */
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { ErrorState, Skeleton } from "../../components/States";
import type { RecomputedCosts } from "../../contract/contract";
import { cancelRecompute, useRecompute, useRecomputePreview, useRecomputeProgress, useUndoRecompute } from "../../data/costs";
import { formatCount, formatTime, plural } from "../../lib/format";
import styles from "./cost.module.css";

export function RecomputeDialog({ onClose }: { readonly onClose: () => void }) {
  const preview = useRecomputePreview();
  const recompute = useRecompute();
  const undo = useUndoRecompute();
  const busy = preview.isFetching || recompute.isPending || undo.isPending;
  const progress = useRecomputeProgress(busy).data;
  const done = recompute.data;
  const shown = done ?? preview.data;
  const last = undo.data ? null : shown?.last;
  return (
    <Dialog title="Compute costs again" onClose={onClose} wide>
      <p>Costs were computed when runs came in and stay as they are until this is done. Costs that producers sent are kept.</p>
      {preview.error ? <ErrorState title="The changes could not be found" error={preview.error} onRetry={() => void preview.refetch()} /> : null}
      {recompute.error ? <ErrorState title="Computing again failed" error={recompute.error} onRetry={() => recompute.mutate()} /> : null}
      {busy ? (
        <p role="status" className={styles.told}>
          {undo.isPending ? "Undoing" : recompute.isPending ? "Computing again" : "Looking for changes"}
          {progress?.running ? `, ${formatCount(progress.done)} of ${formatCount(progress.all)}` : "…"}
        </p>
      ) : null}
      {preview.isPending ? <Skeleton width="50%" /> : null}
      {undo.error ? <ErrorState title="It could not be undone" error={undo.error} onRetry={() => undo.mutate()} /> : null}
      {undo.data ? <p role="status">Undone: {plural(undo.data.runs, "run")} have the cost again that they had before.</p> : shown ? <Changes changes={shown} done={done !== undefined} /> : null}
      {last && !busy ? (
        <p className={styles.lastTime}>
          The last time, {formatTime(last.at)}, {plural(last.runs, "run")} changed.
          <Button onClick={() => undo.mutate()}>Undo it</Button>
        </p>
      ) : null}
      <div className={styles.formActions}>
        {busy ? <Button onClick={() => void cancelRecompute()}>Stop</Button> : <Button onClick={onClose}>{done || undo.data ? "Close" : "Cancel"}</Button>}
        {done || undo.data ? null : (
          <Button tone="primary" disabled={busy || !preview.data || preview.data.traces === 0} onClick={() => recompute.mutate()}>
            Compute again
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function Changes({ changes, done }: { readonly changes: RecomputedCosts; readonly done: boolean }) {
  if (changes.cancelled) return <p>Stopped.</p>;
  if (changes.models.length === 0 && changes.uncounted === 0) return <p>Nothing {done ? "changed" : "would change"}: {plural(changes.runs, "run")} have the costs that the prices of now give.</p>;
  const runs = changes.models.reduce((sum, model) => sum + model.runs, changes.uncounted);
  return (
    <>
      <p>
        {plural(runs, "run")} in {plural(changes.traces, "trace")} {done ? "changed" : "would change"}.
      </p>
      <p className={styles.told}>
        The sum of all known costs: <b className="num">${changes.total_before}</b> {done ? "became" : "becomes"} <b className="num">${changes.total_after}</b>.
        {changes.uncounted > 0 ? ` ${plural(changes.uncounted, "run")} of these ${changes.uncounted === 1 ? "is" : "are"} in no sum, since another run tells the same tokens.` : ""}
      </p>
      <table className={styles.lines}>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Runs</th>
            <th scope="col">Before in $</th>
            <th scope="col">After in $</th>
          </tr>
        </thead>
        <tbody>
          {changes.models.map(({ provider, model, runs: count, before, after, newly_priced }) => (
            <tr key={`${provider ?? ""}/${model ?? ""}`}>
              <th scope="row">
                {provider === null ? "" : `${provider}/`}
                {model ?? "(no model named)"}
                {newly_priced > 0 ? <small>{plural(newly_priced, "run")} had no price</small> : null}
              </th>
              <td>{formatCount(count)}</td>
              <td>{before ?? "unpriced"}</td>
              <td>{after ?? "unpriced"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
