import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { clsx } from "clsx";
import { useRef, useState } from "react";
import type { ReactNode } from "react";
import { Dialog } from "../../components/ui/Dialog";
import fieldStyles from "../../components/ui/ui.module.css";
import type { Project, Source } from "../../contract/contract";
import { useProjects, useSources } from "../../data/queries";
import { formatCount } from "../../lib/format";
import { matchingProjects, matchingSources } from "../../lib/places";
import frameStyles from "../frame/frame.module.css";
import { SourceItem } from "./SourceItem";
import styles from "./places.module.css";

interface PlacesDialogProps {
  readonly what: "sources" | "projects";
  readonly onClose: () => void;
}

/** All of them, for more than the sidebar shows. */
export function PlacesDialog({ what, onClose }: PlacesDialogProps) {
  const sources = useSources().data ?? [];
  const projects = useProjects().data ?? [];
  const [text, setText] = useState("");
  if (what === "sources") {
    return (
      <PlaceList<Source>
        title="Sources"
        all={sources.length}
        found={matchingSources(sources, text)}
        text={text}
        onText={setText}
        onClose={onClose}
        renderItem={(source) => <SourceItem source={source} current={false} onFollow={onClose} />}
      />
    );
  }
  return (
    <PlaceList<Project>
      title="Projects"
      all={projects.length}
      found={matchingProjects(projects, text)}
      text={text}
      onText={setText}
      onClose={onClose}
      renderItem={({ name, traces }) => (
        <div className={frameStyles.item}>
          <Link to="/" search={{ project: name }} className={frameStyles.link} title={name} onClick={onClose}>
            <span className={frameStyles.label}>{name}</span>
            <span className={frameStyles.count}>{formatCount(traces)}</span>
          </Link>
        </div>
      )}
    />
  );
}

interface PlaceListProps<T> {
  readonly title: string;
  readonly all: number;
  readonly found: readonly T[];
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onClose: () => void;
  readonly renderItem: (place: T) => ReactNode;
}

/** Height of a line in pixels. */
const LINE = 26;

function PlaceList<T>({ title, all, found, text, onText, onClose, renderItem }: PlaceListProps<T>) {
  return (
    <Dialog title={title} onClose={onClose}>
      <input
        className={clsx(fieldStyles.field, styles.filter)}
        type="search"
        placeholder={`Filter ${title.toLowerCase()}`}
        aria-label={`Filter ${title.toLowerCase()}`}
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
      <Rows found={found} renderItem={renderItem} />
      <p className={styles.found} role="status">
        {found.length === all ? `All ${formatCount(all)}` : `${formatCount(found.length)} of ${formatCount(all)}`}
      </p>
    </Dialog>
  );
}

/** A component of its own, so that the element that scrolls is there when the rows are first counted. */
function Rows<T>({ found, renderItem }: Pick<PlaceListProps<T>, "found" | "renderItem">) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({ count: found.length, getScrollElement: () => scroller.current, estimateSize: () => LINE, overscan: 10 });
  return (
    <div ref={scroller} className={styles.list}>
      <ul style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const place = found[index];
          return place === undefined ? null : (
            <li key={index} aria-setsize={found.length} aria-posinset={index + 1} style={{ transform: `translateY(${start}px)` }}>
              {renderItem(place)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
