/** Saved views of tables: kept, come back to, changed, pinned, handed on as JSON. */
import { useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import { useMemo, useRef, useState } from "react";
import { toast } from "sonner";
import { useCommands, type Command } from "../../commands/registry";
import { Button } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { Menu, MenuItem, MenuLine } from "../../components/ui/Menu";
import ui from "../../components/ui/ui.module.css";
import { useLatest } from "../../components/useLatest";
import type { SavedView, TableScope } from "../../contract/contract";
import { useDeleteView, useSaveView, useViews } from "../../data/tables";
import { readArrangement } from "../../lib/columns";
import { plural } from "../../lib/format";
import { saveText } from "../../lib/save";
import { pathOf, readView, readViews, writeView, writeViews } from "../../lib/views";
import { readTableSearch, type TableSearch } from "../../routes/search";
import { defaultArrangement } from "./columns";
import styles from "./tables.module.css";
import { useArrangements } from "./useArrangement";

interface ViewsMenuProps {
  readonly scope: TableScope;
  readonly search: TableSearch;
}

export function ViewsMenu({ scope, search }: ViewsMenuProps) {
  const views = useViews().data ?? [];
  const save = useSaveView();
  const remove = useDeleteView();
  const navigate = useNavigate();
  const { of } = useArrangements();
  const file = useRef<HTMLInputElement>(null);
  const [naming, setNaming] = useState<{ readonly id: string | null; readonly name: string } | null>(null);
  const current = views.find(({ id }) => id === search.saved);
  const now = writeView(scope, search, of[scope]);
  const modified = current !== undefined && current.definition !== now;

  const open = useOpenView();
  const keep = (id: string | null, name: string, pinned: boolean): void =>
    save.mutate(
      { ...(id === null ? {} : { id }), name, definition: now, pinned },
      {
        onSuccess: (view) => {
          setNaming(null);
          toast.success(`The view “${view.name}” is saved.`);
          void navigate({ to: pathOf(scope), search: { ...search, saved: view.id }, replace: true });
        },
      },
    );
  const begin = (): void => (current ? keep(current.id, current.name, current.pinned) : setNaming({ id: null, name: "" }));
  const latest = useLatest(begin);
  useCommands(useMemo((): Command[] => [{ id: "view.save", title: "Save the view", group: "Table", shortcut: "Mod+S", run: () => latest.current() }], [latest]));
  const read = async (chosen: File): Promise<void> => {
    const found = readViews(await chosen.text());
    if (found === null) {
      toast.error("This file holds no views of Tracemark.");
      return;
    }
    for (const view of found) await save.mutateAsync(view);
    toast.success(`${plural(found.length, "view")} imported.`);
  };
  return (
    <>
      <Menu
        trigger={
          <Button className={clsx(styles.menuButton, current && styles.set)} title={current ? `View ${current.name}${modified ? ", modified" : ""}` : "Saved views"}>
            <span className={styles.viewName}>{current?.name ?? "Views"}</span>
            {modified ? <span className={styles.dot} role="img" aria-label="modified" /> : null}
          </Button>
        }
      >
        {views.map((view) => (
          <MenuItem key={view.id} onSelect={() => open(view)}>
            {view.name}
            {view.pinned ? <span className={styles.pinned}>pinned</span> : null}
          </MenuItem>
        ))}
        {views.length > 0 ? <MenuLine /> : null}
        {current ? (
          <>
            <MenuItem disabled={!modified} onSelect={() => keep(current.id, current.name, current.pinned)}>
              Save changes
            </MenuItem>
            <MenuItem disabled={!modified} onSelect={() => open(current)}>
              Reset to the saved view
            </MenuItem>
            <MenuItem onSelect={() => save.mutate({ ...current, pinned: !current.pinned })}>{current.pinned ? "Unpin from the sidebar" : "Pin to the sidebar"}</MenuItem>
            <MenuItem onSelect={() => setNaming({ id: current.id, name: current.name })}>Rename…</MenuItem>
            <MenuItem
              onSelect={() =>
                remove.mutate(current.id, {
                  onSuccess: () => {
                    void navigate({ to: pathOf(scope), search: { ...search, saved: undefined }, replace: true });
                    toast(`The view “${current.name}” is deleted.`, {
                      action: { label: "Undo", onClick: () => save.mutate({ id: current.id, name: current.name, definition: current.definition, pinned: current.pinned }) },
                    });
                  },
                })
              }
            >
              Delete
            </MenuItem>
            <MenuLine />
          </>
        ) : null}
        <MenuItem onSelect={() => setNaming({ id: null, name: "" })}>Save as a new view…</MenuItem>
        <MenuItem disabled={views.length === 0} onSelect={() => saveText("views.tracemark.json", writeViews(views))}>
          Export all as JSON
        </MenuItem>
        <MenuItem onSelect={() => file.current?.click()}>Import from JSON…</MenuItem>
      </Menu>
      <input
        ref={file}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label="File of views"
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          event.target.value = "";
          if (chosen) void read(chosen);
        }}
      />
      {naming ? (
        <Dialog title={naming.id === null ? "Save the view" : "Rename the view"} onClose={() => setNaming(null)}>
          <form
            className={styles.days}
            onSubmit={(event) => {
              event.preventDefault();
              const pinned = current?.id === naming.id && current?.pinned === true;
              if (naming.id !== null && current) save.mutate({ ...current, name: naming.name }, { onSuccess: () => setNaming(null) });
              else keep(naming.id, naming.name, pinned);
            }}
          >
            {/* The dialog is only this field. */}
            {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
            <input className={ui.field} autoFocus aria-label="Name" maxLength={120} value={naming.name} onChange={(event) => setNaming({ ...naming, name: event.target.value })} />
            <Button type="submit" tone="primary" disabled={naming.name.trim() === "" || save.isPending}>
              Save
            </Button>
          </form>
        </Dialog>
      ) : null}
    </>
  );
}

/** Goes to a view and arranges its table as it was saved. */
export function useOpenView(): (view: SavedView) => void {
  const navigate = useNavigate();
  const { arrange } = useArrangements();
  return (view) => {
    const definition = readView(view.definition);
    if (definition === null) {
      toast.error(`The view “${view.name}” cannot be read.`);
      return;
    }
    const { scope, search, arrangement } = definition;
    arrange(scope, readArrangement(arrangement, defaultArrangement(scope)));
    void navigate({ to: pathOf(scope), search: { ...readTableSearch(search), saved: view.id } });
  };
}
