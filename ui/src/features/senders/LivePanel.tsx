import { useNavigate } from "@tanstack/react-router";
import { EmptyState, ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Segments } from "../../components/ui/Segments";
import type { Endpoint } from "../../contract/contract";
import { useActivity, useClearActivity } from "../../data/senders";
import { formatCount, plural } from "../../lib/format";
import { RequestDetail } from "./RequestDetail";
import { RequestList } from "./RequestList";
import { SenderList } from "./SenderList";
import styles from "./senders.module.css";

type List = "requests" | "senders";

const LISTS: readonly (readonly [List, string])[] = [
  ["requests", "Requests"],
  ["senders", "Senders"],
];

interface LivePanelProps {
  readonly endpoint: Endpoint | undefined;
  readonly list: List;
  /** Number of the request that is open. */
  readonly request: number | null;
}

/** What arrives, while it arrives. */
export function LivePanel({ endpoint, list, request }: LivePanelProps) {
  const activity = useActivity();
  const clear = useClearActivity();
  const navigate = useNavigate();
  const show = (changes: { list?: "senders" | undefined; request?: number | undefined }): void =>
    void navigate({ to: "/senders", search: (before) => ({ ...before, ...changes }), replace: true });
  const close = (): void => {
    show({ request: undefined });
    document.querySelector<HTMLElement>("[role=grid][aria-label=Requests]")?.focus();
  };
  const { requests, senders } = activity.data ?? { requests: [], senders: [] };
  const opened = requests.find(({ number }) => number === request);
  return (
    <section className={styles.live} aria-label="Live">
      <div className={styles.liveBar}>
        <Segments label="List" options={LISTS} value={list} onChange={(next) => show({ list: next === "senders" ? "senders" : undefined })} />
        {endpoint ? <Totals endpoint={endpoint} /> : null}
        <Button disabled={clear.isPending || requests.length === 0} title="Traces stay" onClick={() => clear.mutate(undefined, { onSuccess: () => show({ request: undefined }) })}>
          Clear
        </Button>
      </div>
      {activity.error ? <ErrorState title="What arrived cannot be shown" error={activity.error} onRetry={() => void activity.refetch()} /> : null}
      {activity.data && requests.length === 0 ? <Waiting endpoint={endpoint} /> : null}
      {requests.length > 0 && list === "requests" ? (
        <RequestList requests={requests} opened={request} onOpen={(number) => show({ request: number === request ? undefined : number })} />
      ) : null}
      {requests.length > 0 && list === "senders" ? <SenderList senders={senders} /> : null}
      {opened && list === "requests" ? <RequestDetail key={opened.number} request={opened} onClose={close} /> : null}
    </section>
  );
}

/** Since the start of the program. */
function Totals({ endpoint }: { readonly endpoint: Endpoint }) {
  const { requests, runs, rejected, metrics, postponed } = endpoint;
  return (
    <span className={styles.totals}>
      <span>{plural(requests, "request")}</span>
      <span>{formatCount(runs)} spans and runs</span>
      <span className={rejected > 0 ? styles.bad : undefined}>{formatCount(rejected)} refused</span>
      {metrics > 0 ? <span title="Metrics are answered and counted, not kept">{plural(metrics, "metric")} counted</span> : null}
      {postponed > 0 ? <span title="Too much waited to be written; the senders come again by themselves">{formatCount(postponed)} asked to wait</span> : null}
    </span>
  );
}

function Waiting({ endpoint }: { readonly endpoint: Endpoint | undefined }) {
  if (endpoint?.state !== "listening" && endpoint?.grpc.state !== "listening")
    return <EmptyState title="Nothing can arrive">The endpoint does not listen. What keeps it from that stands above.</EmptyState>;
  return <EmptyState title="Waiting for the first request…">Run your application with the lines for it, or send a test trace to see how it looks.</EmptyState>;
}
