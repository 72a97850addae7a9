import { Link } from "@tanstack/react-router";
import { EmptyState } from "../components/States";

export function NotFound() {
  return (
    <EmptyState title="There is nothing at this address" action={<Link to="/">Go to the traces</Link>}>
      The address may come from another version of Tracemark.
    </EmptyState>
  );
}
