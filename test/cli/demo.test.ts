/**
 * The demo, when nobody watches.
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("the demo ends as announced, in a pipe without colours, and leaves nothing behind", () => {
  const temporary = mkdtempSync(join(tmpdir(), "tuf-ld-test-"));
  const script = fileURLToPath(new URL("../../demo/run.mjs", import.meta.url));
  const env = { ...process.env, TMPDIR: temporary };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { env, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("Everything ended as announced");
  expect(stdout).not.toContain("\u001b");
  expect(stdout).not.toContain("ERR_INTERNAL");
  expect(readdirSync(temporary)).toEqual([]);
  rmSync(temporary, { recursive: true });
});
