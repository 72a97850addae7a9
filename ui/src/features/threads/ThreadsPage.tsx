/** Conversations; opening one shows its turns as the table of traces. */
import { getRouteApi } from "@tanstack/react-router";
import { TablePage } from "../tables/TablePage";

const route = getRouteApi("/threads");

export function ThreadsPage() {
  return <TablePage scope="threads" search={route.useSearch()} title="Threads" hint="A thread groups the traces that carry the same session, thread or conversation id." />;
}
