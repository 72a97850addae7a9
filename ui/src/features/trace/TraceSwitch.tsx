import { getRouteApi } from "@tanstack/react-router";
import { ViewSwitch } from "../conversation/ViewSwitch";

const route = getRouteApi("/trace/$traceId");

const VIEWS = [
  ["tree", "Tree"],
  ["messages", "Messages"],
] as const;

interface TraceSwitchProps {
  readonly view: "tree" | "messages";
  /** The run in hand, whose message comes into sight. */
  readonly run: string | null;
}

export function TraceSwitch({ view, run }: TraceSwitchProps) {
  const navigate = route.useNavigate();
  return (
    <ViewSwitch
      label="View of the trace"
      options={VIEWS}
      value={view}
      onChange={(next) => void navigate({ search: (before) => ({ ...before, run: run ?? before.run, view: next === "messages" ? next : undefined }) })}
    />
  );
}
