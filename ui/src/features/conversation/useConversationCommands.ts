import { useLayoutEffect, useMemo, useRef } from "react";
import { useCommands, type Command } from "../../commands/registry";

export interface ConversationActions {
  readonly next: () => void;
  readonly previous: () => void;
  readonly nextTurn: () => void;
  readonly previousTurn: () => void;
  readonly showRun: () => void;
  readonly toggleHidden: () => void;
  readonly find: () => void;
  readonly copy: () => void;
  readonly copyMarkdown: () => void;
  readonly copyAll: () => void;
  readonly copyData: () => void;
  readonly save: () => void;
  readonly saveData: () => void;
  readonly focus: () => void;
  readonly open: () => void;
  readonly prompt: () => void;
  readonly judge: () => void;
  readonly enter: () => void;
  readonly toggleOutline: () => void;
  readonly last: () => void;
  /** Goes to what is judged. */
  readonly output: () => void;
}

/** Offers the keys of a conversation; beside a rubric, which has the single keys, only a few. Of two lists side by side one has the keys. The actions change with every move, the list of commands never does. */
export function useConversationCommands(actions: ConversationActions, pane: boolean, thread: boolean, keys: boolean): void {
  const latest = useRef(actions);
  useLayoutEffect(() => {
    latest.current = actions;
  });
  const commands = useMemo((): Command[] => {
    const act = (name: keyof ConversationActions) => () => latest.current[name]();
    const nothing = (): void => undefined;
    if (!keys) return [];
    if (pane) {
      return [
        { id: "item.find", title: "Find in the item", group: "Messages", shortcut: "Mod+F", run: act("find") },
        { id: "item.next", title: "Next message", group: "Messages", shortcut: "J", repeats: true, run: act("next") },
        { id: "item.previous", title: "Previous message", group: "Messages", shortcut: "K", repeats: true, run: act("previous") },
        { id: "item.next_turn", title: "Next turn", group: "Messages", shortcut: "]", repeats: true, run: act("nextTurn") },
        { id: "item.previous_turn", title: "Previous turn", group: "Messages", shortcut: "[", repeats: true, run: act("previousTurn") },
        { id: "item.output", title: "Go to the judged output", group: "Messages", shortcut: "End", run: act("output") },
        { id: "item.open", title: "Open or close what is folded", group: "Messages", shortcut: "E", run: act("open") },
      ];
    }
    return [
      { id: "messages.find", title: "Find in the conversation", group: "Messages", shortcut: "Mod+F", run: act("find") },
      { id: "messages.next", title: "Next message", group: "Messages", shortcut: "J", repeats: true, run: act("next") },
      { id: "messages.previous", title: "Previous message", group: "Messages", shortcut: "K", repeats: true, run: act("previous") },
      { id: "messages.down", title: "Next message", group: "Messages", shortcut: "ArrowDown", local: true, run: nothing },
      { id: "messages.up", title: "Previous message", group: "Messages", shortcut: "ArrowUp", local: true, run: nothing },
      { id: "messages.open", title: "Open or close what is folded", group: "Messages", shortcut: "Enter", local: true, run: nothing },
      { id: "messages.next_turn", title: "Next turn", group: "Messages", shortcut: "]", repeats: true, run: act("nextTurn") },
      { id: "messages.previous_turn", title: "Previous turn", group: "Messages", shortcut: "[", repeats: true, run: act("previousTurn") },
      { id: "messages.run", title: "Show the run in the tree", group: "Messages", shortcut: thread ? "R" : ["T", "R"], run: act("showRun") },
      { id: "messages.prompt", title: "What the model saw", group: "Messages", shortcut: "W", run: act("prompt") },
      { id: "messages.judge", title: "Judge the message", group: "Messages", shortcut: "E", run: act("judge") },
      { id: "messages.enter", title: "Read the sub-agent beside the conversation", group: "Messages", shortcut: "S", run: act("enter") },
      { id: "messages.outline", title: "Show or hide the outline", group: "Messages", shortcut: "O", run: act("toggleOutline") },
      { id: "messages.last", title: "Go to the latest message", group: "Messages", shortcut: "G", run: act("last") },
      { id: "messages.hidden", title: "Show or hide middleware and the like", group: "Messages", shortcut: "H", run: act("toggleHidden") },
      { id: "messages.copy", title: "Copy the message", group: "Messages", shortcut: "C", run: act("copy") },
      { id: "messages.copy_markdown", title: "Copy the message as Markdown", group: "Messages", shortcut: "Shift+C", run: act("copyMarkdown") },
      { id: "messages.copy_all", title: "Copy the conversation as Markdown", group: "Messages", run: act("copyAll") },
      { id: "messages.copy_data", title: "Copy the conversation as JSON", group: "Messages", run: act("copyData") },
      { id: "messages.save", title: "Save the transcript", group: "Messages", shortcut: "Shift+S", run: act("save") },
      { id: "messages.save_data", title: "Save the messages as JSON", group: "Messages", run: act("saveData") },
      { id: "messages.list", title: "Go to the messages, or back to the conversation", group: "Messages", shortcut: "Escape", run: act("focus") },
    ];
  }, [pane, thread, keys]);
  useCommands(commands);
}
