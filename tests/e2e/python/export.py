"""Exports one trace with the OpenTelemetry SDK over http/protobuf, to OTEL_EXPORTER_OTLP_ENDPOINT."""

import json

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def messages(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


def main() -> None:
    provider = TracerProvider(resource=Resource.create({"service.name": "python-sdk"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("tracemark-e2e")
    with tracer.start_as_current_span("answer_question"):
        with tracer.start_as_current_span("chat gpt-4o-mini", kind=trace.SpanKind.CLIENT) as chat:
            chat.set_attributes(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.provider.name": "openai",
                    "gen_ai.request.model": "gpt-4o-mini",
                    "gen_ai.usage.input_tokens": 12,
                    "gen_ai.usage.output_tokens": 3,
                    "gen_ai.input.messages": messages("user", "What is the answer?"),
                    "gen_ai.output.messages": messages("assistant", "Forty-two."),
                }
            )
        try:
            with tracer.start_as_current_span("execute_tool look_up") as tool:
                tool.set_attributes({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look_up"})
                raise RuntimeError("no such page")
        except RuntimeError:
            pass
    if not provider.force_flush(10_000):
        raise SystemExit("the export did not end in time")
    provider.shutdown()


main()
