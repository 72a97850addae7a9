/** The frame around every screen, and the few things that float above it. */
import { Outlet, useRouter, useRouterState } from "@tanstack/react-router";
import { useEffect, useLayoutEffect } from "react";
import { Toaster } from "sonner";
import { setKeymap } from "../../commands/registry";
import { NARROW, useMediaQuery } from "../../components/useMediaQuery";
import { useInfo, useSettings } from "../../data/queries";
import { useUi } from "../../data/ui";
import { applyTheme } from "../../lib/theme";
import { Dialogs } from "./Dialogs";
import styles from "./frame.module.css";
import { Sidebar } from "./Sidebar";
import { SignedOut } from "./SignedOut";
import { StatusBar } from "./StatusBar";
import { TopBar } from "./TopBar";
import { useGlobalCommands } from "./useGlobalCommands";
import { CostHint } from "../cost/CostHint";
import { DropOverlay } from "../imports/DropOverlay";
import { ProgressStrip } from "../imports/ProgressStrip";
import { useLanding } from "../imports/useLanding";

/** The steps of a review are never covered. */
const ABOVE_STEPS = 132;

export function AppFrame() {
  const info = useInfo();
  const signedOut = useUi((state) => state.signedOut);
  const sidebar = useUi((state) => state.sidebar);
  const reviewing = useRouterState({ select: ({ location }) => /^\/queues\/[^/]+$/.test(location.pathname) });
  useSidebarByWidth();
  useTheme();
  useChosenKeys();
  useGlobalCommands();
  useLanding();
  if (signedOut) return <SignedOut />;
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <TopBar />
      {sidebar ? <Sidebar /> : null}
      <main className={styles.main} id="main" tabIndex={-1}>
        {info.data?.notice ? (
          <div className={styles.notice} role="alert">
            {info.data.notice}
          </div>
        ) : null}
        <Outlet />
      </main>
      <div className={styles.strip}>
        <ProgressStrip />
      </div>
      <StatusBar />
      <Dialogs />
      <DropOverlay />
      <CostHint />
      <Toaster position="bottom-right" offset={{ bottom: reviewing ? ABOVE_STEPS : 72, right: 16 }} toastOptions={{ duration: 4000, className: styles.toast }} />
    </div>
  );
}

/** The sidebar leaves when the window becomes narrow, and returns when it is wide again; a person may do either in between. */
function useSidebarByWidth(): void {
  const narrow = useMediaQuery(NARROW);
  const setSidebar = useUi((state) => state.setSidebar);
  const router = useRouter();
  useLayoutEffect(() => setSidebar(!narrow), [narrow, setSidebar]);
  // Where it covers the screen, it goes once a place was chosen, or when attention goes elsewhere.
  useEffect(() => {
    if (!narrow) return;
    const unsubscribe = router.subscribe("onBeforeNavigate", ({ hrefChanged }) => hrefChanged && setSidebar(false));
    const stop = new AbortController();
    const leave = (event: Event): void => {
      const elsewhere = event.target instanceof Element && event.target.closest("main, footer") !== null;
      if (event instanceof KeyboardEvent ? event.key === "Escape" : elsewhere) setSidebar(false);
    };
    window.addEventListener("keydown", leave, stop);
    window.addEventListener("pointerdown", leave, stop);
    return () => {
      unsubscribe();
      stop.abort();
    };
  }, [narrow, router, setSidebar]);
}

/** A plain anchor would change the hash, which is the address of the screen. */
function skipToMain(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** Keys that the person chose act from the first moment. */
function useChosenKeys(): void {
  const settings = useSettings().data;
  const { keymap, single_keys: single } = settings ?? {};
  useEffect(() => setKeymap(keymap ?? {}, single ?? "on"), [keymap, single]);
}

function useTheme(): void {
  const theme = useSettings().data?.theme;
  useEffect(() => (theme ? applyTheme(theme) : undefined), [theme]);
}
