import { useNavigate } from "@tanstack/react-router";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { useDeleteQueue } from "../../data/review";
import styles from "./queues.module.css";

interface DeleteProps {
  readonly queueId: string;
  readonly name: string;
  readonly onClose: () => void;
}

export function DeleteQueueDialog({ queueId, name, onClose }: DeleteProps) {
  const remove = useDeleteQueue();
  const navigate = useNavigate();
  return (
    <Dialog title={`Delete “${name}”?`} onClose={onClose}>
      <p>Its items and drafts go. Answers that were submitted stay with their runs.</p>
      <div className={styles.dialogRow}>
        <Button onClick={onClose}>Keep it</Button>
        <Button
          tone="danger"
          disabled={remove.isPending}
          onClick={() =>
            remove.mutate(queueId, {
              onSuccess: () => {
                onClose();
                void navigate({ to: "/queues" });
              },
            })
          }
        >
          Delete the queue
        </Button>
      </div>
    </Dialog>
  );
}
