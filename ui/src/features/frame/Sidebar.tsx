import { Link, useLocation } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useInfo, useProjects, useSources } from "../../data/queries";
import { formatCount } from "../../lib/format";
import { readTracesSearch } from "../../routes/search";
import { SourceItem } from "../sources/SourceItem";
import styles from "./frame.module.css";

/** Which place is current, read from the address so that it is right after back and forward. */
function usePlace() {
  const { pathname, search } = useLocation();
  const { project, source, thread } = readTracesSearch(search);
  return { traces: pathname === "/", threads: pathname === "/threads" || (pathname === "/" && thread !== undefined), project, source };
}

export function Sidebar() {
  const info = useInfo().data;
  const projects = useProjects().data;
  const sources = useSources().data;
  const place = usePlace();
  const project = place.project ? { project: place.project } : {};
  return (
    <nav className={styles.side} aria-label="Places">
      <ul>
        <Place>
          <Link to="/" search={project} className={styles.link} data-current={mark(place.traces && !place.threads)}>
            <Label text="Traces" count={info?.traces} />
          </Link>
        </Place>
        <Place>
          <Link to="/threads" search={project} className={styles.link} data-current={mark(place.threads)}>
            <Label text="Threads" count={info?.threads} />
          </Link>
        </Place>
      </ul>
      <h2 className={styles.heading}>Projects</h2>
      <ul>
        {projects?.map(({ name, traces }) => (
          <Place key={name}>
            <Link
              to={place.threads ? "/threads" : "/"}
              search={place.project === name ? {} : { project: name }}
              className={styles.link}
              data-current={mark(place.project === name)}
              title={name}
            >
              <Label text={name} count={traces} />
            </Link>
          </Place>
        ))}
      </ul>
      {projects?.length === 0 ? <p className={styles.none}>None yet</p> : null}
      <h2 className={styles.heading}>Sources</h2>
      <ul>
        {sources?.map((source) => (
          <SourceItem
            key={source.id}
            id={source.id}
            kind={source.kind}
            label={source.label}
            path={source.path}
            watching={source.watching}
            bytes={source.bytes}
            rejected={source.rejected}
            warnings={source.warnings}
            current={place.source === source.id}
          />
        ))}
      </ul>
      {sources?.length === 0 ? <p className={styles.none}>None yet</p> : null}
    </nav>
  );
}

function Place({ children }: { readonly children: ReactNode }) {
  return <li className={styles.item}>{children}</li>;
}

function Label({ text, count }: { readonly text: string; readonly count: number | undefined }) {
  return (
    <>
      <span className={styles.label}>{text}</span>
      <span className={styles.count}>{count === undefined ? "" : formatCount(count)}</span>
    </>
  );
}

function mark(current: boolean): true | undefined {
  return current || undefined;
}
