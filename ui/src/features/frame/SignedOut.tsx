/** In place of every screen: without the key of the running server nothing can be asked, so there is nothing to try again. */
import { useEffect } from "react";
import { EmptyState } from "../../components/States";
import { platform } from "../../platform";

export function SignedOut() {
  // The new address signs in the whole browser; this tab finds out when it comes to the front.
  useEffect(() => {
    const stop = new AbortController();
    const look = (): void => {
      if (document.visibilityState !== "visible") return;
      platform()
        .call("app_info", {}, stop.signal)
        .then(
          () => location.reload(),
          () => undefined,
        );
    };
    document.addEventListener("visibilitychange", look, stop);
    window.addEventListener("focus", look, stop);
    return () => stop.abort();
  }, []);
  return (
    <EmptyState title="This tab is not signed in">
      The server was started again, or this tab was opened without its key. Open the address that <code>tracemark serve</code> printed in the terminal; it carries the key.
    </EmptyState>
  );
}
