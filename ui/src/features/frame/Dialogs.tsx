import { useEffect } from "react";
import { useUi } from "../../data/ui";
import { Cheatsheet } from "../cheatsheet/Cheatsheet";
import { AddToQueueDialog } from "../queues/AddToQueueDialog";
import { DeleteQueueDialog } from "../queues/DeleteQueueDialog";
import { ArithmeticDialog } from "../cost/ArithmeticDialog";
import { PricesDialog } from "../cost/PricesDialog";
import { RecomputeDialog } from "../cost/RecomputeDialog";
import { TreemapDialog } from "../cost/TreemapDialog";
import { AddToDatasetDialog } from "../datasets/AddToDatasetDialog";
import { DatasetDialog } from "../datasets/DatasetDialog";
import { ImportExamplesDialog } from "../datasets/ImportExamplesDialog";
import { SplitDialog } from "../datasets/SplitDialog";
import { ExportDialog } from "../feedback/ExportDialog";
import { PromptDialog } from "../conversation/PromptDialog";
import { FeedbackDialog } from "../feedback/FeedbackDialog";
import { FeedbackStatsDialog } from "../feedback/FeedbackStatsDialog";
import { RejectsDialog } from "../imports/RejectsDialog";
import { RemapDialog } from "../library/RemapDialog";
import { CategoryDialog, RenameCategoryDialog } from "../notes/CategoryDialogs";
import { Palette } from "../palette/Palette";
import { SettingsDialog } from "../settings/SettingsDialog";
import { PlacesDialog } from "../sources/PlacesDialog";
import { RemoveSourceDialog } from "../sources/RemoveSourceDialog";

/** The one dialog that is open. */
export function Dialogs() {
  const dialog = useUi((state) => state.dialog);
  const open = useUi((state) => state.open);
  useReturnFocus(dialog !== null);
  const close = (): void => open(null);
  switch (dialog?.name) {
    case "palette":
      return <Palette onClose={close} />;
    case "settings":
      return <SettingsDialog onClose={close} />;
    case "shortcuts":
      return <Cheatsheet onClose={close} />;
    case "feedback":
      return <FeedbackDialog target={dialog.target} message={dialog.message ?? null} onClose={close} />;
    case "export":
      return <ExportDialog what={dialog.what} onClose={close} />;
    case "dataset":
      return <DatasetDialog datasetId={dialog.datasetId} onClose={close} />;
    case "import-examples":
      return <ImportExamplesDialog datasetId={dialog.datasetId} onClose={close} />;
    case "split":
      return <SplitDialog datasetId={dialog.datasetId} ids={dialog.ids} onClose={close} />;
    case "add-to-dataset":
      return <AddToDatasetDialog datasetId={dialog.datasetId} source={dialog.source} label={dialog.label} corrected={dialog.corrected} onClose={close} />;
    case "category":
      return <CategoryDialog ids={dialog.ids} categoryKey={dialog.categoryKey} known={dialog.known} onGiven={dialog.onGiven} onClose={close} />;
    case "rename-category":
      return <RenameCategoryDialog categoryKey={dialog.categoryKey} from={dialog.from} known={dialog.known} onClose={close} />;
    case "prompt":
      return <PromptDialog prompt={dialog.prompt} changes={dialog.changes} onClose={close} />;
    case "rejects":
      return <RejectsDialog sources={dialog.sources} onClose={close} />;
    case "remap":
      return <RemapDialog onClose={close} />;
    case "places":
      return <PlacesDialog what={dialog.what} onClose={close} />;
    case "remove-source":
      return <RemoveSourceDialog sourceId={dialog.sourceId} onClose={close} />;
    case "add-to-queue":
      return <AddToQueueDialog queueId={dialog.queueId} what={dialog.what} onClose={close} />;
    case "delete-queue":
      return <DeleteQueueDialog queueId={dialog.queueId} name={dialog.queueName} onClose={close} />;
    case "prices":
      return <PricesDialog model={dialog.model} onClose={close} />;
    case "feedback-stats":
      return <FeedbackStatsDialog onClose={close} />;
    case "recompute":
      return <RecomputeDialog onClose={close} />;
    case "arithmetic":
      return <ArithmeticDialog traceId={dialog.traceId} runId={dialog.runId} onClose={close} />;
    case "treemap":
      return <TreemapDialog traceId={dialog.traceId} onClose={close} />;
    case undefined:
      return null;
  }
}

/** The focus goes back to where it was, or to the list of the screen when that is gone; unless it went elsewhere already. */
function useReturnFocus(open: boolean): void {
  useEffect(() => {
    if (!open) return;
    return () => {
      setTimeout(() => {
        const { opener } = useUi.getState();
        if (document.activeElement !== document.body) return;
        const gone = !(opener instanceof HTMLElement) || !opener.isConnected || opener === document.body;
        (gone ? document.querySelector<HTMLElement>("[role=tree], [role=grid]") : opener)?.focus({ preventScroll: true });
      }, 0);
    };
  }, [open]);
}
