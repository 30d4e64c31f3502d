/**
 * Recovery although somebody works against it: developers, and whoever can write files of the repository.
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generateKey } from "../../../src/key/privateKey.ts";
import { toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import { Repository } from "../../../src/repository/index.ts";
import { claimProjects } from "../../../src/repository/projects/claiming.ts";
import { acceptSubmission } from "../../../src/repository/projects/submission.ts";
import { abortRecovery, compromisedRoles } from "../../../src/repository/recovery/recovery.ts";
import { recoveryReport } from "../../../src/repository/recovery/recoveryReport.ts";
import type { Root, Snapshot } from "../../../src/vocabulary/types.ts";
import { forgeTarget, loot, recover } from "../../support/onlineAttacker.ts";
import { Developer } from "../../support/projects.ts";
import { Publisher } from "../../support/publisher.ts";

/** Texts of a recovery's steps. */
async function told({ repository, keys }: Publisher): Promise<string> {
  const report = await recoveryReport(repository, keys);
  return (report?.steps ?? []).flatMap(({ title, details }) => [title, ...details]).join("\n");
}

describe("a developer whose project lists the timestamp's key as one of its own", () => {
  async function bombed(claimed: boolean) {
    const publisher = await Publisher.create({ profile: "pep480", bins: 2 });
    const dev = await Developer.of("bomb");
    const keys = [dev.key.publicKey, publisher.keys.first("timestamp").publicKey];
    await acceptSubmission(publisher.repository, await dev.release({ "a.tar.gz": "content" }), { keys });
    await publisher.publish();
    if (claimed) {
      await claimProjects(publisher.repository, "all");
      await publisher.publish();
    }
    const { version } = (await publisher.current<Snapshot>("snapshot")).signed;
    return { publisher, version };
  }

  test.each([false, true])("does not keep the index from recovering (claimed: %s)", async (claimed) => {
    const { publisher, version } = await bombed(claimed);
    const old = publisher.keyidOf(publisher.keys.first("timestamp"));
    await forgeTarget(publisher, loot(publisher), "a.txt", "evil");
    const found = await compromisedRoles(publisher.repository);
    expect(found.map(({ role }) => role)).not.toContain("project-bomb");
    await recover(publisher, version);
    expect(await told(publisher)).toContain(`project-bomb lists a compromised key`);
    expect(await told(publisher)).toContain(`tuf-ld project keys bomb --remove ${old}`);
    await publisher.publish();
    expect(await publisher.client().get("a.txt")).toBe("content of a");
    expect(await publisher.client().get("packages/bomb/a.tar.gz")).toBe("content");
  });

  test("a project that is named as compromised is refused before anything is written", async () => {
    const { publisher, version } = await bombed(false);
    const options = { roles: ["project-bomb"] };
    await expect(recover(publisher, version, options)).rejects.toMatchObject({ code: "ERR_EDIT" });
    expect(await recoveryReport(publisher.repository)).toBeUndefined();
    await publisher.add("c.txt", "content of c");
    await publisher.publish();
    expect(await publisher.client().get("c.txt")).toBe("content of c");
  });
});

test("a recovery that could not be staged does not begin", async () => {
  const publisher = await Publisher.create({ profile: "pep458", bins: 2 });
  await forgeTarget(publisher, loot(publisher), "a.txt", "evil");
  await writeFile(join(publisher.folder, "staged/metadata/targets.json"), "{]");
  await expect(recover(publisher, 1)).rejects.toMatchObject({ code: "ERR_JSON_SYNTAX" });
  expect(await recoveryReport(publisher.repository)).toBeUndefined();
});

describe("drafts that were staged before a recovery", () => {
  /** A repository on whose machine somebody staged another key for the root and renewed the bins. */
  async function edited() {
    const publisher = await Publisher.create({ profile: "pep458", bins: 2 });
    await forgeTarget(publisher, loot(publisher), "a.txt", "evil");
    const stranger = await generateKey("Ed25519");
    await publisher.repository.addKeys("root", [stranger.publicKey]);
    await publisher.repository.renew("targets");
    const draft = await readFile(join(publisher.folder, "staged/metadata/root.json"), "utf8");
    return { publisher, strange: tufKeyid(toTufKey(stranger.publicKey)), draft };
  }

  test("are no part of it, and it names them", async () => {
    const { publisher, strange } = await edited();
    const { drafts, aside } = await recover(publisher, 1);
    expect({ drafts, aside }).toEqual({ drafts: ["root", "bins"], aside: ["root"] });
    expect(await told(publisher)).toContain("a draft of root was staged before");
    await publisher.publish();
    const { signed } = await publisher.parsed<Root>("2.root.json");
    expect(signed.roles.root.keyids).not.toContain(strange);
    expect(await publisher.client().get("a.txt")).toBe("content of a");
  });

  test("are staged again when it is given up", async () => {
    const { publisher, draft } = await edited();
    await recover(publisher, 1);
    const result = await abortRecovery(publisher.repository);
    expect(result).toEqual({ drafts: ["root", "bins"], restored: ["root"] });
    expect(await readFile(join(publisher.folder, "staged/metadata/root.json"), "utf8")).toBe(draft);
    const { roles } = await (await Repository.open(publisher.repository.storage)).status();
    expect(roles.filter(({ staged }) => staged).map(({ role }) => role)).toEqual(["root", "targets"]);
  });
});
