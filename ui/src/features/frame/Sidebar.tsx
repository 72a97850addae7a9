import { Link, useLocation } from "@tanstack/react-router";
import { clsx } from "clsx";
import type { ReactNode } from "react";
import { runCommand } from "../../commands/registry";
import { KeysOf } from "../../components/ui/Keys";
import { useInfo, useProjects, useSources } from "../../data/queries";
import { useDatasetCount } from "../../data/datasets";
import { useQueues } from "../../data/review";
import { useViews } from "../../data/tables";
import { useUi } from "../../data/ui";
import { formatCount } from "../../lib/format";
import { SHOWN_PLACES, shownProjects, shownSources } from "../../lib/places";
import { readTableSearch } from "../../routes/search";
import { SourceItem } from "../sources/SourceItem";
import { useOpenView } from "../tables/ViewsMenu";
import styles from "./frame.module.css";

/** Which place is current, read from the address so that it is right after back and forward. */
function usePlace() {
  const { pathname, search } = useLocation();
  const { project, source, thread, saved } = readTableSearch(search);
  return {
    datasets: pathname.startsWith("/datasets"),
    notes: pathname === "/notes",
    queues: pathname === "/queues",
    queue: /^\/queues\/([^/]+)/.exec(pathname)?.[1] ?? null,
    traces: pathname === "/", threads: pathname === "/threads" || (pathname === "/" && thread !== undefined), project,
    source,
    saved,
    runs: pathname === "/runs",
    texts: pathname === "/search",
    cost: pathname === "/cost",
    senders: pathname === "/senders",
  };
}

/** More of them are in their list. */
const SHOWN_QUEUES = 8;

export function Sidebar() {
  const info = useInfo().data;
  const projects = useProjects().data;
  const sources = useSources().data;
  const queues = useQueues().data;
  const pinned = useViews().data?.filter((view) => view.pinned) ?? [];
  const openView = useOpenView();
  const open = useUi((state) => state.open);
  const datasets = useDatasetCount().data;
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
        <Place>
          <Link to="/runs" search={project} className={styles.link} data-current={mark(place.runs)}>
            <Label text="Runs" count={info?.runs} />
          </Link>
        </Place>
        <Place>
          <Link to="/search" search={project} className={styles.link} data-current={mark(place.texts)}>
            <span className={styles.label}>Search</span>
          </Link>
        </Place>
        <Place>
          <Link to="/cost" search={project} className={styles.link} data-current={mark(place.cost)}>
            <span className={styles.label}>Cost</span>
          </Link>
        </Place>
        <Place>
          <Link to="/queues" className={styles.link} data-current={mark(place.queues)}>
            <Label text="Queues" count={queues?.length} />
          </Link>
        </Place>
        <Place>
          <Link to="/datasets" className={styles.link} data-current={mark(place.datasets)}>
            <Label text="Datasets" count={datasets} />
          </Link>
        </Place>
        <Place>
          <Link to="/notes" className={styles.link} data-current={mark(place.notes)}>
            <span className={styles.label}>Notes</span>
          </Link>
        </Place>
        <Place>
          <Link to="/senders" className={styles.link} data-current={mark(place.senders)}>
            <Label text="Senders" count={undefined} />
          </Link>
        </Place>
      </ul>
      {pinned.length > 0 ? (
        <>
          <h2 className={styles.heading}>Views</h2>
          <ul>
            {pinned.map((view) => (
              <Place key={view.id}>
                <button type="button" className={styles.link} data-current={mark(place.saved === view.id)} title={view.name} onClick={() => openView(view)}>
                  <span className={styles.label}>{view.name}</span>
                </button>
              </Place>
            ))}
          </ul>
        </>
      ) : null}
      {queues && queues.length > 0 ? (
        <>
          <h2 className={styles.heading}>Queues</h2>
          <ul>
            {queues.slice(0, SHOWN_QUEUES).map(({ id, name, counts }) => (
              <Place key={id}>
                <Link to="/queues/$queueId" params={{ queueId: id }} className={styles.link} data-current={mark(place.queue === id)} title={name}>
                  <span className={styles.label}>{name}</span>
                  <span className={styles.count} title="Decided by you, in all">
                    {formatCount(counts.total - counts.to_review)} / {formatCount(counts.total)}
                  </span>
                </Link>
              </Place>
            ))}
          </ul>
        </>
      ) : null}
      <h2 className={styles.heading}>Projects</h2>
      <ul>
        {shownProjects(projects ?? [], place.project).map(({ name, traces }) => (
          <Place key={name}>
            <Link
              to={place.cost ? "/cost" : place.runs ? "/runs" : place.texts ? "/search" : place.threads ? "/threads" : "/"}
              search={place.project === name ? {} : { project: name }}
              className={styles.link}
              data-current={mark(place.project === name)}
              title={name}
            >
              <Label text={name} count={traces} />
            </Link>
          </Place>
        ))}
        <More what="projects" all={projects?.length ?? 0} />
      </ul>
      {projects?.length === 0 ? <p className={styles.none}>None yet</p> : null}
      <div className={styles.headingLine}>
        <h2 className={styles.heading}>Sources</h2>
        <button type="button" className={styles.link} data-command="file.open" title="Open trace files" onClick={() => runCommand("file.open")}>
          Open…
          <KeysOf command="file.open" />
        </button>
      </div>
      <ul>
        {sources
          ? shownSources(sources, place.source).map((source) => (
              <li key={source.id}>
                <SourceItem source={source} current={place.source === source.id} />
              </li>
            ))
          : null}
        <More what="sources" all={sources?.length ?? 0} />
      </ul>
      {sources?.length === 0 ? <p className={styles.none}>None yet</p> : null}
      <div className={styles.foot}>
        <button type="button" className={styles.link} onClick={() => open({ name: "settings" })}>
          Settings
          <KeysOf command="app.settings" />
        </button>
        <button type="button" className={styles.link} onClick={() => open({ name: "shortcuts" })}>
          Keys
          <KeysOf command="help.shortcuts" />
        </button>
      </div>
    </nav>
  );
}

/** Opens the list of all of them. */
function More({ what, all }: { readonly what: "sources" | "projects"; readonly all: number }) {
  const open = useUi((state) => state.open);
  return all > SHOWN_PLACES ? (
    <Place>
      <button type="button" className={clsx(styles.link, styles.quiet)} onClick={() => open({ name: "places", what })}>
        All {formatCount(all)} {what}…
      </button>
    </Place>
  ) : null;
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
