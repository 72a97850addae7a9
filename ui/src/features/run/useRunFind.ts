/** Finding in what the tab in front shows of a run: the core looks through the payloads, whether they are unfolded or not. */
import { useQueries } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { PayloadPart, PayloadPlace, RunPanel } from "../../contract/contract";
import { foundInPayloadQuery } from "../../data/queries";
import { drawMarks, rangesOf } from "../../lib/marks";
import type { RunTab } from "../../routes/search";
import { useSettled } from "../trace/useSettled";
import type { Found } from "./found";

/** The payloads of the tabs that can be looked through. */
const PARTS: Readonly<Partial<Record<RunTab, readonly PayloadPart[]>>> = { io: ["inputs", "outputs"], raw: ["attributes", "raw"] };

const NOTHING: readonly PayloadPart[] = [];

interface Place {
  readonly part: PayloadPart;
  readonly place: PayloadPlace;
}

export function useRunFind(run: RunPanel | undefined, tab: RunTab, panel: RefObject<HTMLElement | null>) {
  const [shown, setShown] = useState(false);
  const [text, setText] = useState("");
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const now = text.trim();
  const wanted = useSettled(now, 150);
  const parts = PARTS[tab] ?? NOTHING;
  const offered = run !== undefined && parts.length > 0;
  const looking = shown && offered && wanted !== "";
  const traceId = run?.trace_id ?? "";
  const runId = run?.run_id ?? "";
  const asked = useQueries({
    queries: parts.map((part) => ({ ...foundInPayloadQuery({ traceId, runId, part }, wanted), enabled: looking && run?.[part] !== null })),
    combine: useCallback(
      (answers: readonly { readonly data?: { readonly places: readonly PayloadPlace[]; readonly total: number } | undefined; readonly isFetching: boolean; readonly error: Error | null }[]) => ({
        data: answers.map(({ data }) => data),
        fetching: answers.some(({ isFetching }) => isFetching),
        error: answers.find(({ error }) => error)?.error ?? null,
      }),
      [],
    ),
  });
  const places = useMemo((): Place[] => {
    if (!looking) return [];
    return asked.data.flatMap((found, index) => {
      const part = parts[index];
      return part === undefined || !found ? [] : found.places.map((place) => ({ part, place }));
    });
  }, [looking, asked.data, parts]);
  const total = looking ? asked.data.reduce((sum, found) => sum + (found?.total ?? 0), 0) : 0;
  // Another text, tab or run begins anew.
  const subject = `${runId} ${tab} ${wanted}`;
  const [known, setKnown] = useState(subject);
  if (known !== subject) {
    setKnown(subject);
    setAt(-1);
  }
  const current = places[at];
  const here = useMemo((): Found | null => {
    if (!current) return null;
    const { pointer, steps, is_key: inKey, offset } = current.place;
    return { part: current.part, pointer, marks: [], place: { wanted: wanted.toLowerCase(), steps, inKey, offset } };
  }, [current, wanted]);
  useEffect(() => {
    if (!shown) return;
    input.current?.focus();
    input.current?.select();
  }, [shown]);
  // What is unfolded later is marked as well. Marks change no element, so this does not call itself.
  useEffect(() => {
    const body = looking ? panel.current?.querySelector("[data-run-body]") : null;
    if (!body) return undefined;
    const draw = (): void => drawMarks([...body.querySelectorAll("[data-json]")].flatMap((tree) => rangesOf(tree, wanted.toLowerCase())));
    let frame = 0;
    const observer = new MutationObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(draw);
    });
    observer.observe(body, { childList: true, characterData: true, subtree: true });
    draw();
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
      drawMarks([]);
    };
  }, [looking, wanted, panel, subject]);
  const open = useCallback((): void => {
    setShown(true);
    input.current?.focus();
    input.current?.select();
  }, []);
  const searching = looking ? asked.fetching : now !== wanted;
  return {
    offered,
    shown: shown && offered,
    here,
    text,
    setText,
    input,
    count: total,
    place: at + 1,
    searching,
    error: asked.error,
    open,
    close: () => {
      setShown(false);
      setAt(-1);
      panel.current?.focus();
    },
    walk: (step: 1 | -1) => {
      if (places.length === 0) return;
      setAt(at < 0 ? (step === 1 ? 0 : places.length - 1) : (at + step + places.length) % places.length);
    },
  };
}
