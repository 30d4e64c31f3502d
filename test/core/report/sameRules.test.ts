/**
 * The client and the reports judge by one definition of each rule.
 * @module
 */
import { expect, test } from "vitest";
import { explainTarget } from "../../../src/client/explain.ts";
import { parseMetadata } from "../../../src/metadata/file.ts";
import { verifyMetadata } from "../../../src/report/verifyMetadata.ts";
import { Client } from "../../support/simulator/client.ts";
import { days, NOW } from "../../support/simulator/draft.ts";
import { Simulator } from "../../support/simulator/repository.ts";

/** What `verify` says of version 2 of a top-level role, from the trusted root. */
async function verified(repository: Simulator, role: "root" | "targets") {
  const root = parseMetadata(repository.rootBytes(1), { type: "root" });
  const file = parseMetadata(repository.bytes(`metadata/2.${role}.json`));
  return verifyMetadata({ root, file, role, at: NOW, policy: "classic" });
}

test("two keyids of one key are one key to explain and to verify, and to the refusal of a client", async () => {
  const repository = await Simulator.create();
  const [key] = repository.signersOf("targets");
  repository.root.keys["again"] = structuredClone(key?.tufKey) as never;
  repository.role("targets").keyids.push("again");
  repository.root.version = 0;
  await repository.bump("root");
  repository.addTarget("targets", "file.txt", "content");
  await repository.publish("targets");
  const explained = await explainTarget(new Client(repository).updater(), "file.txt");
  expect(explained.steps.find(({ id }) => id === "targets")?.facts).toMatchObject({ valid: 1, of: 1 });
  const report = await verified(repository, "targets");
  expect(report.steps.find(({ id }) => id === "signatures")?.facts).toMatchObject({ valid: 1, of: 1 });
});

test.each([
  ["a signature that is not valid", "targets", "ERR_THRESHOLD_UNMET"],
  ["no signature at all", "targets", "ERR_NO_SIGNATURE"],
  ["an expiry that has passed", "targets", "ERR_EXPIRED"],
  ["a root that leaves a version out", "root", "ERR_VERSION_MISMATCH"],
] as const)("a client and verify refuse %s with the same code and the same words", async (_, role, code) => {
  const repository = await Simulator.create();
  if (code === "ERR_THRESHOLD_UNMET")
    repository.tamper.set(role, (file) => ({
      ...file,
      signatures: file.signatures.map((each) => ({ ...each, sig: "00".repeat(64) })),
    }));
  if (code === "ERR_NO_SIGNATURE") repository.signers.set(role, []);
  if (code === "ERR_EXPIRED") repository.targets.expires = days(-1);
  await repository.publish(role);
  if (code === "ERR_VERSION_MISMATCH") {
    await repository.publish("root");
    repository.files.set("metadata/2.root.json", repository.rootBytes(3));
  }
  const refusal = await new Client(repository).refresh().catch((error: unknown) => error);
  const { failure } = await verified(repository, role);
  expect(refusal).toMatchObject({ code });
  expect(failure?.reason?.code).toBe(code);
  expect((refusal as Error).message).toContain(failure?.reason?.message);
});
