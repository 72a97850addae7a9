import { clsx } from "clsx";
import { useCallback, type MouseEvent } from "react";
import type { CostGroup } from "../../contract/contract";
import rowStyles from "../../components/ui/rows.module.css";
import tableStyles from "../../components/table/table.module.css";
import { useVirtualGrid, type VisibleRange } from "../../components/table/useVirtualGrid";
import { costOfSums, dollars, groupName, shareOf } from "../../lib/cost";
import { DASH, formatCostInColumn, formatCount, formatPercent } from "../../lib/format";
import { ClassBar } from "./ClassBar";
import styles from "./cost.module.css";

interface GroupTableProps {
  readonly by: string;
  readonly label: string;
  /** The dearest groups, as far as they were asked for. */
  readonly groups: readonly CostGroup[];
  /** How many there are. */
  readonly count: number;
  readonly total: string | null;
  readonly selected: string | null | undefined;
  readonly onSelect: (value: string | null) => void;
  /** More groups are in sight than are there: so many are needed. */
  readonly onMore: (needed: number) => void;
}

const COLUMNS = ["Share", "Cost", "A trace", "Input", "Cached", "Output", "Runs", "Traces"] as const;

/** Groups, the dearest first; opening one shows its traces. */
export function GroupTable({ by, label, groups, count, total, selected, onSelect, onMore }: GroupTableProps) {
  const whole = dollars(total);
  const open = (index: number): void => {
    const group = groups[index];
    if (group) onSelect(group.value);
  };
  const known = groups.length;
  const onRange = useCallback(
    ({ last }: VisibleRange): void => {
      if (known < count && last >= known - 1) onMore(last + 1);
    },
    [known, count, onMore],
  );
  const { scroller, grid, virtualizer, active, moveTo, onKeyDown, margin } = useVirtualGrid({ list: `cost ${by}`, total: count, onRange, onOpen: open });
  const onClick = (event: MouseEvent): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    if (!row) return;
    moveTo(Number(row.dataset.row));
    open(Number(row.dataset.row));
  };
  return (
    <div ref={scroller} className={clsx(rowStyles.scroller, styles.groups)}>
      <div ref={grid} className={clsx(rowStyles.list, styles.groupGrid)} role="grid" tabIndex={0} aria-label={`Cost by ${label}`} aria-rowcount={count + 1} aria-colcount={COLUMNS.length + 1} aria-activedescendant={groups.length > 0 ? `cost-${active}` : undefined} onKeyDown={onKeyDown} onClick={onClick}>
        <div role="row" aria-rowindex={1} className={clsx(rowStyles.head, tableStyles.columns, styles.columns)}>
          <span role="columnheader" aria-colindex={1}>
            {label}
          </span>
          {COLUMNS.map((name, index) => (
            <span key={name} role="columnheader" aria-colindex={index + 2} className={index === 0 ? undefined : tableStyles.right}>
              {name}
            </span>
          ))}
        </div>
        <div className={rowStyles.list} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const group = groups[index];
            if (!group) return <div key={index} role="row" aria-rowindex={index + 2} aria-busy className={rowStyles.row} style={{ transform: `translateY(${start - margin}px)` }} />;
            const { value, sums } = group;
            const share = whole > 0 ? dollars(sums.cost) / whole : 0;
            return (
              <div key={index} role="row" id={`cost-${index}`} data-row={index} aria-rowindex={index + 2} aria-selected={index === active} data-open={selected === value || undefined} className={clsx(rowStyles.row, tableStyles.columns, styles.columns)} style={{ transform: `translateY(${start - margin}px)` }}>
                <span role="gridcell" aria-colindex={1} className={value === null ? rowStyles.unknown : undefined} title={groupName(value, by)}>
                  {groupName(value, by)}
                </span>
                <span role="gridcell" aria-colindex={2} className={styles.share}>
                  <ClassBar byClass={sums.by_class} share={share} />
                  <span className="num">{sums.cost === null ? DASH : formatPercent(share)}</span>
                </span>
                <Figure place={3} text={sums.cost === null && sums.unpriced_runs > 0 ? "unknown" : formatCostInColumn(sums.cost, sums.unpriced_runs)} costOf={costOfSums(sums)} warn={sums.unpriced_runs > 0} />
                <Figure place={4} text={sums.cost === null || sums.traces === 0 ? DASH : formatCostInColumn(shareOf(sums.cost, sums.traces), sums.unpriced_runs)} />
                <Figure place={5} text={formatCount(sums.usage.input)} />
                <Figure place={6} text={formatCount(sums.usage.cache_read)} />
                <Figure place={7} text={formatCount(sums.usage.output)} />
                <Figure place={8} text={formatCount(sums.runs)} />
                <Figure place={9} text={sums.traces === 0 && sums.runs > 0 ? DASH : formatCount(sums.traces)} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Figure({ place, text, costOf, warn = false }: { readonly place: number; readonly text: string; readonly costOf?: string; readonly warn?: boolean }) {
  return (
    <span role="gridcell" aria-colindex={place} className={clsx("num", text === DASH && rowStyles.unknown, warn && rowStyles.warned)} data-cost={costOf} title={text}>
      {text}
    </span>
  );
}
