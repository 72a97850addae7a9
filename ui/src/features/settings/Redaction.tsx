import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "../../components/ui/Button";
import type { RedactionCount, RedactionKind, RedactionPreview, RedactionRule } from "../../contract/contract";
import { usePreviewRedaction } from "../../data/queries";
import { Choice, Field } from "./Field";
import styles from "./settings.module.css";

const KINDS: readonly (readonly [RedactionKind, string])[] = [
  ["detector", "Known secret"],
  ["key", "Key"],
  ["path", "Path"],
  ["regex", "Regular expression"],
];
const DETECTORS: readonly (readonly [string, string])[] = [
  ["api_key", "API keys"],
  ["bearer_token", "Bearer tokens"],
  ["email", "E-mail addresses"],
  ["phone", "Phone numbers"],
  ["payment_card", "Payment cards"],
];
const PLACEHOLDERS: Record<RedactionKind, string> = {
  detector: "",
  key: "password",
  path: "inputs.messages.content",
  regex: "\\bEMP-\\d{6}\\b",
};
const NEW: RedactionRule = { name: "", kind: "detector", pattern: "email", attachments: false };

interface RedactionProps {
  readonly rules: readonly RedactionRule[];
  readonly counts: readonly RedactionCount[];
  readonly error: Error | null;
  /** `onSaved` is called once the rules are in force. */
  readonly onChange: (rules: RedactionRule[], onSaved?: () => void) => void;
}

/** What is replaced before anything is stored. */
export function Redaction({ rules, counts, error, onChange }: RedactionProps) {
  const [editing, setEditing] = useState<number | null>(null);
  const preview = usePreviewRedaction();
  const tried = (): void => preview.mutate([...rules]);
  return (
    <div className={styles.value}>
      {rules.length > 0 ? (
        <ul className={styles.rules} aria-label="Redaction rules">
          {rules.map((rule, index) => (
            <li key={`${index}-${rule.name}`} className={styles.rule}>
              {editing === index ? (
                <RuleForm
                  rule={rule}
                  error={error}
                  onCancel={() => setEditing(null)}
                  onSave={(changed) => onChange(rules.map((other, at) => (at === index ? changed : other)), () => setEditing(null))}
                />
              ) : (
                <>
                  <span className={styles.ruleName}>{rule.name}</span>
                  <code className={styles.rulePattern}>{described(rule)}</code>
                  <span className={styles.ruleCount}>{counts.find(({ name }) => name === rule.name)?.count ?? 0} replaced</span>
                  <IconButton label={`Edit ${rule.name}`} onClick={() => setEditing(index)}>
                    <Pencil size={13} />
                  </IconButton>
                  <IconButton label={`Remove ${rule.name}`} onClick={() => onChange(rules.filter((_, at) => at !== index))}>
                    <Trash2 size={13} />
                  </IconButton>
                </>
              )}
            </li>
          ))}
        </ul>
      ) : null}
      {editing === rules.length ? (
        <RuleForm rule={NEW} error={error} onCancel={() => setEditing(null)} onSave={(rule) => onChange([...rules, rule], () => setEditing(null))} />
      ) : (
        <div className={styles.line}>
          <Button onClick={() => setEditing(rules.length)}>Add a rule…</Button>
          {rules.length > 0 ? (
            <Button onClick={tried} disabled={preview.isPending}>
              Try on the newest traces
            </Button>
          ) : null}
        </div>
      )}
      {preview.error ? (
        <p className={styles.failed} role="alert">
          {preview.error.message}
        </p>
      ) : null}
      {preview.data ? <Tried preview={preview.data} /> : null}
      <p className={styles.help}>
        Values are replaced before they are stored or sent on. Of names (runs, projects, datasets, files) detectors and patterns replace what
        they find. Attached files are looked into only by rules that say so. What is in the library already stays as it is.
      </p>
    </div>
  );
}

function described(rule: RedactionRule): string {
  const kind = KINDS.find(([word]) => word === rule.kind)?.[1] ?? rule.kind;
  const pattern = rule.kind === "detector" ? (DETECTORS.find(([word]) => word === rule.pattern)?.[1] ?? rule.pattern) : rule.pattern;
  return rule.kind === "detector" ? pattern : `${kind} ${pattern}`;
}

interface RuleFormProps {
  readonly rule: RedactionRule;
  readonly error: Error | null;
  readonly onSave: (rule: RedactionRule) => void;
  readonly onCancel: () => void;
}

function RuleForm({ rule, error, onSave, onCancel }: RuleFormProps) {
  const [draft, setDraft] = useState(rule);
  const suggested = draft.kind === "detector" ? draft.pattern : "";
  const changeKind = (kind: RedactionKind): void => setDraft({ ...draft, kind, pattern: kind === "detector" ? "email" : "" });
  return (
    <form
      className={styles.fields}
      onSubmit={(event) => {
        event.preventDefault();
        onSave({ ...draft, name: draft.name.trim() || suggested });
      }}
    >
      <Choice label="Replace" value={draft.kind} options={KINDS} onChange={changeKind} />
      {draft.kind === "detector" ? (
        <Choice label="Kind" value={draft.pattern} options={DETECTORS} onChange={(pattern) => setDraft({ ...draft, pattern })} />
      ) : (
        <Field label="Pattern" value={draft.pattern} placeholder={PLACEHOLDERS[draft.kind]} code onChange={(pattern) => setDraft({ ...draft, pattern })} />
      )}
      <Field label="Name" value={draft.name} placeholder={suggested} onChange={(name) => setDraft({ ...draft, name })} />
      <label className={styles.line}>
        <input type="checkbox" checked={draft.attachments ?? false} onChange={(event) => setDraft({ ...draft, attachments: event.target.checked })} />
        Also in attached files that are text
      </label>
      {error ? (
        <p className={styles.failed} role="alert">
          {error.message}
        </p>
      ) : null}
      <div className={styles.line}>
        <Button type="submit" tone="primary">
          Save
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
      </div>
    </form>
  );
}

function Tried({ preview }: { readonly preview: RedactionPreview }) {
  return (
    <section className={styles.tried} aria-label="Result of trying">
      <p role="status">
        {preview.runs} runs looked at, nothing changed.{" "}
        {preview.counts.map(({ name, count }) => `${name}: ${count}`).join(", ")}
      </p>
      <ul>
        {preview.examples.map((example) => (
          <li key={`${example.trace_id}/${example.run_id}/${example.rule}/${example.before}`}>
            <span className={styles.ruleName}>{example.rule}</span>
            <del>{example.before}</del>
            <ins>{example.after}</ins>
          </li>
        ))}
      </ul>
    </section>
  );
}
