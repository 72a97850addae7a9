/**
 * Ids as people write them, brought to the form the core answers with: lower case UUIDs. Addresses may name a trace
 * by the 32 hexadecimal digits of OpenTelemetry, and events and caches must still find it.
 */

/** A trace id as the core writes it; anything that is none stays as it is. */
export function canonicalTraceId(id: string): string {
  return /^[\da-f]{32}$/i.test(id) ? dashed(id) : /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id) ? id.toLowerCase() : id;
}

/** A run id as the core writes it: a span id of 16 digits fills the lower half of a UUID. */
export function canonicalRunId(id: string): string {
  return /^[\da-f]{16}$/i.test(id) ? dashed(id.padStart(32, "0")) : canonicalTraceId(id);
}

function dashed(digits: string): string {
  return digits.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
