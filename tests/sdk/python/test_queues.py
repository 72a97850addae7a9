"""Annotation queues and shared traces, through the SDK's own methods and its generated client."""

import asyncio
import datetime
import uuid

import pytest
import requests
from langsmith import traceable
from langsmith.utils import LangSmithConflictError, LangSmithNotFoundError

PROJECT = "sdk tests"
RUBRIC = [{"feedback_key": "quality", "description": "how good", "is_required": True}]


@pytest.fixture
def roots(client):
    """The roots of three traces of one thread, the first one first; each has a child."""

    @traceable(run_type="llm")
    def model(x):
        return {"text": x}

    @traceable(client=client)
    def root(x):
        model(x)
        return x

    for x in ["one", "two", "three"]:
        root(x, langsmith_extra={"metadata": {"thread_id": "th-1"}})
    client.flush()
    found = list(client.list_runs(project_name=PROJECT, is_root=True, order="asc"))
    assert [run.inputs["x"] for run in found] == ["one", "two", "three"]
    return found


@pytest.fixture
def queue(client, roots):
    """A queue that holds the three roots."""
    queue = client.create_annotation_queue(name="review")
    client.add_runs_to_annotation_queue(queue.id, run_ids=[run.id for run in roots])
    return queue


def key(run):
    return {"run_id": run.id, "session_id": run.session_id, "start_time": run.start_time}


def listed(client, queue, **query):
    return [run.inputs["x"] for run in client.list_runs_from_annotation_queue(queue.id, **query)]


def size(client, queue, which="size", **query):
    url = f"{client.api_url}/annotation-queues/{queue.id}/{which}"
    answer = requests.get(url, params=query, timeout=10)
    assert answer.status_code == 200
    return answer.json()["size"]


def test_a_queue_is_made_read_listed_changed_and_deleted(client):
    id = uuid.uuid4()
    made = client.create_annotation_queue(
        name="review", description="d", queue_id=id, rubric_instructions="Rate it", rubric_items=RUBRIC
    )
    assert (made.id, made.name, made.description) == (id, "review", "d")
    assert made.rubric_instructions is None
    with pytest.raises(LangSmithConflictError):
        client.create_annotation_queue(name="again", queue_id=id)
    read = client.read_annotation_queue(id)
    assert (read.name, read.rubric_instructions) == ("review", "Rate it")

    other = client.create_annotation_queue(name="100% other")
    assert {one.id for one in client.list_annotation_queues()} == {id, other.id}
    assert [one.id for one in client.list_annotation_queues(name="review")] == [id]
    assert [one.id for one in client.list_annotation_queues(name_contains="0% o")] == [other.id]
    assert [one.id for one in client.list_annotation_queues(queue_ids=[id], limit=5)] == [id]
    assert len(list(client.list_annotation_queues(limit=1))) == 1

    client.update_annotation_queue(id, name="renamed", rubric_instructions="new")
    read = client.read_annotation_queue(id)
    assert (read.name, read.description, read.rubric_instructions) == ("renamed", "d", "new")
    assert read.updated_at > read.created_at

    client.delete_annotation_queue(id)
    with pytest.raises(LangSmithNotFoundError):
        client.read_annotation_queue(id)
    with pytest.raises(LangSmithNotFoundError):
        client.delete_annotation_queue(id)


def test_the_reply_to_making_a_queue_has_no_instructions(client):
    url = f"{client.api_url}/annotation-queues"
    body = {"name": "q", "rubric_instructions": "Rate it", "rubric_items": RUBRIC}
    made = requests.post(url, json=body, timeout=10).json()
    assert not {"rubric_instructions", "rubric_items"} & set(made)
    assert (made["num_reviewers_per_item"], made["enable_reservations"], made["queue_type"]) == (1, True, "single")
    read = requests.get(f"{url}/{made['id']}", timeout=10).json()
    assert (read["rubric_instructions"], read["rubric_items"]) == ("Rate it", RUBRIC)
    # What is not named stays, what is null is erased.
    requests.patch(f"{url}/{made['id']}", json={"rubric_items": None, "reservation_minutes": 5}, timeout=10)
    read = requests.get(f"{url}/{made['id']}", timeout=10).json()
    assert (read["rubric_instructions"], read["rubric_items"], read["reservation_minutes"]) == ("Rate it", [], 5)
    for wrong in [{"num_reviewers_per_item": 0}, {"rubric_items": [{}]}, {"reviewer_access_mode": "some"}]:
        assert requests.patch(f"{url}/{made['id']}", json=wrong, timeout=10).status_code == 422


def test_runs_are_added_by_id_and_by_key_and_only_once(client, roots):
    queue = client.create_annotation_queue(name="review")
    client.add_runs_to_annotation_queue(queue.id, run_ids=[roots[1].id])
    client.add_runs_to_annotation_queue(queue.id, runs=[key(roots[0]), key(roots[1]), key(roots[2])])
    assert listed(client, queue) == ["two", "one", "three"]
    assert listed(client, queue, limit=2) == ["two", "one"]
    run = client.get_run_from_annotation_queue(queue.id, index=1)
    assert (run.id, run.inputs, run.outputs) == (roots[0].id, {"x": "one"}, {"output": "one"})
    assert run.added_at is not None
    assert run.last_reviewed_time is None
    with pytest.raises(LangSmithNotFoundError):
        client.get_run_from_annotation_queue(queue.id, index=3)
    with pytest.raises(LangSmithNotFoundError):
        client.add_runs_to_annotation_queue(queue.id, run_ids=[roots[0].id, uuid.uuid4()])
    assert size(client, queue, "total_size") == 3


def test_a_run_is_removed_by_its_id_and_by_its_place(client, roots, queue):
    client.delete_run_from_annotation_queue(queue.id, run_id=roots[0].id)
    assert listed(client, queue) == ["two", "three"]
    with pytest.raises(LangSmithNotFoundError):
        client.delete_run_from_annotation_queue(queue.id, run_id=roots[0].id)
    # JavaScript names the item instead of the run.
    url = f"{client.api_url}/annotation-queues/{queue.id}/runs"
    [two, _] = requests.get(url, timeout=10).json()
    assert requests.delete(f"{url}/{two['queue_run_id']}", timeout=10).status_code == 200
    assert listed(client, queue) == ["three"]
    assert client.read_run(roots[0].id).id == roots[0].id


def test_a_queue_is_walked_page_by_page(client, roots, queue):
    url = f"{client.api_url}/annotation-queues/{queue.id}/runs"
    pages = [requests.get(url, params={"limit": 2, "offset": at}, timeout=10).json() for at in (0, 2, 4)]
    assert [[run["inputs"]["x"] for run in page] for page in pages] == [["one", "two"], ["three"], []]


def test_a_finished_run_leaves_the_open_ones(client, roots, queue):
    [first, *_] = requests.get(f"{client.api_url}/annotation-queues/{queue.id}/runs", timeout=10).json()
    status = f"{client.api_url}/annotation-queues/status/{first['queue_run_id']}"
    assert requests.post(status, json={"status": "completed"}, timeout=10).status_code == 200
    assert listed(client, queue, status="completed") == ["one"]
    assert listed(client, queue, status="needs_my_review") == ["two", "three"]
    assert listed(client, queue, status="needs_others_review") == []
    assert client.get_run_from_annotation_queue(queue.id, index=0).id == roots[1].id
    [run] = client.list_runs_from_annotation_queue(queue.id, status="completed")
    assert run.last_reviewed_time is not None
    assert (size(client, queue), size(client, queue, "total_size"), size(client, queue, "total_archived")) == (2, 3, 1)
    assert size(client, queue, status="completed") == 1
    assert size(client, queue, "total_archived", start_time="2100-01-01T00:00:00Z") == 0
    # Null shows it again, at the end when it gets another place.
    later = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).isoformat()
    assert requests.post(status, json={"status": None, "override_added_at": later}, timeout=10).status_code == 200
    assert listed(client, queue, status="needs_my_review") == ["two", "three", "one"]
    assert requests.post(status, json={"status": "lost"}, timeout=10).status_code == 422


def test_with_two_reviewers_one_is_not_enough(client, roots):
    url = f"{client.api_url}/annotation-queues"
    made = requests.post(url, json={"name": "two", "num_reviewers_per_item": 2}, timeout=10).json()
    [item] = requests.post(f"{url}/{made['id']}/runs", json=[str(roots[0].id)], timeout=10).json()
    requests.post(f"{url}/status/{item['id']}", json={"status": "completed"}, timeout=10)
    [run] = requests.get(f"{url}/{made['id']}/runs", params={"status": "needs_others_review"}, timeout=10).json()
    assert (run["queue_run_id"], len(run["completed_by"])) == (item["id"], 1)


def test_a_queue_is_filled_with_projects(client, roots):
    url = f"{client.api_url}/annotation-queues"
    project = str(roots[0].session_id)
    made = requests.post(url, json={"name": "filled", "session_ids": [project]}, timeout=10).json()
    runs = requests.get(f"{url}/{made['id']}/runs", timeout=10).json()
    assert [run["inputs"]["x"] for run in runs] == ["one", "two", "three"]
    unknown = {"queue_id": made["id"], "session_ids": [str(uuid.uuid4())]}
    assert requests.post(f"{url}/populate", json=unknown, timeout=10).status_code == 404
    removed = requests.post(f"{url}/{made['id']}/runs/delete", json={"delete_all": True}, timeout=10)
    assert removed.status_code == 200
    assert requests.post(f"{url}/populate", json={**unknown, "session_ids": [project]}, timeout=10).status_code == 200
    assert len(requests.get(f"{url}/{made['id']}/runs", timeout=10).json()) == 3


def test_the_generated_client_knows_queues(client, roots):
    async def use():
        api = client.annotation_queues
        made = await api.annotation_queues(name="generated", rubric_items=RUBRIC, num_reviewers_per_item=None)
        await api.update(made.id, description="d", metadata={"k": "v"})
        read = await api.retrieve(made.id)
        assert (read.name, read.description, read.metadata) == ("generated", "d", {"k": "v"})
        assert read.num_reviewers_per_item is None
        assert [item.feedback_key for item in read.rubric_items] == ["quality"]
        added = await api.runs.create(made.id, body=[str(run.id) for run in roots])
        [listed] = [one async for one in api.retrieve_annotation_queues(name="generated")]
        assert listed.total_runs == 3
        assert (await api.retrieve_size(made.id)).size == 3
        run = await api.retrieve_run(0, queue_id=made.id)
        assert (run.queue_run_id, run.id) == (added[0].id, str(roots[0].id))
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        await api.runs.update(added[0].id, queue_id=made.id, added_at=later)
        order = [run.id for run in await api.runs.list(made.id)]
        assert order == [str(roots[at].id) for at in (1, 2, 0)]
        [holds] = await api.retrieve_queues(str(roots[0].id))
        assert holds.id == made.id
        client.create_feedback(roots[1].id, "quality", score=0.5, comment='so, "so"')
        client.flush()
        await api.create_run_status(added[1].id, status="completed")
        lines = (await api.export(made.id)).splitlines()
        assert len(lines) == 2
        assert lines[0].endswith("added_at,completed_at,quality,quality comment")
        assert lines[1].startswith(f"{added[1].id},{roots[1].id},{roots[1].trace_id},root,")
        assert lines[1].endswith(',0.5,"so, ""so"""')
        early = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
        assert len((await api.export(made.id, end_time=early)).splitlines()) == 1
        await api.runs.delete_all(made.id, delete_all=True, exclude_run_ids=[str(roots[2].id)])
        assert [run.id for run in await api.runs.list(made.id)] == [str(roots[2].id)]
        await api.runs.delete_queue(added[2].id, queue_id=made.id)
        assert await api.runs.list(made.id) == []
        await api.delete(made.id)

    asyncio.run(use())


def test_items_are_runs_and_threads(client, roots):
    project = str(roots[0].session_id)
    runs = [{"item_type": "RUN", "run_id": str(run.id), "session_id": project} for run in roots]
    thread = {"item_type": "THREAD", "thread_id": "th-1", "project_id": project}

    async def use():
        api = client.annotation_queues.items
        queue = client.create_annotation_queue(name="items")
        id = str(queue.id)
        added = (await api.create(id, items=[*runs[:2], thread, runs[2]])).items
        assert [item.item_type for item in added] == ["RUN", "RUN", "THREAD", "RUN"]
        assert (added[2].thread_id, added[2].run_id, added[2].project_id) == ("th-1", None, project)
        ids = [item.id for item in added]

        async def walk(**query):
            return [item.id async for item in api.list(id, status="needs_my_review", **query)]

        assert await walk() == await walk(page_size=1) == await walk(page_size=3) == ids
        assert await walk(item_type="THREAD") == [ids[2]]
        assert await walk(item_type="RUN") == [ids[0], ids[1], ids[3]]
        assert await walk(min_start_time=roots[1].start_time) == [ids[1], ids[3]]
        assert await walk(max_start_time=roots[1].start_time) == [ids[0], ids[1]]
        # The first generation shows runs only.
        assert listed(client, queue) == ["one", "two", "three"]
        assert size(client, queue) == 3

        place = await api.retrieve_placement(ids[2], queue_id=id)
        assert (place.position, place.section, place.item_type) == (2, "needs_my_review", "THREAD")
        assert (await walk(cursor=place.cursor)) == ids[2:]
        page = await api.list(id, status="needs_my_review", cursor=place.cursor, direction="backward", page_size=1)
        assert [item.id for item in page.items] == [ids[1]]
        before = await api.list(id, status="needs_my_review", cursor=page.next_cursor, direction="backward")
        assert ([item.id for item in before.items], before.next_cursor) == ([ids[0]], None)

        viewed = await api.create_status(ids[2], status="viewed")
        assert (viewed.queue_item_id, viewed.status, viewed.is_archived) == (ids[2], "viewed", False)
        [item] = [item async for item in api.list(id, status="needs_my_review", item_type="THREAD")]
        assert len(item.reserved_by) == 1
        finished = await api.create_status(ids[2], status="completed")
        assert finished.is_archived
        place = await api.retrieve_placement(ids[2], queue_id=id)
        assert (place.position, place.section) == (0, "archived")
        counts = [
            (await api.retrieve_count(id, status=status)).count
            for status in ("all", "needs_my_review", "needs_others_review", "archived")
        ]
        assert counts == [4, 3, 0, 1]
        past = await api.retrieve_count(id, status="archived", end_time="2020-01-01T00:00:00Z")
        assert past.count == 0

        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        moved = await api.update(ids[0], queue_id=id, added_at=later)
        assert datetime.datetime.fromisoformat(moved.added_at.replace("Z", "+00:00")) == later
        assert await walk() == [ids[1], ids[3], ids[0]]
        await api.delete_all(id, item_ids=[ids[1], ids[2]])
        assert await walk() == [ids[3], ids[0]]
        assert (await api.retrieve_count(id, status="archived")).count == 0

    asyncio.run(use())


@pytest.mark.parametrize("prefix", ["/v1/platform", "/platform", "/api/v1/platform", "/api/v1/v1/platform"])
def test_items_are_found_under_every_prefix(served, prefix):
    queue = requests.post(f"{served.endpoint}/annotation-queues", json={"name": "q"}, timeout=10).json()
    url = f"{served.endpoint}{prefix}/annotation-queues/{queue['id']}/items"
    answer = requests.get(url, params={"status": "archived"}, timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"items": [], "next_cursor": None})
    assert requests.get(url, timeout=10).status_code == 422
    wrong = requests.post(url, json={"items": [{"item_type": "THREAD", "thread_id": "t"}]}, timeout=10)
    assert (wrong.status_code, "project_id" in wrong.json()["detail"]) == (422, True)


def test_a_trace_is_shared_read_and_taken_back(client, roots):
    root = client.read_run(roots[0].id, load_child_runs=True)
    [child] = root.child_runs
    assert not client.run_is_shared(root.id)
    token = uuid.uuid4()
    assert str(token) in client.share_run(root.id, share_id=str(token))
    # The token that it has stays, and it is the token of all of its runs.
    assert str(token) in client.share_run(child.id)
    assert str(token) in client.read_run_shared_link(child.id)
    assert client.run_is_shared(root.id)
    run = requests.get(f"{client.api_url}/runs/{child.id}", timeout=10).json()
    assert run["share_token"] == str(token)
    assert client.read_shared_run(token).id == root.id
    assert client.read_shared_run(token, run_id=child.id).name == "model"
    with pytest.raises(LangSmithNotFoundError):
        client.read_shared_run(token, run_id=roots[1].id)
    assert {run.id for run in client.list_shared_runs(token)} == {root.id, child.id}
    assert [run.id for run in client.list_shared_runs(token, run_ids=[str(child.id)])] == [child.id]
    assert list(client.list_shared_runs(token, run_ids=[str(roots[1].id)])) == []

    client.create_feedback(root.id, "quality", score=1)
    client.create_feedback(roots[1].id, "quality", score=0)
    client.flush()
    public = f"{client.api_url}/public/{token}"
    [feedback] = requests.get(f"{public}/feedbacks", timeout=10).json()
    assert (feedback["run_id"], feedback["score"]) == (str(root.id), 1)
    assert len(requests.get(f"{public}/runs", timeout=10).json()) == 2
    assert len(requests.get(f"{public}/runs", params={"id": str(child.id)}, timeout=10).json()) == 1

    client.unshare_run(root.id)
    assert not client.run_is_shared(root.id)
    with pytest.raises(LangSmithNotFoundError):
        client.read_shared_run(token)


def test_the_generated_client_shares(client, roots):
    root = client.read_run(roots[0].id, load_child_runs=True)
    [child] = root.child_runs
    trace = str(root.trace_id)
    project = str(root.session_id)

    async def use():
        token = (await client.runs.share.create(str(child.id), session_id=project, trace_id=trace)).share_token
        again = await client.runs.share.create(str(root.id), session_id=project, trace_id=trace)
        assert again.share_token == token
        run = await client.runs.retrieve(str(root.id), project_id=project, start_time=root.start_time, selects=["SHARE_URL"])
        assert run.share_url.endswith(f"/public/{token}/r")
        found = await client.public.runs.query(token, selects=["ID", "NAME", "IS_ROOT"])
        assert {(run.id, run.name, run.is_root) for run in found.items} == {
            (str(root.id), "root", True), (str(child.id), "model", False),
        }
        one = await client.public.runs.retrieve(
            str(child.id), share_token=token, selects=["NAME", "RUN_TYPE"], start_time=child.start_time
        )
        assert (one.name, one.run_type) == ("model", "LLM")
        await client.runs.share.delete(trace, session_id=project)
        await client.runs.share.delete(trace, session_id=project)
        return token

    token = asyncio.run(use())
    gone = requests.post(f"{client.api_url}/public/{token}/runs/query", json={}, timeout=10)
    assert gone.status_code == 404
    assert not client.run_is_shared(root.id)
    # A trace does not get a token through a run of another one.
    host = client.api_url.removesuffix("/api/v1")
    wrong = {"session_id": project, "trace_id": trace}
    answer = requests.post(f"{host}/api/v2/runs/{roots[1].id}/share", json=wrong, timeout=10)
    assert answer.status_code == 404


def test_an_unknown_path_says_so_in_detail(client):
    answer = requests.get(f"{client.api_url}/nothing/of/the/kind", timeout=10)
    assert answer.status_code == 404
    assert "/nothing/of/the/kind" in answer.json()["detail"]


def test_the_generated_client_shares_threads(client):
    @traceable(client=client)
    def turn(text):
        return text

    for text in ["one", "two"]:
        turn(text, langsmith_extra={"metadata": {"thread_id": "a/b c"}})
    turn("elsewhere")
    client.flush()
    project = str(client.read_project(project_name="sdk tests").id)

    async def use():
        share = client.threads.share
        assert (await share.retrieve("a/b c", project_id=project)).share_token is None
        token = (await share.create("a/b c", project_id=project)).share_token
        assert (await share.create("a/b c", project_id=project)).share_token == token
        assert (await share.retrieve("a/b c", project_id=project)).share_token == token
        found = await client.public.runs.query(token, selects=["ID", "INPUTS"])
        await share.delete("a/b c", project_id=project)
        assert (await share.retrieve("a/b c", project_id=project)).share_token is None
        return found.items

    assert sorted(run.inputs["text"] for run in asyncio.run(use())) == ["one", "two"]
    nobody = requests.post(
        f"{client.api_url.removesuffix('/api/v1')}/api/v2/threads/nobody/share", json={"project_id": project}, timeout=10
    )
    assert nobody.status_code == 404
