"""Unmodified programs that trace with the SDK: what the library holds afterwards, read by the SDK itself."""

import datetime
import uuid

import pytest
from langsmith import traceable
from langsmith.run_helpers import get_current_run_tree, trace, tracing_context
from langsmith.run_trees import RunTree

PROJECT = "sdk tests"


def runs(client, **query):
    client.flush()
    return list(client.list_runs(project_name=PROJECT, **query))


def tree(all_runs):
    """`name [type] status`, indented by depth, in the order of the trace."""
    ordered = sorted(all_runs, key=lambda run: run.dotted_order)
    return [
        "  " * (run.dotted_order.count(".")) + f"{run.name} [{run.run_type}] {run.status}" for run in ordered
    ]


def test_traceable_functions_become_a_tree(client):
    @traceable(run_type="retriever")
    def search(question):
        return [{"page_content": "Paris is the capital", "metadata": {}}]

    @traceable(run_type="tool")
    def broken(question):
        raise ValueError("no luck")

    @traceable(run_type="llm", metadata={"ls_model_name": "m1", "ls_provider": "p1"})
    def model(question):
        return {"content": "Paris", "usage_metadata": {"input_tokens": 7, "output_tokens": 2, "total_tokens": 9}}

    @traceable(tags=["demo"], client=client)
    def agent(question):
        search(question)
        try:
            broken(question)
        except ValueError:
            pass
        return model(question)["content"]

    assert agent("What is the capital of France?") == "Paris"
    found = runs(client)
    assert tree(found) == [
        "agent [chain] success",
        "  search [retriever] success",
        "  broken [tool] error",
        "  model [llm] success",
    ]
    root = next(run for run in found if run.parent_run_id is None)
    assert root.inputs == {"question": "What is the capital of France?"}
    assert root.outputs == {"output": "Paris"}
    assert root.tags == ["demo"]
    assert (root.prompt_tokens, root.completion_tokens, root.total_tokens) == (7, 2, 9)
    broken_run = next(run for run in found if run.name == "broken")
    assert "no luck" in broken_run.error


def test_wrapped_openai_calls_carry_messages_and_usage(client, models):
    import openai
    from langsmith.wrappers import wrap_openai

    model = wrap_openai(openai.OpenAI(base_url=f"{models}/v1", api_key="x"), tracing_extra={"client": client})
    messages = [{"role": "user", "content": "Capital of France?"}]
    model.chat.completions.create(model="gpt-4o-mini", messages=messages)
    stream = model.chat.completions.create(
        model="gpt-4o-mini", messages=messages, stream=True, stream_options={"include_usage": True}
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == "Paris."
    found = runs(client, run_type="llm")
    assert [(run.prompt_tokens, run.completion_tokens) for run in found] == [(40, 12), (40, 12)]
    assert {run.extra["metadata"]["ls_model_name"] for run in found} == {"gpt-4o-mini"}
    assert any(run.first_token_time for run in found)
    assert found[0].prompt_token_details == {"cache_read": 16}


def test_wrapped_anthropic_calls_count_cached_tokens_once(client, models):
    import anthropic
    from langsmith.wrappers import wrap_anthropic

    model = wrap_anthropic(anthropic.Anthropic(base_url=models, api_key="x"), tracing_extra={"client": client})
    model.messages.create(
        model="claude-sonnet-4-5", max_tokens=50, messages=[{"role": "user", "content": "Capital of France?"}]
    )
    [run] = runs(client, run_type="llm")
    assert (run.prompt_tokens, run.completion_tokens) == (330, 25)


def test_langchain_and_langgraph_runs_nest(client):
    from langchain.agents import create_agent
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.tools import tool

    @tool
    def weather(city: str) -> str:
        """The weather in a city."""
        return f"sunny in {city}"

    class Model(GenericFakeChatModel):
        def bind_tools(self, *_, **__):
            return self

    call = {"name": "weather", "args": {"city": "Oslo"}, "id": "call_1", "type": "tool_call"}
    answers = iter([AIMessage(content="", tool_calls=[call]), AIMessage(content="It is sunny.")])
    agent = create_agent(Model(messages=answers), tools=[weather])
    with tracing_context(enabled=True, client=client, project_name=PROJECT):
        result = agent.invoke(
            {"messages": [{"role": "user", "content": "Weather in Oslo?"}]},
            config={"configurable": {"thread_id": "t-1"}, "metadata": {"thread_id": "t-1"}},
        )
    assert result["messages"][-1].content == "It is sunny."
    found = runs(client)
    assert [run.run_type for run in found].count("llm") == 2
    [tool_run] = [run for run in found if run.run_type == "tool"]
    assert tool_run.name == "weather"
    [root] = [run for run in found if run.parent_run_id is None]
    assert len({run.trace_id for run in found}) == 1 and root.trace_id == root.id
    from_thread = list(client.list_runs(project_name=PROJECT, filter='eq(thread_id, "t-1")', is_root=True))
    assert [run.id for run in from_thread] == [root.id]


def test_attachments_come_back_as_they_were_sent(client):
    from langsmith.schemas import Attachment

    @traceable(client=client, dangerously_allow_filesystem=False)
    def look(picture: Attachment):
        return "a picture"

    picture = Attachment(mime_type="image/png", data=b"\x89PNG\r\n--boundary\r\n")
    look(picture)
    [run] = runs(client)
    read = client.read_run(run.id)
    assert read.attachments["picture"]["mime_type"] == "image/png"
    assert read.attachments["picture"]["reader"].read() == picture.data


def test_a_trace_goes_on_in_another_process(client):
    @traceable(client=client)
    def outer():
        return get_current_run_tree().to_headers()

    headers = outer()
    parent = RunTree.from_headers(headers, client=client, project_name=PROJECT)
    with trace("elsewhere", run_type="tool", client=client, project_name=PROJECT, parent=parent):
        pass
    assert tree(runs(client)) == ["outer [chain] success", "  elsewhere [tool] success"]


def test_a_running_trace_is_pending_until_it_ends(client):
    run_id = uuid.uuid4()
    client.create_run("slow", {"q": 1}, "chain", id=run_id, project_name=PROJECT)
    client.flush()
    assert client.read_run(run_id).status == "pending"
    client.update_run(run_id, outputs={"a": 2}, end_time=datetime.datetime.now(datetime.timezone.utc))
    client.flush()
    run = client.read_run(run_id)
    assert (run.status, run.outputs) == ("success", {"a": 2})


def test_distinct_projects_are_made_on_first_use(client):
    with tracing_context(enabled=True, client=client, project_name="ünï/ço de"):
        with trace("one", client=client, project_name="ünï/ço de"):
            pass
    client.flush()
    assert client.has_project("ünï/ço de")
    assert not client.has_project("never named")
    assert [run.name for run in client.list_runs(project_name="ünï/ço de")] == ["one"]


@pytest.mark.parametrize("count", [120])
def test_many_runs_are_paged(client, count):
    with trace("many", client=client, project_name=PROJECT):
        for number in range(count):
            with trace(f"step {number}", run_type="tool", client=client, project_name=PROJECT):
                pass
    found = runs(client, run_type="tool")
    assert len(found) == count
    assert len({run.id for run in found}) == count
