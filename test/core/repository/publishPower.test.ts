import { describe, expect, test } from "vitest";
import { parseMetadata } from "../../../src/metadata/file.ts";
import { Repository } from "../../../src/repository/index.ts";
import type { Targets } from "../../../src/vocabulary/types.ts";
import { createPowerStorage, type Fate, type PowerStorage } from "../../support/repositoryPower.ts";
import {
  changeOf,
  clientFinds,
  contentsOf,
  NOW,
  RepositoryWorld,
  type TestRing,
} from "../../support/repositoryWorld.ts";

const PATHS = ["a", "b", "c", "d"];
const TIMESTAMP = "public/metadata/timestamp.json";

/** Every file of metadata that a timestamp makes current. */
function referenced(files: ReadonlyMap<string, Uint8Array>): string[] {
  const read = (name: string) => parseMetadata(files.get(name) as Uint8Array).signed;
  const timestamp = read(TIMESTAMP);
  if (timestamp._type !== "timestamp") return [];
  const snapshotName = `public/metadata/${timestamp.meta["snapshot.json"]?.version}.snapshot.json`;
  const snapshot = read(snapshotName);
  const meta = snapshot._type === "snapshot" ? snapshot.meta : {};
  const roles = Object.entries(meta).map(([name, { version }]) => `public/metadata/${version}.${name}`);
  return [snapshotName, ...roles];
}

/** Something to publish: staged in a storage, with the keys for it. */
async function staged(rotate: boolean): Promise<{ files: Map<string, Uint8Array>; ring: TestRing }> {
  const storage = createPowerStorage();
  const world = await RepositoryWorld.create(storage, { bins: 4 });
  await world.add(["a", "b", "c"]);
  await world.publish();
  await world.add(["a"], 2);
  await world.add(["d"]);
  if (rotate) {
    for (const role of ["timestamp", "snapshot", "targets"]) await world.rotate(role, role, `${role} 2`);
    await world.repository.renew("targets", { now: NOW });
  }
  await storage.settle();
  return { files: storage.files, ring: world.ring };
}

const publishOn = async (storage: PowerStorage, ring: TestRing): Promise<unknown> =>
  (await Repository.open(storage)).publish({ keys: ring, now: NOW });

describe("loss of power", () => {
  test.each([false, true])(
    "when the timestamp is replaced, all that it refers to is settled (rotation: %s)",
    async (rotate) => {
      const { files, ring } = await staged(rotate);
      const storage = createPowerStorage(files);
      let moves = 0;
      storage.onWrite = (name) => {
        if (name !== TIMESTAMP) return;
        moves += 1;
        const unsafe = referenced(storage.files).filter((each) => storage.unsettled.has(each));
        expect(unsafe).toEqual([]);
        expect(referenced(storage.files).length).toBeGreaterThan(4);
      };
      await publishOn(storage, ring);
      expect(moves).toBe(1);
    },
  );

  test("the first timestamp refers to nothing that is not settled", async () => {
    const storage = createPowerStorage();
    const world = await RepositoryWorld.create(storage, { bins: 4 });
    await world.add(PATHS);
    storage.onWrite = (name) => {
      if (name === TIMESTAMP)
        expect(
          [...referenced(storage.files), "public/metadata/1.root.json"].filter((each) =>
            storage.unsettled.has(each),
          ),
        ).toEqual([]);
    };
    await world.publish();
    expect((await clientFinds(storage, { paths: PATHS }))["d"]).toBe("d: 1");
  });

  describe.each<[string, (name: string) => Fate]>([
    ["is gone", () => "gone"],
    ["is torn", () => "torn"],
    ["is empty", () => "empty"],
    ["is there in part", (name) => (name.length % 2 === 0 ? "gone" : "kept")],
  ])("after any write, where what was not settled %s", (_, fate) => {
    test.each([false, true])(
      "leaves the old or the new repository, and publishing goes on (rotation: %s)",
      async (rotate) => {
        const { files, ring } = await staged(rotate);
        const before = await clientFinds(createPowerStorage(files), { paths: PATHS });
        const whole = createPowerStorage(files);
        await publishOn(whole, ring);
        const after = await clientFinds(whole, { paths: PATHS });
        const contents = await contentsOf(whole);
        expect(after).not.toEqual(before);
        const outcomes = new Set<string>();
        for (let lossAt = 1; lossAt <= whole.writes; lossAt++) {
          const storage = createPowerStorage(files, lossAt);
          await publishOn(storage, ring).catch(() => undefined);
          const disk = storage.afterLoss(fate);
          const found = await clientFinds(disk, { paths: PATHS });
          expect([before, after], `loss after write ${lossAt}`).toContainEqual(found);
          outcomes.add(JSON.stringify(found));
          await (await Repository.open(disk)).publish({ keys: ring, now: NOW });
          expect(await contentsOf(disk), `loss after write ${lossAt}`).toEqual(contents);
        }
        expect(outcomes.size).toBe(2);
      },
    );

    test("loses no target that the log had, and adds none of a flush that did not end", async () => {
      const { files, ring } = await staged(false);
      const whole = createPowerStorage(files);
      const changes = PATHS.map((path) => changeOf(path, 3));
      await (await Repository.open(whole)).changeTargets(changes);
      const outcomes = new Set<string>();
      for (let lossAt = 1; lossAt <= whole.writes; lossAt++) {
        const storage = createPowerStorage(files, lossAt);
        await (await Repository.open(storage)).changeTargets(changes).catch(() => undefined);
        const disk = storage.afterLoss(fate);
        const repository = await Repository.open(disk);
        await repository.changeTargets([changeOf("z", 1)]);
        await repository.publish({ keys: ring, now: NOW });
        const { targets } = (await contentsOf(disk)) as {
          targets: Record<string, Targets>;
        };
        const lists: Targets["targets"] = Object.assign(
          {},
          ...Object.values(targets).map((role) => role.targets),
        );
        const is = (edition: number) => (path: string) =>
          lists[path]?.hashes.sha256 === changeOf(path, edition).target?.hashes["sha256"];
        outcomes.add(PATHS.every(is(3)) ? "all" : is(2)("a") && is(1)("b") && is(1)("d") ? "none" : "a part");
      }
      expect([...outcomes].sort()).toEqual(["all", "none"]);
    });
  });
});
