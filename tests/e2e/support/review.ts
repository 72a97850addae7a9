/** Queues for the specs of reviewing: made through the API, worked with key presses only. */
import { expect, type Page } from "@playwright/test";
import { exportOf, hexId } from "./otlp";
import type { Server } from "./server";

/** Asks the core as the page does. */
export async function rpc<Result>(page: Page, name: string, params: unknown): Promise<Result> {
  return page.evaluate(
    async ({ name: command, params: body }) => {
      const response = await fetch(`/api/rpc/${command}`, { method: "POST", credentials: "same-origin", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      const answer: unknown = await response.json();
      if (!response.ok) throw new Error(`${command}: ${JSON.stringify(answer)}`);
      return answer as never;
    },
    { name, params },
  );
}

/** Traces of one model call each, that say which they are. */
export async function sendItems(server: Server, count: number): Promise<void> {
  const start = Date.UTC(2026, 0, 1);
  for (let from = 0; from < count; from += 200) {
    const spans = Array.from({ length: Math.min(200, count - from) }, (_, index) => {
      const number = from + index;
      return {
        trace: hexId(number, 32),
        span: hexId(number, 16),
        name: `chat ${number}`,
        start: start + number * 1000,
        end: start + number * 1000 + 400,
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.request.model": "secret-model-9000",
          "gen_ai.provider.name": "secret-vendor",
          "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: `Question ${number}?` }] }]),
          "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts: [{ type: "text", content: `Answer ${number}.` }] }]),
        },
      };
    });
    const response = await fetch(`${server.ingest}/v1/traces`, { method: "POST", headers: { "content-type": "application/json" }, body: exportOf(spans) });
    expect(response.ok).toBe(true);
  }
}

export interface KeyOf {
  readonly key: string;
  readonly key_type: string;
  readonly categories?: readonly { readonly label: string; readonly value: number }[];
}

export const VERDICT: KeyOf = { key: "verdict", key_type: "categorical", categories: [{ label: "Pass", value: 1 }, { label: "Fail", value: 0 }] };

/** Makes a queue of all traces; returns its id. */
export async function makeQueue(page: Page, keys: readonly KeyOf[], settings: Record<string, unknown> = {}, kind = "single"): Promise<string> {
  for (const key of keys) await rpc(page, "save_feedback_key", { key: { min: null, max: null, step: null, direction: "higher_better", description: null, ...key } });
  const queue = await rpc<{ row: { id: string } }>(page, "save_queue", {
    id: null,
    name: "Test queue",
    kind,
    rubric: keys.map(({ key }) => ({ feedback_key: key, is_required: true })),
    settings: { target_level: "trace", ...settings },
  });
  return queue.row.id;
}

export async function fill(page: Page, queueId: string): Promise<void> {
  await rpc(page, "fill_queue", { queue_id: queueId, source: { type: "filter", filter: {} } });
}

export interface Row {
  readonly id: string;
  readonly state: string;
  readonly answers: readonly { readonly key: string; readonly text: string }[];
}

export async function itemsOf(page: Page, queueId: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const part = await rpc<{ rows: Row[]; total: number }>(page, "list_items", { queue_id: queueId, offset: rows.length, limit: 500 });
    rows.push(...part.rows);
    if (part.rows.length === 0 || rows.length >= part.total) return rows;
  }
}

/** Opens the queue; one without instructions begins at once. */
export async function openQueue(page: Page, queueId: string): Promise<void> {
  await page.evaluate((id) => {
    location.hash = `#/queues/${id}`;
  }, queueId);
  await expect(page.getByRole("form", { name: "Rubric" })).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
}

/** The place of the item on the screen, from 1. */
export function position(page: Page) {
  return page.locator("[title='Place of this item, items in the queue'] b");
}
