import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { DatasetRow } from "../../contract/contract";
import { useDeleteDataset } from "../../data/datasets";
import { offerUndo } from "../../data/undo";
import { plural } from "../../lib/format";
import { platform } from "../../platform";

/** Deletes a dataset; it can come back. */
export function useDatasetRemoval(): (dataset: Pick<DatasetRow, "id" | "name" | "examples">, onDone?: () => void) => void {
  const { mutate } = useDeleteDataset();
  const client = useQueryClient();
  return useCallback(
    ({ id, name, examples }, onDone) =>
      mutate(id, {
        onSuccess: () => {
          offerUndo(`“${name}” with ${plural(examples, "example")} deleted.`, async () => {
            await platform().call("restore_dataset", { dataset_id: id });
            await client.invalidateQueries({ queryKey: ["datasets"] });
          });
          onDone?.();
        },
      }),
    [mutate, client],
  );
}
