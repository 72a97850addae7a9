/**
 * Cold starts of a built window, for `cargo xtask bench`. Prints one line of JSON: milliseconds from the start of the
 * process until its first rows were drawn.
 *
 *   node cold-start.mjs PROGRAM FILE
 *
 * The first start makes the library and imports the file; the later ones, which count, show it from there.
 */
import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { home, openWindow, until } from "./webdriver.mjs";

const STARTS = 5;
/** `sysconf(_SC_CLK_TCK)` is 100 on every Linux that runs this. */
const TICK_MS = 10;
const application = await realpath(process.argv[2]);
const file = process.argv[3];

/** When a process began, in milliseconds since the machine started. */
async function began(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(")").at(-1).trim().split(" ");
  return Number(fields[19]) * TICK_MS;
}

async function processOf(program) {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name)))
    if ((await readlink(`/proc/${pid}/exe`).catch(() => "")) === program) return pid;
  throw new Error(`${program} is not running`);
}

/** Now, on the clock of `began`. */
const now = async () => Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]) * 1000;

const place = await home();
place.env.TRACEMARK_ENDPOINT = "127.0.0.1:0";
place.env.TRACEMARK_GRPC = "127.0.0.1:0";
try {
  const times = [];
  for (let start = 0; start <= STARTS; start += 1) {
    const page = await openWindow({ application, args: start === 0 ? [file] : [], env: place.env, cwd: place.folder });
    try {
      // Asked in the page, frame by frame; what the driver needs to get there counts as well.
      await until("rows", () =>
        page.evaluateAsync((done) => {
          const look = () => (document.querySelector("[role=treeitem], [role=row][data-row]") ? requestAnimationFrame(() => setTimeout(() => done(true), 0)) : requestAnimationFrame(look));
          look();
        }),
      );
      const painted = await now();
      if (start > 0) times.push(painted - (await began(await processOf(application))));
    } finally {
      await page.close();
    }
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ drawn: times[Math.floor(times.length / 2)], slowest: times.at(-1) }));
} finally {
  await place.remove();
}
