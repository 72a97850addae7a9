/** Steps on their way to the library: one after the other, each tried again while the library is busy. */
import { RpcError } from "../../platform";

/** Waits between tries; a busy library is free again soon. */
const PAUSES_MS = [200, 600, 1500];

export class StepQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Steps that are not answered yet. */
  get waiting(): number {
    return this.#waiting;
  }

  add<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#waiting += 1;
    const result = this.#last.then(() => persist(work));
    this.#last = result.catch(() => undefined);
    return result.finally(() => {
      this.#waiting -= 1;
    });
  }
}

async function persist<Result>(work: () => Promise<Result>): Promise<Result> {
  for (const pause of PAUSES_MS) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RpcError && (error.code === "busy" || error.code === "unreachable"))) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return work();
}
