/** Cost day by day as stacked bars, with the same figures as a table for those who cannot see them. */
import "../../lib/language";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useEffect, useMemo, useRef, useState } from "react";
import { formatCost } from "../../lib/format";
import { ABOUT_OTHER, className, type Stacks } from "../../lib/cost";
import styles from "./cost.module.css";

const HEIGHT = 180;
/** Stacks that the legend names in its one line. */
const MOST_NAMED = 6;
/** Seconds between two days of the axis: bars stand on whole days. */
const INCREMENTS = [1, 2, 3, 7, 14, 28, 91, 182, 364].map((days) => days * 86_400);
/** Tokens that the stacks are coloured with, in their order. */
const COLOURS = ["--llm", "--retriever", "--parser", "--embedding", "--running", "--warning", "--tool", "--error", "--ok", "--prompt", "--chain"];

export const colourOf = (index: number): string => COLOURS[index % COLOURS.length] ?? "--chain";

export function Trend({ label, stacks: { days, stacks } }: { readonly label: string; readonly stacks: Stacks }) {
  const host = useRef<HTMLDivElement>(null);
  const [theme, setTheme] = useState(currentTheme);
  const [hovered, setHovered] = useState<number | null>(null);
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(currentTheme()));
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => observer.disconnect();
  }, []);
  const data = useMemo(() => cumulated(days, stacks.map(({ values }) => values)), [days, stacks]);
  useEffect(() => {
    const element = host.current;
    if (!element || days.length === 0) return;
    // The theme is named, since the canvas has the colours of the one in which it was drawn.
    element.dataset.drawn = theme;
    const css = getComputedStyle(document.documentElement);
    const colour = (name: string): string => css.getPropertyValue(name).trim();
    const bars = uPlot.paths.bars?.({ size: [0.72, 48], gap: 1 });
    const axis = { stroke: colour("--text-3"), grid: { stroke: colour("--line-soft"), width: 1 }, ticks: { show: false }, font: `11px ${css.getPropertyValue("--font")}` };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { setScale: false } },
        scales: { x: { time: true, range: [secondsOf(days[0]) - 43_200, secondsOf(days.at(-1)) + 43_200] }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.05 : 1] } },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        axes: [{ ...axis, size: 26, grid: { show: false }, values: "{D} {MMM}", space: 56, incrs: INCREMENTS, splits: days.length === 1 ? (): number[] => [secondsOf(days[0])] : undefined }, { ...axis, size: 84, values: (_, ticks) => ticks.map((tick) => formatCost(String(tick))) }],
        // The tallest sum is drawn first, so that each stack shows above the ones below it.
        series: [{}, ...stacks.map((_, index) => stacks.length - 1 - index).map((index) => ({ ...(bars ? { paths: bars } : {}), fill: colour(colourOf(stacks[index]?.colour ?? index)), width: 0, points: { show: false } }))],
        hooks: { setCursor: [({ cursor }) => setHovered(cursor.idx ?? null)] },
      },
      [days.map(secondsOf), ...data.toReversed()],
      element,
    );
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [data, days, stacks, theme]);
  const at = hovered !== null && hovered < days.length ? hovered : null;
  return (
    <figure className={styles.trend} aria-label={label}>
      <div ref={host} className={styles.plot} aria-hidden="true" />
      <ul className={styles.legend} aria-hidden="true">
        {at === null ? null : <li className={styles.legendDay}>{days[at]}</li>}
        {stacks.slice(0, MOST_NAMED).map(({ name, colour, values }) => (
          <li key={name} title={name === className("other") ? ABOUT_OTHER : name}>
            <i style={{ background: `var(${colourOf(colour)})` }} />
            <span>{name}</span>
            {at === null ? null : <b>{formatCost(String(values[at] ?? 0))}</b>}
          </li>
        ))}
        {stacks.length > MOST_NAMED ? <li title={stacks.slice(MOST_NAMED).map(({ name }) => name).join("\n")}>+{stacks.length - MOST_NAMED}</li> : null}
      </ul>
      <table className={styles.hidden}>
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">Day (UTC)</th>
            {stacks.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day, index) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              {stacks.map(({ name, values }) => (
                <td key={name}>{formatCost(String(values[index] ?? 0))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

/** Begin of a day (UTC) as the plot counts time. */
const secondsOf = (day: string | undefined): number => Date.parse(`${day ?? "1970-01-01"}T00:00:00Z`) / 1000;

const currentTheme = (): string => document.documentElement.dataset.theme ?? "light";

/** Sums up to each stack. */
function cumulated(days: readonly string[], stacks: readonly (readonly number[])[]): number[][] {
  const sums: number[][] = [];
  for (const values of stacks) sums.push(days.map((_, index) => (sums.at(-1)?.[index] ?? 0) + (values[index] ?? 0)));
  return sums;
}
