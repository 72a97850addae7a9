/** The pages of a queue, one beside the other; each has its key. */
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { KeysOf } from "../../components/ui/Keys";
import styles from "./queues.module.css";

const PAGES = [
  { name: "review", title: "Review", to: "/queues/$queueId", key: "V R" },
  { name: "bulk", title: "Many at once", to: "/queues/$queueId/bulk", key: "V M" },
  { name: "conflicts", title: "Conflicts", to: "/queues/$queueId/conflicts", key: "V C" },
  { name: "results", title: "Results", to: "/queues/$queueId/results", key: "V S" },
  { name: "agreement", title: "Agreement", to: "/queues/$queueId/agreement", key: "V A" },
  { name: "edit", title: "Edit", to: "/queues/$queueId/edit", key: "V E" },
] as const;

interface QueueTabsProps {
  readonly queueId: string;
  readonly name: string;
  readonly current: Exclude<(typeof PAGES)[number]["name"], "review">;
}

export function QueueTabs({ queueId, name, current }: QueueTabsProps) {
  const navigate = useNavigate();
  const params = useMemo(() => ({ queueId }), [queueId]);
  const commands = useMemo(
    (): Command[] => PAGES.map(({ name: page, title, to, key }) => ({ id: `queue.page_${page}`, title: `Queue: ${title}`, group: "Go to", shortcut: key, run: () => void navigate({ to, params }) })),
    [navigate, params],
  );
  useCommands(commands);
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
