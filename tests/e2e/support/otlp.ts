/** Writes OTLP/JSON as exporters send it. */

export interface SpanOf {
  readonly trace: string;
  readonly span: string;
  readonly parent?: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end?: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

export function exportOf(spans: readonly SpanOf[]): string {
  return JSON.stringify({
    resourceSpans: [{ resource: { attributes: attributes({ "service.name": "e2e" }) }, scopeSpans: [{ scope: { name: "e2e" }, spans: spans.map(otlpSpan) }] }],
  });
}

export async function send(ingest: string, spans: readonly SpanOf[]): Promise<void> {
  const response = await fetch(`${ingest}/v1/traces`, { method: "POST", headers: { "content-type": "application/json" }, body: exportOf(spans) });
  if (!response.ok) throw new Error(`the endpoint answered ${response.status}: ${await response.text()}`);
}

/** An id of `digits` hexadecimal digits that is never all zeros. */
export function hexId(number: number, digits: 16 | 32): string {
  return `a${(number + 1).toString(16).padStart(digits - 1, "0")}`;
}

function otlpSpan({ trace, span, parent, name, start, end, attributes: named }: SpanOf): unknown {
  return {
    traceId: trace,
    spanId: span,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name,
    kind: 1,
    startTimeUnixNano: nanos(start),
    ...(end === undefined ? {} : { endTimeUnixNano: nanos(end) }),
    attributes: attributes(named ?? {}),
  };
}

function attributes(named: Readonly<Record<string, string>>): unknown[] {
  return Object.entries(named).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function nanos(milliseconds: number): string {
  return `${milliseconds}000000`;
}
