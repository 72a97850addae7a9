/**
 * As much of the W3C WebDriver protocol as the window tests use, and the window as a person's computer would start it:
 * a home of its own, tauri-driver in front of WebKitWebDriver, one session. No dependencies.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
/** Generous, because the machine may be compiling; nothing waits this long when all is well. */
export const PATIENCE_MS = 90_000;
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** Asks until the answer is truthy. */
export async function until(what, ask, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${patience / 1000} s for ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export async function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A folder that is this run's home, and the environment that says so. */
export async function home() {
  const folder = await mkdtemp(join(tmpdir(), "tracemark-window-"));
  const env = {
    ...process.env,
    HOME: folder,
    XDG_DATA_HOME: join(folder, "data"),
    XDG_CONFIG_HOME: join(folder, "config"),
    XDG_CACHE_HOME: join(folder, "cache"),
    XDG_RUNTIME_DIR: join(folder, "runtime"),
    TRACEMARK_LIBRARY: join(folder, "library"),
    PATH: [join(ROOT, ".cache", "tools", "bin"), process.env.PATH].join(delimiter),
    // There is no graphics card behind a virtual display. (WEBKIT_DISABLE_DMABUF_RENDERER=1 would make the driver hang
    // on screenshots, seen with WebKitGTK 2.50.)
    LIBGL_ALWAYS_SOFTWARE: "1",
    NO_AT_BRIDGE: "1",
  };
  await mkdir(env.XDG_RUNTIME_DIR, { recursive: true, mode: 0o700 });
  return { folder, env, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Runs a program to its end. */
export function run(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    child.stdout.on("data", (data) => (output += data));
    child.stderr.on("data", (data) => (output += data));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** Starts tauri-driver and through it the window. */
export async function openWindow({ application, args, env, cwd }) {
  if (!existsSync(application)) throw new Error(`no ${application}: build it first (cargo build --workspace)`);
  const [port, nativePort] = [await freePort(), await freePort()];
  const driver = spawn("tauri-driver", ["--port", String(port), "--native-port", String(nativePort)], {
    env,
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    // Its own group, so that what it started ends with it.
    detached: true,
  });
  let output = "";
  const keep = (data) => (output = (output + data).slice(-20_000));
  driver.stdout.on("data", keep);
  driver.stderr.on("data", keep);
  const failed = new Promise((_, reject) => {
    driver.on("error", (error) => reject(new Error("tauri-driver cannot be started", { cause: error })));
    driver.on("exit", (code) => reject(new Error(`tauri-driver ended with ${code}: ${output}`)));
  });
  failed.catch(() => undefined);
  const base = `http://127.0.0.1:${port}`;
  const stopDriver = () => {
    try {
      process.kill(-driver.pid, "SIGTERM");
    } catch {
      // It is gone already.
    }
  };
  try {
    await Promise.race([failed, until("tauri-driver", async () => (await fetch(`${base}/status`)).ok)]);
    const session = await Promise.race([
      failed,
      request(base, "POST", "/session", {
        capabilities: { alwaysMatch: { "tauri:options": { application, args } } },
      }),
    ]);
    return new Page(base, session.sessionId, stopDriver, () => output);
  } catch (error) {
    stopDriver();
    throw new Error(`the window did not start: ${output}`, { cause: error });
  }
}

async function request(base, method, path, body) {
  const response = await fetch(base + path, {
    method,
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(method === "POST" ? { body: JSON.stringify(body ?? {}), headers: { "content-type": "application/json" } } : {}),
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${path}: ${value?.error}: ${value?.message}`);
  return value;
}

/** The page in the window. Elements are named by selectors and looked up each time, as React may replace them. */
class Page {
  constructor(base, session, stopDriver, output) {
    this.base = base;
    this.session = session;
    this.stopDriver = stopDriver;
    /** What the driver and the program printed so far. */
    this.output = output;
  }

  call(method, path, body) {
    return request(this.base, method, `/session/${this.session}${path}`, body);
  }

  /** Runs a function in the page. */
  evaluate(code, ...args) {
    return this.call("POST", "/execute/sync", { script: `return (${code}).apply(null, arguments)`, args });
  }

  /** Runs a function in the page that answers through its last argument. */
  evaluateAsync(code, ...args) {
    return this.call("POST", "/execute/async", { script: `(${code}).apply(null, arguments)`, args });
  }

  /** Calls a command of the contract as the page does. */
  async rpc(name, params) {
    const answer = await this.evaluateAsync(
      (name, params, done) =>
        window.__TAURI_INTERNALS__.invoke("rpc", { name, params }).then(
          (bytes) => done({ value: JSON.parse(new TextDecoder().decode(bytes)) }),
          (error) => done({ error: JSON.stringify(error) }),
        ),
      name,
      params,
    );
    if (answer.error) throw new Error(`${name}: ${answer.error}`);
    return answer.value;
  }

  /** Fetches from within the page. */
  async fetch(url) {
    const answer = await this.evaluateAsync(
      (url, done) =>
        fetch(url).then(
          async (response) => done({ status: response.status, type: response.headers.get("content-type"), text: await response.text() }),
          (error) => done({ error: String(error) }),
        ),
      url,
    );
    if (answer.error) throw new Error(`${url}: ${answer.error}`);
    return answer;
  }

  until(what, code, ...args) {
    return until(what, () => this.evaluate(code, ...args)).catch(async (error) => {
      const shown = await this.evaluate(() => document.body.innerText).catch(() => "?");
      throw new Error(`${error.message}; the page shows:\n${shown}\n${this.output()}`, { cause: error });
    });
  }

  /** Until the page has asked for everything it wants and got it. */
  idle() {
    return this.until("the page to be idle", () => window.__appIdle === true);
  }

  async element(selector) {
    const found = await this.call("POST", "/element", { using: "css selector", value: selector });
    return found[ELEMENT];
  }

  async click(selector) {
    await until(`${selector} to be clicked`, async () => {
      const id = await this.element(selector);
      await this.call("POST", `/element/${id}/click`);
      return true;
    });
  }

  /** Presses keys one after the other; `Control`, `Shift` and `Alt` in front are held. */
  async press(...chord) {
    const keys = { Control: "\uE009", Shift: "\uE008", Alt: "\uE00A", Enter: "\uE007", Escape: "\uE00C", ArrowDown: "\uE015", ArrowRight: "\uE014", Home: "\uE011" };
    const values = chord.map((key) => keys[key] ?? key);
    const actions = [
      ...values.map((value) => ({ type: "keyDown", value })),
      ...values.toReversed().map((value) => ({ type: "keyUp", value })),
    ];
    await this.call("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  /** What the window shows once it has stopped changing: painting lags behind the page when there is no graphics card. */
  async screenshot() {
    const shoot = async () => {
      await this.evaluateAsync((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));
      return this.call("GET", "/screenshot");
    };
    let last = await shoot();
    await until("a still picture", async () => {
      const next = await shoot();
      const still = next === last;
      last = next;
      return still;
    });
    return Buffer.from(last, "base64");
  }

  /** Closes the window as a person would: the program ends by itself. */
  async close() {
    try {
      await request(this.base, "DELETE", `/session/${this.session}`);
    } catch {
      // The window may be gone already.
    }
    this.stopDriver();
  }
}
