import { clsx } from "clsx";
import type { ButtonHTMLAttributes } from "react";
import { useKeyText } from "./Keys";
import styles from "./ui.module.css";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly tone?: "plain" | "primary" | "danger";
}

export function Button({ tone = "plain", className, type = "button", ...rest }: ButtonProps) {
  return (
    <button type={type} className={clsx(styles.button, tone === "primary" && styles.primary, tone === "danger" && styles.danger, className)} {...rest} />
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** Said by assistive technology and shown on hover. */
  readonly label: string;
  /** The command that does the same: its key is shown on hover too. */
  readonly command?: string | undefined;
}

export function IconButton({ label, command, className, ...rest }: IconButtonProps) {
  const key = useKeyText(command);
  return <button type="button" aria-label={label} title={key === null ? label : `${label} (${key})`} className={clsx(styles.icon, className)} {...rest} />;
}
