import { X } from "lucide-react";
import { IconButton } from "../../components/ui/Button";
import styles from "../../components/table/table.module.css";

interface FacetProps {
  readonly kind: string;
  readonly value: string;
  readonly onRemove: () => void;
}

/** A filter of the address, and the way to be rid of it. */
export function Facet({ kind, value, onRemove }: FacetProps) {
  return (
    <span className={styles.facet} title={`${kind} ${value}`}>
      <b>{kind}</b>
      &nbsp;
      <span>{value}</span>
      <IconButton label={`Remove the filter ${kind} ${value}`} onClick={onRemove}>
        <X size={12} />
      </IconButton>
    </span>
  );
}
