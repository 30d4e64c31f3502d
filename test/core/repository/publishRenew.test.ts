/**
 * Renewing what is due, and refusing to publish upon an older copy.
 * @module
 */
import { describe, expect, test } from "vitest";
import { createMemoryStorage } from "../../../src/repository/index.ts";
import { clientFinds, contentOf, hours, NOW, RepositoryWorld } from "../../support/repositoryWorld.ts";

const text = (path: string) => new TextDecoder().decode(contentOf(path));

async function worldWithBins() {
  const storage = createMemoryStorage();
  const world = await RepositoryWorld.create(storage, { bins: 4 });
  await world.publish();
  return { storage, world };
}

describe("publishing with renew", () => {
  test("signs nothing anew while nothing is due", async () => {
    const { world } = await worldWithBins();
    expect(await world.publish({ renew: true, now: hours(1) })).toMatchObject({ roles: [], bins: 0 });
  });

  test("signs anew the bins that are due and leaves those that are younger", async () => {
    const { storage, world } = await worldWithBins();
    // The bins of the profile `simple` live for a week, so these are due after four days and those of day 3 are not.
    await world.add(["a"]);
    const { bins } = await world.publish({ now: hours(3 * 24) });
    expect(bins).toBe(1);
    const told = await world.publish({ renew: true, now: hours(4 * 24), dryRun: true });
    expect(told.bins).toBe(3);
    const renewed = await world.publish({ renew: true, now: hours(4 * 24) });
    expect(renewed.bins).toBe(3);
    expect(renewed.changes).toBe(0);
    expect(await clientFinds(storage, { paths: ["a"], at: hours(9 * 24 - 100) })).toEqual({ a: text("a") });
  });

  test("passes over bins whose keys are elsewhere", async () => {
    const { world } = await worldWithBins();
    const keyid = [...world.ring.names].find(([, name]) => name === "bin")?.[0] ?? "";
    const keys = world.ring.without(keyid);
    const done = await world.publish({ keys, renew: true, now: hours(6 * 24) });
    expect(done.bins).toBe(0);
    expect(done.roles.map(({ role }) => role)).toContain("timestamp");
    await world.add(["a"]);
    await expect(world.publish({ keys })).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
  });
});

describe("an older copy of what was published", () => {
  test("is not published upon, and says so", async () => {
    const { storage, world } = await worldWithBins();
    const older = new Map([...storage.files].filter(([name]) => name.startsWith("public/")));
    await world.add(["a"]);
    await world.publish();
    for (const name of [...storage.files.keys()]) if (name.startsWith("public/")) storage.files.delete(name);
    for (const [name, bytes] of older) storage.files.set(name, bytes);
    await world.add(["b"]);
    await expect(world.publish()).rejects.toMatchObject({
      code: "ERR_ROLLBACK",
      details: { role: "timestamp", trusted: 2, offered: 1 },
    });
    expect(await clientFinds(storage, { paths: ["b"], at: NOW })).toEqual({ b: "ERR_TARGET_NOT_FOUND" });
  });

  test("is told by a note that may be lost or damaged without harm", async () => {
    const { storage, world } = await worldWithBins();
    for (const text of [undefined, "{", "[]", '{"timestamp":"x"}']) {
      if (text === undefined) storage.files.delete("state/newest.json");
      else storage.files.set("state/newest.json", new TextEncoder().encode(text));
      await world.add([`a${text?.length}`]);
      expect((await world.publish()).bins).toBe(1);
    }
  });
});

describe("a damaged file of the repository", () => {
  test.each(["public/metadata/timestamp.json", "public/metadata/1.root.json", "staged/changes/head.json"])(
    "is named in the refusal: %s",
    async (name) => {
      const { storage, world } = await worldWithBins();
      storage.files.set(name, new Uint8Array());
      await expect(world.publish()).rejects.toMatchObject({
        code: "ERR_JSON_SYNTAX",
        message: expect.stringContaining(`${name}: `),
      });
    },
  );
});
