import { describe, expect, test } from "vitest";
import { toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import { parseMetadata } from "../../../src/metadata/file.ts";
import { createMemoryStorage, Repository } from "../../../src/repository/index.ts";
import { clientFinds, hours, keyNamed, NOW, RepositoryWorld } from "../../support/repositoryWorld.ts";

type Memory = ReturnType<typeof createMemoryStorage>;

async function published(bins?: number): Promise<{ storage: Memory; world: RepositoryWorld }> {
  const storage = createMemoryStorage();
  const world = await RepositoryWorld.create(storage, bins === undefined ? {} : { bins });
  await world.add(["a"]);
  await world.publish();
  return { storage, world };
}

const keyidOf = async (name: string): Promise<string> => tufKeyid(toTufKey((await keyNamed(name)).publicKey));
const finds = (storage: Memory, at = NOW) => clientFinds(storage, { paths: ["a"], at });
const versionIn = (storage: Memory, name: string): number =>
  parseMetadata(storage.files.get(`public/metadata/${name}`) as Uint8Array).signed.version;
const publicOf = ({ files }: Memory): string[] =>
  [...files.keys()].filter((name) => name.startsWith("public/"));

describe("a repository that no client could use is not published", () => {
  test.each(["root", "targets"])(
    "without the last key of %s, publishing waits and says what is missing",
    async (role) => {
      const { storage, world } = await published();
      await world.repository.removeKey(role, await keyidOf(role), { now: NOW });
      const before = publicOf(storage);
      await expect(world.publish()).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
      const { waiting } = await world.repository.status({ now: NOW });
      expect(waiting[0]?.reason).toMatch(/add keys|must be signed by the keys that it will have/);
      expect(publicOf(storage)).toEqual(before);
      expect(await finds(storage)).toEqual({ a: "a: 1" });
    },
  );

  test.each(["timestamp", "snapshot"])("without the last key of %s, nothing moves", async (role) => {
    const { storage, world } = await published();
    await world.repository.removeKey(role, await keyidOf(role), { now: NOW });
    await expect(world.publish()).rejects.toMatchObject({
      code: "ERR_THRESHOLD_UNMET",
      details: { role, valid: 0, threshold: 1 },
    });
    expect(storage.files.has("public/metadata/2.root.json")).toBe(false);
    expect(await finds(storage)).toEqual({ a: "a: 1" });
  });

  test.each([
    ["root", 1],
    ["targets", 1],
    ["timestamp", 1],
    ["snapshot", 1],
    ["bin", 1],
  ])(
    "a threshold above the number of keys of %s waits or is refused, and goes on with one key more",
    async (role) => {
      const { storage, world } = await published(2);
      await world.repository.setThreshold(role, 2, { now: NOW });
      await expect(world.publish()).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
      expect(await finds(storage)).toEqual({ a: "a: 1" });
      await world.addKey(role, `${role} 2`);
      if (role === "targets") await world.repository.renew("targets", { now: NOW });
      const { waiting } = await world.publish();
      expect(waiting).toEqual([]);
      expect(await finds(storage)).toEqual({ a: "a: 1" });
    },
  );

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    "a threshold of %s cannot be staged",
    async (threshold) => {
      const { storage, world } = await published();
      await expect(world.repository.setThreshold("targets", threshold, { now: NOW })).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(SHAPE|JSON_SYNTAX|EDIT)$/),
      });
      expect(storage.files.has("staged/metadata/root.json")).toBe(false);
    },
  );

  test("a draft that expired waits, and can be renewed", async () => {
    const { storage, world } = await published();
    await world.add(["b"]);
    const late = hours(24 * 200);
    const { waiting, roles } = await world.publish({ now: late });
    expect(waiting).toEqual([
      expect.objectContaining({ role: "targets", reason: expect.stringContaining("expired") }),
    ]);
    expect(roles.map(({ role }) => role)).toEqual(["snapshot", "timestamp"]);
    await world.repository.renew("targets", { now: late });
    expect((await world.publish({ now: late })).waiting).toEqual([]);
    expect(await clientFinds(storage, { paths: ["a", "b"], at: late })).toEqual({ a: "a: 1", b: "b: 1" });
  });

  test("a role that has the highest version a number can be is not published once more", async () => {
    const { storage, world } = await published();
    await world.repository.renew("targets", { now: NOW });
    const name = "staged/metadata/targets.json";
    const draft = JSON.parse(new TextDecoder().decode(storage.files.get(name)));
    draft.signed.version = Number.MAX_SAFE_INTEGER;
    storage.files.set(name, new TextEncoder().encode(JSON.stringify(draft)));
    const before = publicOf(storage);
    await expect(world.publish()).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
    const { waiting } = await world.repository.status({ now: NOW });
    expect(waiting[0]?.reason).toContain("the next is 2");
    expect(publicOf(storage)).toEqual(before);
  });
});

describe("what a new root asks for", () => {
  test.each([
    ["timestamp", ["timestamp"]],
    ["snapshot", ["snapshot", "timestamp"]],
  ] as const)(
    "another key of %s signs %s anew, and a client that is on the way loses nothing",
    async (role, renewed) => {
      const { storage, world } = await published();
      await world.rotate(role, role, `${role} 2`);
      const { roles } = await world.publish();
      expect(roles.map((each) => each.role)).toEqual(["root", ...renewed]);
      expect(await finds(storage)).toEqual({ a: "a: 1" });
      expect((await world.publish()).roles).toEqual([]);
    },
  );

  test("one more key of root signs nothing anew", async () => {
    const { storage, world } = await published();
    await world.addKey("root", "root 2");
    expect((await world.publish()).roles.map(({ role }) => role)).toEqual(["root"]);
    expect(versionIn(storage, "timestamp.json")).toBe(1);
    expect(await finds(storage)).toEqual({ a: "a: 1" });
  });

  test("two rotations without a publishing between are one root", async () => {
    const { storage, world } = await published();
    await world.rotate("timestamp", "timestamp", "timestamp 2");
    await world.rotate("timestamp", "timestamp 2", "timestamp 3");
    await world.publish();
    expect(storage.files.has("public/metadata/3.root.json")).toBe(false);
    expect(await finds(storage)).toEqual({ a: "a: 1" });
  });

  test("a repository all of which expired is published again", async () => {
    const { storage, world } = await published(2);
    const late = hours(24 * 1_000);
    expect(await finds(storage, late)).toEqual({ refresh: "ERR_EXPIRED" });
    const { waiting } = await world.publish({ now: late, renew: true });
    expect(waiting).toEqual([]);
    expect(await finds(storage, late)).toEqual({ a: "a: 1" });
  });
});

describe("delegations", () => {
  const project = async (world: RepositoryWorld, name = "project") => {
    await world.ring.add(name);
    const keys = [(await keyNamed(name)).publicKey];
    return { name: "project", paths: ["project/*"], keys };
  };

  test("a role that is taken away and delegated to again begins without targets, and above its last version", async () => {
    const { storage, world } = await published();
    await world.repository.delegate(await project(world), { now: NOW });
    await world.add(["project/x"], 1, "project");
    await world.publish();
    await world.repository.undelegate("project", { now: NOW });
    await world.publish();
    await world.repository.delegate(await project(world, "another"), { now: NOW });
    await world.publish();
    expect(await clientFinds(storage, { paths: ["project/x"] })).toEqual({
      "project/x": "ERR_TARGET_NOT_FOUND",
    });
    expect(versionIn(storage, "2.project.json")).toBe(2);
    await world.add(["project/x"], 2, "project");
    await world.publish();
    expect(await clientFinds(storage, { paths: ["project/x"] })).toEqual({ "project/x": "project/x: 2" });
  });

  test("a role is delegated to once, whoever asks; top-level roles and bins never", async () => {
    const { world } = await published(4);
    await world.repository.delegate(await project(world), { now: NOW });
    const delegation = await project(world);
    const refused = { code: "ERR_EDIT" };
    await expect(world.repository.delegate(delegation, { now: NOW })).rejects.toMatchObject(refused);
    for (const from of ["targets", "project"])
      for (const name of ["project", "root", "targets", "snapshot", "timestamp", "bin", "bin-0", "bin-x"])
        await expect(
          world.repository.delegate({ ...delegation, name }, { now: NOW, from }),
          `${name} from ${from}`,
        ).rejects.toMatchObject(refused);
  });

  test("a delegation that is refused stages nothing", async () => {
    const { storage, world } = await published();
    const delegation = { ...(await project(world)), before: "nobody" };
    await expect(world.repository.delegate(delegation, { now: NOW })).rejects.toMatchObject({
      code: "ERR_EDIT",
    });
    const nowhere = world.repository.delegate(await project(world), { now: NOW, from: "nobody" });
    await expect(nowhere).rejects.toMatchObject({ code: "ERR_ROLE_UNKNOWN" });
    const root = world.repository.delegate(await project(world), { now: NOW, from: "root" });
    await expect(root).rejects.toMatchObject({ code: "ERR_ROLE_UNKNOWN" });
    expect([...storage.files.keys()].filter((name) => name.startsWith("staged/metadata"))).toEqual([]);
  });

  test("one bin alone gets no key, no target, no renewal, and is not taken away; nor is who delegates to bins", async () => {
    const { world } = await published(4);
    const { publicKey } = await keyNamed("x");
    const { repository } = world;
    const refused = { code: "ERR_EDIT" };
    await expect(repository.addKeys("bin-0", [publicKey], { now: NOW })).rejects.toMatchObject(refused);
    await expect(repository.setThreshold("bin-1", 2, { now: NOW })).rejects.toMatchObject(refused);
    await expect(repository.renew("bin-2", { now: NOW })).rejects.toMatchObject(refused);
    await expect(repository.undelegate("bin-3", { now: NOW })).rejects.toMatchObject(refused);
    await expect(
      repository.changeTargets([{ path: "a", target: null }], { role: "bin-0", now: NOW }),
    ).rejects.toMatchObject(refused);
  });

  test("roles beside and below a role that delegates to bins are found, shown and renewed", async () => {
    const { storage, world } = await published(4);
    await world.repository.delegate(await project(world), { now: NOW });
    const below = { ...(await project(world)), name: "below" };
    await world.repository.delegate(below, { now: NOW, from: "project" });
    await world.add(["project/x"], 1, "below");
    await world.publish();
    expect(await clientFinds(storage, { paths: ["project/x"] })).toEqual({ "project/x": "project/x: 1" });
    const { roles } = await world.repository.status({ now: NOW });
    expect(roles.map(({ role }) => role)).toEqual([
      "root",
      "targets",
      "project",
      "below",
      "snapshot",
      "timestamp",
    ]);
    const late = hours(24 * 80);
    const renewed = (await world.publish({ now: late, renew: true })).roles.map(({ role }) => role);
    expect(renewed).toEqual(expect.arrayContaining(["targets", "project", "below"]));
    expect(await clientFinds(storage, { paths: ["project/x"], at: late })).toEqual({
      "project/x": "project/x: 1",
    });
  });
});

describe("settings", () => {
  test.each([0, -1, Number.NaN, 1e9])(
    "a period of %s days is refused and the repository stays usable",
    async (days) => {
      const { storage, world } = await published();
      await expect(world.repository.setExpiry("root", days)).rejects.toMatchObject({ code: "ERR_SHAPE" });
      expect((await Repository.open(storage)).config).toEqual(world.repository.config);
    },
  );

  test("two who set periods at once both have their way", async () => {
    const { storage, world } = await published();
    await Promise.all([world.repository.setExpiry("root", 11), world.repository.setExpiry("targets", 12)]);
    expect((await Repository.open(storage)).config.expiryDays).toMatchObject({ root: 11, targets: 12 });
  });

  test("a second init is refused, and one after an init that was killed leaves nothing of it", async () => {
    const { world } = await published();
    await expect(Repository.create(world.storage)).rejects.toMatchObject({ code: "ERR_STORAGE" });
    const storage = createMemoryStorage();
    await Repository.create(storage, { profile: "pep480", bins: 4, now: NOW });
    storage.files.delete("tuf-ld.json");
    await Repository.create(storage, { now: NOW });
    expect((await storage.list("staged")).sort()).toEqual([
      "staged/metadata/root.json",
      "staged/metadata/targets.json",
    ]);
  });
});
