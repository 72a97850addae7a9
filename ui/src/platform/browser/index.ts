/** The browser tab: HTTP to the server that delivered the page, authenticated by its cookie. */
import type { EventEnvelope, Job } from "../../contract/contract";
import { RpcError, toRpcError, UNAUTHORIZED, type CommandName, type DropSink, type EventSink, type Params, type Platform, type Result, type Stop } from "../platform";

/** The page is being left. It still counts as visible while `pagehide` is handled. */
let leaving = false;

export function createBrowserPlatform(): Platform {
  window.addEventListener("pagehide", () => {
    leaving = true;
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  return {
    kind: "browser",
    call,
    events,
    menu: () => () => undefined,
    drops,
    openFiles: async () => upload(await chooseFiles()),
    openFolder: null,
    blobUrl: (trace, run, part) => `/api/blob/${encodeURIComponent(trace)}/${encodeURIComponent(run)}/${part}`,
    attachmentUrl: (trace, run, name) =>
      `/api/attachment/${encodeURIComponent(trace)}/${encodeURIComponent(run)}/${encodeURIComponent(name)}`,
  };
}

/** Browsers refuse larger bodies of requests that outlive their page (Fetch, "in-flight keepalive bytes": 64 KiB). */
const KEPT_ALIVE = 60_000;

async function call<Name extends CommandName>(name: Name, params: Params<Name>, signal?: AbortSignal): Promise<Result<Name>> {
  return post<Result<Name>>(`/api/rpc/${name}`, {
    body: JSON.stringify(params),
    headers: { "content-type": "application/json" },
    signal: signal ?? null,
  });
}

async function post<Answer>(path: string, init: RequestInit): Promise<Answer> {
  let response: Response;
  try {
    // What a page says as it goes away arrives, as far as browsers allow that.
    const keepalive = (leaving || document.visibilityState === "hidden") && typeof init.body === "string" && init.body.length < KEPT_ALIVE;
    response = await fetch(path, { ...init, method: "POST", credentials: "same-origin", keepalive });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new RpcError("unreachable", "The server does not answer. Is tracemark serve still running?");
  }
  if (response.status === 401) throw new RpcError(UNAUTHORIZED, "This tab is not signed in to the server.");
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw toRpcError(body, `The server answered ${response.status}.`);
  return body as Answer;
}

function events(sink: EventSink): Stop {
  const source = new EventSource("/api/events");
  let opened = false;
  source.addEventListener("open", () => {
    if (opened) sink.gap();
    opened = true;
  });
  source.addEventListener("message", (message) => sink.event(JSON.parse(message.data as string) as EventEnvelope));
  // Refused and not only away, as by a server that was started again: a look at the data tells why.
  source.addEventListener("error", () => source.readyState === EventSource.CLOSED && sink.gap());
  return () => source.close();
}

function upload(files: readonly File[]): Promise<Job[]> {
  return Promise.all(
    files.map((file) => post<Job>(`/api/import?name=${encodeURIComponent(file.name)}`, { body: file, headers: { "content-type": "application/octet-stream" } })),
  );
}

/** The picker of the browser; no promise is left open when it is closed without a choice. */
function chooseFiles(): Promise<File[]> {
  return new Promise((resolve) => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.addEventListener("change", () => resolve([...(input.files ?? [])]));
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });
}

function drops(sink: DropSink): Stop {
  const stop = new AbortController();
  const { signal } = stop;
  // Children fire enter and leave too; the depth tells when the pointer left the window for good.
  let depth = 0;
  window.addEventListener("dragenter", (event) => {
    if (!holdsFiles(event)) return;
    depth += 1;
    sink.over(true);
  }, { signal });
  window.addEventListener("dragleave", (event) => {
    if (!holdsFiles(event)) return;
    depth = Math.max(depth - 1, 0);
    if (depth === 0) sink.over(false);
  }, { signal });
  window.addEventListener("dragover", (event) => {
    if (holdsFiles(event)) event.preventDefault();
  }, { signal });
  window.addEventListener("drop", (event) => {
    depth = 0;
    sink.over(false);
    if (!holdsFiles(event)) return;
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) sink.dropped(() => upload(files));
  }, { signal });
  return () => stop.abort();
}

/** Texts dragged within the page are none of our business. */
function holdsFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
