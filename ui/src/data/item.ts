/**
 * Payloads of an item of a queue come as the queue lets them be seen: the same questions, asked through the item.
 * Whatever shows a run or a conversation inside an `ItemScope` asks so without knowing it.
 */
import { createContext, use } from "react";
import { platform, type CommandName, type Params, type Result } from "../platform";

export interface ItemScope {
  readonly itemId: string;
  /** The queue hides models, costs and the like; what cannot be masked is not offered. */
  readonly masked: boolean;
}

export const ItemScopeContext = createContext<ItemScope | null>(null);

export function useItemScope(): ItemScope | null {
  return use(ItemScopeContext);
}

/** The key of a query within the scope. */
export function scoped<Key extends readonly unknown[]>(scope: ItemScope | null, key: Key): readonly unknown[] {
  return scope === null ? key : [...payloadsOf(scope.itemId), ...key];
}

/** What the keys of all payloads of an item begin with. */
export function payloadsOf(itemId: string): readonly unknown[] {
  return ["item payload", itemId];
}

type Asked = "get_trace" | "get_run" | "get_conversation" | "read_conversation_text" | "read_json" | "read_text";

/** Asks for a payload directly, or through the item. */
export function ask<Name extends Asked & CommandName>(scope: ItemScope | null, name: Name, params: Params<Name>, signal?: AbortSignal): Promise<Result<Name>> {
  if (scope === null) return platform().call(name, params, signal);
  // Each pair of commands has the same result; the compiler cannot follow that through the name.
  return throughItem(scope.itemId, { name, params } as unknown as Question, signal) as Promise<Result<Name>>;
}

type Question = { [Name in Asked]: { readonly name: Name; readonly params: Params<Name> } }[Asked];

function throughItem(itemId: string, { name, params }: Question, signal?: AbortSignal): Promise<unknown> {
  const { call } = platform();
  switch (name) {
    case "get_trace":
      return call("get_review_trace", { item_id: itemId, trace_id: params.trace_id }, signal);
    case "get_run":
      return call("get_review_run", { item_id: itemId, run: params }, signal);
    case "get_conversation":
      return call("get_review_conversation", { item_id: itemId, conversation: params }, signal);
    case "read_conversation_text":
      return call("read_review_conversation_text", { item_id: itemId, text: params }, signal);
    case "read_json":
      return call("read_review_json", { item_id: itemId, read: params }, signal);
    case "read_text":
      return call("read_review_text", { item_id: itemId, read: params }, signal);
  }
}
