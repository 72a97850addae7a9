/** Notes counted by category and by what their runs have in common, and whether reading more would tell anything new. */
import { Download } from "lucide-react";
import { ErrorState, Skeleton } from "../../components/States";
import { Button } from "../../components/ui/Button";
import rowStyles from "../../components/ui/rows.module.css";
import type { FirstOfCategory, NoteCount, NotePivotBy, PivotNotes } from "../../contract/contract";
import { useNotePivot } from "../../data/notes";
import { formatCount, plural } from "../../lib/format";
import { pivotCsv, pivotTable, sinceNew } from "../../lib/notes";
import { saveText } from "../../lib/save";
import styles from "./pivot.module.css";

export const PIVOTS: readonly (readonly [NotePivotBy, string])[] = [
  ["run_name", "run name"],
  ["model", "model"],
  ["prompt_version", "prompt version"],
  ["week", "week"],
];

interface PivotViewProps {
  readonly list: Omit<PivotNotes, "limit">;
  readonly categories: readonly NoteCount[];
  /** Lists the notes of a category. */
  readonly onCategory: (category: string | null) => void;
}

export function PivotView({ list, categories, onCategory }: PivotViewProps) {
  const { data, error, refetch } = useNotePivot(list);
  const by = PIVOTS.find(([name]) => name === list.by)?.[1] ?? list.by;
  if (error && !data) return <ErrorState title="The notes could not be counted" error={error} onRetry={() => void refetch()} />;
  if (!data) {
    return (
      <div className={styles.loading} aria-busy>
        {["70%", "55%", "62%", "40%"].map((width) => (
          <Skeleton key={width} width={width} />
        ))}
      </div>
    );
  }
  const { columns, others, rows, most } = pivotTable(data, categories);
  const shown = others === 0 ? columns : columns.toSpliced(columns.at(-1) === null ? -1 : columns.length, 0, OTHERS);
  const more = data.total - rows.length;
  return (
    <section className={styles.pivot} aria-label={`Notes by ${by}`}>
      <div className={styles.tools}>
        <span>
          {plural(data.total, "group")} by {by}
          {more > 0 ? `; the ${formatCount(rows.length)} with the most notes are shown` : ""}
        </span>
        <Button onClick={() => saveText(`notes-by-${by.replace(" ", "-")}.csv`, pivotCsv(data, by))}>
          <Download size={13} aria-hidden />
          Save as CSV
        </Button>
      </div>
      {/* A pane that scrolls can be reached by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Counts">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col" className={styles.name}>
                {by}
              </th>
              <th scope="col">All</th>
              {shown.map((column) => (
                <th key={column ?? ""} scope="col">
                  {column === OTHERS ? (
                    <span className={styles.plain}>{formatCount(others)} others</span>
                  ) : (
                    <button type="button" className={styles.head} title={`List the notes ${column === null ? "without a category" : `of ${column}`}`} onClick={() => onCategory(column)}>
                      {column ?? "Without"}
                    </button>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, cells, total }) => (
              <tr key={name ?? ""}>
                <th scope="row" className={styles.name} title={name ?? (list.by === "run_name" ? "Notes on threads, and on runs that are not in the library" : undefined)}>
                  {name ?? <span className={rowStyles.unknown}>{list.by === "run_name" ? "(threads)" : "unknown"}</span>}
                </th>
                <td>{formatCount(total)}</td>
                {cells.map((notes, index) => (
                  <td key={shown[index] ?? ""} className={styles.cell} style={{ "--share": `${notes === 0 ? 0 : 8 + (notes / most) * 42}%` } as React.CSSProperties}>
                    {notes === 0 ? "" : formatCount(notes)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Stands for the categories without a column; no category begins with a space. */
const OTHERS = " others";

/** So many notes without a new category are worth a hint (annotation-ux §18). */
const ENOUGH = 25;
const WIDTH = 96;
const HEIGHT = 20;

interface SaturationProps {
  readonly list: Omit<PivotNotes, "limit" | "by">;
  /** Notes with a category. */
  readonly coded: number;
}

/** How the number of categories grew with the notes that were read, and for how long it no longer did. */
export function Saturation({ list, coded }: SaturationProps) {
  const firsts = useNotePivot({ ...list, by: "week" }).data?.firsts ?? NONE;
  const since = sinceNew(firsts, coded);
  if (since === null || coded < 2) return null;
  const enough = since >= ENOUGH;
  return (
    <p className={styles.saturation}>
      <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${categoriesText(firsts.length)} in ${plural(coded, "note")}`}>
        <path className={styles.curve} d={curveOf(firsts, coded)} />
      </svg>
      <span>
        {since === 0 ? "The last note with a category needed a new one." : `No new category in the last ${plural(since, "note")} with a category.`}
        {enough ? " Reading more tells little new." : ""}
      </span>
    </p>
  );
}

export function categoriesText(count: number): string {
  return count === 1 ? "1 category" : `${formatCount(count)} categories`;
}

const NONE: readonly FirstOfCategory[] = [];

/** Steps up where a category came, flat where none did. */
function curveOf(firsts: readonly FirstOfCategory[], coded: number): string {
  const x = (place: number): number => Math.round((place / coded) * (WIDTH - 2) * 10) / 10 + 1;
  const y = (count: number): number => Math.round((HEIGHT - 2 - (count / firsts.length) * (HEIGHT - 4)) * 10) / 10;
  const steps = firsts.map(({ place }, index) => `H${x(place)}V${y(index + 1)}`);
  return `M1 ${y(0)}${steps.join("")}H${x(coded)}`;
}
