/** A queue under review: loaded, and then one item after the other until none is left. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { EmptyState, ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import rowStyles from "../../components/ui/rows.module.css";
import type { OpenedQueue, QueueOrder } from "../../contract/contract";
import { keys } from "../../data/keys";
import { useOpenedQueue, useQueueOrder } from "../../data/review";
import { useUi } from "../../data/ui";
import { timestampMillis } from "../../lib/format";
import { answersLine } from "../../lib/review/answers";
import { hasInstructions } from "../../lib/review/instructions";
import { placeOf } from "../../lib/review/order";
import { useQueuePages } from "../queues/QueueTabs";
import { Announcer } from "./announce";
import { DoneState } from "./DoneState";
import { Instructions } from "./Instructions";
import { ItemDesk } from "./ItemDesk";
import { ItemListDialog } from "./ItemListDialog";
import { Loading } from "./ItemView";
import styles from "./review.module.css";
import { ReviewHead } from "./ReviewHead";
import { Notice } from "./RubricPane";
import type { ItemView } from "./target";
import { useReview, type Review } from "./useReview";

const route = getRouteApi("/queues/$queueId");

export function ReviewPage() {
  const { queueId } = route.useParams();
  const opened = useOpenedQueue(queueId);
  const order = useQueueOrder(queueId, opened.isSuccess);
  useQueuePages(queueId);
  const client = useQueryClient();
  // Items that were at hand before may have been answered elsewhere meanwhile.
  useEffect(() => () => client.removeQueries({ queryKey: ["review item"] }), [client]);
  const error = opened.error ?? order.error;
  if (opened.data && order.data) return <Opened key={`${queueId} ${opened.data.queue.rubric_version}`} opened={opened.data} order={order.data} />;
  if (error) return <ErrorState title="The queue could not be opened" error={error} onRetry={() => void (opened.error ? opened.refetch() : order.refetch())} />;
  return <Loading />;
}

function Opened({ opened, order }: { readonly opened: OpenedQueue; readonly order: QueueOrder }) {
  const { queue } = opened;
  const { row } = queue;
  const addTo = useUi((state) => state.open);
  if (queue.rubric.length === 0) {
    return (
      <EmptyState
        title="Add at least one key"
        action={
          <Link to="/queues/$queueId/edit" params={{ queueId: row.id }}>
            Edit the rubric
          </Link>
        }
      >
        “{row.name}” has items but no question to answer about them.
      </EmptyState>
    );
  }
  if (order.item_ids.length === 0) {
    return (
      <EmptyState
        title={`“${row.name}” has no items yet`}
        action={
          <>
            <Button tone="primary" onClick={() => addTo({ name: "add-to-queue", queueId: row.id, what: { type: "search" } })}>
              Add from a search
            </Button>
            <Button onClick={() => addTo({ name: "add-to-queue", queueId: row.id, what: { type: "file" } })}>Add from a file</Button>
            <Link to="/queues/$queueId/edit" params={{ queueId: row.id }}>
              Edit the queue
            </Link>
          </>
        }
      >
        Press Q on any trace, thread or run to add it.
      </EmptyState>
    );
  }
  return (
    <Announcer>
      <Desk opened={opened} order={order} />
    </Announcer>
  );
}

/** A browser refuses addresses that change too often; steps come quicker than that. */
const ADDRESS_PAUSE_MS = 400;

function Desk({ opened, order }: { readonly opened: OpenedQueue; readonly order: QueueOrder }) {
  const { item: asked, view = null } = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const review = useReview(opened, order, asked !== undefined && order.item_ids.includes(asked) ? asked : null);
  const { queue, itemId, revision, counts } = review;
  const [panel, setPanel] = useState<"list" | "instructions" | null>((opened.instructions_new && hasInstructions(queue.instructions)) || opened.previous_rubric !== null ? "instructions" : null);
  const [recovered, setRecovered] = useState(opened.recovered);
  const firstItem = useRef(itemId);
  const written = useRef(asked ?? null);
  const wroteAt = useRef(0);
  useEffect(() => {
    if (asked === undefined || asked === written.current) return;
    // Back, forward or a link chose another item.
    written.current = asked;
    if (asked !== itemId && review.order.ids.includes(asked)) review.go(asked);
  }, [asked, itemId, review]);
  useEffect(() => {
    if (itemId !== firstItem.current) setRecovered(null);
    if (itemId === written.current) return;
    const timer = setTimeout(() => {
      wroteAt.current = Date.now();
      written.current = itemId;
      void navigate({ search: (before) => ({ ...before, item: itemId ?? undefined }), replace: true });
    }, Math.max(ADDRESS_PAUSE_MS - (Date.now() - wroteAt.current), 0));
    return () => clearTimeout(timer);
  }, [itemId, navigate]);
  // The order is asked for again when the queue is opened the next time.
  useEffect(() => () => client.removeQueries({ queryKey: keys.queueOrder(queue.row.id) }), [client, queue.row.id]);
  const onView = useCallback((next: ItemView) => void navigate({ search: (before) => ({ ...before, view: next }), replace: true }), [navigate]);
  const onList = useCallback(() => setPanel("list"), []);
  const onInstructions = useCallback(() => setPanel("instructions"), []);
  const onClose = useCallback(() => {
    setPanel(null);
    // Back to the current key, once the panel is gone.
    setTimeout(() => document.querySelector<HTMLElement>("[data-key][aria-current]")?.focus(), 0);
  }, []);
  const notice = useMemo(() => {
    const millis = timestampMillis(recovered);
    return millis === null ? null : <Notice>Recovered your draft from {new Date(millis).toTimeString().slice(0, 5)}.</Notice>;
  }, [recovered]);
  return (
    <div className={rowStyles.page}>
      <ReviewHead
        queueId={queue.row.id}
        name={queue.row.name}
        position={itemId === null ? 0 : placeOf(review.order, itemId)}
        counts={counts}
        saving={review.saving}
        said={review.said}
        onList={onList}
        onInstructions={onInstructions}
      />
      {itemId === null ? (
        <DoneState review={review} onList={onList} />
      ) : (
        <ItemDesk place={`${itemId} ${revision}`} review={review} itemId={itemId} view={view} onView={onView} notice={notice} onList={onList} onInstructions={onInstructions} onClose={onClose} />
      )}
      {panel === "list" ? (
        <ItemListDialog
          queueId={queue.row.id}
          keyNames={queue.rubric.map((key) => key.feedback_key)}
          current={itemId}
          onOpen={(id) => {
            setPanel(null);
            review.go(id);
          }}
          onClose={onClose}
        />
      ) : null}
      {panel === "instructions" ? <Instructions queue={queue} previous={opened.previous_rubric} onClose={onClose} /> : null}
      {review.question ? <UndoDialog review={review} question={review.question} /> : null}
    </div>
  );
}

/** Somebody changed the item since: both are shown before a step is taken back. */
function UndoDialog({ review, question }: { readonly review: Review; readonly question: NonNullable<Review["question"]> }) {
  const { summary, item, would_be: wouldBe, redo } = question;
  return (
    <Dialog title={redo ? "Do this again?" : "Take this back?"} onClose={review.dropQuestion}>
      <p>
        The item changed since “{summary}”.
      </p>
      <p>Now: {answersLine(item.mine.map(({ answer }) => answer)) || "no answers"}</p>
      <p>Then: {answersLine(wouldBe) || "no answers"}</p>
      <div className={styles.dialogRow}>
        <Button onClick={review.dropQuestion}>Leave it</Button>
        <Button tone="primary" onClick={() => void review.walkHistory(redo, true)}>
          {redo ? "Do it again" : "Take it back"}
        </Button>
      </div>
    </Dialog>
  );
}
