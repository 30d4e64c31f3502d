/**
 * Documents that were reported in public, each as it was found, through the whole command.
 * @module
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { serveFolder } from "../support/folderServer.ts";
import type { Running } from "../support/httpServer.ts";
import { person } from "./clientWorld.ts";
import { folder } from "./tufLd.ts";

const CASES = fileURLToPath(new URL("../../../shared/cases/", import.meta.url));
const suffix = existsSync(CASES) ? "" : " (skipped: ../shared/cases is not here)";

async function serving(place: string): Promise<Running> {
  const server = await serveFolder(place);
  onTestFinished(() => server.close());
  return server;
}

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

test.skipIf(suffix !== "")(
  `case 14: a target comes through a delegation that repeats a pattern${suffix}`,
  async () => {
    const place = `${CASES}14-repeated-path-pattern/repo`;
    const { base } = await serving(place);
    const user = person();
    await user.ok("trust", `${base}/metadata`, "--root", `${place}/metadata/1.root.json`, "--name", "b");
    await user.ok("get", "a.txt", "--repo", "b");
    expect(existsSync(user.at.file("a.txt"))).toBe(true);
  },
);

test("sign keeps the form that it was given: a linked document stays one, and a file a file", () => {
  const at = folder();
  at.ok(["key", "gen", "--out", "key.pem", "--unsafe-plain", "--quiet"]);
  const expires = "2036-01-01T00:00:00Z";
  const signed = { _type: "targets", spec_version: "1.0.34", version: 1, expires, targets: {} };
  at.write("classic.json", { signed, signatures: [] });
  const sign = (from: string, to: string): string[] => {
    at.ok(["sign", from, "--key", "key.pem", "--role", "targets", "--out", to]);
    return Object.keys(at.json(to));
  };
  expect(sign("classic.json", "file.json")).toEqual(["@context", "signatures", "signed", "proof"]);
  expect(sign("file.json", "again.json")).toContain("signed");
  at.ok(["convert", "file.json", "--to", "linked", "--out", "linked.json"]);
  const members = sign("linked.json", "resigned.json");
  expect(members).toEqual(Object.keys(at.json("linked.json")));
  expect(members).not.toContain("signed");
});
