/** Conversations; opening one shows its turns as the table of traces. */
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useCommands, type Command } from "../../commands/registry";
import { Button } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { TablePage } from "../tables/TablePage";
import { GuessPage } from "./GuessPage";
import styles from "./threads.module.css";

const route = getRouteApi("/threads");

export function ThreadsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const isGuess = search.guess === true;
  const commands = useMemo(
    (): Command[] => [
      {
        id: "threads.guess",
        title: isGuess ? "Show threads that have a key" : "Guess threads",
        words: "guessed threads without a thread key replayed history same user",
        group: "Table",
        shortcut: "G",
        run: () => void navigate({ search: (before) => ({ ...before, guess: isGuess ? undefined : true, gap: undefined }), replace: true }),
      },
    ],
    [navigate, isGuess],
  );
  useCommands(commands);
  const guess = (
    <Button
      aria-pressed={isGuess}
      className={styles.switch}
      data-command="threads.guess"
      title="Group traces without a thread key by what speaks for it; nothing of it is kept"
      onClick={() => void navigate({ search: { ...search, guess: isGuess ? undefined : true, gap: undefined }, replace: true })}
    >
      Guess
      <KeysOf command="threads.guess" />
    </Button>
  );
  if (isGuess) return <GuessPage search={search} beside={guess} />;
  return <TablePage scope="threads" search={search} title="Threads" beside={guess} hint="A thread groups the traces that carry the same session, thread or conversation id. Guess finds some where none is carried." />;
}
