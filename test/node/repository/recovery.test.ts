/**
 * Recovery after the online keys were in other hands, step by step.
 * @module
 */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createFileStorage } from "../../../src/node/fileStorage.ts";
import { Repository } from "../../../src/repository/index.ts";
import { acceptSubmission } from "../../../src/repository/projects/submission.ts";
import {
  abortRecovery,
  compromisedRoles,
  resumeRecovery,
} from "../../../src/repository/recovery/recovery.ts";
import { goodCandidates, recoveryReport } from "../../../src/repository/recovery/recoveryReport.ts";
import type { RepositoryStorage } from "../../../src/repository/storage.ts";
import type { Root, Snapshot, Targets } from "../../../src/vocabulary/types.ts";
import { folderSource, forgeTarget, loot, recover } from "../../support/onlineAttacker.ts";
import { Developer } from "../../support/projects.ts";
import { Publisher } from "../../support/publisher.ts";

/** A repository whose attacker added, replaced and removed a target. */
async function attacked(succinct = false) {
  const publisher = await Publisher.create({ profile: "pep458", bins: 4, succinct });
  const backup = await publisher.backUp();
  const stolen = loot(publisher);
  await forgeTarget(publisher, stolen, "evil.txt", "evil");
  await forgeTarget(publisher, stolen, "a.txt", "evil a");
  await forgeTarget(publisher, stolen, "b.txt", null);
  return { publisher, backup, stolen };
}

describe.each([false, true])("with succinct bins: %s", (succinct) => {
  test("what came since the last good state is told and taken back, and numbers go on above all that were seen", async () => {
    const { publisher } = await attacked(succinct);
    const client = publisher.client();
    expect(await client.get("a.txt")).toBe("evil a");
    await recover(publisher, 1);
    const report = await recoveryReport(publisher.repository, publisher.keys);
    expect(report?.changes.map(({ path, change, kept }) => `${path} ${change} ${kept}`).sort()).toEqual([
      "a.txt replaced false",
      "b.txt removed false",
      "evil.txt added false",
    ]);
    expect(report?.roles).toEqual(
      ["snapshot", "timestamp", "bin"].sort(
        (a, b) => (report?.roles.indexOf(a) ?? 0) - (report?.roles.indexOf(b) ?? 0),
      ),
    );
    const before = await publisher.current("snapshot");
    const timestampBefore = await publisher.current("timestamp");
    const seen = new Set(await readdir(join(publisher.folder, "public/metadata")));
    const result = await publisher.publish();
    expect(result.bins).toBe(4);
    expect((await publisher.current("snapshot")).signed.version).toBe(before.signed.version + 1);
    expect((await publisher.current("timestamp")).signed.version).toBe(timestampBefore.signed.version + 1);
    for (const bin of ["bin-0", "bin-1", "bin-2", "bin-3"]) {
      const { version } = (await publisher.current<Targets>(bin)).signed;
      expect(seen.has(`${version}.${bin}.json`)).toBe(false);
    }
    expect(await client.get("a.txt")).toBe("content of a");
    expect(await client.get("b.txt")).toBe("content of b");
    await expect(client.get("evil.txt")).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
  });
});

test("a dry run tells what publishing the recovery does, and needs the same word", async () => {
  const { publisher } = await attacked();
  await publisher.add("c.txt", "content of c");
  await recover(publisher, 1, { keep: ["evil.txt"] });
  const { repository, keys } = publisher;
  await expect(repository.publish({ keys, dryRun: true })).rejects.toMatchObject({ code: "ERR_EDIT" });
  // One instant for both runs: what is told depends on it.
  const run = { keys, recovery: true, now: new Date() };
  const told = await repository.publish({ ...run, dryRun: true });
  expect(await repository.publish(run)).toEqual(told);
});

test("a target that is to be kept stays as it is served, and the others go back", async () => {
  const { publisher } = await attacked();
  await recover(publisher, 1, { keep: ["evil.txt", "b.txt"] });
  await publisher.publish();
  const client = publisher.client();
  expect(await client.get("evil.txt")).toBe("evil");
  expect(await client.get("a.txt")).toBe("content of a");
  await expect(client.get("b.txt")).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
});

test("everything can be kept", async () => {
  const { publisher } = await attacked();
  await recover(publisher, 1, { keep: "all" });
  await publisher.publish();
  expect(await publisher.client().get("a.txt")).toBe("evil a");
});

test("a path to keep that did not change is refused, and nothing has begun", async () => {
  const { publisher } = await attacked();
  await expect(recover(publisher, 1, { keep: ["nothing.txt"] })).rejects.toMatchObject({ code: "ERR_EDIT" });
  expect(await recoveryReport(publisher.repository)).toBeUndefined();
});

test("changes that were staged before are published with the recovery", async () => {
  const { publisher } = await attacked();
  await publisher.add("c.txt", "content of c");
  await recover(publisher, 1);
  const report = await recoveryReport(publisher.repository, publisher.keys);
  expect(report?.steps.at(-1)?.details.join()).toContain("1 change of targets staged before");
  await publisher.publish();
  expect(await publisher.client().get("c.txt")).toBe("content of c");
});

test("the checklist tells who has to sign, then that publishing is next, then that all is done", async () => {
  const { publisher } = await attacked();
  await recover(publisher, 1);
  const offline = new Map(
    [...publisher.keys.held].filter(([keyid]) =>
      ["root", "targets", "bins"].some((role) => publisher.keys.byRole.get(role)?.includes(keyid)),
    ),
  );
  for (const keyid of offline.keys()) publisher.keys.held.delete(keyid);
  const waiting = await recoveryReport(publisher.repository, publisher.keys);
  expect(waiting?.steps.map(({ state }) => state)).toEqual(["done", "done", "waits", "waits", "waits"]);
  expect(waiting?.next).toBe("tuf-ld sign root --key FILE");
  expect(waiting?.steps[2]).toMatchObject({
    title: "root gives new keys to snapshot, timestamp",
    details: [expect.stringContaining("0 of 2 signatures"), expect.stringContaining("0 of 2 signatures")],
  });
  await expect(publisher.publish()).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
  for (const role of ["root", "bins"]) {
    for (const keyid of publisher.keys.byRole.get(role) ?? []) {
      const signer = offline.get(keyid);
      if (signer !== undefined) await publisher.repository.sign(role, signer);
    }
    const report = await recoveryReport(publisher.repository, publisher.keys);
    expect(report?.next).toBe(role === "root" ? "tuf-ld sign bins --key FILE" : "tuf-ld publish --recovery");
  }
  await publisher.publish();
  const done = await recoveryReport(publisher.repository, publisher.keys);
  expect(done).toMatchObject({ phase: "done", next: undefined });
  expect(done?.steps.every(({ state }) => state === "done")).toBe(true);
  expect(await publisher.client().get("a.txt")).toBe("content of a");
  await publisher.add("d.txt", "after");
  await publisher.publish();
  expect(await publisher.client().get("d.txt")).toBe("after");
});

test("a recovery that is given up leaves what is published as it is, and its drafts are gone", async () => {
  const { publisher } = await attacked();
  const old = new Map(publisher.keys.byRole);
  await recover(publisher, 1);
  expect(await abortRecovery(publisher.repository)).toEqual({ drafts: ["root", "bins"], restored: [] });
  for (const [role, keyids] of old) publisher.keys.byRole.set(role, keyids);
  expect((await publisher.repository.status()).roles.some(({ staged }) => staged)).toBe(false);
  expect(await publisher.client().get("a.txt")).toBe("evil a");
  await expect(abortRecovery(publisher.repository)).rejects.toMatchObject({ code: "ERR_EDIT" });
});

test("a second recovery cannot begin while one goes on", async () => {
  const { publisher } = await attacked();
  await recover(publisher, 1);
  await expect(recover(publisher, 1)).rejects.toMatchObject({ code: "ERR_EDIT" });
});

test.each(["timestamp destroyed", "timestamp is garbage", "snapshot is gone", "bins damaged too"])(
  "with a copy of the good metadata it works although: %s",
  async (damage) => {
    const { publisher, backup } = await attacked();
    const timestamp = await publisher.current("timestamp");
    const { version = 0 } =
      timestamp.signed._type === "timestamp" ? (timestamp.signed.meta["snapshot.json"] ?? {}) : {};
    if (damage === "timestamp destroyed") await rm(publisher.file("timestamp.json"));
    if (damage === "timestamp is garbage") await writeFile(publisher.file("timestamp.json"), "{]");
    if (damage === "snapshot is gone") await rm(publisher.file(`${version}.snapshot.json`));
    if (damage === "bins damaged too") {
      for (const name of await readdir(join(publisher.folder, "public/metadata")))
        if (name.includes("bin") || name.includes("snapshot") || name.includes("targets"))
          await writeFile(publisher.file(name), "?");
      await writeFile(publisher.file("2.root.json"), "no root");
    }
    await recover(publisher, folderSource(backup, 1));
    await publisher.publish();
    const client = publisher.client();
    expect(await client.get("a.txt")).toBe("content of a");
    expect(await client.get("b.txt")).toBe("content of b");
    await publisher.add("e.txt", "later");
    await publisher.publish();
    expect(await client.get("e.txt")).toBe("later");
  },
);

test("a last good state whose bins are not signed by their keys is refused", async () => {
  const { publisher, backup } = await attacked();
  const bin = join(backup, "1.bin-0.json");
  const text = await readFile(bin, "utf8");
  await writeFile(
    bin,
    text.replace('"targets":{', '"targets":{"x":{"hashes":{"sha256":"00"},"length":1},').replace(",}", "}"),
  );
  await expect(recover(publisher, folderSource(backup, 1))).rejects.toMatchObject({ code: "ERR_EDIT" });
  await expect(recover(publisher, folderSource(backup, 9))).rejects.toMatchObject({ code: "ERR_EDIT" });
});

test("a role that shares a key with a compromised one is compromised too", async () => {
  const publisher = await Publisher.create({ bins: 2 });
  await publisher.repository.addKeys("targets", [publisher.keys.first("timestamp").publicKey]);
  await publisher.publish();
  const found = await compromisedRoles(publisher.repository);
  expect(found).toContainEqual({ role: "targets", keys: 2, sharesKeyWith: "timestamp" });
  await forgeTarget(publisher, loot(publisher), "a.txt", "evil");
  await recover(publisher, 1);
  await publisher.publish();
  expect(await publisher.client().get("a.txt")).toBe("content of a");
});

test("targets that the offline holders signed after the last good snapshot stay", async () => {
  const publisher = await Publisher.create({ profile: "pep458", bins: 2 });
  await publisher.repository.renew("targets");
  await publisher.publish();
  await forgeTarget(publisher, loot(publisher), "a.txt", "evil");
  await recover(publisher, 1);
  await publisher.publish();
  expect((await publisher.client().versions()).targets).toBe(2);
  expect(await publisher.client().get("a.txt")).toBe("content of a");
});

test("in a PEP 480 repository the online targets roles go back too", async () => {
  const publisher = await Publisher.create({ profile: "pep480", bins: 2 });
  await forgeTarget(publisher, loot(publisher), "a.txt", "evil");
  const state = await recover(publisher, 1);
  expect(state.drafts).toEqual(["root", "targets", "recently-claimed", "unclaimed"]);
  await publisher.publish();
  expect(await publisher.client().get("a.txt")).toBe("content of a");
});

test("the snapshot states the hashes of projects after a recovery as before", async () => {
  const publisher = await Publisher.create({ profile: "pep480", bins: 2 });
  const dev = await Developer.of("p");
  const release = await dev.release({ "a.tar.gz": "content" });
  await acceptSubmission(publisher.repository, release, { project: dev.project, keys: [dev.key.publicKey] });
  await publisher.publish();
  const { meta, version } = (await publisher.current<Snapshot>("snapshot")).signed;
  expect(meta["project-p.json"]).toHaveProperty("hashes.sha256");
  await recover(publisher, version);
  await publisher.publish();
  const after = (await publisher.current<Snapshot>("snapshot")).signed;
  expect(after.version).toBeGreaterThan(version);
  expect(after.meta["project-p.json"]).toEqual(meta["project-p.json"]);
  expect(await publisher.client().get("packages/p/a.tar.gz")).toBe("content");
});

test("projects are read one after another as they are copied, and those that were destroyed come back", async () => {
  const publisher = await Publisher.create({ profile: "pep480", bins: 2 });
  for (const name of ["p", "q"]) {
    const dev = await Developer.of(name);
    const release = await dev.release({ "a.tar.gz": `content of ${name}` });
    await acceptSubmission(publisher.repository, release, { project: name, keys: [dev.key.publicKey] });
  }
  await publisher.publish();
  const { version } = (await publisher.current<Snapshot>("snapshot")).signed;
  const source = folderSource(await publisher.backUp(), version);
  await rm(publisher.file("1.project-p.json"));
  const read: string[] = [];
  const { storage } = publisher.repository;
  const get = (name: string) => {
    read.push(name);
    return storage.get(name);
  };
  await compromisedRoles(await Repository.open({ ...storage, get }), [], source);
  expect(read.filter((name) => name.includes("project-"))).toEqual([]);
  await recover(publisher, source);
  await publisher.publish();
  for (const name of ["p", "q"])
    expect(await publisher.client().get(`packages/${name}/a.tar.gz`)).toBe(`content of ${name}`);
});

test("a repository without bins needs no good state: timestamp and snapshot alone are replaced", async () => {
  const publisher = await Publisher.create();
  const client = publisher.client();
  await client.get("a.txt");
  expect((await recover(publisher, undefined)).drafts).toEqual(["root"]);
  await publisher.publish();
  expect((await client.versions()).root).toBe(2);
  expect(await client.get("a.txt")).toBe("content of a");
});

test("a top-level targets role that is named goes back to the last good state", async () => {
  const publisher = await Publisher.create();
  const { signed } = await publisher.current<Targets>("targets");
  await publisher.forge({ ...signed, version: 7, targets: {} }, "targets", publisher.keys.of("targets"));
  await expect(recover(publisher, undefined, { roles: ["targets"] })).rejects.toMatchObject({
    code: "ERR_EDIT",
  });
  await recover(publisher, 1, { roles: ["targets"] });
  await publisher.publish();
  expect(await publisher.client().get("a.txt")).toBe("content of a");
  expect((await publisher.client().versions()).targets).toBe(8);
});

test("the compromised keys sign nothing any more, though they are at hand", async () => {
  const { publisher, stolen } = await attacked();
  await recover(publisher, 1);
  await publisher.publish();
  const old = [...stolen.timestamp, ...stolen.snapshot].map((key) => publisher.keyidOf(key));
  for (const role of ["timestamp", "snapshot"]) {
    const file = await publisher.current(role);
    for (const { keyid } of file.signatures) expect(old).not.toContain(keyid);
  }
  const root = (await publisher.parsed<Root>("2.root.json")).signed;
  for (const keyid of old) expect(Object.keys(root.keys)).not.toContain(keyid);
});

/** A storage that dies at its n-th change. */
function mortal(folder: string, changes: number): RepositoryStorage {
  const whole = createFileStorage(folder);
  let left = changes;
  const spend = (): void => {
    if (left-- <= 0) throw new Error("killed");
  };
  return {
    ...whole,
    replace: async (name, bytes) => {
      spend();
      return whole.replace(name, bytes);
    },
    putIfAbsent: async (name, bytes) => {
      spend();
      return whole.putIfAbsent(name, bytes);
    },
    remove: async (name) => {
      spend();
      return whole.remove(name);
    },
  };
}

test("killed at any change while it is published, it is published again as a whole", async () => {
  for (let changes = 0, died = true; died; changes++) {
    const { publisher } = await attacked();
    await publisher.add("c.txt", "content of c");
    await recover(publisher, 1);
    const dying = await Repository.open(mortal(publisher.folder, changes));
    died = await dying.publish({ keys: publisher.keys, recovery: true }).then(
      () => false,
      () => true,
    );
    await publisher.publish();
    const client = publisher.client();
    expect(await client.get("a.txt"), `killed at change ${changes}`).toBe("content of a");
    expect(await client.get("c.txt")).toBe("content of c");
    await expect(client.get("evil.txt")).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
    expect((await recoveryReport(publisher.repository))?.phase).toBe("done");
    if (!died) expect(changes).toBeGreaterThan(15);
  }
}, 300_000);

test("killed at any change while it begins, it has not begun or goes on", async () => {
  for (let changes = 0, died = true; died; changes++) {
    const { publisher } = await attacked();
    const dying = await Repository.open(mortal(publisher.folder, changes));
    died = await recover(publisher, 1, {}, dying).then(
      () => false,
      () => true,
    );
    const report = await recoveryReport(publisher.repository, publisher.keys);
    if (report === undefined) {
      expect(await publisher.client().get("a.txt"), `killed at change ${changes}`).toBe("evil a");
      await recover(publisher, 1);
    } else await resumeRecovery(publisher.repository);
    await publisher.publish();
    expect(await publisher.client().get("a.txt"), `killed at change ${changes}`).toBe("content of a");
  }
}, 300_000);

test("the states to go back to are those whose snapshots somebody with its keys signed", async () => {
  const { publisher } = await attacked();
  await writeFile(publisher.file("9.snapshot.json"), "garbage");
  expect((await goodCandidates(publisher.repository)).map(({ version }) => version)).toEqual([4, 3, 2, 1]);
});
