/**
 * Documents that were reported in public, each as it was found, through the whole command.
 * @module
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { folder } from "./tufLd.ts";

const CASES = fileURLToPath(new URL("../../../shared/cases/", import.meta.url));
const suffix = existsSync(CASES) ? "" : " (skipped: ../shared/cases is not here)";

test.skipIf(suffix !== "")(
  `case 01: Sigstore's targets with one signature listed twice are refused by verify${suffix}`,
  () => {
    const place = `${CASES}01-duplicate-signature-keyid`;
    const args = ["verify", `${place}/targets.json`, "--root", `${place}/root.json`, "--at", "2026-08-20"];
    const { code, err } = folder().run(args);
    expect(code).toBe(18);
    expect(err).toMatch(/ERR_SHAPE[\s\S]*\/signatures\/\d+\/keyid/);
  },
);
