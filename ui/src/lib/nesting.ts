/** Sub-agents inside of the calls that started them: which card they stand in, and how far its edges reach in the list. */
import type { Conversation, ConversationMessage, MessageToolCall } from "../contract/contract";
import { callFold, messageId, sideId, threadOf, type Entry } from "./conversation";

/** The call that a sub-agent is the work of. */
export interface CallOfSide {
  readonly call: MessageToolCall;
  /** Name of the fold of its card. */
  readonly fold: string;
  /** The message that made it, and the thread that this is of. */
  readonly side: number | null;
  readonly index: number;
  /** Whether the sub-agent is the first of several of the call, or its only one: the card begins with it. */
  readonly first: boolean;
}

export function callOfSide(conversation: Conversation, side: number): CallOfSide | null {
  const { parent, message: index } = conversation.side_threads[side] ?? { parent: null, message: null };
  const message = index === null ? undefined : threadOf(conversation, parent)[index];
  if (!message || index === null) return null;
  for (const [place, block] of message.blocks.entries()) {
    if (block.type !== "tool_calls") continue;
    const at = block.calls.findIndex((call) => call.side_threads.includes(side));
    const call = block.calls[at];
    if (call) return { call, fold: callFold(messageId(parent, index), place, at), side: parent, index, first: sidesOfCall(conversation, call, parent, index)[0] === side };
  }
  return null;
}

/** The sub-agents that stand in the card of a call, where the list has them. */
export function sidesOfCall(conversation: Conversation, call: MessageToolCall, side: number | null, index: number): number[] {
  return call.side_threads.filter((at) => {
    const started = conversation.side_threads[at];
    return started?.parent === side && started.message === index;
  });
}

/** One sub-agent around an entry, or the one that the entry is the head of. */
export interface Level {
  readonly side: number;
  /** It stands in the card of a call, and that in the card of a message, whose entry has this id. */
  readonly owner: string | null;
  readonly failed: boolean;
  readonly begins: boolean;
  /** The sub-agents of one call share an edge: the card neither begins nor ends between them. */
  readonly ends: boolean;
  /** The card of the message ends here. */
  readonly ownerEnds: boolean;
}

interface Around {
  readonly side: number;
  readonly owner: string | null;
  readonly card: string;
  readonly failed: boolean;
}

/** Whose card goes on, and what is around each entry, outermost first. */
export interface Nesting {
  readonly levels: readonly (readonly Level[])[];
  /** Entries whose card goes on in the entries below. */
  readonly goOn: ReadonlySet<string>;
}

/** `entered` is the sub-agent whose list this is: nothing stands around its own messages. */
export function nestingOf(conversation: Conversation, entries: readonly Entry[], entered: number | null): Nesting {
  const known = new Map<number, readonly Around[]>();
  const around = (side: number | null): readonly Around[] => {
    if (side === null || side === entered) return [];
    const before = known.get(side);
    if (before) return before;
    // A damaged conversation may name itself as its parent.
    known.set(side, []);
    const called = callOfSide(conversation, side);
    const own = called
      ? { side, owner: messageId(called.side, called.index), card: called.fold, failed: called.call.state === "failed" }
      : { side, owner: null, card: sideId(side), failed: conversation.side_threads[side]?.status === "error" };
    const all = [...around(conversation.side_threads[side]?.parent ?? null), own];
    known.set(side, all);
    return all;
  };
  const paths = entries.map((entry) => ("side" in entry ? around(entry.side) : []));
  const levels = paths.map((path, at) =>
    path.map(({ side, owner, card, failed }, depth): Level => {
      const [before, after] = [paths[at - 1]?.[depth], paths[at + 1]?.[depth]];
      return { side, owner, failed, begins: before?.card !== card, ends: after?.card !== card, ownerEnds: owner !== null && after?.owner !== owner };
    }),
  );
  return { levels, goOn: new Set(paths.flatMap((path) => path.flatMap(({ owner }) => owner ?? []))) };
}

/** What the calls of models behind messages took together; a cost that nobody knows is none. */
export function totalsOf(messages: readonly ConversationMessage[]): { readonly calls: number; readonly tokens: number; readonly cost: string | null } {
  const made = messages.filter(({ role, produced }) => role === "ai" && produced);
  const costs = made.flatMap(({ cost }) => (cost === null ? [] : [Number(cost)]));
  return {
    calls: new Set(made.map(({ run_id: run }) => run)).size,
    tokens: made.reduce((sum, { usage }) => sum + (usage?.total ?? 0), 0),
    cost: costs.length === 0 ? null : String(costs.reduce((sum, cost) => sum + cost, 0)),
  };
}
