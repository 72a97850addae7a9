/** Finding in what the tab in front shows of a run: the core looks through the payloads, whether they are unfolded or not. */
import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { PayloadPart, PayloadPlace, RunPanel } from "../../contract/contract";
import { useFoundInPayload } from "../../data/queries";
import { drawMarks, rangesOf } from "../../lib/marks";
import type { RunTab } from "../../routes/search";
import { useSettled } from "../trace/useSettled";
import type { Found } from "./found";

/** The payloads of the tabs that can be looked through. */
const PARTS: Readonly<Partial<Record<RunTab, readonly [SearchedPart, SearchedPart]>>> = { io: ["inputs", "outputs"], raw: ["attributes", "raw"] };

type SearchedPart = Exclude<PayloadPart, "metadata">;

const NOTHING: readonly SearchedPart[] = [];

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
  const first = useFoundInPayload({ traceId, runId, part: parts[0] ?? "inputs" }, wanted, looking && run?.[parts[0] ?? "inputs"] !== null);
  const second = useFoundInPayload({ traceId, runId, part: parts[1] ?? "outputs" }, wanted, looking && run?.[parts[1] ?? "outputs"] !== null);
  const places = useMemo((): Place[] => {
    if (!looking) return [];
    return [first.data, second.data].flatMap((found, index) => {
      const part = parts[index];
      return part === undefined || !found ? [] : found.places.map((place) => ({ part, place }));
    });
  }, [looking, first.data, second.data, parts]);
  const total = looking ? (first.data?.total ?? 0) + (second.data?.total ?? 0) : 0;
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
    const body = looking ? panel.current : null;
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
  }, [looking, wanted, panel]);
  const open = useCallback((): void => {
    setShown(true);
    input.current?.focus();
    input.current?.select();
  }, []);
  const searching = now !== wanted || first.isFetching || second.isFetching;
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
    error: first.error ?? second.error,
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
