/** Which columns a table shows, in which order, and how dense its rows are. */
import { ChevronDown, ChevronUp } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { Button, IconButton } from "../../components/ui/Button";
import { Segments } from "../../components/ui/Segments";
import ui from "../../components/ui/ui.module.css";
import type { TableFilter, TableScope } from "../../contract/contract";
import { useTableFacets } from "../../data/tables";
import { moveColumn } from "../../lib/columns";
import { columnOf, columnsOf, defaultArrangement } from "./columns";
import styles from "./tables.module.css";
import { useArrangements } from "./useArrangement";

interface ColumnsMenuProps {
  readonly scope: TableScope;
  readonly filter: TableFilter;
}

export function ColumnsMenu({ scope, filter }: ColumnsMenuProps) {
  const [isOpen, setOpen] = useState(false);
  const { of, arrange } = useArrangements();
  const { shown, density } = of[scope];
  const facets = useTableFacets(filter, isOpen).data ?? [];
  const [key, setKey] = useState("");
  const known = [
    ...columnsOf(scope).map(({ id }) => id),
    ...(facets.find(({ field }) => field === "feedback")?.values.map(({ value }) => `feedback.${value}`) ?? []),
    ...(scope === "threads" ? [] : facets.filter(({ field }) => field.startsWith("metadata.")).map(({ field }) => field)),
  ];
  const others = [...new Set(known)].filter((id) => !shown.includes(id));
  const typed = key.trim();
  const typedIsColumn = typed !== "" && columnOf(scope, typed) !== null && !shown.includes(typed);
  const show = (id: string): void => arrange(scope, { shown: [...shown, id] });
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button className={styles.menuButton}>Columns</Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={styles.popover} align="end" sideOffset={4} collisionPadding={8} role="dialog" aria-label="Columns">
          <div className={styles.density}>
            <Segments
              label="Density"
              options={[
                ["compact", "Compact"],
                ["roomy", "Two lines"],
              ]}
              value={density}
              onChange={(next) => arrange(scope, { density: next })}
            />
            <Button onClick={() => arrange(scope, defaultArrangement(scope))}>Reset</Button>
          </div>
          <ul className={styles.columnList} aria-label="Columns in sight">
            {shown.map((id, index) => {
              const name = nameOf(scope, id);
              return (
                <li key={id}>
                  <label className={styles.columnItem}>
                    <input type="checkbox" checked disabled={shown.length === 1} onChange={() => arrange(scope, { shown: shown.filter((other) => other !== id) })} />
                    <span title={id}>{name}</span>
                  </label>
                  <IconButton label={`Move ${name} up`} disabled={index === 0} onClick={() => arrange(scope, { shown: moveColumn(shown, id, -1) })}>
                    <ChevronUp size={12} />
                  </IconButton>
                  <IconButton label={`Move ${name} down`} disabled={index === shown.length - 1} onClick={() => arrange(scope, { shown: moveColumn(shown, id, 1) })}>
                    <ChevronDown size={12} />
                  </IconButton>
                </li>
              );
            })}
          </ul>
          <ul className={styles.columnList} aria-label="More columns">
            {others.map((id) => (
              <li key={id}>
                <label className={styles.columnItem}>
                  <input type="checkbox" checked={false} onChange={() => show(id)} />
                  <span title={id}>{nameOf(scope, id)}</span>
                </label>
              </li>
            ))}
          </ul>
          <form
            className={styles.days}
            onSubmit={(event) => {
              event.preventDefault();
              if (!typedIsColumn) return;
              show(typed);
              setKey("");
            }}
          >
            <input className={ui.field} type="text" aria-label="Column of a key" placeholder={scope === "threads" ? "feedback.KEY" : "metadata.KEY, feedback.KEY, inputs.PATH"} value={key} onChange={(event) => setKey(event.target.value)} />
            <Button type="submit" disabled={!typedIsColumn}>
              Add
            </Button>
          </form>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function nameOf(scope: TableScope, id: string): string {
  return id.includes(".") ? id : (columnOf(scope, id)?.label ?? id);
}
