/** Takes back the last step of reviewing where no item is on the desk: on the pages of the owner. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { toast } from "sonner";
import { useCommands, type Command } from "../../commands/registry";
import { keys } from "../../data/keys";
import { SESSION } from "../../data/session";
import { platform } from "../../platform";
import { refusalText } from "../review/useReview";

/**
 * Offers `id` as the command for it; the result does the same from a button. `first` may take back what is not a step
 * yet, and then says so.
 */
export function useUndoStep(id: string, queueId: string, first?: () => boolean): () => void {
  const client = useQueryClient();
  const run = useCallback(() => {
    if (first?.() !== true) void takeBack(client, queueId, false);
  }, [client, queueId, first]);
  const commands = useMemo((): Command[] => [{ id, title: "Undo the last step", group: "Review", shortcut: "Mod+Z", typing: "leave", run }], [id, run]);
  useCommands(commands);
  return run;
}

async function takeBack(client: QueryClient, queueId: string, force: boolean): Promise<void> {
  try {
    const result = await platform().call("undo_review", { session: SESSION, force });
    switch (result.type) {
      case "done":
        toast(`Undone: ${result.summary}`, { id: "review step" });
        break;
      case "changed":
        toast(`Somebody changed the item since “${result.summary}”.`, { id: "review step", duration: 12_000, action: { label: "Undo all the same", onClick: () => void takeBack(client, queueId, true) } });
        return;
      case "refused":
        toast.error(refusalText(result.refusal), { id: "review step" });
        return;
      case "nothing":
        toast("There is nothing to undo.", { id: "review step" });
        return;
    }
  } catch (error) {
    toast.error(error instanceof Error ? error.message : "The step could not be taken back.");
    return;
  }
  await Promise.all([client.invalidateQueries({ queryKey: keys.queue(queueId) }), client.invalidateQueries({ queryKey: ["queues"] })]);
}
