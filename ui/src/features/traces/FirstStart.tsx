import { Link } from "@tanstack/react-router";
import { FileText, Play, Radio } from "lucide-react";
import type { ReactNode } from "react";
import { CopyButton } from "../../components/CopyButton";
import { MiddleCut } from "../../components/MiddleCut";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { useInfo, useRecentFiles, useStartImport } from "../../data/queries";
import { useUi } from "../../data/ui";
import { platform } from "../../platform";
import styles from "./first.module.css";

/** May break only before the address. */
const VARIABLE = "export OTEL_EXPORTER_OTLP_ENDPOINT=";

const RECENT = 6;

/** Three ways in. No account, no wizard. */
export function FirstStart() {
  const { mutate: start, isPending } = useStartImport();
  const open = useUi((state) => state.open);
  const recent = useRecentFiles().data?.filter((file) => file.exists) ?? [];
  const endpoint = useInfo().data?.endpoint;
  const address = `http://${endpoint?.address ?? "127.0.0.1:4318"}`;
  const listening = endpoint?.state === "listening";
  return (
    <div className={styles.page}>
      <h1 className={styles.title}>Read the traces of your LLM application</h1>
      <p className={styles.lead}>Everything stays on this machine.</p>
      <div className={styles.tiles}>
        <Tile icon={<FileText size={18} />} title="Open a trace file" text="OTLP or LangSmith exports, as JSON, JSON lines or protobuf, gzipped or not. Dropping them anywhere works too.">
          <Button tone="primary" disabled={isPending} onClick={() => start(platform().openFiles)}>
            Choose files…
          </Button>
          <KeysOf command="file.open" />
        </Tile>
        <Tile
          icon={<Radio size={18} />}
          title="Receive traces"
          text={listening ? "Run your application with this line; its traces appear here." : "The endpoint does not listen at the moment."}
        >
          {listening ? (
            <>
            <div className={styles.line}>
              <code>
                {VARIABLE}
                <wbr />
                {address}
              </code>
              <CopyButton label="Copy the line" text={() => VARIABLE + address} />
            </div>
            <Link to="/senders" className={styles.more}>
              Other SDKs and agents
            </Link>
            </>
          ) : (
            <Button onClick={() => open({ name: "settings" })}>Settings of the endpoint…</Button>
          )}
        </Tile>
        <Tile icon={<Play size={18} />} title="Look at a sample" text="An agent with tools, a retrieval chain, a conversation and a failure, to see what there is.">
          <Button disabled={isPending} onClick={() => start(async () => [await platform().call("load_samples", {})])}>
            Load the samples
          </Button>
        </Tile>
      </div>
      {recent.length > 0 ? (
        <section className={styles.recent} aria-label="Recent files">
          <h2 className={styles.recentName}>Recent files</h2>
          <ul>
            {recent.slice(0, RECENT).map(({ path, label }) => (
              <li key={path}>
                <button type="button" disabled={isPending} title={path} onClick={() => start(() => platform().call("import_paths", { paths: [path] }))}>
                  <span>{label}</span>
                  <MiddleCut text={path} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  );
}

interface TileProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

function Tile({ icon, title, text, children }: TileProps) {
  return (
    <section className={styles.tile}>
      <span className={styles.icon}>{icon}</span>
      <h2 className={styles.name}>{title}</h2>
      <p className={styles.text}>{text}</p>
      <div className={styles.action}>{children}</div>
    </section>
  );
}
