/**
 * What a cost is made of, beside any figure of cost: input, output and other, each by class. Shown while the pointer rests
 * on the figure or the focus is on it, and by a key for the row that is chosen. A figure says whose cost it is with
 * `data-cost`, see `costOf`, so that lists carry no more than they draw.
 */
import { useEffect, useId, useMemo, useState } from "react";
import { useCommands, type Command } from "../../commands/registry";
import type { CostArithmetic } from "../../contract/contract";
import { useCostHint } from "../../data/costs";
import { ABOUT_OTHER, className, readCostRef, sides, type CostRef } from "../../lib/cost";
import { DASH, plural } from "../../lib/format";
import { Lines, PriceLine } from "./ArithmeticDialog";
import styles from "./cost.module.css";

interface Shown {
  readonly ref: CostRef;
  readonly box: DOMRect;
  /** Whether a key asked for it, so that it is read aloud. */
  readonly asked: boolean;
}

const PAUSE_MS = 250;
const UNKNOWN: CostRef = { of: "known", cost: null, byClass: [], unpriced: 0 };
/** What is left of a side beside its classes. */
const PLAIN: Readonly<Record<string, string>> = { input: "Uncached", output: "Answer" };

export function CostHint() {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = new AbortController();
    const listen = (name: string, act: (event: Event) => void): void => window.addEventListener(name, act, { signal: stop.signal, capture: true, passive: true });
    const hide = (): void => {
      clearTimeout(timer);
      setShown(null);
    };
    const come = (event: Event): void => {
      const figure = event.target instanceof Element ? event.target.closest("[data-cost]") : null;
      clearTimeout(timer);
      if (figure === null) {
        setShown((before) => (before?.asked ? before : null));
        return;
      }
      timer = setTimeout(() => setShown(read(figure, false)), PAUSE_MS);
    };
    listen("pointerover", come);
    listen("focusin", come);
    for (const name of ["scroll", "wheel", "pointerdown", "keydown", "blur", "popstate", "hashchange"]) listen(name, hide);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, []);
  const commands = useMemo((): Command[] => [{ id: "cost.breakdown", title: "What the cost is made of", group: "General", shortcut: "$", run: () => setShown(chosen()) }], []);
  useCommands(commands);
  return shown === null ? null : <Hint shown={shown} />;
}

function Hint({ shown: { ref, box, asked } }: { readonly shown: Shown }) {
  const { data, error } = useCostHint(ref);
  const id = useId();
  const left = Math.max(8, Math.min(box.left, window.innerWidth - 468));
  const below = box.bottom + 240 < window.innerHeight;
  return (
    <div id={id} role={asked ? "status" : "tooltip"} className={styles.hint} style={{ left, ...(below ? { top: box.bottom + 6 } : { bottom: window.innerHeight - box.top + 6 }) }}>
      {error ? <p>The cost could not be told apart: {error.message}</p> : null}
      {data ? data.arithmetic === null ? <Sides {...data} /> : <OwnCost told={data.arithmetic} /> : error ? null : <p>…</p>}
    </div>
  );
}

/** Of a single run: tokens times price, as its arithmetic has it. */
function OwnCost({ told }: { readonly told: CostArithmetic }) {
  return (
    <>
      <Lines lines={told.lines} total={told.total} />
      {told.price === null ? null : <PriceLine price={told.price} alias={told.alias} />}
    </>
  );
}

function Sides({ cost, by_class: byClass, unpriced_runs: unpriced }: { readonly cost: string | null; readonly by_class: readonly { readonly class: string; readonly cost: string }[]; readonly unpriced_runs: number }) {
  const sums = sides(byClass);
  // As many decimals everywhere as the exact sum has, so that the points stand below each other.
  const decimals = Math.max(2, cost?.split(".")[1]?.length ?? 0);
  return (
    <>
      <table>
        <tbody>
          {(["input", "output", "other"] as const).map((side) => (
            <Side key={side} name={side} sum={cost === null ? null : sums[side]} decimals={decimals} classes={byClass.filter(({ class: name }) => sides([{ class: name, cost: "1" }])[side] > 0)} />
          ))}
          <tr className={styles.hintSum}>
            <th scope="row">Cost</th>
            <td>{cost === null ? (unpriced > 0 ? "unknown" : DASH) : `${unpriced > 0 ? "≥ " : ""}$${inDecimals(Number(cost), decimals)}`}</td>
          </tr>
        </tbody>
      </table>
      {sums.other > 0 ? <p>{ABOUT_OTHER}</p> : null}
      {unpriced > 0 ? <p className={styles.note}>{plural(unpriced, "run")} whose cost is not known {unpriced === 1 ? "is" : "are"} not in it.</p> : null}
    </>
  );
}

const inDecimals = (usd: number, decimals: number): string => usd.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

function Side({ name, sum, decimals, classes }: { readonly name: string; readonly sum: number | null; readonly decimals: number; readonly classes: readonly { readonly class: string; readonly cost: string }[] }) {
  return (
    <>
      <tr>
        <th scope="row">{className(name)}</th>
        <td>{sum === null ? DASH : `$${inDecimals(sum, decimals)}`}</td>
      </tr>
      {classes.length === 1 && classes[0]?.class === name ? null : classes.map(({ class: part, cost }) => (
        <tr key={part} className={styles.hintPart}>
          <th scope="row">{part === name ? PLAIN[part] ?? className(part) : className(part)}</th>
          <td>${inDecimals(Number(cost), decimals)}</td>
        </tr>
      ))}
    </>
  );
}

function read(figure: Element, asked: boolean): Shown | null {
  const ref = readCostRef(figure.getAttribute("data-cost") ?? "");
  return ref && { ref, box: figure.getBoundingClientRect(), asked };
}

/** The figure that has the focus, else that of the row chosen in the list that has it, else the first of the screen. */
function chosen(): Shown | null {
  const focus = document.activeElement;
  const row = document.getElementById(focus?.getAttribute("aria-activedescendant") ?? "");
  // What is in hand is told even where its cost is not known; that of something else would be taken for its own.
  const inHand = row ?? focus?.closest("[data-entry], [data-row]");
  const figure = focus?.closest("[data-cost]") ?? (inHand ?? document.querySelector("main"))?.querySelector("[data-cost]");
  if (figure) return read(figure, true);
  return inHand ? { ref: UNKNOWN, box: inHand.getBoundingClientRect(), asked: true } : null;
}
