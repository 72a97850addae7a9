import { Link, useNavigate, useRouter } from "@tanstack/react-router";
import { clsx } from "clsx";
import { ChevronLeft, ChevronRight, PanelLeft } from "lucide-react";
import { IconButton } from "../../components/ui/Button";
import { KeysOf } from "../../components/ui/Keys";
import { NARROW, useMediaQuery } from "../../components/useMediaQuery";
import type { Endpoint } from "../../contract/contract";
import { useInfo } from "../../data/queries";
import { useUi } from "../../data/ui";
import { plural } from "../../lib/format";
import { ReviewerMenu } from "../queues/ReviewerMenu";
import styles from "./frame.module.css";

export function TopBar() {
  const { history } = useRouter();
  const open = useUi((state) => state.open);
  const info = useInfo();
  const narrow = useMediaQuery(NARROW);
  const { sidebar, toggleSidebar } = useUi();
  return (
    <header className={styles.top}>
      {narrow || !sidebar ? (
        <IconButton label={sidebar ? "Hide the sidebar" : "Show the sidebar"} aria-expanded={sidebar} className={styles.panelButton} onClick={toggleSidebar}>
          <PanelLeft size={15} />
        </IconButton>
      ) : null}
      <Link to="/" className={styles.brand}>
        Tracemark
      </Link>
      <div className={styles.history}>
        <IconButton label="Back" onClick={() => history.back()}>
          <ChevronLeft size={15} />
        </IconButton>
        <IconButton label="Forward" onClick={() => history.forward()}>
          <ChevronRight size={15} />
        </IconButton>
      </div>
      <button type="button" className={styles.omnibox} onClick={() => open({ name: "palette" })}>
        <span className={styles.label}>Search traces, commands…</span>
        <KeysOf command="app.palette" />
      </button>
      <ReviewerMenu />
      {info.data ? <EndpointState endpoint={info.data.endpoint} /> : null}
    </header>
  );
}

function EndpointState({ endpoint }: { readonly endpoint: Endpoint }) {
  const navigate = useNavigate();
  const { state, address, error, runs } = endpoint;
  const text = state === "listening" ? `Listening on ${address ?? ""}` : state === "off" ? "Endpoint off" : "Endpoint failed";
  return (
    <button type="button" className={styles.endpoint} onClick={() => void navigate({ to: "/senders" })} title={error ?? "Show who sends, and how to"}>
      <span className={clsx(styles.dot, styles[state])} />
      {text}
      {state === "listening" ? <span className={styles.quiet}>· {plural(runs, "run")} received</span> : null}
    </button>
  );
}
