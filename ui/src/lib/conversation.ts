/** A conversation as a list to scroll through: what stands where, what can be opened, what is found, what is copied. */
import type { Conversation, ConversationMessage, ConversationPlace, CutText, HiddenReason, MessageBlock, MessagePayload, MessageToolCall, Role, Turn } from "../contract/contract";
import { formatCost, formatCount } from "./format";
import { parseJson, writeJson } from "./json";
import { beginningOf } from "./plainText";

export const ROLE_NAMES: Readonly<Record<Role, string>> = { system: "System", human: "Human", ai: "AI", tool: "Tool" };

/** Something in the list. Ids are names of folds as well, and stay the same while messages are appended. */
export type Entry =
  | { readonly kind: "turn"; readonly id: string; readonly depth: 0; readonly turn: number }
  /** Messages that only repeat earlier turns, behind one line while it is folded. */
  | { readonly kind: "earlier"; readonly id: string; readonly depth: 0; readonly messages: number }
  /** Why the turn failed, behind what was said in it. */
  | { readonly kind: "error"; readonly id: string; readonly depth: 0; readonly turn: number }
  | { readonly kind: "message"; readonly id: string; readonly depth: number; readonly side: number | null; readonly index: number }
  | { readonly kind: "side"; readonly id: string; readonly depth: number; readonly side: number };

export function sideId(side: number): string {
  return `side ${side}`;
}

export function messageId(side: number | null, index: number): string {
  return side === null ? `message ${index}` : `side ${side} message ${index}`;
}

/** Name of the fold of messages that only repeat earlier turns. */
export const EARLIER = "earlier";

/** Messages of the main conversation, from one up to another that is not of them. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * What a trace was told of earlier turns: all between the system prompt and the last question before the first answer of its
 * own. `null` where that is no conversation, so that examples of questions alone or the only question stay in sight.
 */
export function earlierOf({ turns, messages, side_threads: sides }: Conversation): Stretch | null {
  const turn = turns[0];
  if (turns.length !== 1 || !turn) return null;
  const answer = messages.findIndex(({ role, produced }) => role === "ai" && produced);
  // A trace that failed before it answered has its question at the end. Without an error the answers may just not be known as such.
  if (answer < 0 && turn.error === null && turn.status !== "error") return null;
  const to = messages.slice(0, answer < 0 ? messages.length : answer).findLastIndex(({ role }) => role === "human");
  const from = messages.findIndex(({ role }) => role !== "system");
  if (from < 0 || to <= from || !messages.slice(from, to).some(({ role }) => role === "ai")) return null;
  // What was done in this trace stays in sight.
  const done = messages.slice(from, to).some(({ produced }) => produced) || sides.some(({ parent, message }) => parent === null && message !== null && message >= from && message < to);
  return done ? null : { from, to };
}

export function errorId(turn: number): string {
  return `turn ${turn} error`;
}

export function threadOf(conversation: Conversation, side: number | null): readonly ConversationMessage[] {
  return side === null ? conversation.messages : (conversation.side_threads[side]?.messages ?? []);
}

export function callsOf(message: ConversationMessage): readonly MessageToolCall[] {
  return message.blocks.flatMap((block) => (block.type === "tool_calls" ? block.calls : []));
}

/** Results that are told by the card of their call, and need no place of their own. */
function toldByCalls(thread: readonly ConversationMessage[]): ReadonlySet<number> {
  return new Set(thread.flatMap((message) => callsOf(message).flatMap(({ result }) => result ?? [])));
}

/**
 * The list from top to bottom. A sub-agent stands behind the message that started it, in the card of its call
 * (`lib/nesting`), its messages below it once it is open. With `entered` the list is that of this sub-agent alone,
 * with `earlier` (`earlierOf`) what only repeats earlier turns is behind one line.
 */
export function entriesOf(conversation: Conversation, isOpen: (id: string) => boolean, entered: number | null = null, earlier: Stretch | null = null): Entry[] {
  const { turns, side_threads: sides } = conversation;
  const entries: Entry[] = [];
  const seen = new Set<number>();
  const started = new Map<string, number[]>();
  sides.forEach(({ parent, message, turn }, side) => {
    const place = message === null && parent === null ? `turn ${turn}` : message === null ? sideId(parent ?? 0) : messageId(parent, message);
    started.set(place, [...(started.get(place) ?? []), side]);
  });
  // Those of one call stand together, in the order of the calls.
  for (const list of started.values()) list.sort((a, b) => (sides[a]?.call ?? Infinity) - (sides[b]?.call ?? Infinity) || a - b);
  const addSides = (place: string, depth: number): void => {
    for (const side of started.get(place) ?? []) {
      // A damaged conversation may name itself as its parent.
      if (seen.has(side)) continue;
      seen.add(side);
      entries.push({ kind: "side", id: sideId(side), depth, side });
      if (isOpen(sideId(side))) {
        addSides(sideId(side), depth + 1);
        addMessages(side, 0, sides[side]?.messages.length ?? 0, depth + 1);
      }
    }
  };
  const addMessages = (side: number | null, from: number, to: number, depth: number): void => {
    const told = toldByCalls(threadOf(conversation, side));
    for (let index = from; index < to; index += 1) {
      if (!told.has(index)) entries.push({ kind: "message", id: messageId(side, index), depth, side, index });
      addSides(messageId(side, index), depth);
    }
  };
  if (entered !== null) {
    seen.add(entered);
    addSides(sideId(entered), 0);
    addMessages(entered, 0, sides[entered]?.messages.length ?? 0, 0);
    return entries;
  }
  turns.forEach(({ first_message: first, messages, error }, turn) => {
    entries.push({ kind: "turn", id: `turn ${turn}`, depth: 0, turn });
    addSides(`turn ${turn}`, 0);
    if (earlier !== null && turn === 0) {
      addMessages(null, first, earlier.from, 0);
      entries.push({ kind: "earlier", id: EARLIER, depth: 0, messages: earlier.to - earlier.from });
      if (isOpen(EARLIER)) addMessages(null, earlier.from, earlier.to, 0);
      addMessages(null, earlier.to, first + messages, 0);
    } else addMessages(null, first, first + messages, 0);
    if (error !== null) entries.push({ kind: "error", id: errorId(turn), depth: 0, turn });
  });
  return entries;
}

/** What can be opened in a message. */
export function foldsOf(id: string, message: ConversationMessage): string[] {
  const folds = message.role === "system" ? [id] : [];
  message.blocks.forEach((block, index) => {
    const fold = blockFold(id, index);
    if (block.type === "tool_calls") block.calls.forEach((_, call) => folds.push(callFold(id, index, call)));
    else if (isFolded(block)) folds.push(fold);
    else if ((block.type === "text" || block.type === "refusal" || block.type === "unreadable") && isLong(block.text)) folds.push(textFold(fold));
  });
  return folds;
}

function isLong(text: CutText): boolean {
  return text.cut !== null || beginningOf(text.text) !== null;
}

/** Fold of a long text inside of something. */
export function textFold(id: string): string {
  return `${id} text`;
}

/** Texts inside of what is folded: a match in them is seen only when they are open too. */
export function textFoldsOf(id: string, message: ConversationMessage, thread: readonly ConversationMessage[]): string[] {
  return message.blocks.flatMap((block, index) => {
    const fold = blockFold(id, index);
    if (block.type !== "tool_calls") return [textFold(fold)];
    return block.calls.flatMap((call, place) => {
      const inner = callFold(id, index, place);
      const result = call.result === null ? undefined : thread[call.result];
      const results = result?.blocks.flatMap((answer, at) => (answer.type === "tool_result" ? answer.content.map((_, piece) => textFold(`${blockFold(`${inner} result`, at)} ${piece}`)) : [])) ?? [];
      return [textFold(`${inner} arguments`), ...results];
    });
  });
}

/** All that must be open for an entry to be in the list with everything that it says. */
export function foldsAround(conversation: Conversation, entry: Entry): string[] {
  if (entry.kind === "turn" || entry.kind === "earlier") return [];
  if (entry.kind === "error") return [entry.id, textFold(entry.id)];
  if (entry.kind === "side") return sidesAbove(conversation, conversation.side_threads[entry.side]?.parent ?? null);
  const thread = threadOf(conversation, entry.side);
  const message = thread[entry.index];
  const inside = message ? [...foldsOf(entry.id, message), ...textFoldsOf(entry.id, message, thread)] : [];
  return [...(isEarlier(conversation, entry) ? [EARLIER] : []), ...sidesAbove(conversation, entry.side), ...inside];
}

/** Whether a message only repeats what was said in earlier turns. */
export function isEarlier(conversation: Conversation, entry: Entry): boolean {
  if (entry.kind !== "message" || entry.side !== null) return false;
  const earlier = earlierOf(conversation);
  return earlier !== null && entry.index >= earlier.from && entry.index < earlier.to;
}

export function isFolded(block: MessageBlock): boolean {
  if (block.type === "error") return splitError(block.text.text).rest !== "";
  return block.type === "reasoning" || block.type === "json" || block.type === "server_tool";
}

export function blockFold(id: string, block: number): string {
  return `${id} block ${block}`;
}

export function callFold(id: string, block: number, call: number): string {
  return `${id} block ${block} call ${call}`;
}

/** Above what must be open for an entry to be in the list. */
export function sidesAbove(conversation: Conversation, side: number | null): string[] {
  const above: string[] = [];
  for (let at = side; at !== null && !above.includes(sideId(at)); at = conversation.side_threads[at]?.parent ?? null) above.push(sideId(at));
  return above;
}

/** The entry that tells about a run: the message that it produced, else the call of its tool, else any message of it, if it can be one that was not said before. */
export function entryOfRun(conversation: Conversation, runId: string): Extract<Entry, { kind: "message" }> | null {
  const all = entriesOf(conversation, () => true).filter((entry) => entry.kind === "message");
  const message = (entry: (typeof all)[number]) => threadOf(conversation, entry.side)[entry.index];
  return (
    all.find((entry) => message(entry)?.run_id === runId && message(entry)?.produced) ??
    all.find((entry) => callsOf(message(entry) ?? NOTHING).some((call) => call.run_id === runId)) ??
    all.find((entry) => message(entry)?.run_id === runId && !isEarlier(conversation, entry)) ??
    all.find((entry) => message(entry)?.run_id === runId) ??
    null
  );
}

const NOTHING = { blocks: [] } as unknown as ConversationMessage;

/** Shorter pauses between turns are not worth a word. */
const PAUSE_NANOS = 5 * 60 * 1_000_000_000;

/** Nanoseconds from the end of the turn before to the start of this one, where somebody was away. */
export function pauseBefore(turns: readonly Turn[], turn: number): number | null {
  const before = turns[turn - 1];
  const start = turns[turn]?.start ?? null;
  if (!before || before.start === null || start === null) return null;
  const pause = Number(BigInt(start) - BigInt(before.start)) - (before.latency ?? 0);
  return pause > PAUSE_NANOS ? pause : null;
}

/** The message of an error, and what stands below it. */
export function splitError(text: string): { readonly message: string; readonly rest: string } {
  const [message = "", ...rest] = text.split(/\n\s*\n|\n(?=Traceback )/);
  return { message, rest: rest.join("\n\n").trimEnd() };
}

const HIDDEN_NAMES: Readonly<Record<HiddenReason, string>> = { excluded: "excluded", middleware: "middleware", compaction: "compaction" };

/** `3 hidden: 2 middleware, 1 compaction`; `null` when nothing is. */
export function hiddenText(turns: readonly Turn[], verb: "hidden" | "shown"): string | null {
  const counts = new Map<HiddenReason, number>();
  for (const { hidden } of turns) for (const { reason, runs } of hidden) counts.set(reason, (counts.get(reason) ?? 0) + runs);
  if (counts.size === 0) return null;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const names = [...counts].map(([reason, count]) => (counts.size === 1 ? HIDDEN_NAMES[reason] : `${formatCount(count)} ${HIDDEN_NAMES[reason]}`));
  return `${formatCount(total)} ${verb}: ${names.join(", ")}`;
}

/** Arguments over several lines where they are whole JSON, else as they are. */
export function payloadText({ json, text }: MessagePayload): string {
  const value = json && text.cut === null ? parseJson(text.text) : null;
  return value ? writeJson(value) : text.text;
}

/** The first line of arguments, for a card that is closed. */
export function payloadLine(payload: MessagePayload | null): string {
  return (payload?.text.text ?? "").slice(0, 300).replace(/\s+/g, " ");
}

/** Every text of a block in order. */
function* textsOf(blocks: readonly MessageBlock[]): Generator<string> {
  for (const block of blocks) {
    switch (block.type) {
      case "text":
      case "reasoning":
      case "refusal":
      case "error":
      case "unreadable":
        yield block.text.text;
        break;
      case "json":
        yield block.json.text;
        break;
      case "tool_calls":
        for (const call of block.calls) {
          yield call.name;
          if (call.arguments) yield call.arguments.text.text;
        }
        break;
      case "tool_result":
        if (block.error) yield block.error.text;
        yield* textsOf(block.content);
        break;
      case "server_tool":
        yield block.name;
        if (block.arguments) yield block.arguments.text.text;
        yield* textsOf(block.result);
        break;
      case "media":
        yield [block.name, block.mime_type, block.url?.text, block.transcript?.text].filter(Boolean).join(" ");
        break;
    }
  }
}

/** A line of the outline. */
export interface OutlineLine {
  readonly turn: number;
  /** The first words of the user, else the name of the turn. */
  readonly words: string;
  readonly failed: boolean;
  /** Errors below the turn itself. */
  readonly errors: number;
}

/** Turns with their first words. */
export function outlineOf(conversation: Conversation): OutlineLine[] {
  return conversation.turns.map(({ first_message: first, messages, name, status, error }, turn) => {
    const said = conversation.messages.slice(first, first + messages);
    const human = said.find(({ role, blocks }) => role === "human" && blocks.some(({ type }) => type === "text"));
    const text = human?.blocks.find((block) => block.type === "text");
    const words = text?.type === "text" ? text.text.text.slice(0, 120).replace(/\s+/g, " ").trim() : "";
    const errors = said.reduce((sum, message) => sum + callsOf(message).filter(({ state }) => state === "failed").length + message.blocks.filter(({ type }) => type === "error").length, 0);
    return { turn, words: words === "" ? name : words, failed: status === "error" || error !== null, errors };
  });
}

/** The entry of a place that the core found; `null` where it is not in the list. */
export function entryIdOf(place: ConversationPlace): string {
  switch (place.type) {
    case "turn":
      return `turn ${place.turn}`;
    case "side":
      return sideId(place.side);
    case "message":
      return messageId(place.side, place.message);
  }
}

/**
 * The entries of the places that the core found. It names a turn for its name and for its error alike; these are two entries,
 * and of an error the part that came cut is looked through too.
 */
export function foundAmong(conversation: Conversation, all: readonly Entry[], places: readonly ConversationPlace[], text: string): Entry[] {
  const ids = new Set(places.map(entryIdOf));
  return all.filter((entry) => {
    if (entry.kind === "turn") return ids.has(entry.id) && ((conversation.turns[entry.turn]?.error ?? null) === null || searchText(conversation, entry).includes(text));
    if (entry.kind !== "error") return ids.has(entry.id);
    const turn = conversation.turns[entry.turn];
    return ids.has(`turn ${entry.turn}`) && (searchText(conversation, entry).includes(text) || !(turn?.name ?? "").toLowerCase().includes(text));
  });
}

/** The match after an entry of the list, or before it; from the end to the beginning. */
export function nextFound(all: readonly Entry[], found: readonly Entry[], from: string | null, step: 1 | -1): Entry | undefined {
  const order = new Map(all.map(({ id }, at) => [id, at]));
  const at = from === null ? -1 : (order.get(from) ?? -1);
  if (step === 1) return found.find(({ id }) => (order.get(id) ?? 0) > at) ?? found[0];
  return found.findLast(({ id }) => (order.get(id) ?? 0) < at) ?? found.at(-1);
}

/** What finding looks at: everything that the entry can show, folded or not. */
export function searchText(conversation: Conversation, entry: Entry): string {
  if (entry.kind === "turn") return (conversation.turns[entry.turn]?.name ?? "").toLowerCase();
  if (entry.kind === "earlier") return "";
  if (entry.kind === "error") return (conversation.turns[entry.turn]?.error?.text ?? "").toLowerCase();
  if (entry.kind === "side") return (conversation.side_threads[entry.side]?.label ?? "").toLowerCase();
  const thread = threadOf(conversation, entry.side);
  const message = thread[entry.index];
  if (!message) return "";
  const results = callsOf(message).flatMap(({ result }) => (result === null ? [] : (thread[result]?.blocks ?? [])));
  const texts = [message.name ?? "", message.model ?? "", ...textsOf(message.blocks), ...message.alternatives.flatMap((blocks) => [...textsOf(blocks)]), ...textsOf(results)];
  return texts.join("\n").toLowerCase();
}

/** Gives the whole of a text that may have come cut. */
export type ReadWhole = (text: CutText) => Promise<string>;

/** The words of a message alone; everything else of it where it has no words. */
export async function wordsOf(message: ConversationMessage, whole: ReadWhole): Promise<string> {
  const words = message.blocks.flatMap((block) => (block.type === "text" || block.type === "refusal" || block.type === "error" || block.type === "unreadable" ? [block.text] : []));
  if (words.length > 0) return (await Promise.all(words.map(whole))).join("\n\n");
  return (await Promise.all(message.blocks.map((block) => blockMarkdown(block, [], whole)))).join("\n\n");
}

/** A message with its calls and their results, as the transcript writes it. */
export async function messageMarkdown(message: ConversationMessage, thread: readonly ConversationMessage[], whole: ReadWhole): Promise<string> {
  const about = [message.model, message.usage?.total ? `${formatCount(message.usage.total)} tokens` : null, message.cost === null ? null : formatCost(message.cost)].filter(Boolean);
  const heading = `### ${message.name ?? message.raw_role ?? ROLE_NAMES[message.role]}${about.length > 0 ? ` (${about.join(", ")})` : ""}`;
  const blocks = await Promise.all(message.blocks.map((block) => blockMarkdown(block, thread, whole)));
  return [heading, ...blocks].join("\n\n");
}

async function blockMarkdown(block: MessageBlock, thread: readonly ConversationMessage[], whole: ReadWhole): Promise<string> {
  const all = async (blocks: readonly MessageBlock[]): Promise<string> => (await Promise.all(blocks.map((inner) => blockMarkdown(inner, thread, whole)))).join("\n\n");
  switch (block.type) {
    case "text":
      return whole(block.text);
    case "reasoning":
      return (await whole(block.text)).replace(/^/gm, "> ");
    case "refusal":
      return `**Refusal:** ${await whole(block.text)}`;
    case "error":
      return `**Error**\n\n${fenced("", await whole(block.text))}`;
    case "unreadable":
      return fenced("", await whole(block.text));
    case "json":
      return fenced("json", await whole(block.json));
    case "media":
      return `*[${[block.kind, block.name, block.mime_type, block.url?.text, block.file_id].filter(Boolean).join(", ")}]*`;
    case "server_tool":
      return [`#### Server tool: ${block.name}`, block.arguments ? fenced("json", await wholePayload(block.arguments, whole)) : "", await all(block.result)].filter(Boolean).join("\n\n");
    case "tool_result":
      return [block.error ? `**Error:** ${await whole(block.error)}` : "", await all(block.content)].filter(Boolean).join("\n\n");
    case "tool_calls": {
      const calls = block.calls.map(async (call) => {
        const result = call.result === null ? "*No result*" : await all(thread[call.result]?.blocks ?? []);
        const args = call.arguments ? fenced("json", await wholePayload(call.arguments, whole)) : "";
        return [`#### Tool call: ${call.name}${call.id ? ` (\`${call.id}\`)` : ""}`, args, `#### Tool result: ${call.name}`, result].filter(Boolean).join("\n\n");
      });
      return (await Promise.all(calls)).join("\n\n");
    }
  }
}

async function wholePayload(payload: MessagePayload, whole: ReadWhole): Promise<string> {
  const text = await whole(payload.text);
  const value = payload.json ? parseJson(text) : null;
  return value ? writeJson(value) : text;
}

/** The fence is longer than any in the text. */
function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n+$/, "")}\n${fence}`;
}
