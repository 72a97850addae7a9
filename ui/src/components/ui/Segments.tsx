import { KeysOf } from "./Keys";
import styles from "./ui.module.css";

interface SegmentsProps<Value extends string> {
  /** Said by assistive technology: what is chosen here. */
  readonly label: string;
  readonly options: readonly (readonly [Value, string])[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  /** The command that chooses each; its key is printed behind the name. */
  readonly commandOf?: ((value: Value) => string) | undefined;
}

/** A choice among a few, all of them in sight. */
export function Segments<Value extends string>({ label, options, value, onChange, commandOf }: SegmentsProps<Value>) {
  return (
    <span className={styles.segments} role="group" aria-label={label}>
      {options.map(([option, name]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => onChange(option)}>
          {name}
          {commandOf ? <KeysOf command={commandOf(option)} /> : null}
        </button>
      ))}
    </span>
  );
}
