import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** One build serves both the Tauri window and `tracemark serve`; `dev` forwards to a running server. */
export default defineConfig({
  plugins: [react()],
  build: { outDir: "dist", target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 900 },
  server: { port: 5173, strictPort: true, proxy: { "/api": process.env.TRACEMARK_SERVER ?? "http://127.0.0.1:4319" } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
