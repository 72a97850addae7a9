import { useNavigate, useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { useStartImport } from "../../data/queries";
import { useUi } from "../../data/ui";
import { platform } from "../../platform";

/** Commands that act on every screen. Ids are those of the window's menu. */
export function useGlobalCommands(): void {
  const navigate = useNavigate();
  const { history } = useRouter();
  const open = useUi((state) => state.open);
  const toggleSidebar = useUi((state) => state.toggleSidebar);
  const { mutate: start } = useStartImport();
  const commands = useMemo((): Command[] => {
    const { openFiles, openFolder, call } = platform();
    const folder: Command[] = openFolder
      ? [{ id: "file.open_folder", title: "Open a folder…", words: "import add load directory", group: "Files", shortcut: "Mod+Shift+O", run: () => start(openFolder) }]
      : [];
    return [
      { id: "app.palette", title: "Search traces and commands", group: "General", shortcut: "Mod+K", run: () => open({ name: "palette" }) },
      { id: "file.open", title: "Open trace files…", words: "import add load", group: "Files", shortcut: "Mod+O", run: () => start(openFiles) },
      ...folder,
      { id: "file.samples", title: "Load the samples", group: "Files", run: () => start(async () => [await call("load_samples", {})]) },
      { id: "file.rejects", title: "Show what was not read, and warnings", words: "errors rejected report import", group: "Files", run: () => open({ name: "rejects", sources: [] }) },
      { id: "library.remap", title: "Read the library again…", words: "remap recompute refresh", group: "Files", run: () => open({ name: "remap" }) },
      { id: "file.export_feedback", title: "Export…", words: "save download write", group: "Files", shortcut: "Mod+Shift+X", run: () => open({ name: "export", what: { type: "feedback", traceId: null } }) },
      { id: "file.send_feedback", title: "Send feedback to a server…", group: "Files", run: () => open({ name: "export", what: { type: "send" } }) },
      { id: "feedback.stats", title: "Feedback by run name or prompt version…", words: "statistics scores mean key", group: "Files", run: () => open({ name: "feedback-stats" }) },
      { id: "go.traces", title: "Traces", group: "Go to", shortcut: "Mod+1", run: () => void navigate({ to: "/" }) },
      { id: "go.threads", title: "Threads", group: "Go to", shortcut: "Mod+2", run: () => void navigate({ to: "/threads" }) },
      { id: "go.senders", title: "Senders and the endpoint", words: "otlp langsmith sdk connect live", group: "Go to", shortcut: "Mod+Shift+E", run: () => void navigate({ to: "/senders" }) },
      { id: "go.queues", title: "Queues", group: "Go to", shortcut: "Mod+3", run: () => void navigate({ to: "/queues" }) },
      { id: "go.new_queue", title: "New queue", group: "Go to", run: () => void navigate({ to: "/queues/new" }) },
      { id: "queue.add_search", title: "Add traces to a queue…", group: "Go to", run: () => open({ name: "add-to-queue", queueId: null, what: { type: "search" } }) },
      { id: "go.datasets", title: "Datasets", group: "Go to", shortcut: "Mod+4", run: () => void navigate({ to: "/datasets" }) },
      { id: "go.notes", title: "Notes", group: "Go to", shortcut: "Mod+7", run: () => void navigate({ to: "/notes" }) },
      { id: "go.cost", title: "Cost", group: "Go to", shortcut: "Mod+5", run: () => void navigate({ to: "/cost" }) },
      { id: "go.runs", title: "Runs", group: "Go to", shortcut: "Mod+6", run: () => void navigate({ to: "/runs" }) },
      { id: "go.search", title: "Search all texts", group: "Go to", shortcut: "Mod+Shift+F", run: () => void navigate({ to: "/search" }) },
      { id: "go.back", title: "Back", group: "Go to", shortcut: "Mod+[", run: () => history.back() },
      { id: "go.forward", title: "Forward", group: "Go to", shortcut: "Mod+]", run: () => history.forward() },
      { id: "view.toggle_sidebar", title: "Show or hide the sidebar", group: "General", shortcut: "Mod+\\", run: toggleSidebar },
      { id: "app.settings", title: "Settings", words: "preferences options theme keys", group: "General", shortcut: "Mod+,", run: () => open({ name: "settings" }) },
      { id: "help.shortcuts", title: "Keyboard shortcuts", words: "help cheatsheet hotkeys", group: "General", shortcut: "?", run: () => open({ name: "shortcuts" }) },
    ];
  }, [navigate, history, open, toggleSidebar, start]);
  useCommands(commands);
}
