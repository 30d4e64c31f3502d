/**
 * `npm run test:peers`: the clients and libraries of others, set up once in `.scratch/peers`.
 * @module
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: { alias: { "#platform": here("../../src/platform/node.ts") } },
  test: {
    name: "peers",
    root: here("../.."),
    include: ["test/peers/**/*.test.ts"],
    globalSetup: [here("./support/setUp.ts")],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
