import { request as httpRequest } from "node:http";
import { expect, test } from "../support/app";
import type { Server } from "../support/server";

test("the API wants the token", async ({ server }) => {
  expect(await status(server, "/api/rpc/app_info", {})).toBe(401);
  expect(await status(server, "/api/rpc/app_info", { authorization: "Bearer 00000000000000000000000000000000" })).toBe(401);
  expect(await status(server, "/api/events", {}, "GET")).toBe(401);
  expect(await status(server, "/api/rpc/app_info", bearer(server))).toBe(200);
});

test("foreign hosts and pages are refused, with the token too", async ({ server }) => {
  expect(await status(server, "/", { host: "evil.example" }, "GET")).toBe(403);
  expect(await status(server, "/api/rpc/app_info", { ...bearer(server), host: "evil.example" })).toBe(403);
  expect(await status(server, "/api/rpc/app_info", { ...bearer(server), origin: "http://evil.example" })).toBe(403);
  expect(await status(server, "/api/rpc/app_info", { ...bearer(server), origin: "null" })).toBe(403);
  expect(await status(server, "/api/rpc/app_info", { ...bearer(server), origin: new URL(server.url).origin })).toBe(200);
});

test("the endpoint takes nothing under a foreign name", async ({ server }) => {
  expect(await status({ ...server, url: server.ingest }, "/v1/traces", { host: "evil.example" })).toBe(403);
  expect(await status({ ...server, url: server.ingest }, "/v1/traces", {})).toBe(200);
});

test("a tab without the token says so", async ({ server, page }) => {
  await page.goto(new URL("/", server.url).href);
  await expect(page.getByText("This tab is not signed in")).toBeVisible();
  await expect(page.getByRole("grid")).toBeHidden();
});

test("the token leaves the address, and scripts cannot read it", async ({ app, server, page }) => {
  await app.open();
  expect(page.url()).not.toContain(server.token);
  expect(await page.evaluate(() => document.cookie)).toBe("");
});

function bearer({ token }: Server): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** fetch() does not let a test choose its Host; this does. */
function status({ url }: Server, path: string, headers: Record<string, string>, method = "POST"): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, url), { method, headers: { "content-type": "application/json", ...headers } }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    request.on("error", reject);
    request.end(method === "POST" ? "{}" : undefined);
  });
}
