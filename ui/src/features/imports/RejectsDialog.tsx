import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { EmptyState, ErrorState } from "../../components/States";
import { Dialog } from "../../components/ui/Dialog";
import { Segments } from "../../components/ui/Segments";
import type { RejectRow, Severity } from "../../contract/contract";
import { useRejects, useSources } from "../../data/queries";
import { formatCount } from "../../lib/format";
import styles from "./imports.module.css";

interface RejectsProps {
  /** Of these sources; of all when none is named. */
  readonly sources: readonly number[];
  readonly onClose: () => void;
}

/**
 * Every record that could not be read or was read with a change, where it stands and why. An excerpt is to be
 * recognised: its line breaks are not kept.
 */
export function RejectsDialog({ sources, onClose }: RejectsProps) {
  const [chosen, setChosen] = useState<Severity | null>(null);
  const rejected = useRejects(sources, "rejected");
  const counts = rejected.data?.pages[0];
  // What was lost comes first; where nothing was, the warnings are what there is to say.
  const severity = chosen ?? (counts?.rejected === 0 && counts.warnings > 0 ? "warning" : "rejected");
  const warnings = useRejects(sources, "warning", severity === "warning");
  const report = severity === "warning" ? warnings : rejected;
  const rows = report.data?.pages.flatMap((page) => page.rows) ?? [];
  const total = report.data?.pages[0]?.total ?? 0;
  return (
    <Dialog title="Report of what was read" onClose={onClose} wide>
      {counts ? (
        <div className={styles.kinds}>
          <Segments
            label="Kind of report"
            value={severity}
            onChange={setChosen}
            options={[
              ["rejected", `Not read (${formatCount(counts.rejected)})`],
              ["warning", `Read with a warning (${formatCount(counts.warnings)})`],
            ]}
          />
        </div>
      ) : null}
      {report.error ? <ErrorState title="The report could not be read" error={report.error} onRetry={() => void report.refetch()} /> : null}
      {report.data && total === 0 ? <EmptyState title={severity === "warning" ? "No warnings" : "Everything was read"} /> : null}
      {rows.length > 0 ? (
        <RejectList
          key={severity}
          rows={rows}
          label={severity === "warning" ? "Read with a warning" : "Not read"}
          total={total}
          more={report.hasNextPage}
          loading={report.isFetchingNextPage}
          onMore={() => void report.fetchNextPage()}
        />
      ) : null}
    </Dialog>
  );
}

interface RejectListProps {
  readonly rows: readonly RejectRow[];
  readonly label: string;
  /** Those included that are only counted. */
  readonly total: number;
  readonly more: boolean;
  readonly loading: boolean;
  readonly onMore: () => void;
}

/** Height of a line before it is measured. */
const GUESS = 76;
/** Lines before the end of what is loaded at which more are asked for. */
const AHEAD = 30;

function RejectList({ rows, label, total, more, loading, onMore }: RejectListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const known = useSources().data;
  // Files of one name in several folders are told apart by their paths.
  const paths = useMemo(() => new Map(known?.map(({ id, path }) => [id, path])), [known]);
  const virtualizer = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => GUESS, overscan: 6 });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const wanted = more && !loading && last + AHEAD >= rows.length;
  useEffect(() => {
    if (wanted) onMore();
  }, [wanted, onMore]);
  return (
    <>
      {/* Scrolls by keyboard when it has the focus. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={scroller} className={styles.report} style={{ height: `min(60vh, 560px, ${virtualizer.getTotalSize()}px)` }} tabIndex={0} role="region" aria-label={label}>
        <ol style={{ height: virtualizer.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            return row ? (
              <li key={index} ref={virtualizer.measureElement} data-index={index} aria-setsize={more ? -1 : rows.length} aria-posinset={index + 1} className={styles.reject} style={{ transform: `translateY(${start}px)` }}>
                <Reject row={row} path={paths.get(row.source_id) ?? null} />
              </li>
            ) : null;
          })}
        </ol>
      </div>
      <p className={styles.reported} role="status">
        {more ? `${formatCount(rows.length)} of ${formatCount(total)} read so far` : rows.length < total ? `${formatCount(total - rows.length)} more were only counted` : total === 1 ? "1 record" : `All ${formatCount(total)} listed`}
      </p>
    </>
  );
}

function Reject({ row, path }: { readonly row: RejectRow; readonly path: string | null }) {
  return (
    <>
      <p>{row.message}</p>
      <p className={styles.where}>
        <span>{path ?? row.source}</span>
        {row.line === null ? null : <span>line {formatCount(row.line)}</span>}
        {row.line === null && row.offset !== null ? <span>byte {formatCount(row.offset)}</span> : null}
        {row.path ? <code>{row.path}</code> : null}
        <code>{row.code}</code>
      </p>
      {row.excerpt ? <pre className={styles.excerpt}>{row.excerpt.replace(/\s+/g, " ")}</pre> : null}
    </>
  );
}
