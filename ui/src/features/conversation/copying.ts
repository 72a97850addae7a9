/** The conversation to the clipboard or into a file. */
import { toast } from "sonner";
import type { TranscriptFormat } from "../../contract/contract";
import { exportConversation, type ConversationRef } from "../../data/queries";
import { saveText } from "../../lib/save";

export async function copy(text: () => Promise<string>, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(await text());
    toast.success(done);
  } catch (error) {
    toast.error(error instanceof Error ? error.message : "Copying failed.");
  }
}

export function copyAll(of: ConversationRef, hidden: boolean, format: TranscriptFormat): Promise<void> {
  return copy(async () => (await exportConversation(of, hidden, format)).text, format === "json" ? "Messages copied" : "Transcript copied");
}

export async function save(of: ConversationRef, hidden: boolean, format: TranscriptFormat): Promise<void> {
  try {
    const { title, text } = await exportConversation(of, hidden, format);
    saveText(`${title.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80)}.${format === "json" ? "json" : "md"}`, text);
  } catch (error) {
    toast.error(error instanceof Error ? error.message : "The transcript could not be written.");
  }
}
