import { useInfo } from "../../data/queries";
import { useUi } from "../../data/ui";
import { formatBytes, formatCount } from "../../lib/format";
import styles from "./frame.module.css";

export function StatusBar() {
  const info = useInfo().data;
  const status = useUi((state) => state.status);
  const open = useUi((state) => state.open);
  return (
    <footer className={styles.bottom}>
      <div className={styles.group} role="status">
        {status.map((text) => (
          <span key={text}>{text}</span>
        ))}
      </div>
      {info ? (
        <div className={styles.group}>
          {info.text_behind > 0 ? (
            <span title="What is not in the full-text index yet is read when it is searched">
              indexing texts {Math.floor((1 - info.text_behind / Math.max(info.text_blocks, 1)) * 100)} %
            </span>
          ) : null}
          <span title={info.library_dir}>library {formatBytes(info.library_bytes)}</span>
          <button type="button" className={styles.textButton} onClick={() => open({ name: "rejects", sources: [] })}>
            {formatCount(info.rejected)} rejected
          </button>
        </div>
      ) : null}
    </footer>
  );
}
