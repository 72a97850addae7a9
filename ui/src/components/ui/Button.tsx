import { clsx } from "clsx";
import type { ButtonHTMLAttributes } from "react";
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
}

export function IconButton({ label, className, ...rest }: IconButtonProps) {
  return <button type="button" aria-label={label} title={label} className={clsx(styles.icon, className)} {...rest} />;
}
