/**
 * Two projects share the suites of `test/core`: Node and headless Chromium.
 * Everything else needs a file system or a process and runs in Node alone.
 * @module
 */
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const chromium = process.env["TUF_LD_CHROMIUM"];

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: { "#platform": here("./src/platform/node.ts") } },
        server: { fs: { allow: [here("."), here("../shared")] } },
        test: {
          name: "node",
          include: ["test/core/**/*.test.ts", "test/node/**/*.test.ts", "test/cli/**/*.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        resolve: { alias: { "#platform": here("./src/platform/browser.ts") } },
        server: { fs: { allow: [here("."), here("../shared")] } },
        test: {
          name: "chromium",
          include: ["test/core/**/*.test.ts"],
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(chromium ? { executablePath: chromium } : {}),
                args: [
                  "--no-sandbox",
                  "--disable-gpu",
                  "--disable-quic",
                  "--no-first-run",
                  "--disable-background-networking",
                  "--disable-component-update",
                  "--disable-sync",
                ],
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
