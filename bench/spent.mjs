/**
 * Preloaded into a process (`node --import`), it tells on standard error, when that ends, what it took since its start.
 * @module
 */
import { writeSync } from "node:fs";
import { peakBytes } from "./measure.mjs";

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const spent = { cpu: (user + system) / 1_000, wall: performance.now(), peakBytes: peakBytes() };
  writeSync(2, `\n${JSON.stringify(spent)}\n`);
});
