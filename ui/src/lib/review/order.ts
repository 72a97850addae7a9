/** Which item comes next: the order of a reviewer, fixed when the queue was opened, with where each item stands. */
import type { AgainItem, AssignmentState, ItemRow, ItemStatus, QueueOrder } from "../../contract/contract";

export interface ReviewOrder {
  readonly ids: readonly string[];
  readonly states: readonly AssignmentState[];
  readonly statuses: readonly ItemStatus[];
  /** Which of the ids come again: none of the queue's own items, and not counted. */
  readonly again: ReadonlySet<string>;
}

export function orderOf({ item_ids: ids, states, statuses, again }: QueueOrder): ReviewOrder {
  return { ids, states, statuses, again: new Set(again) };
}

const OPEN: ReadonlySet<AssignmentState> = new Set(["pending", "reserved", "draft"]);

/** Whether the item waits for this reviewer. */
export function waits({ states, statuses }: ReviewOrder, index: number): boolean {
  const state = states[index];
  return state !== undefined && OPEN.has(state) && statuses[index] === "needs_review";
}

/** The items to review after an item, in order and then from the beginning, without it. */
export function upcoming(order: ReviewOrder, after: string | null, count: number): string[] {
  const { ids } = order;
  const at = after === null ? -1 : ids.indexOf(after);
  const found: string[] = [];
  for (let step = 1; step <= ids.length && found.length < count; step += 1) {
    const index = (at + step) % ids.length;
    const id = ids[index];
    if (id !== undefined && id !== after && waits(order, index)) found.push(id);
  }
  return found;
}

/** The neighbour of an item, whatever its state; `null` at the ends. */
export function neighbour({ ids }: ReviewOrder, item: string, step: 1 | -1): string | null {
  const at = ids.indexOf(item);
  return at < 0 ? null : (ids[at + step] ?? null);
}

/** The order with a step that was taken here and is on its way to the library. */
export function withState(order: ReviewOrder, item: string, state: AssignmentState, requeued = false): ReviewOrder {
  const at = order.ids.indexOf(item);
  if (at < 0) return order;
  const states = order.states.map((before, index) => (index === at ? state : before));
  if (!requeued) return { ...order, states };
  // What is put off goes to the end.
  const toEnd = <Value>(values: readonly Value[]): Value[] => [...values.slice(0, at), ...values.slice(at + 1), values[at] as Value];
  return { ...order, ids: toEnd(order.ids), states: toEnd(states), statuses: toEnd(order.statuses) };
}

/** The order with an item as the library has it now; `null` when the item has another place there. */
export function withRow(order: ReviewOrder, { id, position, state, status }: Pick<ItemRow, "id" | "position" | "state" | "status">): ReviewOrder | null {
  const at = position - 1;
  if (order.ids[at] !== id) return null;
  return { ...order, states: order.states.with(at, state), statuses: order.statuses.with(at, status) };
}

/**
 * The order with items that come again, each behind the one that it follows. Steps are quicker than their answers: what
 * would come before the item on the screen comes behind that one.
 */
export function withAgain(order: ReviewOrder, items: readonly AgainItem[], current: string | null): ReviewOrder {
  return items.reduce((before, { item_id: id, behind }) => {
    if (before.ids.includes(id)) return before;
    const at = Math.max(before.ids.indexOf(behind), current === null ? -1 : before.ids.indexOf(current)) + 1;
    return {
      ids: before.ids.toSpliced(at, 0, id),
      states: before.states.toSpliced(at, 0, "pending"),
      statuses: before.statuses.toSpliced(at, 0, "needs_review"),
      again: new Set([...before.again, id]),
    };
  }, order);
}

/** Place of an item among those of the queue, from 1; of one that comes again, that of the item before it. */
export function placeOf({ ids, again }: ReviewOrder, item: string): number {
  const at = ids.indexOf(item);
  if (again.size === 0) return at + 1;
  return ids.slice(0, at + 1).reduce((sum, id) => sum + (again.has(id) ? 0 : 1), 0);
}

/** Items of the queue that are decided: submitted, skipped or discarded. */
export function decided({ ids, states, again }: ReviewOrder): number {
  return states.reduce((sum, state, index) => sum + (OPEN.has(state) || again.has(ids[index] ?? "") ? 0 : 1), 0);
}
