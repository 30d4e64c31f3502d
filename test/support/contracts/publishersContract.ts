/**
 * Two who work on one repository, of whom one was stopped for so long that the other has taken its lock for dead.
 *
 * The one is stopped before each of its writes in turn. Whatever it does when it goes on: clients see one history,
 * nothing of the other is lost, and what it has lost itself it says, and can do again.
 * @module
 */
import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/client/memoryStore.ts";
import { TufLdError } from "../../../src/errors.ts";
import { Repository, type RepositoryStorage } from "../../../src/repository/index.ts";
import { changeOf, clientFinds, hours, keyNamed, NOW, RepositoryWorld } from "../repositoryWorld.ts";

/** A storage whose lock keeps nobody out, and that stops before a write. */
function stoppedAt(
  storage: RepositoryStorage,
  at: number,
  meanwhile: () => Promise<void>,
): { readonly storage: RepositoryStorage; count(): number } {
  let count = 0;
  const before = async (): Promise<void> => {
    if (++count === at) await meanwhile();
  };
  return {
    count: () => count,
    storage: {
      ...storage,
      exclusive: (work) => work(),
      putIfAbsent: (name, bytes) => before().then(() => storage.putIfAbsent(name, bytes)),
      streamIfAbsent: (name, chunks) => before().then(() => storage.streamIfAbsent(name, chunks)),
      copyIfAbsent: (from, name) => before().then(() => storage.copyIfAbsent(from, name)),
      replace: (name, bytes) => before().then(() => storage.replace(name, bytes)),
      swap: (name, first, second) => before().then(() => storage.swap(name, first, second)),
      remove: (name) => before().then(() => storage.remove(name)),
    },
  };
}

/** What one of the two does. */
interface Scenario {
  readonly name: string;
  /** What is there before either begins. */
  prepare(world: RepositoryWorld): Promise<void>;
  /** Done by the one that is stopped. */
  stopped(world: RepositoryWorld): Promise<unknown>;
  /** Done by the other meanwhile. */
  meanwhile(world: RepositoryWorld): Promise<void>;
  /** What clients find in the end, once both have run again. */
  readonly found: Readonly<Record<string, string>>;
  /** Writes of the one, at least: so many places it is stopped at. */
  readonly atLeast: number;
  /** Whether the one is refused at some places. */
  readonly hasConflicts: boolean;
}

const PROJECT = { name: "project", paths: ["project/*"] };
const published = async (world: RepositoryWorld): Promise<void> => {
  await world.ring.add("project");
  const keys = [(await keyNamed("project")).publicKey];
  await world.repository.delegate({ ...PROJECT, keys }, { now: NOW });
  await world.add(["a", "b", "c", "d"]);
  await world.add(["project/x"], 1, "project");
  await world.publish();
};

const SCENARIOS: readonly Scenario[] = [
  {
    name: "a publisher, while another adds to the log and publishes",
    async prepare(world) {
      await published(world);
      await world.add(["a", "b", "e"], 2);
    },
    stopped: (world) => world.publish(),
    async meanwhile(world) {
      await world.add(["a", "f"], 3);
      await world.publish();
    },
    found: { a: "a: 3", b: "b: 2", c: "c: 1", e: "e: 2", f: "f: 3", "project/x": "project/x: 1" },
    atLeast: 8,
    hasConflicts: true,
  },
  {
    name: "a publisher, while another adds to the log and does not publish",
    async prepare(world) {
      await published(world);
      await world.add(["a", "e"], 2);
    },
    stopped: (world) => world.publish(),
    meanwhile: (world) => world.add(["a", "f"], 3),
    found: { a: "a: 3", b: "b: 1", e: "e: 2", f: "f: 3" },
    atLeast: 8,
    hasConflicts: false,
  },
  {
    name: "a publisher of a draft, while another edits the draft and publishes it",
    async prepare(world) {
      await published(world);
      await world.add(["project/x"], 2, "project");
    },
    stopped: (world) => world.publish(),
    async meanwhile(world) {
      await world.add(["project/y"], 3, "project");
      await world.publish();
    },
    found: { a: "a: 1", "project/x": "project/x: 2", "project/y": "project/y: 3" },
    atLeast: 6,
    hasConflicts: true,
  },
  {
    name: "a publisher of a draft, while another edits the draft and does not publish",
    async prepare(world) {
      await published(world);
      await world.add(["project/x"], 2, "project");
    },
    stopped: (world) => world.publish(),
    meanwhile: (world) => world.add(["project/y"], 3, "project"),
    found: { "project/x": "project/x: 2", "project/y": "project/y: 3" },
    atLeast: 6,
    hasConflicts: true,
  },
  {
    name: "a publisher of a new root, while another publishes one",
    async prepare(world) {
      await published(world);
      await world.addKey("timestamp", "timestamp 2");
      await world.add(["a"], 2);
    },
    stopped: (world) => world.publish(),
    async meanwhile(world) {
      await world.addKey("snapshot", "snapshot 2");
      await world.publish();
    },
    found: { a: "a: 2", b: "b: 1" },
    atLeast: 8,
    hasConflicts: true,
  },
  {
    name: "one who adds to the log, while another adds and publishes",
    prepare: published,
    stopped: (world) => world.repository.changeTargets([changeOf("a", 2), changeOf("e", 2)], { now: NOW }),
    async meanwhile(world) {
      await world.add(["b", "f"], 3);
      await world.publish();
      await world.add(["g"], 3);
    },
    found: { b: "b: 3", f: "f: 3", g: "g: 3" },
    atLeast: 3,
    hasConflicts: false,
  },
  {
    name: "one who edits a draft, while another edits it and publishes",
    prepare: published,
    stopped: (world) =>
      world.repository.changeTargets([changeOf("project/y", 2)], { now: NOW, role: "project" }),
    async meanwhile(world) {
      await world.add(["project/x"], 3, "project");
      await world.publish();
    },
    found: { "project/x": "project/x: 3" },
    atLeast: 1,
    hasConflicts: true,
  },
  {
    name: "one who cleans, while another publishes twice",
    async prepare(world) {
      await published(world);
      await world.add(["a", "b", "c", "d"], 2);
      await world.publish();
      await world.add(["a", "b", "c", "d"], 3);
      await world.publish();
      // Left of publishing that was killed: the next number of a bin.
      await world.storage.replace("public/metadata/4.bin-0.json", new Uint8Array(3));
    },
    stopped: (world) => world.repository.clean({ now: hours(1), keepHours: 0 }),
    async meanwhile(world) {
      for (const edition of [4, 5]) {
        await world.add(["a", "b", "c", "d"], edition);
        await world.add(["project/x"], edition, "project");
        await world.publish();
      }
    },
    found: { a: "a: 5", b: "b: 5", c: "c: 5", d: "d: 5", "project/x": "project/x: 5" },
    atLeast: 3,
    hasConflicts: false,
  },
];

/** `make` gives a fresh, empty storage. */
export function publishersContract(make: () => Promise<RepositoryStorage>): void {
  describe.each(SCENARIOS)("$name", ({ prepare, stopped, meanwhile, found, atLeast, hasConflicts }) => {
    test("is stopped before any of its writes: clients see one history, and nothing of the other is lost", {
      timeout: 240_000,
    }, async () => {
      let conflicts = 0;
      for (let at = 1; ; at++) {
        const storage = await make();
        const other = await RepositoryWorld.create({ ...storage, exclusive: (work) => work() }, { bins: 2 });
        await prepare(other);
        const paths = Object.keys(found);
        const store = createMemoryStore();
        await clientFinds(storage, { paths, store });
        let wasStopped = false;
        const slow = stoppedAt(storage, at, async () => {
          wasStopped = true;
          await meanwhile(other);
          // Whoever refreshes now has seen what the other has published.
          expect(await clientFinds(storage, { paths: [], store }), `${at}`).toEqual({});
        });
        const one = new RepositoryWorld(await Repository.open(slow.storage), other.ring);
        const end = await stopped(one).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (end !== undefined) {
          expect(end, `${at}`).toMatchObject({ code: "ERR_CONFLICT" });
          expect(end, `${at}`).toBeInstanceOf(TufLdError);
          conflicts += 1;
        }
        // Stopped after its last write.
        if (!wasStopped) await meanwhile(other);
        // Before anybody runs anything again: what is public holds together, and is no older than it was.
        expect(await clientFinds(storage, { paths: [], store }), `${at}`).toEqual({});
        if (end !== undefined) await stopped(one);
        // A draft of which another edition was published meanwhile waits under its number until somebody renews it.
        const { waiting } = await other.repository.status({ now: NOW });
        for (const { role, reason } of waiting)
          if (reason.includes("the next is")) await other.repository.renew(role, { now: NOW });
        await other.publish();
        expect(await clientFinds(storage, { paths, store }), `${at}`).toEqual(found);
        expect(await clientFinds(storage, { paths }), `${at}`).toEqual(found);
        if (wasStopped) continue;
        expect(at).toBeGreaterThan(atLeast);
        break;
      }
      // The positive control. Only lower numbers are cleaned away, which are never used again; and what was to be added
      // to the log is added behind what the other has added.
      expect(conflicts > 0).toBe(hasConflicts);
    });
  });
}
