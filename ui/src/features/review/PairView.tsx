/** Two answers side by side: what they share once on top, both panes scrolled together, and what differs. */
import { useCallback, useMemo, useRef, useState } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { ErrorState } from "../../components/States";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { WordDiff } from "../../components/WordDiff";
import type { RunPanel, RunRef } from "../../contract/contract";
import { usePayloadText, useRun } from "../../data/queries";
import { parseJson, writeJson } from "../../lib/json";
import { Payload } from "../run/Payload";
import { RawTab } from "../run/RawTab";
import { RunErrorCard } from "../run/RunErrorCard";
import { Loading } from "./ItemView";
import styles from "./review.module.css";

interface PairViewProps {
  readonly a: RunRef;
  readonly b: RunRef;
  readonly raw: boolean;
}

export function PairView({ a, b, raw }: PairViewProps) {
  const left = useRun(a.trace_id, a.run_id);
  const right = useRun(b.trace_id, b.run_id);
  const [compared, setCompared] = useState(false);
  const [turned, setTurned] = useState(false);
  const commands = useMemo(
    (): Command[] => [
      { id: "pair.differences", title: "Show what differs", group: "Messages", shortcut: "D", run: () => setCompared((before) => !before) },
      // Only what is seen: which side is which system stays as it is.
      { id: "pair.turn", title: "Change the sides on the screen", group: "Messages", shortcut: "W", run: () => setTurned((before) => !before) },
    ],
    [],
  );
  useCommands(commands);
  const error = left.error ?? right.error;
  if (error) return <ErrorState title="The pair could not be read" error={error} onRetry={() => void Promise.all([left.refetch(), right.refetch()])} />;
  if (!left.data || !right.data) return <Loading />;
  return (
    <div className={styles.pair}>
      <div className={styles.pairBar}>
        <Button aria-pressed={compared} data-command="pair.differences" onClick={() => setCompared(!compared)}>
          Differences
          <KeysOf command="pair.differences" />
        </Button>
        <Button aria-pressed={turned} data-command="pair.turn" onClick={() => setTurned(!turned)}>
          Change sides
          <KeysOf command="pair.turn" />
        </Button>
      </div>
      <Sides a={left.data} b={right.data} raw={raw} compared={compared} turned={turned} />
    </div>
  );
}

interface SidesProps {
  readonly a: RunPanel;
  readonly b: RunPanel;
  readonly raw: boolean;
  readonly compared: boolean;
  readonly turned: boolean;
}

function Sides({ a, b, raw, compared, turned }: SidesProps) {
  const inputs = [usePayloadText({ traceId: a.trace_id, runId: a.run_id, part: "inputs" }, a.inputs), usePayloadText({ traceId: b.trace_id, runId: b.run_id, part: "inputs" }, b.inputs)] as const;
  const outputs = [usePayloadText({ traceId: a.trace_id, runId: a.run_id, part: "outputs" }, a.outputs), usePayloadText({ traceId: b.trace_id, runId: b.run_id, part: "outputs" }, b.outputs)] as const;
  const shared = inputs[0].text !== null && inputs[0].text === inputs[1].text;
  const panes = useRef<(HTMLDivElement | null)[]>([]);
  /** The same share of the way, since the two are rarely of one length. */
  const follow = useCallback((from: number) => {
    const [moved, other] = [panes.current[from], panes.current[1 - from]];
    if (!moved || !other) return;
    const share = moved.scrollTop / Math.max(moved.scrollHeight - moved.clientHeight, 1);
    const wanted = share * (other.scrollHeight - other.clientHeight);
    // What follows must not lead in turn.
    if (Math.abs(other.scrollTop - wanted) > 2) other.scrollTop = wanted;
  }, []);
  const sides = [
    { name: "A", run: a },
    { name: "B", run: b },
  ];
  return (
    <>
      {shared ? (
        <div className={styles.sharedInput}>
          <Payload title="Input" traceId={a.trace_id} runId={a.run_id} part="inputs" payload={a.inputs} none="No input was recorded." />
        </div>
      ) : null}
      {compared ? (
        // A pane that scrolls can be reached by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={styles.scroll} tabIndex={0} role="region" aria-label="Differences from A to B" data-item-scroll>
          <div className={styles.sheetOf}>
            <WordDiff before={readable(outputs[0].text)} after={readable(outputs[1].text)} />
          </div>
        </div>
      ) : (
        <div className={styles.sides}>
          {(turned ? sides.toReversed() : sides).map(({ name, run }, index) => (
            // A pane that scrolls can be reached by keyboard.
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            <div key={name} ref={(element) => void (panes.current[index] = element)} className={styles.side} tabIndex={0} role="region" aria-label={`Answer ${name}`} data-item-scroll onScroll={() => follow(index)}>
              <h3 className={styles.sideName}>{name}</h3>
              {run.error ? <RunErrorCard message={run.error.message} kind={run.error.kind} stacktrace={run.error.stacktrace} /> : null}
              {raw ? (
                <RawTab run={run} />
              ) : (
                <>
                  {shared ? null : <Payload title="Input" traceId={run.trace_id} runId={run.run_id} part="inputs" payload={run.inputs} none="No input was recorded." />}
                  <Payload title="Output" traceId={run.trace_id} runId={run.run_id} part="outputs" payload={run.outputs} none="No output was recorded." />
                </>
              )}
            </div>
          ))}
        </div>
      )}
    </>
  );
}

function readable(json: string | null): string {
  const value = json === null ? null : parseJson(json);
  return value ? writeJson(value) : (json ?? "");
}
