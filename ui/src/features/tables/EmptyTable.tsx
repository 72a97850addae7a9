/** Nothing matches: which condition took the last rows away, and what would be there without it. */
import { EmptyState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import type { TableFilter } from "../../contract/contract";
import { useHindrances } from "../../data/tables";
import { formatCount } from "../../lib/format";

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
  const hindrances = useHindrances(filter, filtered && (filter.text ?? "").trim() !== "").data ?? [];
  if (!filtered) return <EmptyState title={`No ${noun}s`}>{hint}</EmptyState>;
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
