/** One place to find commands, recent files, projects and traces. */
import { useNavigate } from "@tanstack/react-router";
import { Command as Cmdk } from "cmdk";
import { useDeferredValue, useState } from "react";
import { shortcutsOf, useAllCommands } from "../../commands/registry";
import { TypeIcon } from "../../components/TypeIcon";
import { useNow } from "../../components/useNow";
import { Keys } from "../../components/ui/Keys";
import { useProjects, useRecentFiles, useStartImport, useTraceSuggestions } from "../../data/queries";
import { formatTimeShort } from "../../lib/format";
import { platform } from "../../platform";
import styles from "./palette.module.css";

/** Recent files before anything is typed; all of them are found by their names. */
const RECENT = 5;

export function Palette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState("");
  // A question mark asks for texts, and for nothing else.
  const isFullText = text.startsWith("?");
  const words = (isFullText ? text.slice(1) : text).trim();
  const asked = useDeferredValue(isFullText ? "" : words);
  const navigate = useNavigate();
  const now = useNow();
  const recentFiles = useRecentFiles().data;
  const commands = useAllCommands().filter((command) => command.id !== "app.palette" && !command.local && !command.hidden);
  // Whoever types the name of a command means it; a question mark asks for the texts all the same.
  const isNamed = commands.some(({ title }) => title.toLowerCase().startsWith(words.toLowerCase()));
  const recent = (isFullText ? [] : (recentFiles ?? [])).slice(0, text === "" ? RECENT : undefined);
  const projects = useProjects().data ?? [];
  const traces = useTraceSuggestions(asked).data?.rows ?? [];
  const { mutate: start } = useStartImport();
  const choose = (action: () => void) => (): void => {
    onClose();
    // The dialog gives its focus back first; an action may want to move it.
    setTimeout(action, 0);
  };
  return (
    <Cmdk.Dialog
      open
      label="Search traces and commands"
      onOpenChange={(open) => !open && onClose()}
      contentClassName={styles.dialog}
      overlayClassName={styles.overlay}
      loop
    >
      <Cmdk.Input className={styles.input} value={text} onValueChange={setText} placeholder="Search traces, projects, commands; ? searches all texts" />
      <Cmdk.List className={styles.list}>
        {traces.length === 0 && words.length < 2 && !isFullText ? <Cmdk.Empty className={styles.empty}>Nothing matches “{text}”.</Cmdk.Empty> : null}
        {asked.length > 1 && traces.length > 0 ? (
          <Cmdk.Group heading="Traces" forceMount>
            {traces.map((trace) => (
              <Cmdk.Item
                key={trace.trace_id}
                value={`trace ${trace.trace_id}`}
                forceMount
                className={styles.item}
                onSelect={choose(() => void navigate({ to: "/trace/$traceId", params: { traceId: trace.trace_id } }))}
              >
                <TypeIcon type={trace.run_type} />
                <span className={styles.text}>{trace.name}</span>
                <span className={styles.note}>{trace.input_preview ?? trace.project}</span>
                <span className={styles.time}>{formatTimeShort(trace.start, now)}</span>
              </Cmdk.Item>
            ))}
          </Cmdk.Group>
        ) : null}
        {recent.length > 0 ? (
          <Cmdk.Group heading="Recent files">
            {recent.map((file) => (
              <Cmdk.Item
                key={file.path}
                value={`file ${file.path}`}
                disabled={!file.exists}
                className={styles.item}
                onSelect={choose(() => start(() => platform().call("import_paths", { paths: [file.path] })))}
              >
                <span className={styles.text}>{file.label}</span>
                <span className={styles.note}>{file.exists ? file.path : "no longer there"}</span>
              </Cmdk.Item>
            ))}
          </Cmdk.Group>
        ) : null}
        {isFullText || (words.length > 1 && !isNamed) ? (
          <Cmdk.Group heading="All texts" forceMount>
            <Cmdk.Item
              value={`texts ${words}`}
              forceMount
              className={styles.item}
              onSelect={choose(() => void navigate({ to: "/search", search: words === "" ? {} : { q: words } }))}
            >
              <span className={styles.text}>{words === "" ? "Search all texts" : `Search all texts for “${words}”`}</span>
              <span className={styles.note}>inputs, outputs, errors, tools</span>
            </Cmdk.Item>
          </Cmdk.Group>
        ) : null}
        <Cmdk.Group heading="Commands">
          {commands.map((command) => (
            <Cmdk.Item key={command.id} value={`${command.title} ${command.group} ${command.words ?? ""}`} className={styles.item} onSelect={choose(command.run)}>
              <span className={styles.text}>{command.title}</span>
              <span className={styles.note}>{command.group}</span>
              {shortcutsOf(command).length > 0 ? <Keys shortcut={shortcutsOf(command)[0] ?? ""} /> : null}
            </Cmdk.Item>
          ))}
        </Cmdk.Group>
        {projects.length > 0 ? (
          <Cmdk.Group heading="Projects">
            {projects.map(({ name }) => (
              <Cmdk.Item key={name} value={`project ${name}`} className={styles.item} onSelect={choose(() => void navigate({ to: "/", search: { project: name } }))}>
                <span className={styles.text}>{name}</span>
              </Cmdk.Item>
            ))}
          </Cmdk.Group>
        ) : null}
      </Cmdk.List>
    </Cmdk.Dialog>
  );
}
