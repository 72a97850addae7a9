/**
 * Refuses npm packages that end up in the interface under a licence that is not known to be permissive.
 *
 *   node scripts/check-npm-licenses.mjs LOCKFILE…
 */
import { readFileSync } from "node:fs";

const ALLOWED = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "OFL-1.1", "Unlicense", "Zlib"]);

/** Whether an SPDX expression can be met with allowed licences. */
function allowed(expression) {
  return expression
    .replace(/[()]/g, " ")
    .split(/\s+OR\s+/)
    .some((choice) => choice.split(/\s+AND\s+/).every((license) => ALLOWED.has(license.trim())));
}

let refused = 0;
let checked = 0;
for (const file of process.argv.slice(2)) {
  const { packages } = JSON.parse(readFileSync(file, "utf8"));
  for (const [path, { license, dev, link }] of Object.entries(packages)) {
    if (path === "" || dev || link) continue;
    checked += 1;
    if (typeof license !== "string" || !allowed(license)) {
      refused += 1;
      console.error(`${path}: licence ${license ?? "not stated"}`);
    }
  }
}
console.log(`${checked} npm packages, ${refused} under a licence that is not allowed`);
process.exitCode = refused > 0 ? 1 : 0;
