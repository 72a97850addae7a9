/**
 * Markdown: instructions, notes, what models say. It becomes elements and never HTML; nothing is loaded for it, and only
 * addresses inside the app can be followed. Single line breaks stay to be seen.
 */
import { clsx } from "clsx";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { Highlighted } from "./Highlighted";
import styles from "./markdown.module.css";

const PLUGINS = [remarkGfm];

const COMPONENTS: Components = {
  // The window would leave the app for another address; it is told instead.
  a: ({ href = "", children }) => (href.startsWith("#/") ? <a href={href}>{children}</a> : <span title={href}>{children}</span>),
  img: ({ alt = "", src }) => <span title={typeof src === "string" ? src : undefined}>[{alt === "" ? "image" : alt}]</span>,
};

/** What others wrote may name any place of the app, so none of its addresses can be followed. */
const FOREIGN: Components = {
  ...COMPONENTS,
  a: ({ href = "", children }) => (
    <span className={styles.link} title={href}>
      {children}
    </span>
  ),
  code: ({ className, children }) => {
    const language = /language-([\w+#-]+)/.exec(className ?? "")?.[1];
    return <code>{language !== undefined && typeof children === "string" ? <Highlighted code={children} language={language} /> : children}</code>;
  },
};

interface MarkdownProps {
  readonly text: string;
  /** It came with a trace. */
  readonly foreign?: boolean;
}

export function Markdown({ text, foreign = false }: MarkdownProps) {
  return (
    <div className={clsx(styles.markdown, foreign && styles.foreign)}>
      <ReactMarkdown remarkPlugins={PLUGINS} components={foreign ? FOREIGN : COMPONENTS}>
        {text}
      </ReactMarkdown>
    </div>
  );
}
