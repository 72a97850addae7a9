import { useState } from "react";
import { Button } from "../../components/ui/Button";
import type { Forward, ForwardProtocol, ForwardStatus } from "../../contract/contract";
import { Choice, Field } from "./Field";
import { ForwardingQueue } from "./ForwardingQueue";
import styles from "./settings.module.css";

const PROTOCOLS: readonly (readonly [ForwardProtocol, string])[] = [
  ["otlp", "OTLP over HTTP"],
  ["langsmith", "LangSmith"],
];
const NEW: Forward = { url: "", protocol: "otlp", key: null, project: null, paused: false };

interface ForwardingProps {
  readonly forward: Forward | null;
  readonly status: ForwardStatus | null;
  readonly error: Error | null;
  readonly onChange: (forward: Forward | null) => void;
}

/** Where traces are sent on to. Unlike the rest it is saved with a button, since a half-typed address must not be tried. */
export function Forwarding({ forward, status, error, onChange }: ForwardingProps) {
  const [draft, setDraft] = useState<Forward | null>(forward);
  const changed = draft !== null && JSON.stringify(draft) !== JSON.stringify(forward);
  return (
    <div className={styles.value}>
      <label className={styles.line}>
        <input
          type="checkbox"
          checked={draft !== null}
          onChange={(event) => {
            setDraft(event.target.checked ? NEW : null);
            if (!event.target.checked && forward) onChange(null);
          }}
        />
        Send what the endpoint receives on to another one
      </label>
      {draft ? (
        <form
          className={styles.fields}
          onSubmit={(event) => {
            event.preventDefault();
            onChange(draft);
          }}
        >
          <Field label="Address" value={draft.url} placeholder="https://api.example.com" code onChange={(url) => setDraft({ ...draft, url })} />
          <Choice label="Protocol" value={draft.protocol} options={PROTOCOLS} onChange={(protocol) => setDraft({ ...draft, protocol })} />
          <Field label="Key" value={draft.key ?? ""} secret onChange={(key) => setDraft({ ...draft, key: key === "" ? null : key })} />
          <Field
            label="Project"
            value={draft.project ?? ""}
            placeholder="As the traces say"
            onChange={(project) => setDraft({ ...draft, project: project === "" ? null : project })}
          />
          <div className={styles.line}>
            <Button type="submit" tone="primary" disabled={!changed}>
              {forward ? "Save" : "Start sending"}
            </Button>
          </div>
          {error ? (
            <p className={styles.failed} role="alert">
              {error.message}
            </p>
          ) : null}
        </form>
      ) : null}
      {forward && status ? (
        <ForwardingQueue status={status} paused={forward.paused ?? false} onPause={(paused) => onChange({ ...forward, paused })} />
      ) : null}
      <p className={styles.help}>
        After redaction. Attached files and feedback go along to LangSmith endpoints; OTLP has no place for them. Certificates are checked by what this
        system trusts. Switching off forgets what waits.
      </p>
    </div>
  );
}
