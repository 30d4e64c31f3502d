import { describe, expect, test } from "vitest";
import { createMemoryStorage } from "../../../src/repository/index.ts";
import { clientFinds, keyNamed, NOW, RepositoryWorld } from "../../support/repositoryWorld.ts";

type Memory = ReturnType<typeof createMemoryStorage>;

async function published(bins?: number): Promise<{ storage: Memory; world: RepositoryWorld }> {
  const storage = createMemoryStorage();
  const world = await RepositoryWorld.create(storage, bins === undefined ? {} : { bins });
  await world.add(["a"]);
  await world.publish();
  return { storage, world };
}

/** Stages `name`, delegated to by `from`, with a key of its own that is at hand. */
async function delegate(world: RepositoryWorld, name: string, from = "targets"): Promise<void> {
  await world.ring.add(name);
  const keys = [(await keyNamed(name)).publicKey];
  await world.repository.delegate({ name, paths: ["x/*"], keys }, { from, now: NOW });
}

const draftsOf = ({ files }: Memory): string[] =>
  [...files.keys()].filter((name) => name.startsWith("staged/metadata/")).map((name) => name.slice(16, -5));
const finds = (storage: Memory, ...paths: string[]) => clientFinds(storage, { paths, at: NOW });

describe("a delegation that is taken away", () => {
  test("takes with it the drafts below it, and publishing goes on", async () => {
    const { storage, world } = await published();
    await delegate(world, "t1");
    await delegate(world, "t2", "t1");
    await delegate(world, "t3", "t2");
    await world.repository.undelegate("t1", { now: NOW });
    expect(draftsOf(storage)).toEqual(["targets"]);
    await world.add(["b"]);
    expect((await world.publish()).waiting).toEqual([]);
    expect(await finds(storage, "a", "b")).toEqual({ a: "a: 1", b: "b: 1" });
  });

  test("takes drafts of published roles below it too, and none that another role delegates to", async () => {
    const { storage, world } = await published();
    await delegate(world, "t1");
    await delegate(world, "t2", "t1");
    await delegate(world, "other");
    await world.publish();
    await world.add(["x/1"], 1, "t2");
    await world.add(["x/2"], 1, "other");
    await world.repository.undelegate("t1", { now: NOW });
    expect(draftsOf(storage).sort()).toEqual(["other", "targets"]);
    expect((await world.publish()).waiting).toEqual([]);
    expect(await finds(storage, "a", "x/2")).toEqual({ a: "a: 1", "x/2": "x/2: 1" });
  });

  test("a draft that nobody delegates to does not stop publishing, and status names it", async () => {
    const { storage, world } = await published();
    await delegate(world, "t1");
    await delegate(world, "t2", "t1");
    storage.files.delete("staged/metadata/targets.json");
    expect((await world.repository.status({ now: NOW })).orphans).toEqual(["t1", "t2"]);
    expect((await world.publish()).waiting).toEqual([]);
    await world.add(["b"]);
    expect((await world.publish()).waiting).toEqual([]);
    expect(await finds(storage, "b")).toEqual({ b: "b: 1" });
    await world.repository.discard(["t1", "t2"]);
    expect(draftsOf(storage)).toEqual([]);
  });
});

describe("discard", () => {
  test("gives up a draft with those that nobody would delegate to any more, and says what they were", async () => {
    const { storage, world } = await published();
    await delegate(world, "t1");
    await delegate(world, "t2", "t1");
    await world.repository.setThreshold("root", 2, { now: NOW });
    const given = await world.repository.discard(["targets"]);
    expect(given.map(({ role, orphan }) => [role, orphan])).toEqual([
      ["targets", false],
      ["t1", true],
      ["t2", true],
    ]);
    expect(given[0]?.changes.join("\n")).toContain("t1");
    expect(draftsOf(storage)).toEqual(["root"]);
    expect((await world.repository.discard("all")).map(({ role }) => role)).toEqual(["root"]);
    expect(await world.repository.discard("all")).toEqual([]);
    expect((await world.publish()).roles).toEqual([]);
  });

  test("of bins gives up the changes that wait, and an import begins again", async () => {
    const { storage, world } = await published(4);
    await world.add(["b", "c"]);
    await world.repository.changeTargets([{ path: "a", target: null }], {
      mark: () => ({ source: "s", position: 7 }),
    });
    expect(await world.repository.positionIn("s")).toBe(7);
    expect(await world.repository.discard(["bin"])).toMatchObject([{ role: "bin", entries: 3 }]);
    expect(await world.repository.positionIn("s")).toBe(0);
    await world.add(["d"]);
    expect((await world.publish()).changes).toBe(1);
    expect(await finds(storage, "a", "d")).toEqual({ a: "a: 1", d: "d: 1" });
    expect(await finds(storage, "b")).toEqual({ b: "ERR_TARGET_NOT_FOUND" });
    await expect(world.repository.discard(["bin"])).rejects.toMatchObject({ code: "ERR_ROLE_UNKNOWN" });
  });

  test("refuses what could not be published after it, and changes nothing", async () => {
    const first = createMemoryStorage();
    const { repository } = await RepositoryWorld.create(first);
    for (const roles of [["root"], ["targets"], "all"] as const)
      await expect(repository.discard(roles)).rejects.toMatchObject({ code: "ERR_EDIT" });
    expect(draftsOf(first).sort()).toEqual(["root", "targets"]);
    const { storage, world } = await published();
    await delegate(world, "t1");
    await expect(world.repository.discard(["t1"])).rejects.toMatchObject({
      code: "ERR_EDIT",
      details: { role: "t1", reason: expect.stringContaining("undelegate t1") },
    });
    await expect(world.repository.discard(["snapshot"])).rejects.toMatchObject({ code: "ERR_ROLE_UNKNOWN" });
    expect(draftsOf(storage).sort()).toEqual(["t1", "targets"]);
  });

  test("refuses to lose a role that another draft gives up to this one", async () => {
    const { world } = await published();
    await delegate(world, "t1");
    await delegate(world, "x");
    await world.publish();
    await world.repository.undelegate("x", { now: NOW });
    await delegate(world, "x", "t1");
    await expect(world.repository.discard(["t1"])).rejects.toMatchObject({
      code: "ERR_EDIT",
      details: { reason: "it takes over x, which the draft of targets gives up; discard both" },
    });
    const given = await world.repository.discard(["t1", "targets"]);
    expect(given.map(({ role }) => role)).toEqual(["targets", "t1"]);
  });

  test("gives up what was shown and nothing else", async () => {
    const { world } = await published();
    await delegate(world, "t1");
    const expected = await world.repository.discardRequest(["targets"]);
    await delegate(world, "t2");
    await expect(world.repository.discard(["targets"], { expected })).rejects.toMatchObject({
      code: "ERR_STALE_DRAFT",
    });
    await world.repository.undelegate("t2", { now: NOW });
    expect(await world.repository.discard(["targets"], { expected })).toHaveLength(2);
  });
});
