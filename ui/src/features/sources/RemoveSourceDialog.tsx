import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { useRemoveSource, useSources } from "../../data/queries";
import { plural } from "../../lib/format";
import styles from "../settings/settings.module.css";

interface RemoveSourceProps {
  readonly sourceId: number;
  readonly onClose: () => void;
}

export function RemoveSourceDialog({ sourceId, onClose }: RemoveSourceProps) {
  const source = useSources().data?.find(({ id }) => id === sourceId);
  const remove = useRemoveSource();
  return (
    <Dialog title={`Remove ${source?.label ?? "this source"}?`} onClose={onClose}>
      <p>
        {source ? `${plural(source.runs, "run")} that came from it leave the library. ` : ""}
        {source?.path ? "The file itself stays where it is." : "They were kept nowhere else."}
      </p>
      <div className={styles.actions}>
        <Button onClick={onClose}>Cancel</Button>
        <Button tone="danger" disabled={remove.isPending} onClick={() => remove.mutate(sourceId, { onSuccess: onClose })}>
          Remove
        </Button>
      </div>
    </Dialog>
  );
}
