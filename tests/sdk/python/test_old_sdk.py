"""An SDK of an earlier generation works as the current one does."""

import json
import os
import pathlib
import subprocess

import pytest

PROGRAM = pathlib.Path(__file__).parent / "old/program.py"


@pytest.mark.parametrize("prefix", ["", "/api/v1"], ids=["plain", "api-v1"])
def test_a_program_that_was_not_upgraded(served, prefix):
    python = os.environ.get("TRACEMARK_OLD_PYTHON")
    if not python:
        pytest.skip("TRACEMARK_OLD_PYTHON is not set")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LANGSMITH_", "LANGCHAIN_"))}
    environment |= {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_ENDPOINT": served.endpoint + prefix,
        "LANGSMITH_API_KEY": "any text will do",
        "LANGSMITH_PROJECT": "old",
    }
    ended = subprocess.run([python, PROGRAM], env=environment, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert "WARNING" not in ended.stderr and "ERROR" not in ended.stderr, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == {
        "version": "0.3.45",
        "runs": [
            ["ask", "chain", "success", 9],
            ["broken", "tool", "error", 0],
            ["model", "llm", "success", 9],
        ],
        "feedback": [["good", 1.0]],
        "queued": True,
        "changed": [True, {"a": 9}],
        "compared": 2,
    }
