"""Starts the program and local model servers; every test has a library of its own."""

import http.server
import json
import logging
import os
import pathlib
import subprocess
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).parents[3]
BINARY = os.environ.get("TRACEMARK_BIN", str(ROOT / "target/debug/tracemark"))


class Served:
    """A running `tracemark serve`."""

    def __init__(self, library, more=()):
        self.process = subprocess.Popen(
            [BINARY, "--library", str(library), "serve", "--http", "127.0.0.1:0", "--ingest", "127.0.0.1:0"]
            + ["--grpc", "127.0.0.1:0", *more],
            stdout=subprocess.PIPE,
            text=True,
        )
        ready = json.loads(self.process.stdout.readline())
        self.endpoint = ready["ingest"]
        self.url = ready["url"].split("/?")[0]
        self.grpc = ready["grpc"]
        self.ready = ready
        self.library = library

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture
def served(tmp_path):
    served = Served(tmp_path / "library")
    yield served
    served.stop()


@pytest.fixture(params=["", "/api/v1"], ids=["plain", "api-v1"])
def client(served, request, caplog, monkeypatch):
    """A client whose log must stay free of warnings."""
    import langsmith
    from langsmith import utils

    for name in list(os.environ):
        if name.startswith(("LANGSMITH_", "LANGCHAIN_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", served.endpoint + request.param)
    monkeypatch.setenv("LANGSMITH_API_KEY", "any text will do")
    monkeypatch.setenv("LANGSMITH_PROJECT", "sdk tests")
    utils.get_env_var.cache_clear()
    caplog.set_level(logging.WARNING)
    client = langsmith.Client()
    yield client
    client.flush()
    client.cleanup() if hasattr(client, "cleanup") else None
    warnings = [record.getMessage() for record in caplog.records if record.name.startswith("langsmith")]
    assert warnings == []


def eventually(ask, timeout=20):
    """Asks until the answer is there."""
    end = time.monotonic() + timeout
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1767225600,
    "model": "gpt-4o-mini",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Paris."}}
    ],
    "usage": {
        "prompt_tokens": 40,
        "completion_tokens": 12,
        "total_tokens": 52,
        "prompt_tokens_details": {"cached_tokens": 16},
    },
}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [{"type": "text", "text": "Paris."}],
    "stop_reason": "end_turn",
    "usage": {
        "input_tokens": 30,
        "cache_read_input_tokens": 200,
        "cache_creation_input_tokens": 100,
        "output_tokens": 25,
    },
}


class ModelHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.endswith("/chat/completions") and body.get("stream"):
            chunks = [
                {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini",
                 "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}]}
                for text in ["Pa", "ris."]
            ]
            chunks.append({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini",
                           "choices": [], "usage": CHAT["usage"]})
            payload = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
            self.answer(payload.encode(), "text/event-stream")
        elif self.path.endswith("/chat/completions"):
            self.answer(json.dumps(CHAT).encode(), "application/json")
        else:
            self.answer(json.dumps(MESSAGE).encode(), "application/json")

    def answer(self, payload, kind):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_):
        pass


@pytest.fixture
def models():
    """A local model server with fixed answers and token counts; its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ModelHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
