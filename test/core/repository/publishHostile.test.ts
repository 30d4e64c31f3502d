import { describe, expect, test } from "vitest";
import { createMemoryStorage, Repository } from "../../../src/repository/index.ts";
import {
  changeOf,
  contentsOf,
  hours,
  keyNamed,
  NOW,
  RepositoryWorld,
} from "../../support/repositoryWorld.ts";

type Memory = ReturnType<typeof createMemoryStorage>;

/** A published repository with a delegated role, something staged everywhere, and everything at hand. */
async function staged(): Promise<{ storage: Memory; world: RepositoryWorld }> {
  const storage = createMemoryStorage();
  const world = await RepositoryWorld.create(storage, { bins: 2 });
  await world.ring.add("project");
  const keys = [(await keyNamed("project")).publicKey];
  await world.repository.delegate({ name: "project", paths: ["project/*"], keys }, { now: NOW });
  await world.add(["a", "b", "c", "d"]);
  await world.add(["project/x"], 1, "project");
  await world.publish();
  await world.addKey("root", "root 2");
  await world.repository.renew("targets", { now: NOW });
  await world.publish();
  await world.add(["a", "b"], 2);
  await world.add(["project/x"], 2, "project");
  await world.addKey("timestamp", "timestamp 2");
  return { storage, world };
}

/** Without what is random: two runs of the same must give the same. */
function copyOf({ files }: Memory): Memory {
  const copy = createMemoryStorage();
  for (const [name, bytes] of files) copy.files.set(name, bytes.slice());
  return copy;
}

const publicFiles = ({ files }: Memory): [string, string][] =>
  [...files].filter(([name]) => name.startsWith("public/")).map(([name, bytes]) => [name, `${bytes}`]);
/** What clients can come to read: everything in public/ that was there before. */
const unchanged = (before: Memory, after: Memory): void => {
  for (const [name, text] of publicFiles(before)) expect(`${after.files.get(name)}`, name).toBe(text);
  const roots = ({ files }: Memory): string[] =>
    [...files.keys()].filter((name) => name.endsWith(".root.json"));
  expect(roots(after)).toEqual(roots(before));
};

const CODE = /^ERR_[A-Z_]+$/;

async function publishOn(storage: Memory, world: RepositoryWorld): Promise<unknown> {
  return (await Repository.open(storage)).publish({ keys: world.ring, now: NOW });
}

/** Publishes on changed files: either it refuses with a code and leaves what is public, or it gives the honest result. */
async function refusesOrIsHonest(world: RepositoryWorld, changed: Memory, honest: unknown): Promise<boolean> {
  const before = copyOf(changed);
  try {
    await publishOn(changed, world);
  } catch (error) {
    expect(error).toMatchObject({ name: "TufLdError", code: expect.stringMatching(CODE) });
    unchanged(before, changed);
    return true;
  }
  expect(await contentsOf(changed)).toEqual(honest);
  return false;
}

describe("a storage that somebody else changed", () => {
  test("a flipped bit of a file that is built upon is refused with a code, or changes nothing of the result", async () => {
    const { storage, world } = await staged();
    const whole = copyOf(storage);
    await publishOn(whole, world);
    const honest = await contentsOf(whole);
    const names = [...storage.files.keys()].filter(
      (name) =>
        name.startsWith("public/metadata/") || name.startsWith("staged/") || name.startsWith("state/"),
    );
    const refusals = new Map<string, number>();
    for (const name of names) {
      const { length } = storage.files.get(name) as Uint8Array;
      for (let at = 0; at < 9; at++) {
        const changed = copyOf(storage);
        const bytes = changed.files.get(name) as Uint8Array;
        const place = Math.floor((at * (length - 1)) / 8);
        bytes[place] = (bytes[place] as number) ^ (1 << (at % 7));
        // Drafts and the log are ours to believe: a flip there may give another result, never an error without a code.
        const believed = name.startsWith("staged/");
        const refused = believed
          ? await publishOn(changed, world).then(
              () => false,
              (error) => {
                expect(error, name).toMatchObject({ name: "TufLdError", code: expect.stringMatching(CODE) });
                return true;
              },
            )
          : await refusesOrIsHonest(world, changed, honest);
        if (refused) refusals.set(name, (refusals.get(name) ?? 0) + 1);
      }
    }
    for (const name of ["timestamp.json", "2.root.json", "2.snapshot.json"])
      expect(refusals.get(`public/metadata/${name}`) ?? 0, name).toBeGreaterThan(4);
    expect(refusals.get("public/metadata/1.bin-0.json") ?? 0).toBeGreaterThan(4);
    expect(refusals.get("staged/changes/head.json") ?? 0).toBeGreaterThan(2);
  }, 120_000);

  test("every byte of the log's head may be anything, and only a code comes of it", async () => {
    const { storage, world } = await staged();
    const name = "staged/changes/head.json";
    const texts = [
      ...'null|true|[]|{}|1|"x"|'.split("|"),
      '{"sequence":-1,"segments":[[1,[0]]],"count":1}',
      '{"sequence":1,"segments":"0","count":1}',
      '{"sequence":1,"segments":[[1,[256]]],"count":1}',
      '{"sequence":1,"segments":[[1,[-1]]],"count":1}',
      '{"sequence":1,"segments":[[1,[0.5]]],"count":1}',
      '{"sequence":9999999999,"segments":[[1,[0]]],"count":1}',
      '{"sequence":9007199254740991,"segments":[[1,[0]]],"count":1}',
      '{"sequence":1,"segments":[[1,[null]]],"count":1}',
      '{"sequence":1,"segments":[[2,[0]]],"count":1}',
      '{"sequence":2,"segments":[[2,[0]],[1,[0]]],"count":1}',
      '{"sequence":1,"segments":[1],"count":1}',
      '{"sequence":1,"segments":[[1,0]],"count":1}',
      '{"sequence":1,"segments":[[1,[0]]],"count":1,"mark":7}',
      '{"sequence":1,"segments":[[1,[0]]],"count":1,"mark":{"source":1,"position":1}}',
    ];
    for (const text of texts) {
      const changed = copyOf(storage);
      changed.files.set(name, new TextEncoder().encode(text));
      const before = copyOf(changed);
      await expect(publishOn(changed, world), text).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(SHAPE|JSON_SYNTAX)$/),
      });
      unchanged(before, changed);
    }
  });

  test("a group of bins that the layout does not have is refused", async () => {
    const { storage, world } = await staged();
    const text = '{"sequence":3,"segments":[[3,[0,77]]],"count":3}';
    storage.files.set("staged/changes/head.json", new TextEncoder().encode(text));
    await expect(publishOn(storage, world)).rejects.toMatchObject({ code: "ERR_SHAPE" });
    expect([...storage.files.keys()].filter((name) => name.includes("undefined"))).toEqual([]);
  });

  test("segments that are no segments are refused with ERR_SHAPE", async () => {
    const { storage, world } = await staged();
    const name = [...storage.files.keys()].find((each) =>
      /^staged\/changes\/.*\d+\.json$/.test(each),
    ) as string;
    for (const text of [
      "",
      "[",
      "{}",
      "7",
      "[1]",
      "[[]]",
      "[[1,null]]",
      '[["a",1]]',
      "\u0000",
      '[["a"]]',
      '[[0,"a"]]',
    ]) {
      const changed = copyOf(storage);
      changed.files.set(name, new TextEncoder().encode(text));
      await expect(publishOn(changed, world), text).rejects.toMatchObject({ code: "ERR_SHAPE" });
      const invalid = copyOf(storage);
      invalid.files.set(name, Uint8Array.of(0x5b, 0xff, 0x5d));
      await expect(publishOn(invalid, world)).rejects.toMatchObject({ code: "ERR_SHAPE" });
    }
  });

  test("a change in the log of another group is refused, and not lost without a word", async () => {
    const { storage, world } = await staged();
    const names = ["000", "001"].map(
      (group) =>
        [...storage.files.keys()].find((each) => each.startsWith(`staged/changes/${group}/`)) as string,
    );
    const [first, second] = names.map((name) => storage.files.get(name) as Uint8Array);
    const damaged = copyOf(storage);
    damaged.files.set(names[0] as string, second as Uint8Array);
    damaged.files.set(names[1] as string, first as Uint8Array);
    const before = copyOf(damaged);
    await expect(publishOn(damaged, world)).rejects.toMatchObject({
      code: "ERR_SHAPE",
      message: expect.stringMatching(/^staged\/changes\/000\/.* is in another group/),
    });
    unchanged(before, damaged);
    for (const name of names) expect(damaged.files.get(name)).toEqual(before.files.get(name));
  });

  test("a lost segment is refused by its name, and nothing of the log is published or forgotten", async () => {
    const { storage, world } = await staged();
    const segments = [...storage.files.keys()].filter((name) => /^staged\/changes\/.*\d+\.json$/.test(name));
    expect(segments.length).toBeGreaterThan(1);
    for (const name of segments) {
      const changed = copyOf(storage);
      changed.files.delete(name);
      const before = copyOf(changed);
      await expect(publishOn(changed, world)).rejects.toMatchObject({
        code: "ERR_STORAGE",
        details: { path: name },
      });
      unchanged(before, changed);
      expect(changed.files.get("staged/changes/head.json")).toEqual(
        before.files.get("staged/changes/head.json"),
      );
    }
  });

  test("a target in the log that no metadata may hold is refused before anything is signed", async () => {
    const { storage, world } = await staged();
    const name = [...storage.files.keys()].find((each) =>
      /^staged\/changes\/.*\d+\.json$/.test(each),
    ) as string;
    const [[path]] = JSON.parse(new TextDecoder().decode(storage.files.get(name))) as [[string]];
    const text = JSON.stringify([[path, { length: -1, hashes: {} }]]);
    storage.files.set(name, new TextEncoder().encode(text));
    const before = copyOf(storage);
    await expect(publishOn(storage, world)).rejects.toMatchObject({ code: "ERR_SHAPE" });
    unchanged(before, storage);
  });

  test("an older file of a role under the name of the current one is refused", async () => {
    const { storage, world } = await staged();
    await publishOn(storage, world);
    await world.add(["a", "b", "c", "d"], 3);
    await world.add(["project/x"], 3, "project");
    for (const role of ["project", "snapshot", "root", "bin-0", "bin-1"]) {
      const changed = copyOf(storage);
      const name = (version: number): string => `public/metadata/${version}.${role}.json`;
      const newest = [1, 2, 3, 4, 5].filter((version) => changed.files.has(name(version))).at(-1) as number;
      if (newest === 1) continue;
      changed.files.set(name(newest), changed.files.get(name(newest - 1)) as Uint8Array);
      const before = copyOf(changed);
      await expect(publishOn(changed, world), role).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(VERSION_MISMATCH|HASH_MISMATCH|THRESHOLD_UNMET|NO_SIGNATURE)$/),
      });
      unchanged(before, changed);
    }
  });

  test("a root of before under the next number is refused, so that no revoked key comes back", async () => {
    const { storage, world } = await staged();
    const root = storage.files.get("public/metadata/2.root.json") as Uint8Array;
    storage.files.set("public/metadata/3.root.json", root.slice());
    await expect(publishOn(storage, world)).rejects.toMatchObject({ code: "ERR_VERSION_MISMATCH" });
  });

  test("targets that another key signed are not signed anew with ours, neither in a draft nor in a bin", async () => {
    const { storage, world } = await staged();
    await publishOn(storage, world);
    const other = createMemoryStorage();
    const theirs = await RepositoryWorld.create(other, { bins: 2 });
    await theirs.add(["a", "b", "c", "d"], 9);
    await theirs.publish();
    const metadata = (memory: Memory, role: string): string =>
      [...memory.files.keys()]
        .filter((name) => name.endsWith(`.${role}.json`))
        .sort()
        .at(-1) as string;
    // The same names, the same shape, keys of the same profile: only the signatures are of others.
    const forged = await RepositoryWorld.create(createMemoryStorage(), { bins: 2 });
    for (const role of ["bin", "targets"]) await forged.rotate(role, role, `forger of ${role}`);
    await forged.add(["a", "b", "c", "d"], 9);
    await forged.publish();
    const forgedFiles = (forged.storage as Memory).files;
    const bins = copyOf(storage);
    for (const bin of ["bin-0", "bin-1"]) {
      const bytes = forgedFiles.get(`public/metadata/1.${bin}.json`) as Uint8Array;
      bins.files.set(metadata(bins, bin), bytes);
    }
    const onBins = await Repository.open(bins);
    await onBins.changeTargets([
      { path: "a", target: null },
      { path: "b", target: null },
      { path: "c", target: null },
    ]);
    await expect(onBins.publish({ keys: world.ring, now: NOW })).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(NO_SIGNATURE|THRESHOLD_UNMET|SIGNATURE)$/),
    });
    const drafts = copyOf(storage);
    drafts.files.set(
      metadata(drafts, "targets"),
      forgedFiles.get("public/metadata/1.targets.json") as Uint8Array,
    );
    const edit = (await Repository.open(drafts)).setThreshold("bin", 1, { now: NOW });
    await expect(edit).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(NO_SIGNATURE|THRESHOLD_UNMET)$/),
    });
    expect(drafts.files.has("staged/metadata/targets.json")).toBe(false);
  });

  test.each(["classic", "linked", "both"] as const)(
    "the file of one bin in the place of another's is refused, although they have keys and versions in common (%s)",
    async (sign) => {
      const storage = createMemoryStorage();
      const world = await RepositoryWorld.create(storage, { bins: 2, sign });
      await world.add(["a", "b", "c", "d", "e"]);
      await world.publish();
      await world.add(["a", "b", "c", "d", "e"], 2);
      for (const [bin, other] of [
        ["bin-0", "bin-1"],
        ["bin-1", "bin-0"],
      ]) {
        const changed = copyOf(storage);
        const bytes = changed.files.get(`public/metadata/1.${other}.json`) as Uint8Array;
        changed.files.set(`public/metadata/1.${bin}.json`, bytes);
        const before = copyOf(changed);
        await expect(publishOn(changed, world), bin).rejects.toMatchObject({
          code: expect.stringMatching(/^ERR_(STORAGE|NO_SIGNATURE|THRESHOLD_UNMET)$/),
        });
        unchanged(before, changed);
      }
    },
  );

  test.each(["linked", "both"] as const)(
    "an empty file with the same keys in the place of a bin's or a role's is refused (%s)",
    async (sign) => {
      const storage = createMemoryStorage();
      const world = await RepositoryWorld.create(storage, { bins: 16, sign });
      const keys = [(await keyNamed("bin")).publicKey];
      for (const name of ["one", "two"])
        await world.repository.delegate({ name, paths: [`${name}/*`], keys }, { now: NOW });
      await world.add(["a", "b"]);
      await world.add(["one/x"], 1, "one");
      await world.publish();
      const { files } = storage;
      const sizeOf = (bin: string): number => files.get(`public/metadata/1.${bin}.json`)?.length ?? 0;
      const bins = [...files.keys()].flatMap((name) => /1\.(bin-.)\.json$/.exec(name)?.[1] ?? []);
      const [empty = ""] = bins.filter((bin) => sizeOf(bin) === Math.min(...bins.map(sizeOf)));
      const [full = ""] = bins.filter((bin) => sizeOf(bin) === Math.max(...bins.map(sizeOf)));
      for (const [role, other] of [
        [full, empty],
        ["one", "two"],
      ] as const) {
        const changed = copyOf(storage);
        const bytes = changed.files.get(`public/metadata/1.${other}.json`) as Uint8Array;
        changed.files.set(`public/metadata/1.${role}.json`, bytes);
        const repository = await Repository.open(changed);
        const edit = async (): Promise<void> => {
          await repository.changeTargets([changeOf("a", 2), changeOf("b", 2)], { now: NOW });
          await repository.changeTargets([changeOf("one/y")], { now: NOW, role: "one" });
          await repository.publish({ keys: world.ring, now: NOW });
        };
        await expect(edit(), role).rejects.toMatchObject({
          code: expect.stringMatching(/^ERR_(STORAGE|NO_SIGNATURE|THRESHOLD_UNMET)$/),
        });
      }
    },
  );

  test("a lost root is refused, the newest one by the note alone, and no root is given a second time", async () => {
    const { storage, world } = await staged();
    await publishOn(storage, world);
    await world.addKey("root", "root 3");
    await publishOn(storage, world);
    for (const [lost, code] of [
      [1, "ERR_STORAGE"],
      [2, "ERR_STORAGE"],
      [3, "ERR_STORAGE"],
      [4, "ERR_ROLLBACK"],
    ] as const) {
      const changed = copyOf(storage);
      expect(changed.files.delete(`public/metadata/${lost}.root.json`), `${lost}`).toBe(true);
      const before = copyOf(changed);
      const again = new RepositoryWorld(await Repository.open(changed), world.ring);
      const edit = again.addKey("root", "root 4").then(() => again.publish());
      await expect(edit, `${lost}`).rejects.toMatchObject({ code });
      unchanged(before, changed);
    }
  });

  test("a lost timestamp or first root is refused, and no number is given a second time", async () => {
    const { storage, world } = await staged();
    for (const lost of ["timestamp.json", "1.root.json"])
      for (const note of [true, false]) {
        const changed = copyOf(storage);
        expect(changed.files.delete(`public/metadata/${lost}`)).toBe(true);
        if (!note) changed.files.delete("state/newest.json");
        const before = copyOf(changed);
        await expect(publishOn(changed, world), lost).rejects.toMatchObject({
          code: "ERR_STORAGE",
          details: { path: `public/metadata/${lost}` },
        });
        unchanged(before, changed);
        expect(changed.files.get("state/newest.json")).toEqual(before.files.get("state/newest.json"));
      }
  });

  test("a lost file is refused by its name", async () => {
    const { storage, world } = await staged();
    for (const role of ["2.snapshot", "1.bin-0", "1.project"]) {
      const changed = copyOf(storage);
      const name = `public/metadata/${role}.json`;
      expect(changed.files.delete(name), name).toBe(true);
      const before = copyOf(changed);
      await expect(publishOn(changed, world), role).rejects.toMatchObject({ code: "ERR_STORAGE" });
      unchanged(before, changed);
    }
  });

  test("a draft that is of another kind, or of a role that publishing writes, is refused with ERR_SHAPE", async () => {
    const { storage, world } = await staged();
    const snapshot = storage.files.get("public/metadata/2.snapshot.json") as Uint8Array;
    const targets = storage.files.get("public/metadata/2.targets.json") as Uint8Array;
    for (const [role, bytes] of [
      ["targets", snapshot],
      ["root", targets],
      ["snapshot", snapshot],
      ["timestamp", targets],
      ["bin-0", targets],
    ] as const) {
      const changed = copyOf(storage);
      changed.files.set(`staged/metadata/${role}.json`, bytes);
      const before = copyOf(changed);
      await expect(publishOn(changed, world), role).rejects.toMatchObject({ code: "ERR_SHAPE" });
      unchanged(before, changed);
    }
  });

  test("a draft of another repository, whose version is not the next, waits and says why", async () => {
    const { storage, world } = await staged();
    const theirs = await RepositoryWorld.create(createMemoryStorage(), { bins: 2 });
    for (let round = 0; round < 4; round++) {
      await theirs.repository.renew("root", { now: NOW });
      await theirs.publish();
    }
    await theirs.repository.renew("root", { now: NOW });
    const draft = (theirs.storage as Memory).files.get("staged/metadata/root.json") as Uint8Array;
    storage.files.set("staged/metadata/root.json", draft);
    const result = (await publishOn(storage, world)) as { waiting: { role: string; reason: string }[] };
    expect(result.waiting).toEqual([
      expect.objectContaining({ role: "root", reason: expect.stringContaining("the next is 3") }),
    ]);
    expect(storage.files.has("public/metadata/3.root.json")).toBe(false);
  });

  test("roles that delegate in a circle end every search", async () => {
    const { storage, world } = await staged();
    const { repository } = world;
    const key = (await keyNamed("project")).publicKey;
    await repository.delegate(
      { name: "below", paths: ["project/*"], keys: [key] },
      { now: NOW, from: "project" },
    );
    const draft = JSON.parse(new TextDecoder().decode(storage.files.get("staged/metadata/below.json")));
    const above = JSON.parse(new TextDecoder().decode(storage.files.get("staged/metadata/project.json")));
    draft.signed.delegations = structuredClone(above.signed.delegations);
    draft.signed.delegations.roles[0].name = "project";
    storage.files.set("staged/metadata/below.json", new TextEncoder().encode(JSON.stringify(draft)));
    await expect(repository.addKeys("nobody", [key], { now: NOW })).rejects.toMatchObject({
      code: "ERR_ROLE_UNKNOWN",
    });
    expect((await repository.status({ now: NOW })).roles.map(({ role }) => role)).toContain("below");
    await world.publish();
    expect((await repository.status({ now: NOW })).waiting).toEqual([]);
  });

  test("what publishing remembers may be damaged: publishing and cleaning go on, and remove nothing current", async () => {
    const { storage, world } = await staged();
    await publishOn(storage, world);
    const honest = await contentsOf(storage);
    const current = JSON.stringify({ at: 0, names: [...storage.files.keys()] });
    for (const text of [
      "",
      "null",
      "7",
      "[]",
      "{",
      '{"at":"x"}',
      '{"at":0,"names":7}',
      '{"at":0,"names":[7]}',
      current,
    ]) {
      const changed = copyOf(storage);
      for (const name of ["superseded/1", "superseded/99", "bin-keys"])
        changed.files.set(`state/${name}.json`, new TextEncoder().encode(text));
      const before = copyOf(changed);
      const repository = await Repository.open(changed);
      const removed = await repository.clean({ now: hours(1000), keepHours: 1 });
      expect(
        removed.every((name) => name.startsWith("public/metadata/")),
        text,
      ).toBe(true);
      expect(await contentsOf(changed), text).toEqual(honest);
      await repository.changeTargets([{ path: "d", target: null }]);
      await repository.publish({ keys: world.ring, now: NOW });
      for (const name of before.files.keys())
        if (!name.startsWith("public/metadata/") && !name.startsWith("state/"))
          expect(changed.files.has(name), name).toBe(true);
    }
  });
});
