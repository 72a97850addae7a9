import { useLayoutEffect, useRef, type RefObject } from "react";

/** The value of the latest render, for handlers that outlive the render they were made in. */
export function useLatest<Value>(value: Value): RefObject<Value> {
  const latest = useRef(value);
  useLayoutEffect(() => {
    latest.current = value;
  });
  return latest;
}
