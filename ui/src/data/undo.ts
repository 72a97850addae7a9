/** Steps that can be taken back: offered where they were done, and by key for as long as the window is open. */
import { toast } from "sonner";
import { create } from "zustand";
import { useCommands, type Command } from "../commands/registry";
import { queryClient } from "./client";

interface Step {
  /** What was done, as a sentence. */
  readonly done: string;
  readonly undo: () => Promise<unknown>;
}

/** Steps that are remembered. */
const MOST = 50;

const steps = create<{ readonly all: readonly Step[] }>(() => ({ all: [] }));

/** Says what was done, with a way back. */
export function offerUndo(done: string, undo: () => Promise<unknown>): void {
  const step: Step = { done, undo };
  steps.setState(({ all }) => ({ all: [...all, step].slice(-MOST) }));
  toast.success(done, { duration: 8000, action: { label: "Undo", onClick: () => void takeBack(step) } });
}

async function takeBack(step: Step): Promise<void> {
  if (!steps.getState().all.includes(step)) return;
  steps.setState(({ all }) => ({ all: all.filter((other) => other !== step) }));
  try {
    await step.undo();
    toast.success(`Taken back: ${step.done}`);
  } catch (error) {
    toast.error(error instanceof Error ? error.message : "This could not be taken back.");
  }
  await queryClient.invalidateQueries({ queryKey: ["datasets"] });
}

/** `Mod+Z` where such steps are done. */
export function useUndo(): void {
  useCommands(COMMANDS);
}

const COMMANDS: readonly Command[] = [
  {
    id: "dataset.undo",
    title: "Undo the last change of a dataset",
    group: "Table",
    shortcut: "Mod+Z",
    typing: "leave",
    run: () => {
      const last = steps.getState().all.at(-1);
      if (last) void takeBack(last);
      else toast("There is nothing to undo.", { id: "nothing to undo" });
    },
  },
];
