"""The SDK's own read and feedback methods, through its own schema classes."""

import uuid
from datetime import datetime, timezone

import httpx
import pytest
from langsmith import traceable
from langsmith.utils import LangSmithConflictError, LangSmithError, LangSmithNotFoundError

PROJECT = "sdk tests"


@pytest.fixture
def traced(client):
    """Three traces with a model call each."""

    @traceable(run_type="llm", metadata={"ls_model_name": "m"})
    def model(x):
        return {"text": x, "usage_metadata": {"input_tokens": 5, "output_tokens": 6, "total_tokens": 11}}

    @traceable(client=client)
    def root(x):
        model(x)
        if x == "bad":
            raise ValueError("bad")
        return x

    for x, extra in [
        ("one", {"metadata": {"thread_id": "th-1", "env": "prod"}, "tags": ["even"]}),
        ("two words", {"metadata": {"thread_id": "th-1"}, "tags": ["odd"]}),
        ("bad", {"metadata": {"thread_id": "th-2"}}),
    ]:
        try:
            root(x, langsmith_extra=extra)
        except ValueError:
            pass
    client.flush()
    return client


@pytest.mark.parametrize(
    ("query", "inputs"),
    [
        ({"is_root": True}, ["bad", "two words", "one"]),
        ({"run_type": "llm"}, ["bad", "two words", "one"]),
        ({"error": True, "is_root": True}, ["bad"]),
        ({"error": False, "is_root": True}, ["two words", "one"]),
        ({"filter": 'eq(name, "model")'}, ["bad", "two words", "one"]),
        ({"filter": 'and(eq(metadata_key, "env"), eq(metadata_value, "prod"))', "is_root": True}, ["one"]),
        ({"filter": 'has(tags, "odd")', "is_root": True}, ["two words"]),
        ({"filter": 'search("words")', "is_root": True}, ["two words"]),
        ({"filter": 'or(eq(thread_id, "th-2"), has(tags, "even"))', "is_root": True}, ["bad", "one"]),
        ({"filter": "gt(total_tokens, 10)", "run_type": "llm"}, ["bad", "two words", "one"]),
        # A chain has the tokens of the calls in it, in what is read as in what is asked for.
        ({"filter": "eq(total_tokens, 11)", "is_root": True}, ["bad", "two words", "one"]),
        ({"filter": "gt(total_tokens, 11)"}, []),
        ({"filter": "gt(latency, 3600)"}, []),
        ({"trace_filter": 'eq(status, "error")', "run_type": "llm"}, ["bad"]),
        ({"tree_filter": 'eq(run_type, "llm")', "is_root": True}, ["bad", "two words", "one"]),
        ({"is_root": True, "limit": 2}, ["bad", "two words"]),
        ({"is_root": True, "order": "asc"}, ["one", "two words", "bad"]),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, dict) else "",
)
def test_runs_are_listed_by_filters(traced, query, inputs):
    found = traced.list_runs(project_name=PROJECT, **query)
    assert [run.inputs["x"] for run in found] == inputs


def test_a_filter_that_cannot_be_read_says_where(traced):
    with pytest.raises(LangSmithError, match="byte 9"):
        list(traced.list_runs(project_name=PROJECT, filter="eq(name, "))


def test_a_run_is_read_with_its_children(traced, served):
    root = next(iter(traced.list_runs(project_name=PROJECT, is_root=True)))
    run = traced.read_run(root.id, load_child_runs=True)
    assert [child.name for child in run.child_runs] == ["model"]
    assert str(run.id) in run.url
    # The address that the SDK prints leads to the page, wherever its host is this machine's.
    path = run.url.split("/o/")[1]
    led = httpx.get(f"{served.endpoint}/o/{path}", follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, f"{served.url}/#/trace/{run.trace_id}?run={run.id}")
    with pytest.raises(LangSmithNotFoundError):
        traced.read_run(uuid.uuid4())


def test_statistics_and_projects(traced):
    stats = traced.get_run_stats(project_names=[PROJECT], is_root=True)
    assert (stats["run_count"], stats["total_tokens"]) == (3, 33)
    assert stats["error_rate"] == pytest.approx(1 / 3)
    # Calls are counted once, with the chains around them or without.
    assert traced.get_run_stats(project_names=[PROJECT])["total_tokens"] == 33
    project = traced.read_project(project_name=PROJECT, include_stats=True)
    assert (project.run_count, project.total_tokens) == (3, 33)
    assert PROJECT in [project.name for project in traced.list_projects()]
    made = traced.create_project("made", description="d", metadata={"k": "v"})
    with pytest.raises(LangSmithConflictError):
        traced.create_project("made")
    assert traced.create_project("made", upsert=True).id == made.id
    traced.update_project(made.id, description="d2")
    assert traced.read_project(project_id=made.id).description == "d2"
    traced.delete_project(project_id=made.id)
    assert not traced.has_project("made")


def test_feedback_goes_with_its_project(traced):
    run_id = uuid.uuid4()
    traced.create_run("said", {"q": 1}, "chain", id=run_id, project_name="to delete", start_time=datetime.now(timezone.utc))
    traced.flush()
    traced.create_feedback(run_id, "tone", score=1, comment="not to be kept")
    assert len(list(traced.list_feedback(run_ids=[run_id]))) == 1
    traced.delete_project(project_name="to delete")
    assert list(traced.list_feedback(run_ids=[run_id])) == []


def test_feedback_is_given_read_changed_and_taken_back(traced):
    root = next(iter(traced.list_runs(project_name=PROJECT, is_root=True)))
    given = traced.create_feedback(
        root.id, "correctness", score=0.12345, value="mostly", comment="hm", correction={"expected": "y"},
        trace_id=root.trace_id,
    )
    traced.create_feedback(root.id, "thumbs", score=True)
    traced.flush()
    read = traced.read_feedback(given.id)
    assert (read.score, read.value, read.comment) == (0.1235, "mostly", "hm")
    assert read.correction == {"expected": "y"}
    traced.update_feedback(given.id, score=1.0, comment="yes")
    assert traced.read_feedback(given.id).score == 1.0
    keys = {feedback.key: feedback.score for feedback in traced.list_feedback(run_ids=[root.id])}
    assert keys == {"correctness": 1.0, "thumbs": 1.0}
    listed = traced.list_runs(project_name=PROJECT, filter='and(eq(feedback_key, "thumbs"), eq(feedback_score, 1))')
    assert [run.id for run in listed] == [root.id]
    assert traced.read_run(root.id).feedback_stats["thumbs"]["n"] == 1
    traced.delete_feedback(given.id)
    with pytest.raises(LangSmithNotFoundError):
        traced.read_feedback(given.id)


def test_feedback_is_given_by_token(traced):
    root = next(iter(traced.list_runs(project_name=PROJECT, is_root=True)))
    token = traced.create_presigned_feedback_token(root.id, "user_presence")
    traced.create_feedback_from_token(token.url, score=0, comment="by token")
    [feedback] = traced.list_feedback(run_ids=[root.id], feedback_key=["user_presence"])
    assert (feedback.score, feedback.comment) == (0, "by token")
    assert [str(one.id) for one in traced.list_presigned_feedback_tokens(root.id)] == [str(token.id)]


def test_feedback_configs(traced):
    shape = {"type": "continuous", "min": 0, "max": 1, "categories": None}
    traced.create_feedback_config("tone", feedback_config=shape)
    traced.create_feedback_config("tone", feedback_config=shape)
    with pytest.raises(LangSmithError):
        traced.create_feedback_config("tone", feedback_config={**shape, "max": 5})
    assert [config.feedback_key for config in traced.list_feedback_configs()] == ["tone"]
    traced.delete_feedback_config("tone")
    assert list(traced.list_feedback_configs()) == []
