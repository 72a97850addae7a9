/** Who reviews here, and how somebody else takes the seat. */
import { Check, ChevronDown } from "lucide-react";
import { useMemo, useState } from "react";
import { toast } from "sonner";
import { useCommands, type Command } from "../../commands/registry";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Keys } from "../../components/ui/Keys";
import { Menu, MenuItem, MenuLine } from "../../components/ui/Menu";
import ui from "../../components/ui/ui.module.css";
import { useReviewers, useSaveReviewer, useSetReviewer } from "../../data/review";
import frame from "../frame/frame.module.css";
import styles from "./queues.module.css";

export function ReviewerMenu() {
  const reviewers = useReviewers().data;
  const choose = useSetReviewer();
  const [naming, setNaming] = useState<"new" | "rename" | null>(null);
  const { mutate: sit } = choose;
  useCommands(
    useMemo(
      (): Command[] => [
        // Whoever sits here already has nothing to choose there.
        ...(reviewers?.reviewers ?? []).filter(({ id, archived, kind }) => !archived && kind === "human" && id !== reviewers?.current).map(({ id, name }): Command => ({ id: `reviewer.be ${id}`, title: `Reviewer: ${name}`, words: "review as change", group: "Review", run: () => sit(id) })),
        { id: "reviewer.add", title: "Reviewer: add one…", words: "new", group: "Review", run: () => setNaming("new") },
        { id: "reviewer.rename", title: "Reviewer: change my name…", words: "rename", group: "Review", run: () => setNaming("rename") },
      ],
      [reviewers, sit],
    ),
  );
  const current = reviewers?.reviewers.find(({ id }) => id === reviewers.current);
  if (!reviewers || !current) return null;
  return (
    <>
      <Menu
        trigger={
          <button type="button" className={frame.reviewer} aria-label={`Reviewing as ${current.name}`}>
            <span className={frame.quiet}>Reviewing as</span> <b>{current.name}</b>
            <ChevronDown size={12} aria-hidden />
          </button>
        }
      >
        {reviewers.reviewers
          .filter(({ archived, kind }) => !archived && kind === "human")
          .map(({ id, name }) => (
            <MenuItem key={id} onSelect={() => choose.mutate(id)}>
              {name}
              {id === reviewers.current ? <Check size={13} aria-label="current" /> : null}
            </MenuItem>
          ))}
        <MenuLine />
        <MenuItem onSelect={() => setNaming("new")}>Add a reviewer…</MenuItem>
        <MenuItem onSelect={() => setNaming("rename")}>Change my name…</MenuItem>
      </Menu>
      {naming ? <NameDialog id={naming === "rename" ? current.id : null} name={naming === "rename" ? current.name : ""} onClose={() => setNaming(null)} /> : null}
    </>
  );
}

function NameDialog({ id, name, onClose }: { readonly id: string | null; readonly name: string; readonly onClose: () => void }) {
  const [text, setText] = useState(name);
  const known = useReviewers().data;
  const save = useSaveReviewer();
  const choose = useSetReviewer();
  const error = save.error ?? choose.error;
  const submit = async (): Promise<void> => {
    const before = new Set(known?.reviewers.map((reviewer) => reviewer.id));
    const { reviewers } = await save.mutateAsync({ id, name: text.trim() });
    // Who is added here is the one who sits here: the next answers are theirs.
    const added = id === null ? reviewers.find((reviewer) => !before.has(reviewer.id)) : undefined;
    if (added) await choose.mutateAsync(added.id);
    onClose();
    if (added) toast(`You review as ${added.name} now.`);
  };
  return (
    <Dialog title={id === null ? "Add a reviewer" : "Change my name"} onClose={onClose}>
      <form
        className={styles.add}
        onSubmit={(event) => {
          event.preventDefault();
          // What goes wrong is shown below the field.
          if (text.trim() !== "") submit().catch(() => undefined);
        }}
      >
        <label className={styles.named}>
          Name
          {/* The dialog is for this one field. */}
          {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
          <input className={ui.field} type="text" autoFocus maxLength={120} value={text} onFocus={(event) => event.target.select()} onChange={(event) => setText(event.target.value)} />
        </label>
        {id === null ? <p className={styles.hint}>You review under this name from then on. “Reviewing as” in the top bar changes it back.</p> : null}
        {error ? (
          <p className={styles.problem} role="alert">
            {error.message}
          </p>
        ) : null}
        <div className={styles.dialogRow}>
          <Button onClick={onClose}>
            Cancel <Keys shortcut="Escape" />
          </Button>
          <Button type="submit" tone="primary" disabled={text.trim() === "" || save.isPending || choose.isPending}>
            {id === null ? "Add" : "Save"} <Keys shortcut="Enter" />
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
