/** Checks of `annotation-ux.md` §22 that need more of a browser than keys. */
import type { Page } from "@playwright/test";
import { expect, test } from "../support/app";
import { fill, itemsOf, makeQueue, openQueue, position, sendItems, VERDICT } from "../support/review";

const SECRETS = /secret-model-9000|secret-vendor/;

test("check 5: an input method editor composes in peace", async ({ app, page, server }) => {
  await app.open();
  await sendItems(server, 2);
  const queue = await makeQueue(page, [VERDICT]);
  await fill(page, queue);
  await openQueue(page, queue);
  await app.idle();
  await page.keyboard.press("1");
  await page.keyboard.press("n");
  const note = page.locator("[data-note]");
  await expect(note).toBeFocused();
  const devtools = await page.context().newCDPSession(page);
  // Keys that an editor takes come with the code 229; what it makes of them is composed beside.
  const composes = async (text: string, key: string, code: string, modifiers = 0): Promise<void> => {
    await devtools.send("Input.dispatchKeyEvent", { type: "rawKeyDown", windowsVirtualKeyCode: 229, key, code, modifiers });
    await devtools.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    await devtools.send("Input.dispatchKeyEvent", { type: "keyUp", windowsVirtualKeyCode: 229, key, code, modifiers });
  };
  await composes("に", "Process", "KeyN");
  await composes("にほ", "Process", "Digit2");
  await composes("にほん", "Process", "KeyS");
  // Enter and Control+Enter choose a proposal; they submit nothing.
  await composes("日本", "Enter", "Enter");
  await composes("日本", "Enter", "Enter", 2);
  await composes("日本", "Escape", "Escape");
  await expect(note).toBeFocused();
  await expect(position(page)).toHaveText("1");
  await devtools.send("Input.insertText", { text: "日本" });
  await expect(note).toHaveValue("日本");
  await expect(page.getByRole("radio", { name: /Pass/ })).toHaveAttribute("aria-checked", "true");
  await page.keyboard.press("ControlOrMeta+Enter");
  await expect(position(page)).toHaveText("2");
  await app.idle();
  const [first] = await itemsOf(page, queue);
  expect(first?.state).toBe("submitted");
  expect(Object.fromEntries((first?.answers ?? []).map(({ key, text }) => [key, text]))).toMatchObject({ verdict: "Pass", note: "日本" });
});

/** Everything that the page tells without being asked: texts, tooltips, names, values. */
async function toldBy(page: Page): Promise<string> {
  return page.evaluate(() =>
    [document.body.innerText, ...Array.from(document.querySelectorAll("*")).flatMap((element) => Array.from(element.attributes, ({ value }) => value)), ...Array.from(document.querySelectorAll("input, textarea"), (field) => (field as HTMLInputElement).value)].join("\n"),
  );
}

test("check 11: blind, neither what is copied nor what is found tells the model", async ({ app, page, server, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await app.open();
  await sendItems(server, 1);
  const queue = await makeQueue(page, [VERDICT], { blind: "full" });
  await fill(page, queue);
  await openQueue(page, queue);
  await app.idle();
  const item = page.locator("[data-item]");
  let copied = 0;
  for (const view of ["m", "t", "d", "r"]) {
    await page.keyboard.press("Escape");
    await page.keyboard.press("v");
    await page.keyboard.press(view);
    await app.idle();
    expect(await toldBy(page), `view ${view}`).not.toMatch(SECRETS);
    for (const button of await item.getByRole("button", { name: /^Copy/ }).all()) {
      if (!(await button.isVisible())) continue;
      await page.evaluate(() => navigator.clipboard.writeText("nothing"));
      await button.click();
      await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).not.toBe("nothing");
      copied += 1;
      expect(await page.evaluate(() => navigator.clipboard.readText()), `copied in view ${view}`).not.toMatch(SECRETS);
    }
    await page.keyboard.press("Escape");
  }
  expect(copied).toBeGreaterThan(2);
  // Selecting everything and copying is another way.
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("ControlOrMeta+c");
  expect(await page.evaluate(() => navigator.clipboard.readText())).not.toMatch(SECRETS);

  await page.locator("[data-key]").first().focus();
  await page.keyboard.press("v");
  await page.keyboard.press("m");
  await app.idle();
  await page.keyboard.press("ControlOrMeta+f");
  const find = item.getByRole("textbox", { name: "Find in the conversation" });
  const found = item.getByRole("search").getByRole("status");
  await expect(find).toBeFocused();
  // What is there is found, so that finding nothing says something.
  await page.keyboard.type("Answer 0");
  await expect(found).toHaveText(/^(1 of )?1$/);
  for (const word of ["secret-model-9000", "secret-vendor"]) {
    await find.fill(word);
    await expect(found).toHaveText("no matches");
  }
});
