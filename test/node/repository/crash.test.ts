/**
 * Publishing, and what prepares and tidies it, killed before each change that it makes to the file system.
 * @module
 */
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/client/memoryStore.ts";
import type { Store } from "../../../src/client/store.ts";
import { createFileStorage } from "../../../src/node/fileStorage.ts";
import { type KeyRing, Repository, type RepositoryStorage } from "../../../src/repository/index.ts";
import { startChild } from "../../support/children.ts";
import { bundleRepository } from "../../support/repositoryBundle.ts";
import {
  changeOf,
  clientFinds,
  contentsOf,
  copyOfStore,
  hours,
  keyNamed,
  NOW,
  pkcs8Named,
  RepositoryWorld,
  type TestRing,
} from "../../support/repositoryWorld.ts";

/** Children at the same time. */
const LANES = 2;
const PATHS = ["a.txt", "b.txt", "c/d.txt", "e.txt", "project/x.txt"];

/** What is done, and to what. */
interface Scenario {
  readonly name: string;
  /** Makes the state that the child finds. @returns the private keys at hand, if they are not all */
  prepare(world: RepositoryWorld): Promise<TestRing | undefined>;
  readonly what: "publish" | "change" | "clean";
  readonly input?: { readonly renew?: boolean; readonly changes?: readonly unknown[] };
  readonly at?: Date;
  /** What the operator does after the kill. Default: publish again. */
  again?(repository: Repository, keys: KeyRing): Promise<unknown>;
  /** Another way on, tried on a copy. */
  aside?(storage: RepositoryStorage, keys: KeyRing): Promise<void>;
  /** Whether the old keys are gone, so that clients refuse the old timestamp from the new root on (publish.ts). */
  readonly hasWindow?: boolean;
  /** There are this many changes to the file system or more; fewer, and something is not counted. */
  readonly atLeast: number;
}

const PUBLISHED = ["a.txt", "b.txt", "c/d.txt"];
const REMOVALS = PUBLISHED.map((path) => ({ path, target: null }));

async function publishedWorld(world: RepositoryWorld): Promise<void> {
  await world.add(PUBLISHED);
  await world.publish();
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: "the first publishing",
    async prepare(world) {
      await world.add(["a.txt", "b.txt"]);
      return undefined;
    },
    what: "publish",
    atLeast: 50,
  },
  {
    name: "one target more in a bin and another one replaced",
    async prepare(world) {
      await publishedWorld(world);
      await world.add(["e.txt"]);
      await world.add(["a.txt"], 2);
      return undefined;
    },
    what: "publish",
    atLeast: 40,
  },
  {
    name: "a new delegated role with a target, and a change in a bin",
    async prepare(world) {
      await publishedWorld(world);
      await world.ring.add("project");
      const { publicKey } = await keyNamed("project");
      await world.repository.delegate(
        { name: "project", paths: ["project/*"], keys: [publicKey] },
        { now: NOW },
      );
      await world.add(["project/x.txt"], 1, "project");
      await world.remove(["b.txt"]);
      return undefined;
    },
    what: "publish",
    atLeast: 50,
  },
  {
    name: "a rotation of the key of timestamp that lost the old one, and of nothing else",
    async prepare(world) {
      await publishedWorld(world);
      const [old] = [...world.ring.names].find(([, name]) => name === "timestamp") as [string, string];
      await world.rotate("timestamp", "timestamp", "timestamp 2");
      return world.ring.without(old);
    },
    what: "publish",
    hasWindow: true,
    atLeast: 20,
  },
  {
    name: "a rotation of every key with the old ones at hand",
    async prepare(world) {
      await publishedWorld(world);
      for (const role of ["root", "targets", "snapshot", "timestamp", "bin"])
        await world.rotate(role, role, `${role} 2`);
      await world.add(["a.txt"], 2);
      return undefined;
    },
    what: "publish",
    atLeast: 50,
  },
  {
    name: "a rotation of the keys of targets and snapshot that lost the old ones",
    async prepare(world) {
      await publishedWorld(world);
      const lost = [...world.ring.names].filter(([, name]) => name === "targets" || name === "snapshot");
      await world.rotate("targets", "targets", "targets 2");
      await world.rotate("snapshot", "snapshot", "snapshot 2");
      await world.repository.renew("targets", { now: NOW });
      await world.add(["a.txt"], 2);
      return lost.reduce<TestRing>((ring, [keyid]) => ring.without(keyid), world.ring);
    },
    what: "publish",
    hasWindow: true,
    atLeast: 40,
  },
  {
    name: "a renewal of every role",
    async prepare(world) {
      for (const role of ["root", "targets", "bin"]) await world.repository.setExpiry(role, 1);
      const repository = await Repository.open(world.storage);
      for (const role of ["root", "targets"]) await repository.renew(role, { now: NOW });
      await publishedWorld(new RepositoryWorld(repository, world.ring));
      return undefined;
    },
    what: "publish",
    input: { renew: true },
    at: hours(14),
    again: (repository, keys) => repository.publish({ keys, now: hours(14), renew: true }),
    atLeast: 40,
  },
  {
    name: "adding changes to a log that has some of the same bins already",
    async prepare(world) {
      await publishedWorld(world);
      await world.add(PUBLISHED, 2);
      await world.add(["e.txt"]);
      return undefined;
    },
    what: "change",
    input: { changes: REMOVALS },
    async aside(storage, keys) {
      // Not the same changes again, but one other: the log moves past the number that the killed process used.
      const repository = await Repository.open(storage);
      await repository.changeTargets([changeOf("e.txt", 2)]);
      await repository.publish({ keys, now: NOW });
      const found = await clientFinds(storage, { paths: PUBLISHED });
      const none = PUBLISHED.map((path) => [path, `${path}: 2`]);
      const all = PUBLISHED.map((path) => [path, "ERR_TARGET_NOT_FOUND"]);
      expect([none, all].map((each) => Object.fromEntries(each))).toContainEqual(found);
    },
    async again(repository, keys) {
      await repository.changeTargets(REMOVALS);
      return repository.publish({ keys, now: NOW });
    },
    atLeast: 20,
  },
  {
    name: "cleaning",
    async prepare(world) {
      await publishedWorld(world);
      await world.add(["a.txt"], 2);
      await world.publish();
      await world.storage.replace("public/metadata/7.left.json", new Uint8Array(3));
      await world.add(["b.txt"], 2);
      await world.publish();
      return undefined;
    },
    what: "clean",
    again: (repository) => repository.clean({ now: NOW, keepHours: 0 }),
    atLeast: 11,
  },
];

let scratch: string;
let bundle: Awaited<ReturnType<typeof bundleRepository>>;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "tuf-ld-crash-"));
  bundle = await bundleRepository();
}, 60_000);

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
  bundle?.remove();
});

/** A child's end: its line of JSON, or the signal. */
async function runChild(
  { what, input, at = NOW }: Scenario,
  folder: string,
  ring: TestRing,
  fatal: number,
  blocking = true,
): Promise<{ readonly end: number | string | null; readonly changes: number }> {
  const keys = [...ring.names].map(([keyid, name]) => [
    keyid,
    Buffer.from(pkcs8Named(name)).toString("base64"),
  ]);
  const text = JSON.stringify({ folder, keys, now: at.toISOString(), fatal, blocking, ...input });
  const child = startChild("repositoryChild.mjs", bundle.file, what, text);
  const end = await child.ended;
  return { end, changes: (JSON.parse(child.lines[0] ?? "{}") as { changes?: number }).changes ?? 0 };
}

/** All files below a folder with what is in them; the names of unfinished ones without what is random in them. */
function fingerprint(folder: string): string {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash("sha256");
  const lines = names.map((path) => {
    const name = path
      .slice(folder.length)
      .replace(/\.#[^/]*\.(?=[a-z]+$)/, ".#.")
      .replace(/\.#swap\/[^/]*/, ".#swap");
    const isOwn = name.includes("/.#");
    return `${name} ${isOwn ? "" : createHash("sha256").update(readFileSync(path)).digest("hex")}`;
  });
  return hash.update(lines.sort().join("\n")).digest("hex");
}

/** Names of all files, versions of metadata left out: what must not grow. */
function inventory(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .map((name) =>
      name.replace(/(metadata\/)\d+\.(?!root)/, "$1N.").replace(/superseded\/\d+/, "superseded/N"),
    )
    .sort();
}

async function settled(storage: RepositoryStorage): Promise<void> {
  const repository = await Repository.open(storage);
  await repository.clean({ now: hours(100_000), keepHours: 0 });
}

test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  "%s, killed at any change to the file system, leaves the old or the new repository, and goes on",
  { timeout: 600_000 },
  async (name, scenario) => {
    const { at = NOW, hasWindow = false } = scenario;
    const again =
      scenario.again ?? ((repository: Repository, keys: KeyRing) => repository.publish({ keys, now: at }));
    const place = (part: string): string => join(scratch, `${SCENARIOS.indexOf(scenario)}-${part}`);
    const base = place("base");
    const world = await RepositoryWorld.create(createFileStorage(base), { bins: 2 });
    const ring = (await scenario.prepare(world)) ?? world.ring;
    const find = (storage: RepositoryStorage, store?: Store) =>
      clientFinds(storage, { paths: PATHS, at, ...(store === undefined ? {} : { store }) });
    const known = createMemoryStore();
    const before = await find(createFileStorage(base), known);

    const [whole, waiting] = [place("whole"), place("waiting")];
    for (const folder of [whole, waiting]) cpSync(base, folder, { recursive: true });
    const { end, changes } = await runChild(scenario, whole, ring, 0);
    expect(end).toBe(0);
    expect(changes).toBeGreaterThanOrEqual(scenario.atLeast);
    // Commands wait for the disk on their own thread, as here; other callers make the same changes.
    expect(await runChild(scenario, waiting, ring, 0, false)).toEqual({ end, changes });
    const wholeStorage = createFileStorage(whole);
    const directly = await find(wholeStorage);
    await again(await Repository.open(wholeStorage), ring);
    const after = await find(wholeStorage);
    const contents = await contentsOf(wholeStorage);
    await settled(wholeStorage);
    const files = inventory(whole);
    const timestampBefore = await createFileStorage(base).get("public/metadata/timestamp.json");

    /** The states after which clients, and the next run, were looked at already. */
    const seen = new Set<string>();
    let windows = 0;
    async function check(folder: string, fatal: number): Promise<void> {
      const storage = createFileStorage(folder);
      const where = `${name}, killed at change ${fatal} of ${changes}`;
      const state = fingerprint(folder);
      if (seen.has(state)) return;
      seen.add(state);
      const isNewRoot = (await storage.get("public/metadata/2.root.json")) !== undefined;
      const timestamp = await storage.get("public/metadata/timestamp.json");
      const inWindow = hasWindow && isNewRoot && `${timestamp}` === `${timestampBefore}`;
      const expected = [before, directly];
      if (inWindow) {
        windows += 1;
        expected.push({ refresh: "ERR_NO_SIGNATURE" });
      }
      // A first root without a timestamp: nobody was told of it yet.
      if (timestampBefore === undefined && timestamp === undefined)
        expected.push({ refresh: "ERR_FILE_NOT_FOUND" });
      expect(expected, where).toContainEqual(await find(storage));
      expect(expected, where).toContainEqual(await find(storage, await copyOfStore(known)));
      if (scenario.aside !== undefined) {
        const copy = `${folder}-aside`;
        cpSync(folder, copy, { recursive: true });
        await scenario.aside(createFileStorage(copy), ring);
        rmSync(copy, { recursive: true });
      }
      await again(await Repository.open(storage), ring);
      expect(await contentsOf(storage), where).toEqual(contents);
      expect(await find(storage), where).toEqual(after);
      expect(await find(storage, await copyOfStore(known)), where).toEqual(after);
      await settled(storage);
      expect(inventory(folder), where).toEqual(files);
    }

    let next = 1;
    const lanes = Array.from({ length: LANES }, async () => {
      for (let fatal = next++; fatal <= changes; fatal = next++) {
        const folder = place(`killed-${fatal}`);
        cpSync(base, folder, { recursive: true });
        expect((await runChild(scenario, folder, ring, fatal)).end, `${fatal}`).toBe("SIGKILL");
        await check(folder, fatal);
        rmSync(folder, { recursive: true });
      }
    });
    await Promise.all(lanes);
    // The positive control: the kills produced states that differ, and the window was there to be seen.
    expect(seen.size).toBeGreaterThan(5);
    expect(windows > 0).toBe(hasWindow);
  },
);
