/** A text as it is best read: as it is, as code, or as the markup it is or was said to be. */
import { Highlighted } from "../../components/Highlighted";
import { Markdown } from "../../components/Markdown";
import { useTextForm } from "../../data/ui";
import { payloadText } from "../../lib/conversation";
import { looksLikeJson, looksLikeMarkdown, MOST_MARKDOWN, type TextPart } from "../../lib/plainText";
import { Code, Words } from "./Cards";

interface WrittenProps {
  readonly text: string;
  readonly code?: boolean;
  readonly json?: boolean;
  /** Whose words these are; they may be Markdown. */
  readonly part?: TextPart | null;
}

export function Written({ text, code = false, json = false, part = null }: WrittenProps) {
  const form = useTextForm(part);
  if (text === "") return code ? <Code>empty</Code> : null;
  if (json || (code && looksLikeJson(text))) {
    return (
      <Code>
        <Highlighted code={text} language="json" />
      </Code>
    );
  }
  if (code) return <Code>{text}</Code>;
  if (form === "markdown" && text.length <= MOST_MARKDOWN) return <Markdown text={text} foreign />;
  if (part === null || form !== "auto") return <Words>{text}</Words>;
  if (looksLikeMarkdown(text)) return <Markdown text={text} foreign />;
  if (looksLikeJson(text)) {
    return (
      <Code>
        <Highlighted code={payloadText({ json: true, text: { text, bytes: text.length, cut: null } })} language="json" />
      </Code>
    );
  }
  return <Words>{text}</Words>;
}
