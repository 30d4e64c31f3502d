/**
 * A dry run tells what the real run does, refuses what it refuses, and writes nothing.
 * @module
 */
import { describe, expect, test } from "vitest";
import { TufLdError } from "../../../src/errors.ts";
import {
  createMemoryStorage,
  type PublishOptions,
  type PublishResult,
  Repository,
} from "../../../src/repository/index.ts";
import { claimProjects } from "../../../src/repository/projects/claiming.ts";
import { Developer, Index } from "../../support/projects.ts";
import { hours, NOW, RepositoryWorld } from "../../support/repositoryWorld.ts";

type Memory = ReturnType<typeof createMemoryStorage>;

/** Publishes dry, then really. @returns what both told, the same; or the code with which both refused */
async function both(
  storage: Memory,
  publish: (options: Partial<PublishOptions>) => Promise<PublishResult>,
): Promise<PublishResult | string> {
  const before = new Map([...storage.files].map(([name, bytes]) => [name, bytes.slice()]));
  const outcome = (dryRun: boolean): Promise<PublishResult | string> =>
    publish({ dryRun }).then(
      (result) => result,
      ({ code }) => String(code),
    );
  const told = await outcome(true);
  expect(storage.files).toEqual(before);
  const done = await outcome(false);
  expect(told).toEqual(done);
  return told;
}

async function worldWith(bins?: number) {
  const storage = createMemoryStorage();
  const world = await RepositoryWorld.create(storage, bins === undefined ? {} : { bins });
  return { storage, world };
}

const rolesOf = (result: PublishResult | string): string[] =>
  typeof result === "string" ? [] : result.roles.map(({ role, version }) => `${role} ${version}`);

test.each(["EROFS", "EACCES", "ENOSPC", "EDQUOT"])(
  "a dry run and status work where no lock can be written: %s",
  async (code) => {
    const { storage, world } = await worldWith();
    await world.add(["a"]);
    const cause = Object.assign(new Error(code), { code });
    const refuse = () =>
      Promise.reject(new TufLdError("ERR_STORAGE", code, { path: ".#lock", reason: code }, { cause }));
    const repository = await Repository.open({
      ...storage,
      exclusive: refuse,
      replace: refuse,
      swap: refuse,
    });
    const options = { keys: world.ring, now: NOW };
    expect(rolesOf(await repository.publish({ ...options, dryRun: true }))).toContain("timestamp 1");
    expect((await repository.status(options)).roles.map(({ role }) => role)).toContain("timestamp");
    await expect(repository.publish(options)).rejects.toMatchObject({ code: "ERR_STORAGE" });
  },
);

describe.each([undefined, 4])("a dry run, with bins: %s, agrees with the real run", (bins) => {
  test("on the first version, on changes, and on changes that change nothing", async () => {
    const { storage, world } = await worldWith(bins);
    await world.add(["a", "b"]);
    const first = await both(storage, (options) => world.publish(options));
    expect(rolesOf(first)).toEqual(["root 1", "targets 1", "snapshot 1", "timestamp 1"]);
    await world.add(["c"]);
    const next = await both(storage, (options) => world.publish(options));
    expect(rolesOf(next)).toEqual([...(bins ? [] : ["targets 2"]), "snapshot 2", "timestamp 2"]);
    await world.add(["c"]);
    expect(await both(storage, (options) => world.publish(options))).toMatchObject({ roles: [], bins: 0 });
  });

  test("on what is due, with and without renewing", async () => {
    const { storage, world } = await worldWith(bins);
    await world.publish();
    const online = await both(storage, (options) => world.publish({ ...options, now: hours(4 * 24) }));
    expect(rolesOf(online)).toEqual(["snapshot 2", "timestamp 2"]);
    const renewing = { renew: true, now: hours(50 * 24) };
    const renewed = await both(storage, (options) => world.publish({ ...options, ...renewing }));
    expect(rolesOf(renewed)).toEqual(["targets 2", "snapshot 3", "timestamp 3"]);
  });

  test.each(["snapshot", "timestamp", "targets", "bin"])(
    "on the key of %s that is elsewhere",
    async (role) => {
      const { storage, world } = await worldWith(bins);
      await world.publish();
      await world.add(["a"]);
      const keyid = [...world.ring.names].find(([, name]) => name === role)?.[0] ?? "";
      const keys = world.ring.without(keyid);
      const outcome = await both(storage, (options) => world.publish({ ...options, keys }));
      const isNeeded = bins === undefined ? role !== "bin" : role !== "targets";
      expect(typeof outcome === "string" ? outcome : "published").toBe(
        isNeeded ? "ERR_THRESHOLD_UNMET" : "published",
      );
    },
  );
});

test("a dry run leaves drafts that were published already where they are", async () => {
  const { storage, world } = await worldWith();
  await world.add(["a"]);
  const draft = storage.files.get("staged/metadata/targets.json") as Uint8Array;
  await world.publish();
  storage.files.set("staged/metadata/targets.json", draft);
  await world.publish({ dryRun: true, now: NOW });
  expect(storage.files.get("staged/metadata/targets.json")).toEqual(draft);
});

test("a dry run tells that projects leave recently-claimed when claimed is published", async () => {
  const index = await Index.create({ bins: 2 });
  await (await Developer.of("example")).submit(index, { "a.tar.gz": "content" });
  await index.publish();
  await claimProjects(index.repository, "all");
  // One instant for both runs: what is told depends on it.
  const fixed = { keys: index.everything, now: new Date() };
  const told = await both(index.storage, (options) => index.repository.publish({ ...fixed, ...options }));
  expect(rolesOf(told)).toEqual(["claimed 2", "recently-claimed 3", "snapshot 3", "timestamp 3"]);
});
