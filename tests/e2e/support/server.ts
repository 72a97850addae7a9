/** Starts `tracemark serve` on a library of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const ROOT = resolve(import.meta.dirname, "../../..");

export const BINARY = process.env["TRACEMARK_BIN"] ?? join(ROOT, "target/debug/tracemark");
const START_MS = 20_000;

export interface Server {
  /** Address of the UI with the token. */
  readonly url: string;
  readonly token: string;
  /** The process. */
  readonly pid: number;
  /** Address that takes in OTLP. */
  readonly ingest: string;
  /** Directory for files of the test; gone with the server. */
  readonly dir: string;
  readonly stop: () => Promise<void>;
  /** Kills it, and starts another on the same library; the address is another too. */
  readonly restart: () => Promise<Server>;
}

export async function startServer(): Promise<Server> {
  return serve(await mkdtemp(join(tmpdir(), "tracemark-e2e-")));
}

async function serve(dir: string): Promise<Server> {
  const child = spawn(BINARY, ["--library", join(dir, "library"), "serve", "--http", "127.0.0.1:0", "--ingest", "127.0.0.1:0", "--grpc", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const kill = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await exited;
    }
  };
  const stop = async (): Promise<void> => {
    await kill();
    await rm(dir, { recursive: true, force: true });
  };
  const line = await firstLine(child.stdout).catch(async (error: unknown) => {
    await stop();
    throw new Error(`${BINARY} did not start: ${String(error)}\n${errors}`);
  });
  // Whatever else it says must not fill the pipe.
  child.stdout.resume();
  const { url, token, ingest } = JSON.parse(line) as { url: string; token: string; ingest: string };
  const restart = async (): Promise<Server> => {
    await kill();
    return serve(dir);
  };
  return { url, token, pid: child.pid ?? 0, ingest, dir, stop, restart };
}

async function firstLine(stdout: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input: stdout });
  const [line] = (await Promise.race([
    once(lines, "line", { signal: AbortSignal.timeout(START_MS) }),
    once(lines, "close").then(() => Promise.reject(new Error("it ended"))),
  ])) as [string];
  return line;
}
