import { EmptyState } from "../../components/States";

export function SignedOut() {
  return (
    <EmptyState title="This tab is not signed in">
      Open the address that <code>tracemark serve</code> printed in the terminal; it carries the key of this session.
    </EmptyState>
  );
}
