import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient, watchIdle } from "./data/client";
import { listenToCore } from "./data/events";
import { listenToKeys, runCommand } from "./commands/registry";
import { startPlatform } from "./platform";
import { router } from "./routes/router";
import "./styles/tokens.css";
import "./styles/base.css";

const platform = await startPlatform();
watchIdle(queryClient);
listenToCore(queryClient, (traceId) => void router.navigate({ to: "/trace/$traceId", params: { traceId } }));
listenToKeys();
platform.menu(runCommand);

const root = document.getElementById("root");
if (!root) throw new Error("The page has no root.");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
