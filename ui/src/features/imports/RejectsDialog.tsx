import { EmptyState, ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import type { RejectRow } from "../../contract/contract";
import { useRejects } from "../../data/queries";
import { formatCount, plural } from "../../lib/format";
import styles from "./imports.module.css";

interface RejectsProps {
  readonly sourceId: number | null;
  readonly onClose: () => void;
}

/** Every record that could not be read, where it stands and why. An excerpt is to be recognised: its line breaks are not kept. */
export function RejectsDialog({ sourceId, onClose }: RejectsProps) {
  const rejects = useRejects(sourceId);
  const rows = rejects.data?.pages.flatMap((page) => page.rows) ?? [];
  const total = rejects.data?.pages[0]?.total ?? 0;
  return (
    <Dialog title={rejects.data ? `What was not read: ${plural(total, "record")}` : "What was not read"} onClose={onClose} wide>
      {rejects.error ? <ErrorState title="The report could not be read" error={rejects.error} onRetry={() => void rejects.refetch()} /> : null}
      {rejects.data && total === 0 ? <EmptyState title="Everything was read" /> : null}
      <ol>
        {rows.map((row) => (
          <Reject key={`${row.source_id}-${row.line ?? ""}-${row.offset ?? ""}-${row.path ?? ""}-${row.code}`} row={row} />
        ))}
      </ol>
      {rejects.hasNextPage ? (
        <Button className={styles.more} disabled={rejects.isFetchingNextPage} onClick={() => void rejects.fetchNextPage()}>
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
