import { useRouter } from "@tanstack/react-router";
import { clsx } from "clsx";
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { useEffect, type ReactNode } from "react";
import { useLatest } from "../useLatest";
import { IconButton } from "./Button";
import styles from "./ui.module.css";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** A modal dialog: focus stays inside and returns to where it was. It belongs to its screen, and closes with another address. */
export function Dialog({ title, onClose, wide = false, children }: DialogProps) {
  const router = useRouter();
  const close = useLatest(onClose);
  useEffect(() => router.subscribe("onBeforeNavigate", ({ fromLocation, pathChanged }) => fromLocation !== undefined && pathChanged && close.current()), [router, close]);
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={styles.overlay} />
        <Radix.Content className={clsx(styles.dialog, wide && styles.wide)} aria-describedby={undefined} onOpenAutoFocus={focusDialog}>
          <header className={styles.dialogHead}>
            <Radix.Title className={styles.dialogTitle}>{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label="Close">
                <X size={14} />
              </IconButton>
            </Radix.Close>
          </header>
          <div className={styles.dialogBody}>{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The dialog itself is focused and not its close button, which is the last thing a person came for. */
function focusDialog(event: Event): void {
  event.preventDefault();
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
}
