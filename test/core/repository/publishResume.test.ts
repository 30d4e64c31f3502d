/**
 * Publishing that is killed before the timestamp moves, and then runs again: what it finds of its own work stays.
 * @module
 */
import { expect, test } from "vitest";
import { parseMetadata, serializeMetadata } from "../../../src/metadata/file.ts";
import { createMemoryStorage, type RepositoryStorage } from "../../../src/repository/index.ts";
import { buildBins } from "../../../src/repository/publishing/bins.ts";
import { clientFinds, hours, RepositoryWorld } from "../../support/repositoryWorld.ts";

type Memory = ReturnType<typeof createMemoryStorage>;

const PATHS = Array.from({ length: 24 }, (_, at) => `file-${at}`);
const BIN = /^public\/metadata\/\d+\.bin-.\.json$/;
const KILLED = new Error("killed");

/** A storage that can be killed at the writing of a file, and that tells which bins were made. */
function killable(): RepositoryStorage & { memory: Memory; killAt: RegExp | undefined; made: string[] } {
  const memory = createMemoryStorage();
  const storage = {
    ...memory,
    memory,
    killAt: undefined as RegExp | undefined,
    made: [] as string[],
    async putIfAbsent(name: string, bytes: Uint8Array) {
      if (storage.killAt?.test(name)) throw KILLED;
      const created = await memory.putIfAbsent(name, bytes);
      if (created && BIN.test(name)) storage.made.push(name);
      return created;
    },
    async replace(name: string, bytes: Uint8Array) {
      // Others may be about to name what lies there.
      expect(name).not.toMatch(BIN);
      await memory.replace(name, bytes);
    },
  };
  return storage;
}

/** Targets that were published once, changes of all of them, and publishing killed before the new snapshot. */
async function killed(sign: "classic" | "linked" | "both" = "both") {
  const storage = killable();
  const world = await RepositoryWorld.create(storage, { bins: 4, sign });
  await world.add(PATHS);
  await world.publish();
  await world.add(PATHS, 2);
  storage.killAt = /\d\.snapshot\.json$/;
  await expect(world.publish()).rejects.toBe(KILLED);
  storage.killAt = undefined;
  const left = new Map([...storage.memory.files].filter(([name]) => BIN.test(name)));
  expect(left.size).toBe(8);
  storage.made.length = 0;
  return { storage, world, left };
}

const editionOf = (edition: number, paths: readonly string[] = PATHS): Record<string, string> =>
  Object.fromEntries(paths.map((path) => [path, `${path}: ${edition}`]));

test("bins that killed publishing has left are kept, byte for byte", async () => {
  for (const sign of ["classic", "both"] as const) {
    const { storage, world, left } = await killed(sign);
    expect(await world.publish({ now: hours(1) })).toMatchObject({ bins: 4, changes: PATHS.length });
    expect(storage.made).toEqual([]);
    for (const [name, bytes] of left) expect(storage.memory.files.get(name), name).toEqual(bytes);
    expect(await clientFinds(storage, { paths: PATHS, view: sign, at: hours(1) })).toEqual(editionOf(2));
  }
});

test("what was left is made anew where a change came in between", async () => {
  const { storage, world, left } = await killed();
  await world.add(["file-0"], 3);
  await world.remove(["file-1"]);
  await world.publish();
  expect(storage.made.length).toBeGreaterThan(0);
  expect(storage.made.length).toBeLessThan(4);
  // Under the next number, since nobody can tell whether a file is left or about to be named by another.
  expect(storage.made.every((name) => name.includes("/3."))).toBe(true);
  for (const [name, bytes] of left)
    if (name.includes("/2.")) expect(storage.memory.files.get(name)).toEqual(bytes);
  const expected = { ...editionOf(2), "file-0": "file-0: 3", "file-1": "ERR_TARGET_NOT_FOUND" };
  expect(await clientFinds(storage, { paths: PATHS })).toEqual(expected);
});

test("what was left is made anew when half of its period is over", async () => {
  const { storage, world } = await killed();
  await world.publish({ now: hours(24 * 60) });
  expect(storage.made.map((name) => name.replace(/bin-./, ""))).toEqual(
    Array(4).fill("public/metadata/3..json"),
  );
});

test("what was left under a key that was replaced since is made anew with the new one", async () => {
  const { storage, world, left } = await killed();
  await world.rotate("bin", "bin", "bin 2");
  await world.publish();
  expect(storage.made).toHaveLength(4);
  for (const name of left.keys()) expect(storage.made).not.toContain(name);
  expect(await clientFinds(storage, { paths: PATHS })).toEqual(editionOf(2));
});

test("what was left is made anew where its proof, its signature or its content was changed", async () => {
  for (const part of ["proof", "signatures", "signed", "half"] as const) {
    const { storage, world, left } = await killed();
    const [name = ""] = [...left.keys()].filter((each) => /\/2\./.test(each));
    const bytes = left.get(name) as Uint8Array;
    const file = parseMetadata(bytes, { type: "targets" });
    const other = parseMetadata(left.get(name.replace("/2.", "/1.")) as Uint8Array, { type: "targets" });
    const spoilt =
      part === "half"
        ? bytes.slice(0, bytes.length >> 1)
        : serializeMetadata({ ...file, [part]: other[part] }, "file", 0);
    storage.memory.files.set(name, spoilt);
    await world.publish();
    expect(storage.made, part).toEqual([name.replace("/2.", "/3.")]);
    expect(await clientFinds(storage, { paths: PATHS })).toEqual(editionOf(2));
  }
});

test("when one group of bins fails, publishing ends only after the others have, and begins no more", async () => {
  const storage = createMemoryStorage();
  const world = await RepositoryWorld.create(storage, { bins: 32 });
  await world.add(PATHS);
  let begun = 0;
  let running = 0;
  const publishing = world.publish({
    lanes: 4,
    async runBins(job, keys) {
      begun += 1;
      running += 1;
      try {
        if (job.group === 2) throw KILLED;
        await new Promise((resolve) => setTimeout(resolve, 20));
        return await buildBins(storage, job, keys);
      } finally {
        running -= 1;
      }
    },
  });
  await expect(publishing).rejects.toBe(KILLED);
  expect({ begun, running }).toEqual({ begun: 4, running: 0 });
});
