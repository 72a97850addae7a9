import { shortcutsOf, useAllCommands, type Command, type CommandGroup } from "../../commands/registry";
import { Dialog } from "../../components/ui/Dialog";
import { Keys } from "../../components/ui/Keys";
import styles from "../settings/settings.module.css";

/** Every key that acts on the screen in front. */
export function Cheatsheet({ onClose }: { readonly onClose: () => void }) {
  const groups = new Map<CommandGroup, Command[]>();
  for (const command of useAllCommands()) {
    if (shortcutsOf(command).length === 0) continue;
    groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  }
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} wide>
      <div className={styles.columns}>
        {[...groups].map(([group, commands]) => (
          <section key={group} className={styles.group}>
            <h3 className={styles.groupName}>{group}</h3>
            <ul>
              {commands.map((command) => (
                <li key={command.id} className={styles.command}>
                  {command.title}
                  <Keys shortcut={shortcutsOf(command)[0] ?? ""} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
