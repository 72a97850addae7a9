/**
 * Markdown that people of this library wrote: instructions, notes. It becomes elements and never HTML; nothing is
 * loaded for it, and only addresses inside the app can be followed.
 */
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import styles from "./markdown.module.css";

const PLUGINS = [remarkGfm];

const COMPONENTS: Components = {
  // The window would leave the app for another address; it is told instead.
  a: ({ href = "", children }) => (href.startsWith("#/") ? <a href={href}>{children}</a> : <span title={href}>{children}</span>),
  img: ({ alt = "", src }) => <span title={typeof src === "string" ? src : undefined}>[{alt === "" ? "image" : alt}]</span>,
};

export function Markdown({ text }: { readonly text: string }) {
  return (
    <div className={styles.markdown}>
      <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
        {text}
      </ReactMarkdown>
    </div>
  );
}
