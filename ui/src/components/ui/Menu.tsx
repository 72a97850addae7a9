import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import styles from "./ui.module.css";

interface MenuProps {
  readonly trigger: ReactNode;
  readonly children: ReactNode;
}

export function Menu({ trigger, children }: MenuProps) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={styles.menu} align="start" sideOffset={4} collisionPadding={8} onCloseAutoFocus={leaveToDialog}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** What was chosen may have opened a dialog, which has the focus then: it does not go back to the trigger under it. */
function leaveToDialog(event: Event): void {
  if (document.querySelector("[role=dialog]") !== null) event.preventDefault();
}

interface MenuItemProps {
  readonly onSelect: () => void;
  readonly disabled?: boolean;
  readonly children: ReactNode;
}

export function MenuItem({ onSelect, disabled = false, children }: MenuItemProps) {
  // A menu holds the focus until it is gone: a field of a dialog that opened before could not take it.
  return (
    <DropdownMenu.Item className={styles.menuItem} disabled={disabled} onSelect={() => void setTimeout(onSelect, 0)}>
      {children}
    </DropdownMenu.Item>
  );
}

interface MenuChoicesProps<Value extends string> {
  readonly label: string;
  readonly options: readonly (readonly [Value, string])[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** One of a few; the one that holds has a mark. */
export function MenuChoices<Value extends string>({ label, options, value, onChange }: MenuChoicesProps<Value>) {
  return (
    <DropdownMenu.RadioGroup aria-label={label} value={value} onValueChange={(next) => onChange(next as Value)}>
      <DropdownMenu.Label className={styles.menuLabel}>{label}</DropdownMenu.Label>
      {options.map(([option, name]) => (
        <DropdownMenu.RadioItem key={option} value={option} className={styles.menuItem}>
          <span className={styles.menuMark}>
            <DropdownMenu.ItemIndicator>
              <Check size={13} aria-hidden />
            </DropdownMenu.ItemIndicator>
          </span>
          {name}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export function MenuLine() {
  return <DropdownMenu.Separator className={styles.menuLine} />;
}
