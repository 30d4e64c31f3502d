/**
 * Changes that are gathered from a stream: nobody waits for the stream, and others may publish in between.
 * @module
 */
import { describe, expect, test } from "vitest";
import { TufLdError } from "../../../src/errors.ts";
import {
  createMemoryStorage,
  Repository,
  type RepositoryStorage,
  type TargetChange,
} from "../../../src/repository/index.ts";
import { binOf } from "../../../src/repository/layout.ts";
import { Developer, Index } from "../../support/projects.ts";
import { changeOf, clientFinds, contentOf, NOW, RepositoryWorld } from "../../support/repositoryWorld.ts";

const text = (path: string, edition = 1) => new TextDecoder().decode(contentOf(path, edition));

/** A stream whose next change comes when somebody pushes it. */
function pushed() {
  const waiting: TargetChange[] = [];
  let wake: () => void = () => {};
  let ended = false;
  async function* changes(): AsyncGenerator<TargetChange> {
    for (;;) {
      for (let change = waiting.shift(); change !== undefined; change = waiting.shift()) yield change;
      if (ended) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    changes: changes(),
    push(...more: TargetChange[]) {
      waiting.push(...more);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
  };
}

async function worldWith(bins?: number, storage: RepositoryStorage = createMemoryStorage()) {
  const world = await RepositoryWorld.create(storage, bins === undefined ? {} : { bins });
  await world.publish();
  return { storage, world };
}

/** Changes of which ten fill more than a segment. */
function large(count: number): TargetChange[] {
  return Array.from({ length: count }, (_, number) => {
    const { path, target } = changeOf(`large/${number}`);
    return { path, target: target && { ...target, custom: { filler: "x".repeat(7_000_000) } } };
  });
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

describe.each([undefined, 4])("while a stream is waited for, with bins: %s", (bins) => {
  test("others add and publish", async () => {
    const { storage, world } = await worldWith(bins);
    const stream = pushed();
    const added = world.repository.changeTargets(stream.changes, { now: NOW });
    stream.push(changeOf("slow"));
    await turn();
    await world.add(["quick"]);
    expect((await world.publish()).roles.map(({ role }) => role)).toContain("timestamp");
    expect(await clientFinds(storage, { paths: ["quick"] })).toEqual({ quick: text("quick") });
    await world.add(["slow"], 2);
    await world.repository.storeTarget("slow", changeOf("slow", 3).target as never, async function* () {
      yield contentOf("slow", 3);
    });
    stream.push(changeOf("slow", 3));
    stream.end();
    expect(await added).toBe(2);
    await world.add(["other"]);
    await world.publish();
    // What is staged last decides.
    expect(await clientFinds(storage, { paths: ["slow", "other", "quick"] })).toEqual({
      slow: text("slow", 3),
      other: text("other"),
      quick: text("quick"),
    });
  });
});

test("segments of an import that were published meanwhile count, and those that come after", async () => {
  const storage = createMemoryStorage();
  const world = await RepositoryWorld.create(storage, { bins: 2, sign: "classic" });
  const stream = pushed();
  let position = 0;
  const mark = () => ({ source: "csv", position: ++position });
  const added = world.repository.changeTargets(stream.changes, { now: NOW, mark });
  stream.push(...large(11));
  while ((await world.repository.positionIn("csv")) === 0) await turn();
  const published = await world.publish({ allowLarge: true });
  expect(published.changes).toBe(10);
  // Publishing forgets how far imports are; the next segment notes it again.
  expect(await world.repository.positionIn("csv")).toBe(0);
  stream.push(changeOf("last"));
  stream.end();
  await added;
  expect(await world.repository.positionIn("csv")).toBe(2);
  expect((await world.publish({ allowLarge: true })).changes).toBe(2);
  const asked = ["large/0", "large/10", "last"];
  const found = await clientFinds(storage, { paths: asked, view: "classic" });
  // Their metadata is found; nobody stored the files.
  expect(found).toEqual(Object.fromEntries(asked.map((path) => [path, "ERR_FILE_NOT_FOUND"])));
}, 60_000);

describe.each([undefined, 4])("a source that gives many at a time, with bins: %s", (bins) => {
  const generated = function* (...paths: string[]) {
    for (const path of paths) yield changeOf(path);
  };

  test("is taken whole, in order, between single ones", async () => {
    const { storage, world } = await worldWith(bins);
    async function* changes(): AsyncGenerator<TargetChange | Iterable<TargetChange>> {
      yield [changeOf("a"), changeOf("b")];
      yield changeOf("c");
      yield [];
      yield generated("d", "e");
      yield [{ path: "a", target: null }];
    }
    expect(await world.repository.changeTargets(changes(), { now: NOW })).toBe(6);
    await world.publish();
    const found = await clientFinds(storage, { paths: ["a", "c", "e"] });
    expect(found).toMatchObject({
      a: "ERR_TARGET_NOT_FOUND",
      c: "ERR_FILE_NOT_FOUND",
      e: "ERR_FILE_NOT_FOUND",
    });
  });

  test("is told that nothing more is taken once one was refused", async () => {
    const { world } = await worldWith(bins);
    const given: string[] = [];
    let ended = false;
    function* many() {
      try {
        for (const path of ["a", "../b", "c"]) {
          given.push(path);
          yield changeOf(path);
        }
      } finally {
        ended = true;
      }
    }
    async function* changes() {
      yield many();
    }
    const added = world.repository.changeTargets(changes(), { now: NOW });
    await expect(added).rejects.toMatchObject({ code: "ERR_INPUT" });
    expect([given, ended]).toEqual([["a", "../b"], true]);
  });
});

test("two imports at once are both in the log", async () => {
  const { world } = await worldWith(4);
  const streams = [pushed(), pushed()] as const;
  const added = streams.map(({ changes }, at) =>
    world.repository.changeTargets(changes, { now: NOW, mark: () => ({ source: `${at}`, position: 1 }) }),
  );
  for (const [at, stream] of streams.entries()) stream.push(changeOf(`a${at}`), changeOf(`b${at}`));
  await turn();
  for (const stream of streams) stream.end();
  await Promise.all(added);
  expect((await world.repository.status({ now: NOW })).bins?.pendingChanges).toBe(4);
  // One mark is kept, of the one that wrote last. The other would begin again, which changes nothing.
  const positions = await Promise.all(["0", "1"].map((source) => world.repository.positionIn(source)));
  expect(positions.sort()).toEqual([0, 1]);
  expect((await world.publish()).changes).toBe(4);
});

test("a target whose project is claimed while the stream is waited for is refused", async () => {
  const index = await Index.create({ bins: 2 });
  const stream = pushed();
  const added = index.repository.changeTargets(stream.changes);
  stream.push(changeOf("packages/example/x.tar.gz"));
  await turn();
  await (await Developer.of("example")).submit(index, { "a.tar.gz": "content" });
  stream.end();
  await expect(added).rejects.toMatchObject({ code: "ERR_INPUT" });
  expect((await index.repository.status()).bins?.pendingChanges).toBe(0);
});

test("or is left out, where others are told of it and the rest is to be taken", async () => {
  const index = await Index.create({ bins: 2 });
  const stream = pushed();
  const told: string[] = [];
  const onClaimed = ({ path }: TargetChange, role: string) => told.push(`${path} ${role}`);
  const added = index.repository.changeTargets(stream.changes, { onClaimed });
  stream.push(changeOf("packages/example/x.tar.gz"), changeOf("other"));
  await turn();
  await (await Developer.of("example")).submit(index, { "a.tar.gz": "content" });
  stream.end();
  expect(await added).toBe(1);
  expect(told).toEqual(["packages/example/x.tar.gz project-example"]);
  expect((await index.repository.status()).bins?.pendingChanges).toBe(1);
});

test("what a writer that was killed has left never counts, and no folder is searched for it", async () => {
  const storage = createMemoryStorage();
  const { world } = await worldWith(4, storage);
  const { path, target } = changeOf("left");
  const bin = binOf({ bits: 2 }, path);
  const name = `staged/changes/00${bin}/0000000001.json`;
  storage.files.set(name, new TextEncoder().encode(JSON.stringify([[bin, path, target]])));
  const paths = Array.from({ length: 99 }, (_, n) => `p${n}`);
  const inOther = paths.find((each) => binOf({ bits: 2 }, each) !== bin) as string;
  const inSame = paths.find((each) => binOf({ bits: 2 }, each) === bin) as string;
  const listed: string[] = [];
  const watched: RepositoryStorage = {
    ...storage,
    list(folder) {
      listed.push(folder);
      return storage.list(folder);
    },
  };
  const repository = await Repository.open(watched);
  await repository.changeTargets([changeOf(inOther)], { now: NOW });
  await repository.changeTargets([changeOf(inSame)], { now: NOW });
  expect(listed).toEqual([]);
  expect((await world.publish()).changes).toBe(2);
  expect(await clientFinds(storage, { paths: ["left"] })).toEqual({ left: "ERR_TARGET_NOT_FOUND" });
});

describe("a storage that is in use for long", () => {
  async function busy(times: number) {
    const { storage } = await worldWith(4);
    let left = times;
    const taken: RepositoryStorage = {
      ...storage,
      exclusive(work) {
        if (left-- <= 0) return storage.exclusive(work);
        const facts = { path: ".#lock", reason: "in use" };
        return Promise.reject(new TufLdError("ERR_STORAGE", "in use", facts));
      },
    };
    return Repository.open(taken);
  }

  test("is waited for by a stream, which may not come again", async () => {
    async function* stream() {
      yield changeOf("a");
    }
    expect(await (await busy(5)).changeTargets(stream(), { now: NOW })).toBe(1);
  });

  test("is refused to what can be added again at once", async () => {
    const added = (await busy(1)).changeTargets([changeOf("a")], { now: NOW });
    await expect(added).rejects.toMatchObject({ code: "ERR_STORAGE" });
  });

  test("is not waited for for ever", async () => {
    async function* stream() {
      yield changeOf("a");
    }
    const added = (await busy(10_000)).changeTargets(stream(), { now: NOW });
    await expect(added).rejects.toMatchObject({ code: "ERR_STORAGE" });
  });
});
