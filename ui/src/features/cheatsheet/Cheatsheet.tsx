/** Every key that acts on the screen in front, and other keys for them. */
import { useEffect, useState } from "react";
import { pressOf, shortcutsOf, useAllCommands, useKeymap, type Command, type CommandGroup } from "../../commands/registry";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Keys } from "../../components/ui/Keys";
import { Segments } from "../../components/ui/Segments";
import type { Settings, SingleKeys } from "../../contract/contract";
import { useSaveSettings, useSettings } from "../../data/queries";
import { takenBy, withKey, type Keymap } from "../../lib/keymap";
import { keyCaps, shortcutOf } from "../../lib/keys";
import { IS_MAC } from "../../platform";
import styles from "../settings/settings.module.css";

const SINGLE: readonly (readonly [SingleKeys, string])[] = [
  ["on", "Act"],
  ["alt", "With Alt"],
  ["off", "Off"],
];

export function Cheatsheet({ onClose }: { readonly onClose: () => void }) {
  const [editing, setEditing] = useState(false);
  const settings = useSettings().data;
  const save = useSaveSettings();
  const all = useAllCommands();
  const keymap = useKeymap();
  const groups = new Map<CommandGroup, Command[]>();
  // Of two commands of one name the later is the one of the screen in front.
  for (const command of new Map(all.map((one) => [one.id, one])).values()) {
    if (!editing && shortcutsOf(command, keymap).length === 0) continue;
    groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  }
  const change = (changes: Partial<Settings>): void => {
    if (settings) save.mutate({ ...settings, ...changes });
  };
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} wide>
      <div className={styles.keyTools}>
        <span className={styles.line}>
          Single keys
          <Segments label="Single keys" options={SINGLE} value={settings?.single_keys ?? "on"} onChange={(single_keys) => change({ single_keys })} />
        </span>
        <span className={styles.line}>
          {editing && Object.keys(keymap).length > 0 ? <Button onClick={() => change({ keymap: {} })}>Reset all</Button> : null}
          <Button aria-pressed={editing} onClick={() => setEditing(!editing)}>
            {editing ? "Done" : "Change keys"}
          </Button>
        </span>
      </div>
      {save.error ? (
        <p className={styles.failed} role="alert">
          {save.error.message}
        </p>
      ) : null}
      <div className={styles.columns}>
        {[...groups].map(([group, commands]) => (
          <section key={group} className={styles.group}>
            <h3 className={styles.groupName}>{group}</h3>
            <ul>
              {commands.map((command) =>
                editing && isFree(command) ? (
                  <KeyEditor key={command.id} command={command} all={all} keymap={keymap} onChange={(next) => change({ keymap: next })} />
                ) : (
                  <li key={command.id} className={styles.command}>
                    {command.title}
                    <Keys shortcut={shortcutsOf(command, keymap)[0] ?? ""} />
                  </li>
                ),
              )}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

/** Letters that a rubric gives belong to the queue, and some keys act only where the focus is. */
function isFree(command: Command): boolean {
  return (command.local === undefined || command.local === "bound") && command.fixed !== true;
}

interface KeyEditorProps {
  readonly command: Command;
  readonly all: readonly Command[];
  readonly keymap: Keymap;
  readonly onChange: (keymap: Keymap) => void;
}

function KeyEditor({ command, all, keymap, onChange }: KeyEditorProps) {
  const [listening, setListening] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [shortcut] = shortcutsOf(command, keymap);
  const own = command.shortcut === undefined ? undefined : [command.shortcut].flat()[0];
  useEffect(() => {
    if (!listening) return;
    // Before the dialog, which would close on Escape.
    const onKeyDown = (event: KeyboardEvent): void => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.repeat) return;
      if (event.key === "Escape") return setListening(false);
      const pressed = shortcutOf(pressOf(event), IS_MAC);
      if (pressed === null) return;
      setListening(false);
      const keyed = all.map((one) => ({ id: one.id, title: one.title, shortcuts: shortcutsOf(one, keymap) }));
      const other = takenBy(keyed, command.id, pressed);
      if (other) return setProblem(`${keyCaps(pressed, IS_MAC).join(" ")} is “${other.title}”. Give that another key first.`);
      setProblem(null);
      onChange(withKey(keymap, command.id, pressed, own));
    };
    window.addEventListener("keydown", onKeyDown, true);
    return () => window.removeEventListener("keydown", onKeyDown, true);
  }, [listening, all, keymap, command.id, own, onChange]);
  return (
    <li className={styles.keyEditor}>
      <span className={styles.command}>
        {command.title}
        <span className={styles.line}>
          {keymap[command.id] === undefined ? null : (
            <button type="button" className={styles.keyReset} aria-label={`Reset the key of ${command.title}`} onClick={() => onChange(withKey(keymap, command.id, null, own))}>
              reset
            </button>
          )}
          {shortcut === undefined || listening ? null : (
            <button type="button" className={styles.keyReset} aria-label={`No key for ${command.title}`} onClick={() => onChange(withKey(keymap, command.id, "", own))}>
              remove
            </button>
          )}
          <button type="button" className={styles.keyButton} aria-label={`Change the key of ${command.title}`} onClick={() => setListening(true)} onBlur={() => setListening(false)}>
            {listening ? "Press a key" : shortcut === undefined ? "none" : <Keys shortcut={shortcut} />}
          </button>
        </span>
      </span>
      {problem === null ? null : (
        <p className={styles.failed} role="alert">
          {problem}
        </p>
      )}
    </li>
  );
}
