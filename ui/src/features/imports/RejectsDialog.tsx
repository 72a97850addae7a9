import { useState } from "react";
import { EmptyState, ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Segments } from "../../components/ui/Segments";
import type { RejectRow, Severity } from "../../contract/contract";
import { useRejects } from "../../data/queries";
import { formatCount } from "../../lib/format";
import styles from "./imports.module.css";

interface RejectsProps {
  readonly sourceId: number | null;
  readonly onClose: () => void;
}

/**
 * Every record that could not be read or was read with a change, where it stands and why. An excerpt is to be
 * recognised: its line breaks are not kept.
 */
export function RejectsDialog({ sourceId, onClose }: RejectsProps) {
  const [chosen, setChosen] = useState<Severity | null>(null);
  const rejected = useRejects(sourceId, "rejected");
  const counts = rejected.data?.pages[0];
  // What was lost comes first; where nothing was, the warnings are what there is to say.
  const severity = chosen ?? (counts?.rejected === 0 && counts.warnings > 0 ? "warning" : "rejected");
  const warnings = useRejects(sourceId, "warning", severity === "warning");
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
      <ol aria-label={severity === "warning" ? "Read with a warning" : "Not read"}>
        {rows.map((row, index) => (
          <Reject key={`${severity}-${index}`} row={row} />
        ))}
      </ol>
      {report.hasNextPage ? (
        <Button className={styles.more} disabled={report.isFetchingNextPage} onClick={() => void report.fetchNextPage()}>
          Show more ({formatCount(total - rows.length)} left)
        </Button>
      ) : null}
    </Dialog>
  );
}

function Reject({ row }: { readonly row: RejectRow }) {
  return (
    <li className={styles.reject}>
      <p>{row.message}</p>
      <p className={styles.where}>
        <span>{row.source}</span>
        {row.line === null ? null : <span>line {formatCount(row.line)}</span>}
        {row.line === null && row.offset !== null ? <span>byte {formatCount(row.offset)}</span> : null}
        {row.path ? <code>{row.path}</code> : null}
        <code>{row.code}</code>
      </p>
      {row.excerpt ? <pre className={styles.excerpt}>{row.excerpt.replace(/\s+/g, " ")}</pre> : null}
    </li>
  );
}
