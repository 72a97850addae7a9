"""Datasets, examples and experiments with the SDK's own methods and schema classes."""

import asyncio
import datetime
import io
import json
import uuid

import httpx
import pytest
from langsmith import evaluate, traceable
from langsmith.schemas import AttachmentsOperations, ExampleCreate, ExampleUpdate
from langsmith.utils import LangSmithConflictError, LangSmithError, LangSmithNotFoundError


@pytest.fixture
def dataset(client):
    return client.create_dataset("arithmetic", description="sums", metadata={"k": "v"})


@pytest.fixture
def sums(client, dataset):
    """Three examples; their ids in the order in which they were made."""
    made = client.create_examples(
        dataset_id=dataset.id,
        examples=[
            ExampleCreate(inputs={"q": "1+1"}, reference_outputs={"a": "2"}, split="train", metadata={"m": 1}),
            ExampleCreate(inputs={"q": "2+2"}, reference_outputs={"a": "4"}, metadata={"m": 2}),
            ExampleCreate(inputs={"q": "3+3"}, reference_outputs={"a": "6"}, split=["test", "hard"]),
        ],
    )
    assert made["count"] == 3
    return [uuid.UUID(id) for id in made["example_ids"]]


def questions(examples):
    return sorted(example.inputs["q"] for example in examples)


def test_datasets_are_made_found_changed_and_removed(client, dataset):
    assert client.read_dataset(dataset_name="arithmetic").id == dataset.id
    read = client.read_dataset(dataset_id=dataset.id)
    assert (read.description, read.data_type, read.metadata["k"]) == ("sums", "kv", "v")
    assert (read.example_count, read.session_count) == (0, 0)
    with pytest.raises(LangSmithConflictError):
        client.create_dataset("arithmetic")
    other = client.create_dataset("other")
    assert {one.name for one in client.list_datasets()} == {"arithmetic", "other"}
    assert [one.id for one in client.list_datasets(dataset_name_contains="OTH")] == [other.id]
    assert [one.id for one in client.list_datasets(metadata={"k": "v"})] == [dataset.id]
    assert [one.id for one in client.list_datasets(dataset_ids=[other.id])] == [other.id]
    client.delete_dataset(dataset_id=other.id)
    assert not client.has_dataset(dataset_name="other")
    with pytest.raises(LangSmithNotFoundError):
        client.read_dataset(dataset_id=other.id)


def test_examples_are_made_found_changed_and_removed(client, dataset, sums):
    first, second, third = sums
    assert questions(client.list_examples(dataset_name="arithmetic")) == ["1+1", "2+2", "3+3"]
    assert questions(client.list_examples(dataset_id=dataset.id, metadata={"m": 1})) == ["1+1"]
    assert questions(client.list_examples(example_ids=[first, third])) == ["1+1", "3+3"]
    has_m = client.list_examples(dataset_id=dataset.id, filter="has(metadata, '{\"m\": 2}')")
    assert questions(has_m) == ["2+2"]
    named = 'and(not(has(metadata, \'{"m": 1}\')), exists(metadata, "m"))'
    assert questions(client.list_examples(dataset_id=dataset.id, filter=named)) == ["2+2"]
    assert len(list(client.list_examples(dataset_id=dataset.id, limit=2))) == 2
    assert client.read_dataset(dataset_id=dataset.id).example_count == 3

    one = client.create_example(
        inputs={"q": "4+4", "big": 2**70}, outputs=None, dataset_id=dataset.id, metadata={"n": [1, {"x": None}]}
    )
    assert one.inputs == {"q": "4+4", "big": 2**70}
    assert one.outputs is None
    assert one.metadata == {"n": [1, {"x": None}], "dataset_split": ["base"]}
    with pytest.raises(LangSmithConflictError):
        client.create_example(inputs={"q": "again"}, dataset_id=dataset.id, example_id=one.id)

    client.update_example(one.id, outputs={"a": "8"}, metadata={"edited": True})
    changed = client.read_example(one.id)
    assert (changed.inputs["q"], changed.outputs) == ("4+4", {"a": "8"})
    assert changed.metadata == {"edited": True, "dataset_split": ["base"]}
    answer = client.update_examples(
        dataset_id=dataset.id,
        updates=[
            ExampleUpdate(id=first, outputs={"a": "two"}),
            ExampleUpdate(id=second, split="test"),
        ],
    )
    assert (answer["count"], answer["message"]) == (2, "2 examples updated")
    assert client.read_example(first).outputs == {"a": "two"}
    assert client.read_example(first).metadata["dataset_split"] == ["train"]
    assert client.read_example(second).metadata == {"m": 2, "dataset_split": ["test"]}

    elsewhere = client.create_dataset("elsewhere")
    with pytest.raises(LangSmithConflictError):
        client.update_example(first, outputs={"a": "x"}, dataset_id=elsewhere.id)
    client.delete_example(one.id)
    client.delete_examples([first, second])
    client.delete_examples([third], hard_delete=True)
    assert list(client.list_examples(dataset_id=dataset.id)) == []
    with pytest.raises(LangSmithNotFoundError):
        client.read_example(one.id)


def test_examples_page(client, dataset):
    client.create_examples(dataset_id=dataset.id, inputs=[{"q": str(number)} for number in range(205)])
    listed = [example.inputs["q"] for example in client.list_examples(dataset_id=dataset.id)]
    assert sorted(listed, key=int) == [str(number) for number in range(205)]


def test_attachments_are_kept_renamed_and_replaced(client, dataset):
    one = client.create_example(
        inputs={"q": "what is it"},
        dataset_id=dataset.id,
        attachments={"note": ("text/plain", b"hi\r\n--"), "image": ("image/png", b"\x89PNG\r\n")},
    )
    read = client.read_example(one.id).attachments
    assert {name: (file["mime_type"], file["reader"].read()) for name, file in read.items()} == {
        "note": ("text/plain", b"hi\r\n--"),
        "image": ("image/png", b"\x89PNG\r\n"),
    }
    assert httpx.get(read["note"]["presigned_url"]).content == b"hi\r\n--"
    assert httpx.get(read["note"]["presigned_url"].replace("/note?", "/image?")).status_code == 403
    before = one.modified_at

    operations = AttachmentsOperations(rename={"note": "memo"}, retain=["image"])
    client.update_example(
        one.id, dataset_id=dataset.id, attachments_operations=operations, attachments={"new": ("text/plain", b"n")}
    )
    [listed] = client.list_examples(dataset_id=dataset.id, include_attachments=True)
    contents = {name: file["reader"].read() for name, file in listed.attachments.items()}
    assert contents == {"memo": b"hi\r\n--", "image": b"\x89PNG\r\n", "new": b"n"}
    [bare] = client.list_examples(dataset_id=dataset.id)
    assert not bare.attachments
    # The version before still has what it had.
    assert set(client.read_example(one.id, as_of=before).attachments) == {"note", "image"}

    for wrong in [{"retain": ["gone"]}, {"retain": ["memo"], "rename": {"memo": "m"}}]:
        with pytest.raises(LangSmithError, match="422"):
            client.update_example(one.id, attachments_operations=AttachmentsOperations(**wrong))
    assert set(client.read_example(one.id).attachments) == {"memo", "image", "new"}
    client.update_example(one.id, attachments_operations=AttachmentsOperations())
    assert not client.read_example(one.id).attachments


def test_splits(client, dataset, sums):
    assert client.list_dataset_splits(dataset_id=dataset.id) == ["base", "hard", "test", "train"]
    assert questions(client.list_examples(dataset_id=dataset.id, splits=["train", "hard"])) == ["1+1", "3+3"]
    client.update_dataset_splits(dataset_id=dataset.id, split_name="gold", example_ids=sums[:2])
    assert questions(client.list_examples(dataset_id=dataset.id, splits=["gold"])) == ["1+1", "2+2"]
    client.update_dataset_splits(dataset_id=dataset.id, split_name="gold", example_ids=sums[:1], remove=True)
    assert questions(client.list_examples(dataset_id=dataset.id, splits=["gold"])) == ["2+2"]


def test_versions_and_tags(client, dataset, sums):
    old = client.read_dataset_version(dataset_id=dataset.id, tag="latest")
    assert {example.modified_at for example in client.list_examples(dataset_id=dataset.id)} == {
        old.as_of.replace(tzinfo=datetime.timezone.utc)
    }
    client.update_dataset_tag(dataset_id=dataset.id, as_of=old.as_of, tag="prod")
    client.update_example(sums[0], inputs={"q": "changed"})
    client.delete_example(sums[1])
    added = client.create_example(inputs={"q": "5+5"}, dataset_id=dataset.id)

    assert questions(client.list_examples(dataset_id=dataset.id)) == ["3+3", "5+5", "changed"]
    assert questions(client.list_examples(dataset_id=dataset.id, as_of="prod")) == ["1+1", "2+2", "3+3"]
    assert questions(client.list_examples(dataset_id=dataset.id, as_of=old.as_of)) == ["1+1", "2+2", "3+3"]
    assert client.read_example(sums[1], as_of=old.as_of).inputs == {"q": "2+2"}
    versions = list(client.list_dataset_versions(dataset_id=dataset.id))
    assert len(versions) == 4
    assert [version.tags for version in versions] == [["latest"], [], [], ["prod"]]
    assert client.read_dataset_version(dataset_id=dataset.id, tag="prod").as_of == old.as_of
    diff = client.diff_dataset_versions(dataset_id=dataset.id, from_version="prod", to_version="latest")
    assert (diff.examples_added, diff.examples_modified, diff.examples_removed) == ([added.id], [sums[0]], [sums[1]])
    with pytest.raises(LangSmithNotFoundError):
        client.read_dataset_version(dataset_id=dataset.id, tag="nowhere")


def test_an_example_is_made_of_a_run(client, dataset):
    @traceable(client=client)
    def answer(question):
        return {"answer": question.upper()}

    run_id = uuid.uuid4()
    answer("why", langsmith_extra={"run_id": run_id})
    with_file = uuid.uuid4()
    client.create_run(
        "with file", {"q": 1}, "chain", id=with_file, outputs={"a": 2}, trace_id=with_file,
        dotted_order=datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S%fZ") + str(with_file),
        attachments={"file": ("text/plain", b"of the run"), "other": ("text/plain", b"o")},
    )
    client.flush()
    run = client.read_run(run_id)
    plain = client.create_example_from_run(run, dataset_id=dataset.id)
    assert (plain.inputs, plain.outputs) == ({"question": "why"}, {"answer": "WHY"})

    whole = client.create_example(dataset_id=dataset.id, source_run_id=with_file, use_source_run_io=True)
    assert (client.read_run(run_id).in_dataset, client.read_run(with_file).in_dataset) == (False, True)
    whole = client.read_example(whole.id)
    assert (whole.inputs, whole.outputs, whole.source_run_id) == ({"q": 1}, {"a": 2}, with_file)
    assert {name: file["reader"].read() for name, file in whole.attachments.items()} == {
        "file": b"of the run",
        "other": b"o",
    }
    some = client.create_example(
        {"mine": 1}, dataset_id=dataset.id, source_run_id=with_file, use_source_run_attachments=["file"]
    )
    some = client.read_example(some.id)
    assert (some.inputs, some.outputs, set(some.attachments)) == ({"mine": 1}, None, {"file"})
    with pytest.raises(LangSmithNotFoundError):
        client.create_example(dataset_id=dataset.id, source_run_id=uuid.uuid4(), use_source_run_io=True)


def test_examples_must_fit_the_schemas(client):
    schema = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}
    dataset = client.create_dataset("strict", inputs_schema=schema, outputs_schema={"required": ["a"]})
    assert client.read_dataset(dataset_id=dataset.id).inputs_schema == schema
    with pytest.raises(LangSmithError, match="422"):
        client.create_example({"q": 1}, dataset_id=dataset.id)
    with pytest.raises(LangSmithError, match="422"):
        client.create_example({"q": "x"}, dataset_id=dataset.id, reference_outputs={})
    one = client.create_example({"q": "x"}, dataset_id=dataset.id, reference_outputs={"a": 1})
    with pytest.raises(LangSmithError, match="422"):
        client.update_example(one.id, inputs={"other": "x"})
    assert client.read_example(one.id).inputs == {"q": "x"}


def test_evaluate(served, client, dataset, sums):
    def target(inputs):
        return {"a": "6"} if inputs["q"] == "3+3" else {"a": "4"}

    def correct(outputs, reference_outputs):
        return {"key": "correct", "score": int(outputs == reference_outputs), "comment": "compared"}

    def length(outputs):
        return {"key": "length", "score": len(outputs["a"])}

    def share(outputs, reference_outputs):
        right = sum(one == other for one, other in zip(outputs, reference_outputs))
        return {"key": "share", "score": right / len(outputs)}

    version = client.read_dataset_version(dataset_id=dataset.id, tag="latest").as_of
    results = evaluate(
        target,
        data="arithmetic",
        evaluators=[correct, length],
        summary_evaluators=[share],
        experiment_prefix="sums",
        metadata={"model": "none"},
        client=client,
    )
    rows = list(results)
    assert len(rows) == 3
    client.flush()

    project = client.read_project(project_name=results.experiment_name, include_stats=True)
    assert (project.reference_dataset_id, project.run_count) == (dataset.id, 3)
    assert project.metadata["model"] == "none"
    assert project.metadata["dataset_version"].startswith(version.isoformat()[:26])
    assert project.feedback_stats["correct"]["n"] == 3
    assert project.feedback_stats["correct"]["avg"] == pytest.approx(2 / 3)
    assert project.session_feedback_stats["share"]["avg"] == pytest.approx(2 / 3, abs=1e-4)
    assert client.read_dataset(dataset_id=dataset.id).session_count == 1
    assert [one.id for one in client.list_projects(reference_dataset_id=dataset.id)] == [project.id]

    # Every run is linked to its example, and is found by it.
    runs = list(client.list_runs(project_id=project.id, is_root=True))
    assert {run.reference_example_id for run in runs} == set(sums)
    [run] = client.list_runs(reference_example_id=sums[2])
    assert (run.outputs, run.session_id) == ({"a": "6"}, project.id)
    assert run.feedback_stats["correct"]["avg"] == 1
    said = {one.key: (one.score, one.comment) for one in client.list_feedback(run_ids=[run.id])}
    assert said == {"correct": (1, "compared"), "length": (1, None)}
    answer = client.request_with_retries("GET", f"/runs/{run.id}").json()
    assert answer["reference_dataset_id"] == str(dataset.id)

    read = client.get_experiment_results(name=results.experiment_name)
    examples = {example.id: example for example in read["examples_with_runs"]}
    assert set(examples) == set(sums)
    assert [run.outputs for run in examples[sums[0]].runs] == [{"a": "4"}]
    assert read["feedback_stats"]["share"]["n"] == 1

    async def read_pages():
        pages = client.datasets.experiment_runs.query(
            str(dataset.id), experiment_ids=[str(project.id)], page_size=2, selects=["ID", "OUTPUTS"]
        )
        return [item async for item in pages]

    items = asyncio.run(read_pages())
    assert {item.id for item in items} == {str(id) for id in sums}
    assert {str(run.id) for item in items for run in item.runs} == {str(run.id) for run in runs}

    found = client.request_with_retries(
        "POST",
        f"{served.endpoint}/api/v2/runs/query",
        json={"reference_dataset_id": str(dataset.id), "selects": ["ID", "REFERENCE_EXAMPLE_ID"]},
    ).json()["items"]
    assert {run["reference_example_id"] for run in found} == {str(id) for id in sums}

    again = evaluate(target, data=client.list_examples(dataset_id=dataset.id, splits=["test"]), client=client)
    assert len(list(again)) == 1
    client.flush()
    numbers = {
        one["name"]: one["test_run_number"]
        for one in client.request_with_retries("GET", "/sessions", params={"reference_dataset": dataset.id}).json()
    }
    assert numbers == {results.experiment_name: 1, again.experiment_name: 2}
    # An example that is gone by now still stands in the experiments on it.
    client.delete_example(sums[2])
    later = client.get_experiment_results(name=again.experiment_name)["examples_with_runs"]
    assert [example.inputs for example in later] == [{"q": "3+3"}]


def test_shared_datasets_are_read_by_token(client, dataset, sums):
    with pytest.raises((LangSmithError, TypeError)):
        client.read_dataset_shared_schema(dataset.id)["share_token"]
    token = client.share_dataset(dataset.id)["share_token"]
    assert client.share_dataset(dataset.id)["share_token"] == token
    assert client.read_shared_dataset(token).id == dataset.id
    assert questions(client.list_shared_examples(token)) == ["1+1", "2+2", "3+3"]
    assert list(client.list_shared_projects(dataset_share_token=token)) == []
    client.unshare_dataset(dataset.id)
    with pytest.raises(LangSmithNotFoundError):
        client.read_shared_dataset(token)


def test_tables_go_in_and_come_out(client):
    table = b'q,hint,a\n"1, 2",x,3\nmore,y,"say ""hi"""\n'
    dataset = client.upload_csv(("dir/sums.csv", io.BytesIO(table)), ["q"], ["a"], description="of a table")
    assert (dataset.name, dataset.description, dataset.example_count) == ("sums.csv", "of a table", 2)
    with pytest.raises(LangSmithConflictError):
        client.upload_csv(("sums.csv", io.BytesIO(table)), ["q"], ["a"])
    rows = {example.inputs["q"]: example.outputs for example in client.list_examples(dataset_id=dataset.id)}
    assert rows == {"1, 2": {"a": "3"}, "more": {"a": 'say "hi"'}}

    def export(form):
        return client.request_with_retries("GET", f"/datasets/{dataset.id}/{form}").text

    assert export("csv") == 'q,a\r\n"1, 2",3\r\nmore,"say ""hi"""\r\n'
    lines = [json.loads(line) for line in export("jsonl").splitlines()]
    assert [(line["inputs"], line["outputs"]) for line in lines] == [
        ({"q": "1, 2"}, {"a": "3"}),
        ({"q": "more"}, {"a": 'say "hi"'}),
    ]


def test_chats_come_out_for_tuning(client):
    dataset = client.create_dataset("chats")
    said = [{"role": "system", "content": "be kind"}, {"type": "human", "data": {"content": "hello"}}]
    client.create_example({"messages": said}, dataset_id=dataset.id, reference_outputs={"output": "hi"})
    assert client.read_dataset_openai_finetuning(dataset.id) == [
        {
            "messages": [
                {"role": "system", "content": "be kind"},
                {"role": "user", "content": "hello"},
                {"role": "assistant", "content": "hi"},
            ]
        }
    ]
    evals = client.request_with_retries("GET", f"/datasets/{dataset.id}/openai").json()
    assert evals["ideal"] == "hi"


def test_datasets_are_cloned_and_validated(client, dataset, sums):
    target = client.create_dataset("copy")
    copies = client.request_with_retries(
        "POST", "/datasets/clone", json={"source_dataset_id": str(dataset.id), "target_dataset_id": str(target.id)}
    ).json()
    assert len(copies) == 3
    assert questions(client.list_examples(dataset_id=target.id, splits=["hard"])) == ["3+3"]
    assert {copy["id"] for copy in copies}.isdisjoint(map(str, sums))
    good = {"dataset_id": str(dataset.id), "inputs": {"q": "x"}}
    assert client.request_with_retries("POST", "/examples/validate", json=good).status_code == 200
    with pytest.raises(LangSmithError, match="422"):
        client.request_with_retries("POST", "/examples/validate", json={**good, "inputs": [1]})
    assert client.request_with_retries("GET", "/examples/count", params={"dataset": dataset.id}).json() == 3
    with pytest.raises(LangSmithNotFoundError):
        client.create_comparative_experiment("pairs", [uuid.uuid4()], reference_dataset=dataset.id)


def test_the_plain_json_routes_of_older_clients(client, dataset):
    def ask(method, path, **arguments):
        return client.request_with_retries(method, path, **arguments).json()

    made = ask("POST", "/examples", json={"dataset_id": str(dataset.id), "inputs": {"q": 1}, "split": "one"})
    assert made["metadata"] == {"dataset_split": ["one"]}
    body = [{"dataset_id": str(dataset.id), "inputs": {"q": number}, "outputs": {"a": 0}} for number in (2, 3)]
    bulk = ask("POST", "/examples/bulk", json=body)
    assert [one["inputs"]["q"] for one in bulk] == [2, 3]
    assert len({one["modified_at"] for one in bulk}) == 1
    ask("PATCH", f"/examples/{made['id']}", json={"outputs": {"a": 1}})
    answer = ask("PATCH", "/examples/bulk", json=[{"id": one["id"], "metadata": {"x": 1}} for one in bulk])
    assert answer["count"] == 2
    assert client.read_example(made["id"]).outputs == {"a": 1}
    assert client.read_example(bulk[0]["id"]).metadata == {"x": 1, "dataset_split": ["base"]}
    changed = ask("PATCH", f"/datasets/{dataset.id}", json={"name": "renamed", "description": None})
    assert (changed["name"], changed["description"], changed["metadata"]["k"]) == ("renamed", None, "v")
    listed = ask("GET", "/examples", params={"dataset": str(dataset.id), "select": "outputs", "exclude_default_fields": True})
    assert {frozenset(one) for one in listed} == {frozenset({"id", "outputs"})}


@pytest.mark.parametrize("prefix", ["/v1/platform", "/platform", "/api/v1/platform", "/api/v1/v1/platform"])
def test_platform_routes_take_forms_without_lengths(served, prefix):
    """As the form encoder of JavaScript's runtime writes them: every part is a file named `blob`."""
    datasets = f"{served.endpoint}/datasets"
    dataset = httpx.post(datasets, json={"name": "of a form"}).json()["id"]
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    examples = f"{served.endpoint}{prefix}/datasets/{dataset}/examples"

    def send(method, url, parts):
        head = 'Content-Disposition: form-data; name="{}"; filename="blob"\r\nContent-Type: {}\r\n\r\n'
        body = b"".join(
            b"--b\r\n" + head.format(name, kind).encode() + content + b"\r\n" for name, kind, content in parts
        )
        headers = {"content-type": "multipart/form-data; boundary=b"}
        chunks = iter([body[:50], body[50:], b"--b--\r\n"])
        return httpx.request(method, url, headers=headers, content=chunks)

    answer = send(
        "POST",
        examples,
        [
            (f"{first}.attachment.my.file", "text/plain", b"--b\n\xff"),
            (f"{second}.inputs", "application/json", b'{"n": NaN}'),
            (first, "application/json", b'{"split": ["a"]}'),
            (f"{first}.inputs", "application/json", b'{"big": 123456789012345678901234567890}'),
            (second, "application/json", b"{}"),
        ],
    )
    assert answer.status_code == 201
    assert (answer.json()["count"], answer.json()["example_ids"]) == (2, [first, second])
    read = httpx.get(f"{served.endpoint}/examples/{first}").json()
    assert read["inputs"] == {"big": 123456789012345678901234567890}
    assert read["modified_at"] == answer.json()["as_of"]
    file = read["attachment_urls"]["attachment.my.file"]
    assert httpx.get(file["presigned_url"]).content == b"--b\n\xff"
    assert httpx.get(f"{served.endpoint}/examples/{second}").json()["inputs"] == {"n": None}

    changed = send("PATCH", examples, [(second, "application/json", b'{"metadata": {"x": 1}}')])
    assert (changed.status_code, changed.json()["count"]) == (200, 1)
    upsert = [
        (first, "application/json", json.dumps({"dataset_id": dataset}).encode()),
        (f"{first}.outputs", "application/json", b'{"a": 1}'),
    ]
    assert send("POST", f"{served.endpoint}{prefix}/examples/multipart", upsert).json()["example_ids"] == [first]
    assert httpx.get(f"{served.endpoint}/examples/{first}").json()["outputs"] == {"a": 1}

    for parts, status in [
        ([("no id", "application/json", b"{}")], 422),
        ([(str(uuid.uuid4()), "application/json", b"{}")], 422),
        ([(str(uuid.uuid4()) + ".inputs", "application/json", b"[1]")], 422),
        ([(str(uuid.uuid4()) + ".inputs", "application/json", b"{")], 422),
        ([(first, "application/json", b"{}"), (f"{first}.inputs", "application/json", b"{}")], 409),
    ]:
        refused = send("POST", examples, parts)
        assert (refused.status_code, type(refused.json()["detail"])) == (status, str), parts
    assert httpx.delete(f"{examples}/{first}").status_code == 204
    left = [one["id"] for one in httpx.get(f"{served.endpoint}/examples?dataset={dataset}").json()]
    assert left == [second]


def test_a_hard_deleted_example_is_in_no_version(client, dataset, sums):
    before = client.read_dataset_version(dataset_id=dataset.id, tag="latest").as_of
    client.delete_example(sums[0])
    client.delete_examples([sums[1]], hard_delete=True)
    assert questions(client.list_examples(dataset_id=dataset.id)) == ["3+3"]
    assert questions(client.list_examples(dataset_id=dataset.id, as_of=before)) == ["1+1", "3+3"]


def test_experiments_are_compared(client, dataset, sums):
    from langsmith.evaluation import evaluate_comparative

    def experiment(answer):
        return evaluate(lambda inputs: {"a": answer}, data="arithmetic", experiment_prefix=answer, client=client)

    names = [experiment(answer).experiment_name for answer in ["4", "6"]]
    client.flush()

    def preferred(runs, example):
        scores = {run.id: int(run.outputs == example.outputs) for run in runs}
        return {"key": "preferred", "scores": scores, "comment": "compared"}

    results = evaluate_comparative(names, evaluators=[preferred], metadata={"why": "test"}, client=client)
    assert len(list(results)) == 3
    client.flush()
    comparison = results.comparative_experiment
    assert comparison.reference_dataset_id == dataset.id
    assert (comparison.metadata["why"], [one["name"] for one in comparison.experiments_info]) == ("test", names)
    said = list(client.list_feedback(comparative_experiment_id=comparison.id))
    assert sorted(one.score for one in said) == [0, 0, 0, 0, 1, 1]
    assert len({one.feedback_group_id for one in said}) == 3
    path = f"/datasets/{dataset.id}/comparative"
    listed = client.request_with_retries("GET", path).json()
    assert [(one["id"], one["feedback_stats"]["preferred"]["n"]) for one in listed] == [(str(comparison.id), 6)]
    client.request_with_retries("DELETE", f"/datasets/comparative/{comparison.id}")
    assert client.request_with_retries("GET", path).json() == []
