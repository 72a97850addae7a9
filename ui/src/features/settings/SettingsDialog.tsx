import { clsx } from "clsx";
import { useState } from "react";
import { CopyButton } from "../../components/CopyButton";
import { ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Segments } from "../../components/ui/Segments";
import type { EndpointPort, Settings, Theme } from "../../contract/contract";
import { useInfo, useSaveSettings, useSettings } from "../../data/queries";
import { useUi } from "../../data/ui";
import ui from "../../components/ui/ui.module.css";
import { FeedbackKeys } from "./FeedbackKeys";
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
  const errorOf = (key: "endpoint_key" | "endpoint_port" | "grpc_port" | "grpc_enabled" | "endpoint_max_mib" | "redaction" | "forward"): Error | null =>
    save.error && save.variables[key] !== settings[key] ? save.error : null;
  const endpointError = errorOf("endpoint_key") ?? errorOf("endpoint_port") ?? errorOf("grpc_port") ?? errorOf("grpc_enabled") ?? errorOf("endpoint_max_mib");
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
        <NumberField label="Port" value={settings.endpoint_port} least={1} most={65_535} onChange={(endpoint_port) => change({ endpoint_port })} />
        <label className={styles.line}>
          <input
            type="checkbox"
            checked={settings.grpc_enabled ?? true}
            disabled={!settings.endpoint_enabled}
            onChange={(event) => change({ grpc_enabled: event.target.checked })}
          />
          Receive OTLP over gRPC too
        </label>
        <NumberField label="Port of gRPC" value={settings.grpc_port ?? 4317} least={1} most={65_535} onChange={(grpc_port) => change({ grpc_port })} />
        <NumberField label="Largest request, in MB" value={settings.endpoint_max_mib ?? 64} least={1} most={1024} onChange={(endpoint_max_mib) => change({ endpoint_max_mib })} />
        <EndpointKey value={settings.endpoint_key ?? null} onChange={(endpoint_key) => change({ endpoint_key })} />
        {endpointError ? (
          <p className={styles.failed} role="alert">
            {endpointError.message}
          </p>
        ) : null}
        {endpoint ? <PortState name="OTLP over HTTP, LangSmith" port={endpoint} /> : null}
        {endpoint ? <PortState name="OTLP over gRPC" port={endpoint.grpc} /> : null}
      </div>
      <span className={styles.name}>Redaction</span>
      <Redaction
        rules={settings.redaction ?? []}
        counts={endpoint?.redacted ?? []}
        error={errorOf("redaction")}
        onChange={(redaction, onSaved) => change({ redaction }, onSaved)}
      />
      <span className={styles.name}>Feedback keys</span>
      <FeedbackKeys />
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

function PortState({ name, port: { state, address, error } }: { readonly name: string; readonly port: EndpointPort }) {
  const text = error ?? (state === "listening" ? `listening on ${address ?? ""}` : "not listening");
  return (
    <p className={clsx(styles.help, state === "failed" && styles.failed)} role="status">
      {name}: {text}
    </p>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly onChange: (value: number) => void;
}

/** Saved when the field is left, so that no half-typed port is tried. */
function NumberField({ label, value: kept, least, most, onChange }: NumberFieldProps) {
  const [text, setText] = useState(String(kept));
  const value = Number(text);
  const valid = /^\d+$/.test(text) && value >= least && value <= most;
  const commit = (): void => {
    if (valid && value !== kept) onChange(value);
    if (!valid) setText(String(kept));
  };
  return (
    <label className={clsx(styles.line, styles.number)}>
      <span>{label}</span>
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
