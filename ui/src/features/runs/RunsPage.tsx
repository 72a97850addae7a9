/** Runs across all traces, found by the syntax of the search bar: fields, comparisons, words in payloads. */
import { getRouteApi } from "@tanstack/react-router";
import { TablePage } from "../tables/TablePage";

const route = getRouteApi("/runs");

export function RunsPage() {
  return <TablePage scope="runs" search={route.useSearch()} title="Runs" />;
}
