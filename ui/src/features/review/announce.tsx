/** What assistive technology hears: where the review is, what was done, what went wrong. */
import { createContext, use, useCallback, useState, type ReactNode } from "react";

type Politeness = "polite" | "assertive";
type Announce = (text: string, how: Politeness) => void;

const AnnounceContext = createContext<Announce>(() => undefined);

export function useAnnounce(): Announce {
  return use(AnnounceContext);
}

export function Announcer({ children }: { readonly children: ReactNode }) {
  const [said, setSaid] = useState({ polite: "", assertive: "" });
  const announce = useCallback<Announce>((text, how) => setSaid((before) => ({ ...before, [how]: text })), []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <div className="visually-hidden" role="status" aria-live="polite">
        {said.polite}
      </div>
      <div className="visually-hidden" role="alert" aria-live="assertive">
        {said.assertive}
      </div>
    </AnnounceContext>
  );
}
