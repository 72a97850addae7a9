import { clsx } from "clsx";
import { useState } from "react";
import { CopyButton } from "../../components/CopyButton";
import { ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Segments } from "../../components/ui/Segments";
import type { Settings, Theme } from "../../contract/contract";
import { useInfo, useSaveSettings, useSettings } from "../../data/queries";
import { useUi } from "../../data/ui";
import ui from "../../components/ui/ui.module.css";
import { Field } from "./Field";
import { Forwarding } from "./Forwarding";
import { Redaction } from "./Redaction";
import styles from "./settings.module.css";

const THEMES: readonly (readonly [Theme, string])[] = [
  ["system", "System"],
  ["light", "Light"],
  ["dark", "Dark"],
];

/** Changes apply at once; there is nothing to confirm. */
export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const settings = useSettings();
  return (
    <Dialog title="Settings" onClose={onClose} wide>
      {settings.error ? <ErrorState title="The settings could not be read" error={settings.error} onRetry={() => void settings.refetch()} /> : null}
      {settings.data ? <SettingsForm settings={settings.data} /> : null}
    </Dialog>
  );
}

function SettingsForm({ settings }: { readonly settings: Settings }) {
  const info = useInfo().data;
  const save = useSaveSettings();
  const open = useUi((state) => state.open);
  const change = (changes: Partial<Settings>, onSuccess?: () => void): void => save.mutate({ ...settings, ...changes }, { onSuccess });
  /** The error of a save belongs to the section that was saved. */
  const errorOf = (key: "endpoint_key" | "redaction" | "forward"): Error | null =>
    save.error && save.variables[key] !== settings[key] ? save.error : null;
  const endpoint = info?.endpoint;
  return (
    <div className={styles.form}>
      <span className={styles.name}>Theme</span>
      <div>
        <Segments label="Theme" options={THEMES} value={settings.theme} onChange={(theme) => change({ theme })} />
      </div>
      <span className={styles.name}>Endpoint</span>
      <div className={styles.value}>
        <label className={styles.line}>
          <input type="checkbox" checked={settings.endpoint_enabled} onChange={(event) => change({ endpoint_enabled: event.target.checked })} />
          Receive traces on this machine
        </label>
        <Port port={settings.endpoint_port} onChange={(endpoint_port) => change({ endpoint_port })} />
        <EndpointKey value={settings.endpoint_key ?? null} onChange={(endpoint_key) => change({ endpoint_key })} />
        {errorOf("endpoint_key") ? (
          <p className={styles.failed} role="alert">
            {errorOf("endpoint_key")?.message}
          </p>
        ) : null}
        <p className={clsx(styles.help, endpoint?.state === "failed" && styles.failed)} role="status">
          {endpoint?.error ?? (endpoint?.state === "listening" ? `Listening on ${endpoint.address ?? ""}` : "Not listening")}
        </p>
      </div>
      <span className={styles.name}>Redaction</span>
      <Redaction
        rules={settings.redaction ?? []}
        counts={endpoint?.redacted ?? []}
        error={errorOf("redaction")}
        onChange={(redaction, onSaved) => change({ redaction }, onSaved)}
      />
      <span className={styles.name}>Forwarding</span>
      <Forwarding
        key={JSON.stringify(settings.forward)}
        forward={settings.forward ?? null}
        status={endpoint?.forward ?? null}
        error={errorOf("forward")}
        onChange={(forward) => change({ forward })}
      />
      <span className={styles.name}>Library</span>
      <div className={styles.value}>
        <div className={styles.line}>
          <code className={styles.path}>{info?.library_dir}</code>
          <CopyButton label="Copy the path" text={() => info?.library_dir ?? ""} />
        </div>
        <div className={styles.line}>
          <Button onClick={() => open({ name: "remap" })}>Read again…</Button>
          <span className={styles.help}>Applies the rules of this version to what older ones took in.</span>
        </div>
        <p className={styles.help}>Tracemark {info?.version}. {settings.forward ? "What the endpoint receives is sent on as well." : "Everything stays on this machine."}</p>
      </div>
    </div>
  );
}

interface EndpointKeyProps {
  readonly value: string | null;
  readonly onChange: (key: string | null) => void;
}

/** Saved when the field is left; an empty one lets every local client in. */
function EndpointKey({ value, onChange }: EndpointKeyProps) {
  const [text, setText] = useState(value ?? "");
  const commit = (): void => {
    const key = text.trim() === "" ? null : text.trim();
    if (key !== value) onChange(key);
  };
  return <Field label="Key" value={text} placeholder="Any local program may send" secret onChange={setText} onCommit={commit} />;
}

interface PortProps {
  readonly port: number;
  readonly onChange: (port: number) => void;
}

/** Saved when the field is left, so that no half-typed port is tried. */
function Port({ port, onChange }: PortProps) {
  const [text, setText] = useState(String(port));
  const value = Number(text);
  const valid = /^\d+$/.test(text) && value >= 1 && value <= 65_535;
  const commit = (): void => {
    if (valid && value !== port) onChange(value);
    if (!valid) setText(String(port));
  };
  return (
    <label className={styles.line}>
      Port
      <input
        className={clsx(ui.field, styles.port)}
        inputMode="numeric"
        value={text}
        aria-invalid={!valid}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === "Enter" && commit()}
      />
    </label>
  );
}
