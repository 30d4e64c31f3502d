/**
 * The most memory that this process has held, in bytes. Linux counts into `maxRSS` what the parent held when it
 * started this process; VmHWM is this process alone.
 *
 * @returns {number}
 */
module.exports = function peakBytes() {
  try {
    const status = require("node:fs").readFileSync("/proc/self/status", "utf8");
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kib !== undefined) return Number(kib) * 1024;
  } catch {
    // not Linux
  }
  return process.resourceUsage().maxRSS * 1024;
};
