import { Dialog } from "../../components/ui/Dialog";
import type { FeedbackTarget } from "../../contract/contract";
import { Feedback } from "./Feedback";

interface FeedbackDialogProps {
  readonly target: FeedbackTarget;
  readonly onClose: () => void;
}

const TITLES: Readonly<Record<FeedbackTarget["type"], string>> = { run: "Judge the run", trace: "Judge the trace", thread: "Judge the thread", project: "Judge the project" };

/** Feedback about a whole trace, thread or project. */
export function FeedbackDialog({ target, onClose }: FeedbackDialogProps) {
  return (
    <Dialog title={TITLES[target.type]} wide onClose={onClose}>
      <Feedback target={target} label={TITLES[target.type]} />
    </Dialog>
  );
}
