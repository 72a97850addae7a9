"""The official OpenTelemetry exporters against the real program: what is in the library afterwards."""

import base64
import json
import logging
import os
import sqlite3
import threading
import urllib.request

import grpc
import pytest
from conftest import Served, eventually
from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode

RESOURCE = Resource.create({"service.name": "conformance"})
GRPC_COMPRESSION = {None: grpc.Compression.NoCompression, "gzip": grpc.Compression.Gzip}
HTTP_COMPRESSION = {None: Compression.NoCompression, "gzip": Compression.Gzip, "deflate": Compression.Deflate}


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch):
    for name in list(os.environ):
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)


def call(served, command, **params):
    """A command of the program's own API."""
    request = urllib.request.Request(
        served.ready["url"].split("/?")[0] + f"/api/rpc/{command}",
        data=json.dumps(params).encode(),
        headers={"authorization": "Bearer " + served.ready["token"]},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def exporter(served, transport, packing=None, **more):
    if transport == "grpc":
        return GrpcSpans(endpoint=served.grpc, insecure=True, compression=GRPC_COMPRESSION[packing], **more)
    return HttpSpans(endpoint=served.endpoint + "/v1/traces", compression=HTTP_COMPRESSION[packing], **more)


def trace_something(to):
    """An agent that calls a model, as the GenAI conventions tell it."""
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(SimpleSpanProcessor(to))
    tracer = provider.get_tracer("conformance")
    with tracer.start_as_current_span("agent"):
        with tracer.start_as_current_span("chat gpt-4o-mini") as span:
            span.set_attributes(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.request.model": "gpt-4o-mini",
                    "gen_ai.usage.input_tokens": 7,
                    "gen_ai.usage.output_tokens": 2,
                    "nothing": [],
                    "not.a.number": float("nan"),
                }
            )
            span.set_status(Status(StatusCode.ERROR, "no luck"))
    provider.shutdown()


def finished_spans():
    memory = InMemorySpanExporter()
    trace_something(memory)
    return memory.get_finished_spans()


def library(served):
    """What is in it: name and type of each run."""
    runs = []
    for row in call(served, "list_traces", limit=50)["rows"]:
        columns = call(served, "get_trace", trace_id=row["trace_id"])["columns"]
        names = [columns["strings"][index] for index in columns["name"]]
        runs += [f"{name} [{kind}]" for name, kind in zip(names, columns["run_type"])]
    return sorted(runs)


WHOLE = ["agent [chain]", "chat gpt-4o-mini [llm]"]


@pytest.mark.parametrize(
    "transport, packing",
    [("http", None), ("http", "gzip"), ("http", "deflate"), ("grpc", None), ("grpc", "gzip")],
)
def test_spans_arrive_whole(served, caplog, transport, packing):
    caplog.set_level(logging.WARNING)
    trace_something(exporter(served, transport, packing))
    assert library(served) == WHOLE
    assert [record.getMessage() for record in caplog.records] == []
    requests = call(served, "get_activity")["requests"]
    assert {request["transport"] for request in requests} == {f"otlp_{transport}"}
    assert {request["packing"] for request in requests} == {packing}
    assert {request["fate"] for request in requests} == {"taken"}
    assert {tuple(request["services"]) for request in requests} == {("conformance",)}


def test_the_environment_variables_of_the_specification_are_enough(served, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", served.endpoint)
    trace_something(HttpSpans())
    assert library(served) == WHOLE


@pytest.mark.parametrize("transport", ["http", "grpc"])
def test_metrics_are_counted_and_answered_with_plain_success(served, caplog, transport):
    caplog.set_level(logging.WARNING)
    to = (
        GrpcMetrics(endpoint=served.grpc, insecure=True)
        if transport == "grpc"
        else HttpMetrics(endpoint=served.endpoint + "/v1/metrics")
    )
    provider = MeterProvider(resource=RESOURCE, metric_readers=[PeriodicExportingMetricReader(to)])
    meter = provider.get_meter("conformance")
    meter.create_counter("gen_ai.client.token.usage").add(5)
    meter.create_histogram("gen_ai.client.operation.duration").record(0.25)
    provider.shutdown()
    endpoint = call(served, "app_info")["endpoint"]
    assert (endpoint["metrics"], endpoint["rejected"], endpoint["runs"]) == (2, 0, 0)
    assert [record.getMessage() for record in caplog.records] == []


def test_log_records_that_tell_of_no_run_are_answered_with_plain_success(served, caplog):
    caplog.set_level(logging.WARNING, logger="opentelemetry")
    provider = LoggerProvider(resource=RESOURCE)
    provider.add_log_record_processor(SimpleLogRecordProcessor(HttpLogs(endpoint=served.endpoint + "/v1/logs")))
    logger = logging.getLogger("conformance")
    handler = LoggingHandler(logger_provider=provider)
    logger.addHandler(handler)
    logger.warning("a line of a log")
    logger.removeHandler(handler)
    provider.shutdown()
    request = call(served, "get_activity")["requests"][0]
    assert (request["fate"], request["only_counted"], request["message"]) == ("taken", 1, None)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("opentelemetry")] == []


def spoilt(span_bytes):
    """The same spans, the first with an id that cannot be."""
    message = encode_spans(span_bytes)
    message.resource_spans[0].scope_spans[0].spans[0].span_id = bytes(8)
    return message


def test_a_partial_success_names_the_span_and_is_not_sent_again(served):
    message = spoilt(finished_spans())
    expected = "resourceSpans[0].scopeSpans[0].spans[0]"

    request = urllib.request.Request(
        served.endpoint + "/v1/traces",
        data=message.SerializeToString(),
        headers={"content-type": "application/x-protobuf"},
    )
    with urllib.request.urlopen(request) as response:
        assert response.headers["content-type"] == "application/x-protobuf"
        over_http = ExportTraceServiceResponse.FromString(response.read())

    with grpc.insecure_channel(served.grpc.removeprefix("http://")) as channel:
        export = channel.unary_unary(
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=ExportTraceServiceResponse.FromString,
        )
        over_grpc = export(message)

    for answer in [over_http, over_grpc]:
        assert answer.partial_success.rejected_spans == 1
        assert expected in answer.partial_success.error_message

    class Spoiling(SpanExporter):
        """The official exporter, with one id spoilt on its way."""

        def __init__(self, inner):
            self.inner = inner

        def export(self, spans):
            data = spoilt(spans).SerializeToString()
            outcome = self.inner._client.export(data)
            return SpanExportResult.SUCCESS if outcome.success else SpanExportResult.FAILURE

    before = call(served, "app_info")["endpoint"]["requests"]
    assert Spoiling(exporter(served, "http")).export(finished_spans()) == SpanExportResult.SUCCESS
    assert call(served, "app_info")["endpoint"]["requests"] == before + 1


@pytest.mark.parametrize("transport", ["http", "grpc"])
def test_a_full_queue_asks_the_exporter_to_come_again_and_nothing_is_lost(tmp_path, caplog, transport):
    """Another program holds the library, so that the first request waits; the limit lets no second one wait."""
    caplog.set_level(logging.WARNING)
    served = Served(tmp_path / "library", ["--max-waiting", "1"])
    try:
        # The first request makes the source of the endpoint.
        trace_something(exporter(served, "http"))
        holder = sqlite3.connect(served.library / "library.sqlite", isolation_level=None, check_same_thread=False)
        holder.execute("BEGIN IMMEDIATE")
        outcomes = []

        def export():
            outcomes.append(exporter(served, transport, timeout=40).export(finished_spans()))

        threads = [threading.Thread(target=export) for _ in range(2)]
        for thread in threads:
            thread.start()
        eventually(lambda: call(served, "app_info")["endpoint"]["postponed"] >= 1)
        holder.execute("ROLLBACK")
        for thread in threads:
            thread.join()
        assert outcomes == [SpanExportResult.SUCCESS] * 2
        assert library(served) == sorted(WHOLE * 3)
        transient = [record.getMessage() for record in caplog.records if "Transient error" in record.getMessage()]
        assert transient
        # The pause is the one that was asked for, not the exporter's own.
        assert all("retrying in 1.00s" in message for message in transient)
        assert any(request["fate"] == "postponed" for request in call(served, "get_activity")["requests"])
    finally:
        served.stop()


def test_a_request_that_is_too_large_is_final_over_http(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    served = Served(tmp_path / "library", ["--max-request", "100"])
    try:
        assert exporter(served, "http", timeout=40).export(finished_spans()) == SpanExportResult.FAILURE
        requests = call(served, "get_activity")["requests"]
        assert [(each["fate"], each["taken"]) for each in requests] == [("refused", 0)]
        assert not [record for record in caplog.records if "Transient" in record.getMessage()]
    finally:
        served.stop()


def test_a_message_that_is_too_large_is_resource_exhausted_without_a_delay(tmp_path):
    """The specification calls this final; the exporter for Python tries again all the same, so a bare client asks."""
    served = Served(tmp_path / "library", ["--max-request", "100"])
    try:
        with grpc.insecure_channel(served.grpc.removeprefix("http://")) as channel:
            for packing in GRPC_COMPRESSION.values():
                method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
                export = channel.unary_unary(method, request_serializer=lambda message: message.SerializeToString())
                with pytest.raises(grpc.RpcError) as refused:
                    export(encode_spans(finished_spans() * 4), compression=packing)
                assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
                assert "google.rpc.retryinfo-bin" not in dict(refused.value.trailing_metadata())
    finally:
        served.stop()


@pytest.mark.parametrize("transport", ["http", "grpc"])
def test_the_key_of_the_owner_is_asked_for(served, caplog, transport):
    call(served, "set_settings", **(call(served, "get_settings") | {"endpoint_key": "s3cret"}))
    assert exporter(served, transport).export(finished_spans()) == SpanExportResult.FAILURE
    headers = {"x-api-key": "s3cret"} if transport == "http" else [("authorization", "Bearer s3cret")]
    assert exporter(served, transport, headers=headers).export(finished_spans()) == SpanExportResult.SUCCESS
    assert library(served) == WHOLE
    assert [request["fate"] for request in call(served, "get_activity")["requests"]] == ["taken", "refused"]


def test_a_collector_file_is_followed_while_it_grows(tmp_path):
    """Lines as the collector's file exporter writes them (`format: json`), the last one in two halves."""
    def line():
        message = MessageToDict(encode_spans(finished_spans()))
        for scopes in message["resourceSpans"]:
            for spans in scopes["scopeSpans"]:
                for span in spans["spans"]:
                    for key in ["traceId", "spanId", "parentSpanId"]:
                        if key in span:
                            span[key] = base64.b64decode(span[key]).hex()
        return json.dumps(message) + "\n"

    file = tmp_path / "traces.jsonl"
    file.write_text(line())
    served = Served(tmp_path / "library", [str(file)])
    try:
        eventually(lambda: library(served) == WHOLE)
        with file.open("a") as grows:
            grows.write(line())
            grows.flush()
            eventually(lambda: library(served) == sorted(WHOLE * 2))
            half = line()
            grows.write(half[: len(half) // 2])
            grows.flush()
            grows.write(half[len(half) // 2 :] + line())
            grows.flush()
            eventually(lambda: library(served) == sorted(WHOLE * 4))
        assert call(served, "app_info")["rejected"] == 0
    finally:
        served.stop()
