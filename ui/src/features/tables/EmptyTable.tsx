/** Nothing matches: which condition took the last rows away, and what would be there without it. */
import { EmptyState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import type { TableFilter } from "../../contract/contract";
import { useSources } from "../../data/queries";
import { useHindrances } from "../../data/tables";
import { useUi } from "../../data/ui";
import { formatCount, plural } from "../../lib/format";

interface EmptyTableProps {
  readonly noun: string;
  readonly filter: TableFilter;
  /** Whether anything narrows the table. */
  readonly filtered: boolean;
  readonly hint: string | null;
  readonly onDrop: (clause: string) => void;
  readonly onShowAll: () => void;
}

const COUNTED = 1000;

export function EmptyTable({ noun, filter, filtered, hint, onDrop, onShowAll }: EmptyTableProps) {
  const open = useUi((state) => state.open);
  const unread = useSources().data?.find(({ id, runs, rejected }) => id === filter.source_id && runs === 0 && rejected > 0);
  const hindrances = useHindrances(filter, filtered && (filter.text ?? "").trim() !== "").data ?? [];
  if (!filtered) return <EmptyState title={`No ${noun}s`}>{hint}</EmptyState>;
  if (unread && (filter.text ?? "").trim() === "") {
    return (
      <EmptyState
        title={`${unread.label} could not be read`}
        action={
          <>
            <Button tone="primary" onClick={() => open({ name: "rejects", sources: [unread.id] })}>
              Show report
            </Button>
            <Button onClick={onShowAll}>Show all {noun}s</Button>
          </>
        }
      >
        {plural(unread.rejected, "record")} could not be read, and nothing else was in it.
      </EmptyState>
    );
  }
  const last = hindrances.find((one) => one.last);
  const helpful = hindrances.filter(({ without }) => without > 0);
  const counted = (count: number): string => `${formatCount(count)}${count >= COUNTED ? "+" : ""} ${count === 1 ? noun : `${noun}s`}`;
  return (
    <EmptyState
      title={`No ${noun} matches`}
      action={
        <>
          {helpful.map(({ text, without }) => (
            <Button key={text} onClick={() => onDrop(text)}>
              Drop {text}: {counted(without)}
            </Button>
          ))}
          <Button onClick={onShowAll}>Show all {noun}s</Button>
        </>
      }
    >
      {last ? (
        <>
          <code>{last.text}</code> took the last ones away.
        </>
      ) : (
        "Nothing in the library has all of what the filter asks for."
      )}
    </EmptyState>
  );
}
