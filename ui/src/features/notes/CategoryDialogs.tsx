/** Gives notes a category, and gives categories other names. */
import { useState } from "react";
import { toast } from "sonner";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import ui from "../../components/ui/ui.module.css";
import { useCategorise, useRenameCategory } from "../../data/notes";
import { formatCount, plural } from "../../lib/format";
import styles from "../datasets/datasets.module.css";

interface CategoryProps {
  readonly ids: readonly string[];
  readonly categoryKey: string;
  /** Categories that are in use. */
  readonly known: readonly string[];
  readonly onGiven: () => void;
  readonly onClose: () => void;
}

export function CategoryDialog({ ids, categoryKey, known, onGiven, onClose }: CategoryProps) {
  const [label, setLabel] = useState("");
  const categorise = useCategorise();
  const give = (category: string | null): void =>
    categorise.mutate(
      { category_key: categoryKey, ids: [...ids], category },
      {
        onSuccess: () => {
          toast.success(category === null ? `${plural(ids.length, "note")} without a category.` : `${plural(ids.length, "note")} in “${category}”.`);
          onGiven();
          onClose();
        },
      },
    );
  return (
    <Dialog title={`Category of ${plural(ids.length, "note")}`} onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (label.trim() !== "") give(label.trim());
        }}
      >
        <Label value={label} known={known} onChange={setLabel} />
        <p className={styles.hint}>Kept as feedback under {categoryKey}. A new category becomes a choice of that key, also in rubrics and in feedback on runs.</p>
        <div className={styles.dialogRow}>
          <Button disabled={categorise.isPending} onClick={() => give(null)}>
            Take the category away
          </Button>
          <Button type="submit" tone="primary" disabled={label.trim() === "" || categorise.isPending}>
            Give the category
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface RenameProps {
  readonly categoryKey: string;
  readonly from: string;
  readonly known: readonly string[];
  readonly onClose: () => void;
}

export function RenameCategoryDialog({ categoryKey, from, known, onClose }: RenameProps) {
  const [label, setLabel] = useState(from);
  const rename = useRenameCategory();
  const to = label.trim();
  const merges = to !== from && known.includes(to);
  return (
    <Dialog title={`Rename “${from}”`} onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate(
            { category_key: categoryKey, from, to },
            {
              onSuccess: (changed) => {
                toast.success(`${formatCount(changed)} moved to “${to}”.`);
                onClose();
              },
            },
          );
        }}
      >
        <Label value={label} known={known.filter((one) => one !== from)} onChange={setLabel} />
        <p className={styles.hint}>{merges ? `“${to}” is there already: the two become one.` : "Everything that has this category gets the new name."}</p>
        <div className={styles.dialogRow}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={to === "" || to === from || rename.isPending}>
            {merges ? "Merge" : "Rename"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Label({ value, known, onChange }: { readonly value: string; readonly known: readonly string[]; readonly onChange: (label: string) => void }) {
  return (
    <label className={styles.row}>
      <span>Category</span>
      <span>
        {/* The name is what a person came for. */}
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <input className={`${ui.field} ${styles.grow}`} type="text" autoFocus required maxLength={120} list="categories-known" value={value} onFocus={(event) => event.target.select()} onChange={(event) => onChange(event.target.value)} />
        <datalist id="categories-known">
          {known.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </datalist>
      </span>
    </label>
  );
}
