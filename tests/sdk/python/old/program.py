"""A program of people who have not upgraded: everything by the old client, what it got as JSON."""

import json
import logging
import sys
import time
import uuid

import langsmith
from langsmith import traceable
from langsmith.evaluation import evaluate, evaluate_comparative

logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
client = langsmith.Client()


@traceable(run_type="llm")
def model(question):
    return {"content": "Paris", "usage_metadata": {"input_tokens": 7, "output_tokens": 2, "total_tokens": 9}}


@traceable(run_type="tool")
def broken(question):
    raise ValueError("no luck")


@traceable(client=client, tags=["demo"])
def ask(question):
    try:
        broken(question)
    except ValueError:
        pass
    return model(question)


def eventually(ask):
    end = time.monotonic() + 20
    while not (answer := ask()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
    return answer


ask("capital of France")
client.flush()
root = eventually(lambda: [run for run in client.list_runs(project_name="old", is_root=True) if run.end_time])[0]
runs = sorted(client.list_runs(project_name="old"), key=lambda run: run.dotted_order)
client.create_feedback(root.id, key="good", score=1, trace_id=root.trace_id)
client.flush()
feedback = eventually(lambda: list(client.list_feedback(run_ids=[root.id])))
queue = client.create_annotation_queue(name="to look at")
client.add_runs_to_annotation_queue(queue.id, run_ids=[root.id])

dataset = client.create_dataset("sums")
client.create_examples(dataset_id=dataset.id, inputs=[{"q": 1}, {"q": 2}], outputs=[{"a": 1}, {"a": 2}])
first = next(client.list_examples(dataset_id=dataset.id))
client.update_example(first.id, outputs={"a": 9})
changed = client.read_example(first.id)


def experiment(answer):
    return evaluate(
        lambda inputs: {"a": answer},
        data="sums",
        evaluators=[lambda run, example: {"key": "right", "score": int(run.outputs == example.outputs)}],
        experiment_prefix=f"always {answer}",
        client=client,
    ).experiment_name


experiments = [experiment(9), experiment(2)]
client.flush()
for name in experiments:
    eventually(lambda: len(list(client.list_runs(project_name=name, is_root=True))) == 2)
compared = evaluate_comparative(
    experiments,
    evaluators=[lambda runs, example: {"key": "better", "scores": {run.id: 0 for run in runs}}],
    client=client,
)
print(
    json.dumps(
        {
            "version": langsmith.__version__,
            "runs": [[run.name, run.run_type, run.status, run.total_tokens] for run in runs],
            "feedback": [[one.key, one.score] for one in feedback],
            "queued": str(client.get_run_from_annotation_queue(queue.id, index=0).id) == str(root.id),
            "changed": [changed.inputs == first.inputs, changed.outputs],
            "compared": len(list(compared)),
        }
    )
)
