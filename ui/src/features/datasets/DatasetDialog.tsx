/** Makes or changes a dataset: its name, what it is for, and what its examples must look like. */
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ErrorState, Skeleton } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { KeysOf } from "../../components/ui/Keys";
import ui from "../../components/ui/ui.module.css";
import type { DatasetDetail } from "../../contract/contract";
import { useDataset, useSaveDataset } from "../../data/datasets";
import { offerUndo } from "../../data/undo";
import { platform } from "../../platform";
import styles from "./datasets.module.css";

interface DatasetDialogProps {
  /** `null` makes one. */
  readonly datasetId: string | null;
  readonly onClose: () => void;
}

export function DatasetDialog({ datasetId, onClose }: DatasetDialogProps) {
  return (
    <Dialog title={datasetId === null ? "New dataset" : "Edit the dataset"} onClose={onClose} wide>
      {datasetId === null ? <Form dataset={null} onClose={onClose} /> : <Known datasetId={datasetId} onClose={onClose} />}
    </Dialog>
  );
}

function Known({ datasetId, onClose }: { readonly datasetId: string; readonly onClose: () => void }) {
  const dataset = useDataset(datasetId);
  if (dataset.error) return <ErrorState title="The dataset could not be read" error={dataset.error} onRetry={() => void dataset.refetch()} />;
  return dataset.data ? <Form dataset={dataset.data} onClose={onClose} /> : <Skeleton width="60%" />;
}

function Form({ dataset, onClose }: { readonly dataset: DatasetDetail | null; readonly onClose: () => void }) {
  const navigate = useNavigate();
  const save = useSaveDataset();
  const [name, setName] = useState(dataset?.row.name ?? "");
  const [description, setDescription] = useState(dataset?.row.description ?? "");
  const [inputs, setInputs] = useState(dataset?.inputs_schema ?? "");
  const [outputs, setOutputs] = useState(dataset?.outputs_schema ?? "");
  const submit = (): void =>
    save.mutate(
      { dataset_id: dataset?.row.id ?? null, name, description, inputs_schema: inputs, outputs_schema: outputs },
      {
        onSuccess: ({ row }) => {
          onClose();
          if (!dataset) return void navigate({ to: "/datasets/$datasetId", params: { datasetId: row.id } });
          const before = dataset;
          offerUndo(`“${row.name}” changed.`, () =>
            platform().call("save_dataset", { dataset_id: row.id, name: before.row.name, description: before.row.description, inputs_schema: before.inputs_schema, outputs_schema: before.outputs_schema }),
          );
        },
      },
    );
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label className={styles.row}>
        <span>Name</span>
        {/* Nothing else is asked of a new dataset. */}
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <input className={ui.field} type="text" autoFocus required maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label className={styles.row}>
        <span>What it is for</span>
        <input className={ui.field} type="text" value={description} onChange={(event) => setDescription(event.target.value)} />
      </label>
      <Schema label="Schema of inputs" value={inputs} onChange={setInputs} />
      <Schema label="Schema of outputs" value={outputs} onChange={setOutputs} />
      {save.error ? (
        <p className={styles.problem} role="alert">
          {save.error.message}
        </p>
      ) : null}
      <div className={styles.dialogRow}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" tone="primary" disabled={save.isPending || name.trim() === ""}>
          {dataset ? "Save" : "Make the dataset"}
          <KeysOf command="dialog.submit" />
        </Button>
      </div>
    </form>
  );
}

function Schema({ label, value, onChange }: { readonly label: string; readonly value: string; readonly onChange: (text: string) => void }) {
  return (
    <label className={styles.row}>
      <span>{label}</span>
      <textarea className={styles.area} rows={4} spellCheck={false} placeholder="JSON Schema; empty: anything" value={value} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}
