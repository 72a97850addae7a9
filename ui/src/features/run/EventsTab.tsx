import { useMemo } from "react";
import type { RunEvent } from "../../contract/contract";
import { formatDuration, isoTime } from "../../lib/format";
import { parseJson } from "../../lib/json";
import { LocalJson } from "../json/JsonView";
import styles from "./run.module.css";

export function EventsTab({ events }: { readonly events: readonly RunEvent[] }) {
  if (events.length === 0) return <p className={styles.none}>No events were recorded.</p>;
  return events.map((event, index) => (
    // Events have no identity but their order.
    // oxlint-disable-next-line react/no-array-index-key
    <EventCard key={index} name={event.name} time={event.time} offset={event.offset} attributes={event.attributes} />
  ));
}

function EventCard({ name, time, offset, attributes }: RunEvent) {
  const value = useMemo(() => parseJson(attributes), [attributes]);
  const empty = value?.kind === "object" && value.entries.length === 0;
  return (
    <article className={styles.card}>
      <header className={styles.cardHead}>
        <b>{name}</b>
        <span className={styles.position} title={isoTime(time)}>
          {offset === null ? "" : `+${formatDuration(offset)}`}
        </span>
      </header>
      {empty ? null : <div className={styles.cardBody}>{value ? <LocalJson value={value} label={name} /> : <pre>{attributes}</pre>}</div>}
    </article>
  );
}
