import { expect } from "@playwright/test";
import { AGENT_TRACES, test } from "../support/app";

test("the library is read again from the settings, and says what changed", async ({ app }) => {
  await app.withAgentTraces();
  await app.page.keyboard.press("ControlOrMeta+,");
  await app.page.getByRole("button", { name: "Read again…" }).click();
  const dialog = app.page.getByRole("dialog", { name: "Read the library again" });
  await dialog.getByRole("button", { name: "Read again" }).click();
  await expect(dialog.getByText("25 runs read, none of them changed.")).toBeVisible();
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await expect(dialog).toBeHidden();
  await expect(app.rows()).toHaveCount(AGENT_TRACES);
});

test("the palette offers to read the library again, and nothing is read before it is confirmed", async ({ app }) => {
  await app.withAgentTraces();
  await app.page.keyboard.press("ControlOrMeta+k");
  await app.page.keyboard.type("read the library");
  await app.page.keyboard.press("Enter");
  const dialog = app.page.getByRole("dialog", { name: "Read the library again" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
});
