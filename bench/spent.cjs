/**
 * Preloaded into a process (`node --require`), it tells on standard error, when that ends, what it took since its
 * start. CommonJS, so that it starts no loader that the program itself does without.
 */
const { writeSync } = require("node:fs");
const peakBytes = require("./peakBytes.cjs");

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const spent = { cpu: (user + system) / 1_000, wall: performance.now(), peakBytes: peakBytes() };
  writeSync(2, `\n${JSON.stringify(spent)}\n`);
});
