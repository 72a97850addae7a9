import { X } from "lucide-react";
import { useMemo } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { CopyButton } from "../../components/CopyButton";
import { IconButton } from "../../components/ui/Button";
import type { SeenRequest } from "../../contract/contract";
import { useRequestBody } from "../../data/senders";
import { formatBytes, formatCount, formatDuration, formatTime } from "../../lib/format";
import { indentJson } from "../../lib/senders";
import { FATES } from "./RequestList";
import { TRANSPORTS } from "./SenderList";
import styles from "./senders.module.css";

interface RequestDetailProps {
  readonly request: SeenRequest;
  readonly onClose: () => void;
}

/** One request: what it was, what the sender was told, and its body while that is kept. */
export function RequestDetail({ request, onClose }: RequestDetailProps) {
  const commands = useMemo((): Command[] => [{ id: "senders.close", title: "Close the request", group: "Senders", shortcut: "Escape", run: onClose }], [onClose]);
  useCommands(commands);
  const { transport, path, user_agent, services, packing, sent_bytes, bytes, taken, rejected, only_counted, fate, message, duration, time } = request;
  const facts: readonly (readonly [string, string])[] = [
    ["Outcome", `${FATES[fate]}: ${formatCount(taken)} taken, ${formatCount(rejected)} refused${only_counted > 0 ? `, ${formatCount(only_counted)} only counted` : ""}`],
    ["Sent to", `${path} (${TRANSPORTS[transport]})`],
    ["Program", user_agent ?? "not said"],
    ["Services", services.length > 0 ? services.join(", ") : "none named"],
    ["Size", `${formatBytes(bytes ?? sent_bytes)}${packing === null ? "" : `, sent as ${packing}${sent_bytes === null ? "" : ` in ${formatBytes(sent_bytes)}`}`}`],
    ["Answered", `${formatTime(time)}, after ${formatDuration(duration)}`],
  ];
  return (
    <section className={styles.detail} aria-label="Request">
      <div className={styles.detailBar}>
        <h2 className={styles.guideName}>Request {formatCount(request.number)}</h2>
        <IconButton label="Close the request" onClick={onClose}>
          <X size={14} />
        </IconButton>
      </div>
      {message === null ? null : <p className={fate === "taken" ? styles.note : styles.problem}>{message}</p>}
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {request.has_body ? <Body number={request.number} /> : <p className={styles.note}>The body is not kept: it was empty, larger than 1 MB, could not be unpacked, or newer ones took its place.</p>}
    </section>
  );
}

function Body({ number }: { readonly number: number }) {
  const body = useRequestBody(number);
  const text = useMemo(() => (body.data && /^\s*[[{]/.test(body.data.text) ? indentJson(body.data.text) : (body.data?.text ?? "")), [body.data]);
  if (body.error) return <p className={styles.note}>{body.error.message}</p>;
  if (!body.data) return <p className={styles.note}>Reading the body…</p>;
  return (
    <figure className={styles.snippet}>
      <figcaption>
        {body.data.note ?? "Body"}
        {body.data.is_cut ? ", cut" : ""}
        {text === "" ? null : <CopyButton label="Copy the body" text={() => body.data.text} />}
      </figcaption>
      {text === "" ? null : (
        <pre aria-label="Body of the request">{text}</pre>
      )}
    </figure>
  );
}
