/**
 * A process that refreshes from nothing and perhaps looks a target up, and prints what it took since its start.
 *
 *     node refreshOnce.mjs METADATA_URL ROOT POLICY [PATH]
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Updater } from "../dist/client/updater.js";
import { createFileStore } from "../dist/node/fileStore.js";
import { createNodeFetcher } from "../dist/node/nodeFetcher.js";
import { peakBytes } from "./measure.mjs";

const [url, root, policy, path] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "tuf-ld-bench-"));
try {
  const trustedRoot = readFileSync(root);
  const updater = new Updater({
    trustedRoot,
    store: createFileStore(folder),
    fetcher: createNodeFetcher(),
    metadataUrls: [url],
    policy: /** @type {import("../dist/proof/threshold.js").Policy} */ (policy),
  });
  await updater.refresh();
  if (path !== undefined) await updater.find(path);
  const { user, system } = process.cpuUsage();
  const taken = { cpu: (user + system) / 1_000, wall: performance.now(), peakBytes: peakBytes() };
  process.stdout.write(`${JSON.stringify(taken)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
