import { useState } from "react";
import { EmptyState, ErrorState, Skeleton } from "../../components/States";
import ui from "../../components/ui/ui.module.css";
import type { DatasetRow, ExportDataset as Params } from "../../contract/contract";
import { useDataset, useDatasetChoice, useDatasetExportPreview } from "../../data/datasets";
import { DATASET_FORMATS } from "../../lib/exports";
import { formatCount } from "../../lib/format";
import { platform } from "../../platform";
import { ExportPreview, SaveExport } from "./ExportPreview";
import styles from "./feedback.module.css";

export function ExportDataset({ datasetId }: { readonly datasetId: string | null }) {
  const datasets = useDatasetChoice();
  if (datasets.error) return <ErrorState title="The datasets could not be listed" error={datasets.error} onRetry={() => void datasets.refetch()} />;
  if (!datasets.data) return <Skeleton width="60%" />;
  const [first] = datasets.data.rows;
  if (!first) return <EmptyState title="No datasets">There is nothing to export yet.</EmptyState>;
  return <Form datasets={datasets.data.rows} start={datasetId ?? first.id} />;
}

function Form({ datasets, start }: { readonly datasets: readonly DatasetRow[]; readonly start: string }) {
  const [params, setParams] = useState<Params>({ dataset_id: start, format: "examples" });
  const dataset = useDataset(params.dataset_id).data;
  const preview = useDatasetExportPreview(params);
  const change = (changes: Partial<Params>): void => setParams((before) => ({ ...before, ...changes }));
  return (
    <>
      <div className={styles.line}>
        <label className={styles.line}>
          Dataset
          <select className={ui.field} value={params.dataset_id} onChange={(event) => change({ dataset_id: event.target.value, splits: [] })}>
            {datasets.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className={styles.line}>
          Split
          <select className={ui.field} value={params.splits?.[0] ?? ""} onChange={(event) => change({ splits: event.target.value === "" ? [] : [event.target.value] })}>
            <option value="">Every split</option>
            {dataset?.splits.map(({ name, examples }) => (
              <option key={name} value={name}>
                {name} ({formatCount(examples)})
              </option>
            ))}
          </select>
        </label>
        <label className={styles.line}>
          Format
          <select className={ui.field} value={params.format} onChange={(event) => change({ format: event.target.value })}>
            {DATASET_FORMATS.map(([format, name]) => (
              <option key={format} value={format}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {params.format === "chat" ? (
        <div className={styles.options}>
          <label>
            <input type="checkbox" checked={params.drop_system ?? false} onChange={(event) => change({ drop_system: event.target.checked })} />
            Leave system messages out
          </label>
          <label>
            <input type="checkbox" checked={params.weigh_last_only ?? false} onChange={(event) => change({ weigh_last_only: event.target.checked })} />
            Give weight 0 to all answers but the last
          </label>
        </div>
      ) : null}
      <ExportPreview preview={preview} />
      <SaveExport ready={(preview.data?.records ?? 0) > 0} onExport={() => platform().call("export_dataset", params)} />
    </>
  );
}
