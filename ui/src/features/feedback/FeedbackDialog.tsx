import { Dialog } from "../../components/ui/Dialog";
import type { FeedbackTarget } from "../../contract/contract";
import { Feedback, type MessageRef } from "./Feedback";

interface FeedbackDialogProps {
  readonly target: FeedbackTarget;
  /** The message of the run that it is about. */
  readonly message: MessageRef | null;
  readonly onClose: () => void;
}

const TITLES: Readonly<Record<FeedbackTarget["type"], string>> = { run: "Judge the run", trace: "Judge the trace", thread: "Judge the thread", project: "Judge the project" };

/** Feedback about a whole trace, thread or project, or about one message. */
export function FeedbackDialog({ target, message, onClose }: FeedbackDialogProps) {
  const title = message === null ? TITLES[target.type] : "Judge the message";
  return (
    <Dialog title={title} wide onClose={onClose}>
      <Feedback target={target} message={message} label={title} />
    </Dialog>
  );
}
