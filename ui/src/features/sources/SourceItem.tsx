import { Link } from "@tanstack/react-router";
import { EllipsisVertical } from "lucide-react";
import { clsx } from "clsx";
import { MiddleCut } from "../../components/MiddleCut";
import { IconButton } from "../../components/ui/Button";
import { Menu, MenuItem, MenuLine } from "../../components/ui/Menu";
import type { Source, SourceKind } from "../../contract/contract";
import { useSetWatching } from "../../data/queries";
import { useUi } from "../../data/ui";
import { formatBytes, plural } from "../../lib/format";
import styles from "../frame/frame.module.css";

interface SourceItemProps {
  readonly source: Source;
  readonly current: boolean;
  /** After the link to its traces was followed. */
  readonly onFollow?: () => void;
}

export function SourceItem({ source, current, onFollow }: SourceItemProps) {
  const { id, kind, label, path, watching, bytes, rejected, warnings } = source;
  const open = useUi((state) => state.open);
  const watch = useSetWatching();
  const unread = source.runs === 0 && rejected > 0;
  const note = unread ? "not read" : sourceNote(kind, watching, bytes);
  const followable = kind === "file" || kind === "folder";
  return (
    <div className={styles.item}>
      <Link to="/" onClick={onFollow} search={current ? {} : { source: id }} className={styles.link} data-current={current || undefined} aria-label={note === "" ? label : `${label}, ${note}`} title={path ?? label}>
        <MiddleCut text={label} />
        <span className={styles.count} data-bad={unread || undefined}>{note}</span>
      </Link>
      <Menu
        trigger={
          <IconButton label={`Actions for ${label}`} className={clsx(styles.more)}>
            <EllipsisVertical size={13} />
          </IconButton>
        }
      >
        {followable ? (
          <MenuItem onSelect={() => watch.mutate({ id, watching: !watching })}>{watching ? "Stop watching" : "Watch for changes"}</MenuItem>
        ) : null}
        <MenuItem disabled={rejected + warnings === 0} onSelect={() => open({ name: "rejects", sources: [id] })}>
          {reportNote(rejected, warnings)}
        </MenuItem>
        <MenuLine />
        <MenuItem onSelect={() => open({ name: "remove-source", sourceId: id })}>Remove…</MenuItem>
      </Menu>
    </div>
  );
}

function reportNote(rejected: number, warnings: number): string {
  if (rejected > 0) return `What was not read: ${plural(rejected, "record")}`;
  return warnings > 0 ? `Everything was read, with ${plural(warnings, "warning")}` : "Everything was read";
}

function sourceNote(kind: SourceKind, watching: boolean, bytes: number | null): string {
  if (watching) return "watching";
  if (kind === "endpoint") return "live";
  return bytes === null ? "" : formatBytes(bytes);
}
