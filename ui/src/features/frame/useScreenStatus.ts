import { useEffect } from "react";
import { useUi } from "../../data/ui";

/** What the status bar says while a screen is in front; parts are separated by line breaks. */
export function useScreenStatus(text: string): void {
  const setStatus = useUi((state) => state.setStatus);
  useEffect(() => {
    setStatus(text === "" ? [] : text.split("\n"));
    return () => setStatus([]);
  }, [text, setStatus]);
}
