/** Loaded before the command line: says on the fourth pipe that Ctrl-C is heeded from now on. */
const { writeSync } = require("node:fs");

process.on("newListener", function look(event) {
  if (event !== "SIGINT") return;
  process.off("newListener", look);
  setImmediate(() => writeSync(3, "heeding"));
});
