import { useLayoutEffect, useMemo, useRef } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { KeysOf } from "../../components/ui/Keys";
import { Segments } from "../../components/ui/Segments";
import styles from "./conversation.module.css";

interface ViewSwitchProps<View extends string> {
  /** What is chosen here. */
  readonly label: string;
  /** Exactly two: the key goes from one to the other. */
  readonly options: readonly [readonly [View, string], readonly [View, string]];
  readonly value: View;
  readonly onChange: (view: View) => void;
}

/** The choice between the messages and the other view of the same thing. */
export function ViewSwitch<View extends string>({ label, options, value, onChange }: ViewSwitchProps<View>) {
  const [first, second] = options;
  const other = value === first[0] ? second : first;
  const latest = useRef(() => onChange(other[0]));
  useLayoutEffect(() => {
    latest.current = () => onChange(other[0]);
  });
  const [, name] = other;
  const commands = useMemo((): Command[] => [{ id: "view.switch", title: `Show ${name.toLowerCase()}`, group: "Go to", shortcut: "M", run: () => latest.current() }], [name]);
  useCommands(commands);
  return (
    <span className={styles.switch}>
      <Segments label={label} options={options} value={value} onChange={onChange} />
      <KeysOf command="view.switch" />
    </span>
  );
}
