/** What was said under a key, by the name of the judged run or by the version of its prompt. */
import { clsx } from "clsx";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "../../components/ui/Dialog";
import { ErrorState, Skeleton } from "../../components/States";
import ui from "../../components/ui/ui.module.css";
import type { FeedbackGroup, FeedbackGrouping, KeyStats } from "../../contract/contract";
import { useProjects } from "../../data/queries";
import { scoreText, valueText } from "../../lib/feedback";
import { DASH, formatCount, plural } from "../../lib/format";
import { platform } from "../../platform";
import shared from "../queues/queues.module.css";
import styles from "./feedback.module.css";

/** Groups that are drawn; those with most answers come first, and how many more there are is told. */
const MOST_ROWS = 200;
/** Values of a key that are named; the rest are counted. */
const MOST_VALUES = 4;

const GROUPINGS: readonly (readonly [FeedbackGrouping, string])[] = [
  ["run_name", "run name"],
  ["prompt_version", "prompt version"],
];

export function FeedbackStatsDialog({ onClose }: { readonly onClose: () => void }) {
  const [by, setBy] = useState<FeedbackGrouping>("run_name");
  const [project, setProject] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const projects = useProjects().data;
  const stats = useQuery({
    queryKey: ["feedback", "stats", by, project],
    queryFn: ({ signal }) => platform().call("get_feedback_stats", { by, project: project === "" ? null : project }, signal),
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
  const groups = stats.data ?? [];
  const names = [...new Set(groups.flatMap((group) => group.stats.map(({ key }) => key)))].toSorted();
  // The key that was looked at may be none of this project.
  const key = chosen !== null && names.includes(chosen) ? chosen : names[0];
  return (
    <Dialog title="Feedback by run name or prompt version" onClose={onClose} wide>
      <div className={styles.line}>
        <label className={styles.line}>
          Key
          <select className={ui.field} value={key ?? ""} disabled={key === undefined} onChange={(event) => setChosen(event.target.value)}>
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label className={styles.line}>
          By
          <select className={ui.field} value={by} onChange={(event) => setBy(event.target.value === "prompt_version" ? "prompt_version" : "run_name")}>
            {GROUPINGS.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label className={styles.line}>
          Project
          <select className={ui.field} value={project} onChange={(event) => setProject(event.target.value)}>
            <option value="">Any project</option>
            {projects?.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      {stats.error ? <ErrorState title="The feedback could not be counted" error={stats.error} onRetry={() => void stats.refetch()} /> : null}
      {stats.isPending ? <Skeleton width="100%" /> : null}
      {stats.data && key === undefined ? <p className={shared.hint}>{by === "run_name" ? "Nothing was said about runs here yet." : "No run with a prompt version was judged here yet."}</p> : null}
      {key === undefined ? null : <Groups groups={groups} of={key} by={by} />}
    </Dialog>
  );
}

function Groups({ groups, of, by }: { readonly groups: readonly FeedbackGroup[]; readonly of: string; readonly by: FeedbackGrouping }) {
  const rows = groups.flatMap(({ name, stats }) => stats.filter(({ key }) => key === of).map((one) => ({ name, one }))).toSorted((left, right) => right.one.count - left.one.count);
  const more = rows.length - MOST_ROWS;
  return (
    <>
      <table className={clsx(shared.table, styles.stats)} aria-label={`${of} by ${by === "run_name" ? "run name" : "prompt version"}`}>
        <thead>
          <tr>
            <th scope="col">{by === "run_name" ? "Run name" : "Prompt version"}</th>
            <th scope="col" className="num">
              Answers
            </th>
            <th scope="col" className="num">
              Mean score
            </th>
            <th scope="col" className="num">
              Lowest to highest
            </th>
            <th scope="col">Values</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST_ROWS).map(({ name, one }) => (
            <tr key={name}>
              <td title={name}>{name}</td>
              <td className="num" title={one.errors > 0 ? `${plural(one.errors, "evaluator error")} among them` : undefined}>
                {formatCount(one.count)}
              </td>
              <td className="num">{score(one.mean)}</td>
              <td className="num">{one.min === null || one.max === null ? DASH : `${score(one.min)} to ${score(one.max)}`}</td>
              <td title={valuesOf(one, one.values.length)}>{valuesOf(one, MOST_VALUES)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 ? <p className={shared.hint}>{plural(more, "more group")} with fewer answers.</p> : null}
    </>
  );
}

function score(value: number | null): string {
  return value === null ? DASH : scoreText(value);
}

/** `Pass 12, Fail 3`, the most frequent first. */
function valuesOf({ values }: KeyStats, most: number): string {
  if (values.length === 0) return DASH;
  const named = values.slice(0, most).map(({ value, count }) => `${valueText({ value, score: null }) ?? value} ${formatCount(count)}`);
  return values.length > most ? `${named.join(", ")} and ${plural(values.length - most, "other")}` : named.join(", ");
}
