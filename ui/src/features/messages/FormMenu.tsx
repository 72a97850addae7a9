import { Type } from "lucide-react";
import { IconButton } from "../../components/ui/Button";
import { Menu, MenuChoices } from "../../components/ui/Menu";
import { useTextForm, useTextForms } from "../../data/ui";
import type { TextForm, TextPart } from "../../lib/plainText";

const FORMS: readonly (readonly [TextForm, string])[] = [
  ["auto", "Automatic"],
  ["text", "Text"],
  ["markdown", "Markdown"],
];

const PARTS: Readonly<Record<TextPart, string>> = { system: "System messages", human: "Human messages", ai: "AI messages", thought: "Thoughts" };

/** How the words of all messages of a kind are shown; it is remembered. */
export function FormMenu({ part }: { readonly part: TextPart }) {
  const form = useTextForm(part);
  const setForm = useTextForms((state) => state.setForm);
  const now = FORMS.find(([value]) => value === form)?.[1] ?? "";
  return (
    <Menu
      trigger={
        <IconButton label={`${PARTS[part]} as: ${now.toLowerCase()}`}>
          <Type size={13} />
        </IconButton>
      }
    >
      <MenuChoices label={PARTS[part]} options={FORMS} value={form} onChange={(next) => setForm(part, next)} />
    </Menu>
  );
}
