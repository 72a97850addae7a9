/**
 * What the UI needs from where it runs. Two implementations: a browser tab against `tracemark serve`, and the Tauri
 * window. Everything above this file is the same in both.
 */
import type { Commands, EventEnvelope, Job, PayloadPart } from "../contract/contract";

export type CommandName = keyof Commands;
export type Params<Name extends CommandName> = Commands[Name]["params"];
export type Result<Name extends CommandName> = Commands[Name]["result"];

/** A refusal by the core, with a stable word for the reason. */
export class RpcError extends Error {
  override readonly name = "RpcError";

  constructor(
    readonly code: string,
    message: string,
    readonly detail: string | null = null,
  ) {
    super(message);
  }
}

/** Code of the error when the session cookie is missing. */
export const UNAUTHORIZED = "unauthorized";

export interface EventSink {
  readonly event: (envelope: EventEnvelope) => void;
  /** The stream was cut or opened again: events may have been missed. */
  readonly gap: () => void;
}

export interface DropSink {
  /** Files hang over the window, or no longer do. */
  readonly over: (active: boolean) => void;
  readonly dropped: (start: () => Promise<Job[]>) => void;
}

/** Ends a subscription. */
export type Stop = () => void;

export interface Platform {
  readonly kind: "browser" | "tauri";
  readonly call: <Name extends CommandName>(name: Name, params: Params<Name>, signal?: AbortSignal) => Promise<Result<Name>>;
  readonly events: (sink: EventSink) => Stop;
  /** Commands chosen in the menu of the window; never called in a browser. */
  readonly menu: (chosen: (command: string) => void) => Stop;
  readonly drops: (sink: DropSink) => Stop;
  /** Asks for files and starts their import; empty when nothing was chosen. */
  readonly openFiles: () => Promise<Job[]>;
  /** `null` where folders cannot be followed. */
  readonly openFolder: (() => Promise<Job[]>) | null;
  readonly blobUrl: (trace: string, run: string, part: PayloadPart) => string;
  readonly attachmentUrl: (trace: string, run: string, name: string) => string;
}

/** Reads the body of a refusal, whatever it turns out to be. */
export function toRpcError(body: unknown, fallback: string): RpcError {
  if (typeof body === "object" && body !== null) {
    const { code, message, detail } = body as { code?: unknown; message?: unknown; detail?: unknown };
    if (typeof message === "string") {
      return new RpcError(typeof code === "string" ? code : "failed", message, typeof detail === "string" ? detail : null);
    }
  }
  return new RpcError("failed", typeof body === "string" && body !== "" ? body : fallback);
}
