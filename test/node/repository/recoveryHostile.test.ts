/**
 * Recovery although somebody works against it: developers, and whoever can write files of the repository.
 * @module
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generateKey } from "../../../src/key/privateKey.ts";
import { toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import type { MetadataFile } from "../../../src/metadata/file.ts";
import { withKey, withoutKey } from "../../../src/repository/edit.ts";
import { Repository } from "../../../src/repository/index.ts";
import { claimProjects } from "../../../src/repository/projects/claiming.ts";
import { acceptSubmission } from "../../../src/repository/projects/submission.ts";
import { abortRecovery, compromisedRoles } from "../../../src/repository/recovery/recovery.ts";
import { recoveryReport } from "../../../src/repository/recovery/recoveryReport.ts";
import type { RecoveryDetails } from "../../../src/repository/recovery/recoveryState.ts";
import type { Root, Snapshot, Targets } from "../../../src/vocabulary/types.ts";
import { folderSource, forgeOnline, forgeTarget, loot, recover } from "../../support/onlineAttacker.ts";
import { Developer } from "../../support/projects.ts";
import { Publisher } from "../../support/publisher.ts";

/** Texts of a recovery's steps. */
async function told({ repository, keys }: Publisher): Promise<string> {
  const report = await recoveryReport(repository, keys);
  return (report?.steps ?? []).flatMap(({ title, details }) => [title, ...details]).join("\n");
}

describe("a project that lists the timestamp's key as one of its own", () => {
  /**
   * As it may stand in a repository though `accept` and `claim` refuse the keys of the index: whoever has its online
   * keys, or another program, put it there.
   *
   * @param alone that key and no other
   */
  async function bombed(claimed: boolean, alone = false) {
    const publisher = await Publisher.create({ profile: "pep480", bins: 2 });
    const { repository, keys } = publisher;
    const dev = await Developer.of("bomb");
    const release = await dev.release({ "a.tar.gz": "content" });
    await acceptSubmission(repository, release, { project: "bomb", keys: [dev.key.publicKey] });
    await publisher.publish();
    if (claimed) {
      await claimProjects(repository, "all");
      await publisher.publish();
    }
    const stolen = keys.first("timestamp");
    const delegator = claimed ? "claimed" : "recently-claimed";
    const { signed } = await publisher.current<Targets>(delegator);
    let edited = withKey(signed, "project-bomb", stolen.publicKey);
    if (alone) edited = withoutKey(edited, "project-bomb", tufKeyid(toTufKey(dev.key.publicKey)));
    const version = signed.version + 1;
    await publisher.forge({ ...edited, version }, delegator, keys.of(delegator));
    const meta: Record<string, { version: number }> = { [`${delegator}.json`]: { version } };
    if (alone) {
      const { signed: project } = await publisher.current<Targets>("project-bomb");
      await publisher.forge({ ...project, version: 2 }, "project-bomb", [stolen]);
      meta["project-bomb.json"] = { version: 2 };
    }
    await forgeOnline(publisher, loot(publisher), meta);
    return { publisher, version: (await publisher.current<Snapshot>("snapshot")).signed.version };
  }

  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("does not keep the index from recovering (claimed: %s, that key alone: %s)", async (claimed, alone) => {
    const { publisher, version } = await bombed(claimed, alone);
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
    expect(signed.roles.root?.keyids).not.toContain(strange);
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

describe("whoever can write files of the repository, without keys", () => {
  const files = (publisher: Publisher, ...names: string[]): string => join(publisher.folder, ...names);

  /** Changes a file of JSON. */
  async function change(path: string, edit: (value: never) => unknown): Promise<void> {
    await writeFile(path, JSON.stringify(edit(JSON.parse(await readFile(path, "utf8")) as never)));
  }

  /** A bin that nobody signed. */
  async function unsigned(publisher: Publisher, bin: string): Promise<string> {
    const { signed } = await publisher.current<Targets>(bin);
    const targets = { "evil.txt": { length: 4, hashes: { sha256: "0".repeat(64) } } };
    return JSON.stringify({ signed: { ...signed, targets }, signatures: [] });
  }

  test.each(["state", "staged"])(
    "gets nothing signed by a recovery that is written into %s, while it publishes by itself or on demand",
    async (place) => {
      const publisher = await Publisher.create({ profile: "pep458", bins: 2 });
      const state = { format: 1, phase: "staged", begun: "2030-01-01T00:00:00Z", lastGood: 1 };
      const lists = { roles: [], drafts: [], compromised: [], aside: [] };
      const bins = ["bin-0", "bin-1"];
      await mkdir(files(publisher, place, "recovery/metadata"), { recursive: true });
      for (const bin of bins)
        await writeFile(
          files(publisher, place, `recovery/metadata/1.${bin}.json`),
          await unsigned(publisher, bin),
        );
      const copies = ["targets", "bins"].map((role) => ["metadata", role, 1, "root 1"]);
      for (const role of ["targets", "bins"])
        await writeFile(
          files(publisher, place, `recovery/metadata/1.${role}.json`),
          await publisher.read(`1.${role}.json`),
        );
      const meta = [...bins, "targets", "bins"].map((role) => [role, 1]);
      copies.push(...bins.map((bin) => ["metadata", bin, 1, "staged/recovery/metadata/1.bins.json"]));
      copies[1] = ["metadata", "bins", 1, "staged/recovery/metadata/1.targets.json"];
      await writeFile(
        files(publisher, place, "recovery/details.json"),
        JSON.stringify({ meta, copies, taken: [], changes: [], notes: [] }),
      );
      await writeFile(files(publisher, place, "recovery.json"), JSON.stringify({ ...state, ...lists }));
      const { repository, keys } = publisher;
      const later = new Date(Date.now() + 20 * 3_600_000);
      const byItself = repository.publish({ keys, renew: true, now: later }).then(
        () => "published",
        ({ code }) => code,
      );
      expect(await byItself).toBe(place === "state" ? "published" : "ERR_EDIT");
      if (place === "staged")
        await expect(
          repository.publish({ keys, renew: true, now: later, recovery: true }),
        ).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
      await expect(publisher.client().get("evil.txt")).rejects.toMatchObject({
        code: "ERR_TARGET_NOT_FOUND",
      });
      expect(await publisher.client().get("a.txt")).toBe("content of a");
    },
  );

  async function recovering(keep: readonly string[] = []) {
    const publisher = await Publisher.create({ profile: "pep458", bins: 2 });
    await forgeTarget(publisher, loot(publisher), "new.txt", "new");
    await recover(publisher, 1, { keep });
    return publisher;
  }

  test("cannot put a bin in the place of a copy", async () => {
    const publisher = await recovering();
    await writeFile(
      files(publisher, "staged/recovery/metadata/1.bin-0.json"),
      await unsigned(publisher, "bin-0"),
    );
    await expect(publisher.publish()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
  });

  test("cannot put another document in the place of the copy of a role with keys offline", async () => {
    const publisher = await recovering();
    await change(files(publisher, "staged/recovery/metadata/1.bins.json"), (file: MetadataFile<Targets>) => ({
      ...file,
      signed: { ...file.signed, expires: "2040-01-01T00:00:00Z" },
    }));
    await expect(publisher.publish()).rejects.toMatchObject({ code: "ERR_STORAGE" });
    expect(await abortRecovery(publisher.repository)).toMatchObject({ drafts: ["root", "bins"] });
  });

  test("cannot let the copies vouch for each other", async () => {
    const publisher = await recovering();
    await change(files(publisher, "staged/recovery/details.json"), (details: RecoveryDetails) => ({
      ...details,
      copies: details.copies.map(([kind, role, version]) => [
        kind,
        role,
        version,
        "staged/recovery/metadata/1.bins.json",
      ]),
    }));
    await expect(publisher.publish()).rejects.toMatchObject({ code: "ERR_STORAGE" });
  });

  test("cannot say what a target is that is kept", async () => {
    const publisher = await recovering(["new.txt"]);
    await change(files(publisher, "staged/recovery/details.json"), (details: RecoveryDetails) => ({
      ...details,
      changes: details.changes.map((each) => ({
        ...each,
        target: { length: 4, hashes: { sha256: "0".repeat(64) } },
      })),
    }));
    await publisher.publish();
    expect(await publisher.client().get("new.txt")).toBe("new");
  });

  test("cannot have a target kept that was not served", async () => {
    const publisher = await recovering(["new.txt"]);
    await change(files(publisher, "staged/recovery/details.json"), (details: RecoveryDetails) => ({
      ...details,
      changes: details.changes.map((each) => ({ ...each, path: "evil.txt", change: "added" })),
    }));
    await publisher.publish();
    for (const path of ["evil.txt", "new.txt"])
      await expect(publisher.client().get(path)).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
  });
});

describe("names of files that anyone can choose", () => {
  test("do not drive numbers up to where they run out", async () => {
    const publisher = await Publisher.create({ profile: "pep458", bins: 2 });
    await forgeTarget(publisher, loot(publisher), "a.txt", "evil");
    for (const role of ["targets", "bin-0", "snapshot"])
      await writeFile(publisher.file(`${2 ** 52}.${role}.json`), "litter");
    await recover(publisher, 1);
    await publisher.publish();
    expect((await publisher.current("bin-0")).signed.version).toBeLessThan(10);
    expect((await publisher.current("snapshot")).signed.version).toBeLessThan(10);
  });

  test("let no number be given twice, in one recovery after another from the same copy", async () => {
    const publisher = await Publisher.create({ profile: "pep480", bins: 2 });
    const backup = folderSource(await publisher.backUp(), 1);
    const given = new Map<string, Set<number>>();
    for (let round = 0; round < 3; round++) {
      // As high as is counted on from, above what stood in the first round.
      for (const role of round === 0 ? ["bin-0", "unclaimed"] : [])
        await writeFile(publisher.file(`${2 ** 32 + 1}.${role}.json`), "litter");
      await recover(publisher, backup);
      await publisher.publish();
      for (const role of ["bin-0", "bin-1", "unclaimed", "snapshot"]) {
        const { version } = (await publisher.current(role)).signed;
        expect([...(given.get(role) ?? [])], role).not.toContain(version);
        given.set(role, (given.get(role) ?? new Set()).add(version));
      }
    }
    expect(Math.min(...(given.get("bin-0") ?? []))).toBe(2 ** 32 + 2);
  });
});
