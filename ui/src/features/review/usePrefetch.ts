/** Keeps the next items at hand, so that a submit is followed by an item that can be read at once. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { ReviewItem } from "../../contract/contract";
import { payloadsOf, type ItemScope } from "../../data/item";
import { keys } from "../../data/keys";
import { conversationQuery, runQuery } from "../../data/queries";
import { SESSION } from "../../data/session";
import { afterPaint } from "../../lib/paint";
import { upcoming, type ReviewOrder } from "../../lib/review/order";
import { platform } from "../../platform";
import { isLarge } from "./LargeItem";
import { conversationOf } from "./target";

/** Items to have ready. */
const AHEAD = 5;
/** Items that were left and stay ready, for going back. */
const BEHIND = 5;
/** Asked for at once, so that there is not one question an item. */
const BATCH = 10;

export function scopeOf(item: ReviewItem): ItemScope {
  return { itemId: item.row.id, masked: item.masked };
}

export function usePrefetch(queueId: string, order: ReviewOrder, itemId: string | null): void {
  const client = useQueryClient();
  const asking = useRef(false);
  const seen = useRef<readonly string[]>([]);
  useEffect(() => {
    if (itemId === null) return;
    return afterPaint(() => {
      const next = upcoming(order, itemId, AHEAD);
      const missing = next.filter((id) => client.getQueryData(keys.reviewItem(id)) === undefined);
      seen.current = [itemId, ...seen.current.filter((id) => id !== itemId)];
      for (const id of seen.current.slice(BEHIND + 1)) {
        if (next.includes(id)) continue;
        client.removeQueries({ queryKey: keys.reviewItem(id) });
        client.removeQueries({ queryKey: payloadsOf(id) });
      }
      seen.current = seen.current.slice(0, BEHIND + 1);
      for (const id of next) {
        const item = client.getQueryData<ReviewItem>(keys.reviewItem(id));
        if (item) prefetchPayload(client, item);
      }
      if (asking.current || missing.length === 0 || (missing.length < AHEAD - 2 && next.length === AHEAD)) return;
      asking.current = true;
      void platform()
        .call("peek_items", { queue_id: queueId, session: SESSION, after: itemId, filter: "to_review", count: BATCH })
        .then(({ items }) => {
          for (const item of items) {
            // What was opened since knows more.
            client.setQueryData<ReviewItem>(keys.reviewItem(item.row.id), (known) => known ?? item);
            prefetchPayload(client, item);
          }
        })
        // The item itself will say what is wrong when it is opened.
        .catch(() => undefined)
        .finally(() => {
          asking.current = false;
        });
    });
  }, [client, queueId, order, itemId]);
}

function prefetchPayload(client: QueryClient, item: ReviewItem): void {
  const scope = scopeOf(item);
  const { target, missing } = item.row;
  if (missing || isLarge(item)) return;
  const conversation = conversationOf(target);
  if (conversation) void client.prefetchQuery(conversationQuery(scope, conversation, false));
  else if (target.type === "run") void client.prefetchQuery(runQuery(scope, target.run.trace_id, target.run.run_id));
  else if (target.type === "pair") for (const run of [target.a, target.b]) void client.prefetchQuery(runQuery(scope, run.trace_id, run.run_id));
}
