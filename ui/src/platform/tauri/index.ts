/** The Tauri window: commands by `invoke`, bytes by the window's own scheme. The only file that knows Tauri. */
import { invoke } from "@tauri-apps/api/core";
import { listen, type UnlistenFn } from "@tauri-apps/api/event";
import { getCurrentWebview } from "@tauri-apps/api/webview";
import { open } from "@tauri-apps/plugin-dialog";
import type { EventEnvelope, Job } from "../../contract/contract";
import { toRpcError, type CommandName, type Params, type Platform, type Result, type Stop } from "../platform";

export function createTauriPlatform(): Platform {
  const origin = navigator.userAgent.includes("Windows") ? "http://tracemark.localhost" : "tracemark://localhost";
  return {
    kind: "tauri",
    call,
    events: (sink) => stopLater(listen<EventEnvelope>("event", ({ payload }) => sink.event(payload))),
    menu: (chosen) => stopLater(listen<string>("menu", ({ payload }) => chosen(payload))),
    drops: (sink) =>
      stopLater(
        getCurrentWebview().onDragDropEvent(({ payload }) => {
          if (payload.type === "enter") sink.over(payload.paths.length > 0);
          if (payload.type === "leave" || payload.type === "drop") sink.over(false);
          if (payload.type === "drop" && payload.paths.length > 0) sink.dropped(() => importPaths(payload.paths));
        }),
      ),
    openFiles: async () => importPaths(await open({ multiple: true, title: "Open trace files" })),
    openFolder: async () => importPaths(await open({ directory: true, title: "Open a folder of traces" })),
    blobUrl: (trace, run, part) => `${origin}/blob/${encodeURIComponent(trace)}/${encodeURIComponent(run)}/${part}`,
    attachmentUrl: (trace, run, name) =>
      `${origin}/attachment/${encodeURIComponent(trace)}/${encodeURIComponent(run)}/${encodeURIComponent(name)}`,
  };
}

async function call<Name extends CommandName>(name: Name, params: Params<Name>): Promise<Result<Name>> {
  let bytes: ArrayBuffer;
  try {
    bytes = await invoke<ArrayBuffer>("rpc", { name, params });
  } catch (error) {
    throw toRpcError(error, "The command failed.");
  }
  return JSON.parse(new TextDecoder().decode(bytes)) as Result<Name>;
}

async function importPaths(chosen: string | string[] | null): Promise<Job[]> {
  const paths = chosen === null ? [] : [chosen].flat();
  return paths.length === 0 ? [] : call("import_paths", { paths });
}

/** `listen` answers late; a subscription may be over before it began. */
function stopLater(listening: Promise<UnlistenFn>): Stop {
  return () => void listening.then((stop) => stop());
}
