import { Check, Copy } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { toast } from "sonner";
import { IconButton } from "./ui/Button";

interface CopyProps {
  readonly label: string;
  /** Asked only when pressed: the text may be large or still has to be fetched. */
  readonly text: () => string | Promise<string>;
  /** Where there are several buttons, what tells them apart. */
  readonly icon?: ReactNode;
  /** The command that does the same. */
  readonly command?: string | undefined;
}

export function CopyButton({ label, text, icon = <Copy size={13} />, command }: CopyProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1200);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(await text());
      setCopied(true);
    } catch (error) {
      toast.error(error instanceof Error ? error.message : "Copying failed.");
    }
  };
  return (
    <IconButton label={copied ? "Copied" : label} command={copied ? undefined : command} onClick={() => void copy()}>
      {copied ? <Check size={13} /> : icon}
    </IconButton>
  );
}
