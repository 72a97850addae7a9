/** A cost split in its classes, as a bar and on hover in figures. */
import type { ClassCost } from "../../contract/contract";
import { CLASSES, className, dollars, sides } from "../../lib/cost";
import { formatCost } from "../../lib/format";
import { colourOf } from "./Trend";
import styles from "./cost.module.css";

export function ClassBar({ byClass, share }: { readonly byClass: readonly ClassCost[]; readonly share: number }) {
  const total = byClass.reduce((sum, { cost }) => sum + Math.max(dollars(cost), 0), 0);
  if (total <= 0) return <span className={styles.classBar} />;
  return (
    <span className={styles.classBar}>
      <span style={{ width: `${Math.max(share * 100, 1)}%` }}>
        {byClass.map(({ class: name, cost }) => (
          <i key={name} style={{ width: `${(Math.max(dollars(cost), 0) / total) * 100}%`, background: `var(${colourOf(CLASSES.findIndex(([known]) => known === name))})` }} />
        ))}
      </span>
    </span>
  );
}

/** Input, output and other, each with its classes. */
export function breakdown(byClass: readonly ClassCost[]): string {
  const { input, output, other } = sides(byClass);
  const lines = [`Input ${formatCost(String(input))} · output ${formatCost(String(output))} · other ${formatCost(String(other))}`];
  for (const { class: name, cost } of byClass) lines.push(`${className(name)}: $${cost}`);
  return lines.join("\n");
}
