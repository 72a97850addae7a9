/** The pages of a queue, one beside the other; each has its key, on the review itself too. */
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { KeysOf } from "../../components/ui/Keys";
import styles from "./queues.module.css";

// P for page: V changes the view of the item that is reviewed.
const PAGES = [
  { name: "review", title: "Review", command: "Review the queue", to: "/queues/$queueId", key: "P R" },
  { name: "bulk", title: "Many at once", command: "Many at once: answer items of the queue in a table", to: "/queues/$queueId/bulk", key: "P M" },
  { name: "conflicts", title: "Conflicts", command: "Conflicts of the queue", to: "/queues/$queueId/conflicts", key: "P C" },
  { name: "results", title: "Results", command: "Results of the queue", to: "/queues/$queueId/results", key: "P S" },
  { name: "agreement", title: "Agreement", command: "Agreement of the reviewers", to: "/queues/$queueId/agreement", key: "P A" },
  { name: "edit", title: "Edit", command: "Edit the queue", to: "/queues/$queueId/edit", key: "P E" },
] as const;

/** Offers every page of the queue, by key and in the palette. */
export function useQueuePages(queueId: string): void {
  const navigate = useNavigate();
  const commands = useMemo(
    (): Command[] => PAGES.map(({ name, command, to, key }) => ({ id: `queue.page_${name}`, title: command, group: "Go to", shortcut: key, run: () => void navigate({ to, params: { queueId } }) })),
    [navigate, queueId],
  );
  useCommands(commands);
}

interface QueueTabsProps {
  readonly queueId: string;
  readonly name: string;
  readonly current: Exclude<(typeof PAGES)[number]["name"], "review">;
}

export function QueueTabs({ queueId, name, current }: QueueTabsProps) {
  const params = useMemo(() => ({ queueId }), [queueId]);
  useQueuePages(queueId);
  return (
    <nav className={styles.queueTabs} aria-label={`Views of ${name}`}>
      {PAGES.map(({ name: page, title, to }) => (
        <Link key={page} to={to} params={params} activeOptions={{ exact: true }} aria-current={page === current ? "page" : undefined} data-command={`queue.page_${page}`}>
          {title}
          <KeysOf command={`queue.page_${page}`} />
        </Link>
      ))}
    </nav>
  );
}
