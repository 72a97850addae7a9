/** The price table, and the person's own prices above it. */
import { useState, type FormEvent } from "react";
import { Trash2 } from "lucide-react";
import { Button, IconButton } from "../../components/ui/Button";
import { Dialog } from "../../components/ui/Dialog";
import { ErrorState } from "../../components/States";
import fieldStyles from "../../components/ui/ui.module.css";
import type { ClassPrice } from "../../contract/contract";
import { useImportPrices, usePrices, useRemovePrice, useSetPrice } from "../../data/costs";
import { useUi } from "../../data/ui";
import { DASH, formatCount, isoTime, plural } from "../../lib/format";
import styles from "./cost.module.css";

interface PricesProps {
  /** `provider/model` to start a new price with. */
  readonly model: string | null;
  readonly onClose: () => void;
}

const SHOWN = 100;

export function PricesDialog({ model, onClose }: PricesProps) {
  const [text, setText] = useState("");
  const [adding, setAdding] = useState(model !== null);
  const [told, setTold] = useState("");
  const page = usePrices(text, false, SHOWN);
  const remove = useRemovePrice();
  const importing = useImportPrices();
  const open = useUi((state) => state.open);
  const readFile = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const { added, problems, notes } = await importing.mutateAsync(await file.text());
    setTold([`${plural(added, "price")} added`, ...problems, ...notes].join("\n"));
  };
  return (
    <Dialog title="Prices in US dollars per million tokens" onClose={onClose} wide>
      {adding ? (
        <PriceForm
          model={model}
          onCancel={() => setAdding(false)}
          onSaved={(notes) => {
            setAdding(false);
            setText("");
            setTold(["The price is kept. Costs that are stored change when they are computed again.", ...notes].join("\n"));
          }}
        />
      ) : (
        <div className={styles.priceBar}>
          <input className={fieldStyles.field} type="search" placeholder="Provider or model" aria-label="Search prices" value={text} onChange={(event) => setText(event.target.value)} />
          <Button tone="primary" onClick={() => setAdding(true)}>
            Add a price
          </Button>
          <label className={fieldStyles.button}>
            Import a file…
            <input type="file" accept=".json,application/json" className={styles.hidden} onChange={(event) => void readFile(event.target.files?.[0])} />
          </label>
          <Button onClick={() => open({ name: "recompute" })}>Compute again…</Button>
        </div>
      )}
      {told === "" ? null : (
        <p role="status" className={styles.told}>
          {told}
        </p>
      )}
      {importing.error ? <p role="alert" className={styles.bad}>{importing.error.message}</p> : null}
      {page.error ? <ErrorState title="The prices could not be listed" error={page.error} onRetry={() => void page.refetch()} /> : null}
      <table className={styles.lines}>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Input</th>
            <th scope="col">Cache read</th>
            <th scope="col">Cache write</th>
            <th scope="col">Output</th>
            <th scope="col">Reasoning</th>
            <th scope="col">From</th>
            <th scope="col">Dated</th>
            <th scope="col">
              <span className={styles.hidden}>Remove</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {page.data?.rows.map((price) => (
            <tr key={price.id}>
              <th scope="row" title={price.pattern}>
                {price.provider === null ? price.name : `${price.provider}/${price.name}`}
                {price.above_tokens === null ? null : <small>above {formatCount(price.above_tokens)}</small>}
                {price.own ? <small className={styles.own}>own</small> : null}
              </th>
              <td>{price.input ?? DASH}</td>
              <td>{classPrice(price.input_classes, "cache_read")}</td>
              <td>{classPrice(price.input_classes, "cache_creation", "ephemeral_5m_input_tokens")}</td>
              <td>{price.output ?? DASH}</td>
              <td>{classPrice(price.output_classes, "reasoning")}</td>
              <td>{price.start === null ? DASH : isoTime(price.start).slice(0, 10)}</td>
              <td>{price.dated}</td>
              <td>
                {price.own ? (
                  <IconButton label={`Remove the price of ${price.name}`} disabled={remove.isPending} onClick={() => remove.mutate(price.id)}>
                    <Trash2 size={13} />
                  </IconButton>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {page.data?.rows.length === 0 ? <p role="status">No price has “{text}” in its provider or model.</p> : null}
      {page.data ? (
        <p className={styles.quiet}>
          {page.data.total > SHOWN ? `${SHOWN} of ${formatCount(page.data.total)} shown; search for the others. ` : ""}
          Bundled table of {page.data.table_date}: {page.data.table_source}; {page.data.table_licence}.
        </p>
      ) : null}
    </Dialog>
  );
}

/** The price of the first of these classes that has one. */
const classPrice = (prices: readonly ClassPrice[], ...names: readonly string[]): string => names.map((wanted) => prices.find(({ class: name }) => name === wanted)?.per_million).find((price) => price !== undefined) ?? DASH;

const CLASS_FIELDS = [
  ["cache_read", "Cache read"],
  ["cache_creation", "Cache write"],
  ["ephemeral_1h_input_tokens", "Cache write, 1 h"],
] as const;

const PRICE_FIELDS = [["input", "Input"], ["output", "Output"], ...CLASS_FIELDS, ["reasoning", "Reasoning"]] as const;

function PriceForm({ model, onSaved, onCancel }: { readonly model: string | null; readonly onSaved: (notes: readonly string[]) => void; readonly onCancel: () => void }) {
  const [provider, name] = split(model ?? "");
  const save = useSetPrice();
  const [wrong, setWrong] = useState<{ readonly field: string; readonly message: string } | null>(null);
  const onSubmit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const value = (key: string): string | null => {
      const text = form.get(key);
      return typeof text === "string" && text.trim() !== "" ? text.trim() : null;
    };
    const field = PRICE_FIELDS.find(([key]) => value(key) !== null && !/^\d+(\.\d+)?$|^\.\d+$/.test(value(key) ?? ""));
    const problem = field ? { field: field[0], message: `${field[1]} is no price: dollars per million tokens, such as 2.50` } : value("input") === null && value("output") === null ? { field: "input", message: "Give at least the price of Input or of Output" } : null;
    setWrong(problem);
    if (problem) {
      event.currentTarget.querySelector<HTMLInputElement>(`[name="${problem.field}"]`)?.focus();
      return;
    }
    const classes = CLASS_FIELDS.flatMap(([key]) => {
      const price = value(key);
      return price === null ? [] : [{ class: key, per_million: price }];
    });
    const reasoning = value("reasoning");
    save.mutate(
      {
        name: value("name") ?? "",
        provider: value("provider"),
        pattern: value("pattern"),
        start: value("start"),
        input: value("input"),
        output: value("output"),
        input_classes: classes,
        output_classes: reasoning === null ? [] : [{ class: "reasoning", per_million: reasoning }],
      },
      { onSuccess: ({ notes }) => onSaved(notes) },
    );
  };
  return (
    <form className={styles.form} onSubmit={onSubmit} aria-label="Own price">
      <Input name="name" label="Model" initial={name} required />
      <Input name="provider" label="Provider" initial={provider} hint="any" />
      <Input name="pattern" label="Pattern" hint="the model’s name" />
      <Input name="start" label="From day" hint="any" type="date" />
      <Input name="input" label="Input" hint="$ per 1M" wrong={wrong} />
      <Input name="output" label="Output" hint="$ per 1M" wrong={wrong} />
      {CLASS_FIELDS.map(([key, label]) => (
        <Input key={key} name={key} label={label} hint="as input" wrong={wrong} />
      ))}
      <Input name="reasoning" label="Reasoning" hint="as output" wrong={wrong} />
      {wrong ? <p id={WRONG} role="alert" className={styles.bad}>{wrong.message}.</p> : save.error ? <p role="alert" className={styles.bad}>{save.error.message}</p> : null}
      <div className={styles.formActions}>
        <Button onClick={onCancel}>Cancel</Button>
        <Button tone="primary" type="submit" disabled={save.isPending}>
          Keep the price
        </Button>
      </div>
    </form>
  );
}

interface InputProps {
  readonly name: string;
  readonly label: string;
  readonly initial?: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly type?: "text" | "date";
  /** The field that is wrong, which may be another one. */
  readonly wrong?: { readonly field: string } | null;
}

/** Id of what is said of it. */
const WRONG = "price-wrong";

function Input({ name, label, initial = "", hint, required = false, type = "text", wrong = null }: InputProps) {
  const isWrong = wrong?.field === name;
  return (
    <label className={styles.input}>
      <span>{label}</span>
      <input className={fieldStyles.field} name={name} type={type} defaultValue={initial} placeholder={hint} required={required} autoComplete="off" aria-invalid={isWrong || undefined} aria-describedby={isWrong ? WRONG : undefined} />
    </label>
  );
}

function split(model: string): readonly [string, string] {
  const slash = model.indexOf("/");
  return slash < 0 ? ["", model] : [model.slice(0, slash), model.slice(slash + 1)];
}
