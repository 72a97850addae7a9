import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { ROOT, type Server } from "./server";

/** Sends what a LangSmith SDK sent, as it was recorded. */
export async function replay(server: Server, scenario: string): Promise<void> {
  const folder = join(ROOT, "tests/fixtures/langsmith-wire", scenario);
  const files = (await readdir(folder)).filter((file) => /^\d+\.json$/.test(file)).toSorted();
  for (const file of files) {
    const request = JSON.parse(await readFile(join(folder, file), "utf8")) as { method: string; path: string; headers: [string, string][] };
    if (request.method !== "POST" && request.method !== "PATCH") continue;
    const left = ["host", "connection", "content-length", "transfer-encoding", "accept-encoding"];
    const response = await fetch(`${server.ingest}${request.path}`, {
      method: request.method,
      headers: request.headers.filter(([name]) => !left.includes(name)),
      body: await readFile(join(folder, file.replace("json", "body"))),
    });
    expect(response.ok, `${request.method} ${request.path}`).toBe(true);
  }
}
