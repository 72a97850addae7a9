/** One payload of a run: as messages where it is a conversation, as JSON in any case. */
import { Download } from "lucide-react";
import { useMemo, useState } from "react";
import { CopyButton } from "../../components/CopyButton";
import { Skeleton } from "../../components/States";
import { Segments } from "../../components/ui/Segments";
import type { PayloadInfo, PayloadPart } from "../../contract/contract";
import { useItemScope } from "../../data/item";
import { usePayloadText } from "../../data/queries";
import { formatBytes } from "../../lib/format";
import { parseJson, writeJson } from "../../lib/json";
import { messagesOf } from "../../lib/messages";
import { platform } from "../../platform";
import { JsonView } from "../json/JsonView";
import { Messages } from "../messages/Messages";
import { useFoundIn } from "./found";
import styles from "./run.module.css";

const FORMS = [
  ["formatted", "Formatted"],
  ["json", "JSON"],
] as const;

interface PayloadProps {
  readonly title: string;
  readonly traceId: string;
  readonly runId: string;
  readonly part: PayloadPart;
  readonly payload: PayloadInfo | null;
  /** Said when nothing was recorded. */
  readonly none: string;
}

export function Payload({ title, traceId, runId, part, payload, none }: PayloadProps) {
  const found = useFoundIn(part);
  const [asJson, setAsJson] = useState(found !== null);
  // Only the JSON holds everything that is found.
  if (found !== null && found.place !== undefined && !asJson) setAsJson(true);
  const { text: json, loading } = usePayloadText({ traceId, runId, part }, payload);
  const value = useMemo(() => (json === null ? null : parseJson(json)), [json]);
  const messages = useMemo(() => (value ? messagesOf(value) : null), [value]);
  // What is fetched by its address comes unmasked.
  const masked = useItemScope()?.masked ?? false;
  const url = platform().blobUrl(traceId, runId, part);
  return (
    <section className={styles.section}>
      <header className={styles.sectionHead}>
        <h3 className={styles.sectionName}>{title}</h3>
        {payload ? <span className={styles.size}>{formatBytes(payload.bytes)}</span> : null}
        {payload ? (
          <div className={styles.tools}>
            {messages ? (
              <Segments label={`Form of ${title.toLowerCase()}`} options={FORMS} value={asJson ? "json" : "formatted"} onChange={(form) => setAsJson(form === "json")} />
            ) : null}
            {masked ? null : <a className={styles.download} href={url} download={`${title.toLowerCase()}.json`} aria-label={`Save ${title.toLowerCase()}`} title={`Save ${title.toLowerCase()}`}>
              <Download size={13} />
            </a>}
            {masked && !value && json === null ? null : <CopyButton label={`Copy ${title.toLowerCase()}`} text={() => (value ? writeJson(value) : (json ?? fetchText(url)))} />}
          </div>
        ) : null}
      </header>
      {payload === null ? (
        <p className={styles.none}>{none}</p>
      ) : loading ? (
        <Skeleton width="60%" />
      ) : messages && !asJson ? (
        <Messages messages={messages} />
      ) : (
        <JsonView traceId={traceId} runId={runId} part={part} value={value} label={title} found={found} />
      )}
    </section>
  );
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error("The payload could not be read.");
  return response.text();
}
