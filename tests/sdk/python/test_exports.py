"""What is exported is what other tools read: LangSmith's own schema classes, OpenTelemetry's own messages."""

import base64
import json
import subprocess
import uuid

from conftest import BINARY


def command(library, *arguments):
    return subprocess.run(
        [BINARY, "--library", str(library), *arguments], capture_output=True, check=True, text=True
    ).stdout


def judged(tmp_path):
    """A library with feedback of every kind."""
    run, trace = "00000000-0000-0000-b7ad-6b7169203331", "0af76519-16cd-43dd-8448-eb211c80319c"
    place = {"run_id": run, "trace_id": trace}
    records = [
        {**place, "key": "correctness", "score": 0, "value": "Fail", "comment": "no such page",
         "feedback_source": {"type": "app", "user_id": str(uuid.UUID(int=5))}, "extra": {"level": "run"}},
        {**place, "key": "helpful", "score": 1, "value": True},
        {**place, "key": "fix", "correction": {"answer": "42"}},
        {"trace_id": trace, "key": "tone", "value": {"labels": ["warm", "short"]}},
        {"feedback_thread_id": "t-1", "key": "resolved", "score": 0.25, "error": True},
    ]
    for number, record in enumerate(records):
        record["id"] = str(uuid.UUID(int=number + 1))
        record["created_at"] = f"2026-09-01T12:00:0{number}.120001Z"
        record["modified_at"] = f"2026-09-01T12:01:0{number}Z"
    file = tmp_path / "said.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    library = tmp_path / "judged"
    command(library, "import", str(file))
    return library, records


def test_langsmith_schema_classes_take_every_record(tmp_path):
    from langsmith.schemas import Feedback

    library, records = judged(tmp_path)
    for form in ("langsmith-json", "langsmith-jsonl"):
        text = command(library, "export", "feedback", "--format", form)
        exported = json.loads(text) if form.endswith("json") else [json.loads(line) for line in text.splitlines()]
        read = [Feedback(**record) for record in exported]
        assert [str(one.id) for one in read] == [record["id"] for record in records]
        assert [one.score for one in read] == [record.get("score") for record in records]
        assert [one.value for one in read] == [record.get("value") for record in records]
        assert [one.correction for one in read] == [record.get("correction") for record in records]
        assert read[0].feedback_source.type == "app"
        assert read[0].created_at.isoformat() == "2026-09-01T12:00:00.120001+00:00"


def test_langsmith_client_reads_what_was_posted(tmp_path, client, served):
    """The server that is posted to is read with the real client."""
    library, records = judged(tmp_path)
    command(library, "export", "feedback", "--post", served.endpoint)
    found = {str(one.id): one for one in client.list_feedback(feedback_key=["correctness", "helpful", "fix"])}
    for record in records[:3]:
        one = found[record["id"]]
        assert (one.key, one.score, one.value) == (record["key"], record.get("score"), record.get("value"))


def test_otlp_log_records_decode_with_the_official_messages(tmp_path):
    from google.protobuf import json_format
    from opentelemetry.proto.logs.v1.logs_pb2 import LogsData

    library, records = judged(tmp_path)
    lines = command(library, "export", "feedback", "--format", "otel").splitlines()
    assert len(lines) == len(records)

    def decode(line):
        document = json.loads(line)
        for log in document["resourceLogs"][0]["scopeLogs"][0]["logRecords"]:
            # OTLP/JSON writes ids in hexadecimal, protobuf's JSON in base64.
            for key in ("traceId", "spanId"):
                if key in log:
                    log[key] = base64.b64encode(bytes.fromhex(log[key])).decode()
        message = json_format.Parse(json.dumps(document), LogsData())
        return message.resource_logs[0].scope_logs[0].log_records[0]

    logs = [decode(line) for line in lines]
    first = logs[0]
    assert first.event_name == "gen_ai.evaluation.result"
    assert (first.trace_id.hex(), first.span_id.hex()) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    attributes = {entry.key: entry.value for entry in first.attributes}
    assert attributes["gen_ai.evaluation.name"].string_value == "correctness"
    assert attributes["gen_ai.evaluation.score.value"].double_value == 0.0
    assert attributes["gen_ai.evaluation.score.label"].string_value == "Fail"
    assert attributes["gen_ai.evaluation.explanation"].string_value == "no such page"
    assert logs[4].severity_number == 17
