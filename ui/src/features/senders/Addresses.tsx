import { clsx } from "clsx";
import { CopyButton } from "../../components/CopyButton";
import { Button } from "../../components/ui/Button";
import type { Endpoint, EndpointState } from "../../contract/contract";
import { useUi } from "../../data/ui";
import frame from "../frame/frame.module.css";
import styles from "./senders.module.css";

interface AddressesProps {
  readonly endpoint: Endpoint;
  readonly asksForKey: boolean;
}

/** Where the endpoint listens, for each protocol. */
export function Addresses({ endpoint, asksForKey }: AddressesProps) {
  const open = useUi((state) => state.open);
  const { grpc } = endpoint;
  const errors = [endpoint.error, grpc.error].filter((error) => error !== null);
  return (
    <section className={styles.addresses} aria-label="Addresses">
      <Address name="OTLP over HTTP" state={endpoint.state} address={endpoint.address} />
      <Address name="OTLP over gRPC" state={grpc.state} address={grpc.address} />
      <Address name="LangSmith" state={endpoint.state} address={endpoint.address} />
      <span className={styles.key}>{asksForKey ? "Senders show the key of the settings" : "No key is asked for"}</span>
      <Button onClick={() => open({ name: "settings" })}>Settings…</Button>
      {errors.map((error) => (
        <p key={error} className={styles.problem} role="alert">
          {error}
        </p>
      ))}
    </section>
  );
}

const STATES: Readonly<Record<EndpointState, string>> = { listening: "listens", off: "off", failed: "failed" };

function Address({ name, state, address }: { readonly name: string; readonly state: EndpointState; readonly address: string | null }) {
  const url = state === "listening" && address !== null ? `http://${address}` : null;
  return (
    <div className={styles.address}>
      <span className={clsx(frame.dot, frame[state])} role="img" aria-label={STATES[state]} />
      <span className={styles.addressName}>{name}</span>
      {url === null ? (
        <span className={styles.off}>{STATES[state]}</span>
      ) : (
        <>
          <code className={styles.url}>{url}</code>
          <CopyButton label={`Copy the address of ${name}`} text={() => url} />
        </>
      )}
    </div>
  );
}
