import { useLayoutEffect, useMemo, useRef } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { KeysOf } from "../../components/ui/Keys";
import { Segments } from "../../components/ui/Segments";
import styles from "./conversation.module.css";

interface ViewSwitchProps<View extends string> {
  /** What is chosen here. */
  readonly label: string;
  readonly options: readonly (readonly [View, string])[];
  /** A key for each view; without them `M` goes from one of two to the other. */
  readonly keys?: Readonly<Record<View, string>>;
  readonly value: View;
  readonly onChange: (view: View) => void;
}

/** The choice between the messages and the other views of the same thing. */
export function ViewSwitch<View extends string>({ label, options, keys, value, onChange }: ViewSwitchProps<View>) {
  const latest = useRef(onChange);
  useLayoutEffect(() => {
    latest.current = onChange;
  });
  const commands = useMemo((): Command[] => {
    // The key of the view that is shown is printed too; going there again is nothing that would have to be found.
    const offered = options.filter(([view]) => keys !== undefined || view !== value);
    return offered.map(([view, name]) => ({
      id: keys ? `view.${view}` : "view.switch",
      title: `Show ${name.toLowerCase()}`,
      group: "Go to",
      hidden: view === value,
      shortcut: keys?.[view] ?? "M",
      run: () => latest.current(view),
    }));
  }, [options, keys, value]);
  useCommands(commands);
  return (
    <span className={styles.switch}>
      <Segments label={label} options={options} value={value} onChange={onChange} commandOf={keys ? (view) => `view.${view}` : undefined} />
      {keys ? null : <KeysOf command="view.switch" />}
    </span>
  );
}
