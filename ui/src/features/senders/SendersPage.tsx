/** Where to send to, how to tell each SDK, and what arrives. */
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import rowStyles from "../../components/ui/rows.module.css";
import tableStyles from "../../components/table/table.module.css";
import { useInfo, useSettings } from "../../data/queries";
import { useSendTestTrace } from "../../data/senders";
import { formatDuration, plural } from "../../lib/format";
import { guides } from "../../lib/senders";
import { useScreenStatus } from "../frame/useScreenStatus";
import { Addresses } from "./Addresses";
import { GuidePanel } from "./GuidePanel";
import { LivePanel } from "./LivePanel";
import styles from "./senders.module.css";

const route = getRouteApi("/senders");

export function SendersPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const endpoint = useInfo().data?.endpoint;
  const key = useSettings().data?.endpoint_key ?? null;
  const test = useSendTestTrace();
  const { mutate: sendTest } = test;
  const http = endpoint?.state === "listening" ? `http://${endpoint.address ?? ""}` : null;
  const grpc = endpoint?.grpc.state === "listening" ? `http://${endpoint.grpc.address ?? ""}` : null;
  const all = useMemo(() => guides({ http, grpc, key }), [http, grpc, key]);
  const guide = all.find(({ id }) => id === search.guide) ?? all[0];
  useScreenStatus(endpoint ? `${plural(endpoint.requests, "request")} since the start` : "");
  const commands = useMemo(
    (): Command[] => (http === null ? [] : [{ id: "senders.test", title: "Send a test trace", group: "Senders", shortcut: "T", run: () => sendTest() }]),
    [sendTest, http],
  );
  useCommands(commands);
  return (
    <div className={rowStyles.page}>
      <div className={tableStyles.bar}>
        <h1 className={tableStyles.title}>Senders</h1>
        <span className={styles.outcome} role="status">
          <TestOutcome test={test} />
        </span>
        <Button tone="primary" data-command="senders.test" disabled={test.isPending || http === null} title={http === null ? "The endpoint does not listen" : undefined} onClick={() => sendTest()}>
          Send a test trace
        </Button>
        <KeysOf command="senders.test" />
      </div>
      {endpoint ? <Addresses endpoint={endpoint} asksForKey={key !== null} /> : null}
      <div className={styles.columns}>
        {guide ? (
          <GuidePanel guides={all} guide={guide} onChoose={(id) => void navigate({ to: "/senders", search: (before) => ({ ...before, guide: id }), replace: true })} />
        ) : null}
        <LivePanel endpoint={endpoint} list={search.list ?? "requests"} request={search.request ?? null} />
      </div>
    </div>
  );
}

function TestOutcome({ test }: { readonly test: ReturnType<typeof useSendTestTrace> }) {
  if (test.isPending) return "Sending…";
  if (!test.data) return null;
  const { status, message, duration, trace_id } = test.data;
  if (status !== 200) return <span className={rowStyles.bad}>{`The endpoint answered ${status}: ${message ?? "nothing more"}`}</span>;
  return (
    <>
      {`Arrived and kept in ${formatDuration(duration)}. `}
      <Link to="/trace/$traceId" params={{ traceId: trace_id }}>
        Show the trace
      </Link>
    </>
  );
}
