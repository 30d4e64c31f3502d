/**
 * Renewing what is due, and refusing to publish upon an older copy.
 * @module
 */
import { describe, expect, test } from "vitest";
import { decodeUtf8, encodeUtf8 } from "../../../src/encoding/utf8.ts";
import { TufLdError } from "../../../src/errors.ts";
import type { PublicKey } from "../../../src/key/publicKey.ts";
import { parseMetadata } from "../../../src/metadata/file.ts";
import {
  beginRecovery,
  compromisedRoles,
  createMemoryStorage,
  ownMetadata,
  Repository,
} from "../../../src/repository/index.ts";
import type { KeyRing } from "../../../src/repository/signing/signing.ts";
import {
  changeOf,
  clientFinds,
  contentOf,
  createKeyMemory,
  hours,
  keyNamed,
  NOW,
  RepositoryWorld,
} from "../../support/repositoryWorld.ts";

const text = (path: string) => new TextDecoder().decode(contentOf(path));

async function worldWithBins() {
  const storage = createMemoryStorage();
  const world = await RepositoryWorld.create(storage, { bins: 4 });
  world.ring.memory = createKeyMemory();
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

  test("reads no bin where it is noted that none is due, and status tells when the first of all expires", async () => {
    const { storage, world } = await worldWithBins();
    const keys = world.ring;
    const expiry = async () => (await world.repository.status({ now: NOW, keys })).bins?.published?.expires;
    // The bins of the profile `simple` live for a week.
    expect(await expiry()).toBe("2030-01-08T00:00:00Z");
    await world.add(Array.from({ length: 24 }, (_, at) => `file-${at}`));
    expect(await world.publish({ now: hours(24) })).toMatchObject({ bins: 4 });
    // Lower than the truth, but never higher: nobody has looked at all bins again.
    expect(await expiry()).toBe("2030-01-08T00:00:00Z");
    expect(await world.publish({ renew: true, now: hours(4 * 24) })).toMatchObject({ bins: 0 });
    expect(await expiry()).toBe("2030-01-09T00:00:00Z");
    const bin = storage.files.get("public/metadata/2.bin-3.json") as Uint8Array;
    storage.files.delete("public/metadata/2.bin-3.json");
    expect(await world.publish({ renew: true, now: hours(4 * 24 + 1) })).toMatchObject({ bins: 0 });
    storage.files.set("public/metadata/2.bin-3.json", bin);
    expect(await world.publish({ renew: true, now: hours(5 * 24) })).toMatchObject({ bins: 4 });
    expect(await expiry()).toBe("2030-01-13T00:00:00Z");
    // A shorter period makes what is published later expire sooner.
    await (await world.repository.setExpiry("bin", 1)).changeTargets([changeOf("a")], { now: NOW });
    const shorter = new RepositoryWorld(await Repository.open(storage), world.ring);
    await shorter.publish({ now: hours(5 * 24) });
    expect(await expiry()).toBe("2030-01-07T00:00:00Z");
  });

  test("looks at all bins where nothing is remembered beside the keys, whatever lies in state/", async () => {
    const { storage, world } = await worldWithBins();
    delete world.ring.memory;
    for (const days of [4, 8, 12]) {
      const note = encodeUtf8('{"earliest":"2040-01-01T00:00:00Z"}');
      storage.files.set("state/bin-expiry.json", note);
      expect(await world.publish({ renew: true, now: hours(days * 24) })).toMatchObject({ bins: 4 });
    }
  });

  test("stages what is due and whose keys are elsewhere, once, and tells of it; of an expired root always", async () => {
    const { storage, world } = await worldWithBins();
    const offline = [...world.ring.names].filter(([, name]) => name === "root" || name === "targets");
    const keys = offline.reduce((ring, [keyid]) => ring.without(keyid), world.ring);
    const days = async (count: number, renew: boolean) =>
      (await world.publish({ keys, renew, now: hours(count * 24) })).overdue.map(
        ({ role, expired, staged }) =>
          [role, ...(expired ? ["expired"] : []), ...(staged ? ["staged"] : [])].join(" "),
      );
    const draft = (role: string) => String(storage.files.get(`staged/metadata/${role}.json`));
    expect(await days(1, true)).toEqual([]);
    expect(await days(200, true)).toEqual(["root staged", "targets expired staged"]);
    const root = draft("root");
    // Nothing is due but these, and that is no error; nobody has signed a draft in vain.
    expect(await days(200, true)).toEqual(["root staged", "targets expired staged"]);
    expect(draft("root")).toBe(root);
    expect(await days(400, true)).toEqual(["root expired staged", "targets expired staged"]);
    expect(await days(401, false)).toEqual(["root expired"]);
    await world.publish({ renew: true, now: hours(401 * 24) });
    expect(await days(401, true)).toEqual([]);
  });

  test("a key that cannot be opened stops neither timestamp nor other roles, and is told", async () => {
    const { world } = await worldWithBins();
    const [targets = ""] = [...world.ring.names].find(([, name]) => name === "targets") ?? [];
    const locked = (keyid: string) => keyid === targets;
    const keys: KeyRing = {
      has: (keyid) => world.ring.has(keyid),
      async signer(keyid) {
        if (locked(keyid)) throw new TufLdError("ERR_PASSPHRASE", "no passphrase", { reason: "missing" });
        return world.ring.signer(keyid);
      },
    };
    const now = hours(200 * 24);
    const { roles, overdue } = await world.publish({ keys, renew: true, now });
    expect(roles.map(({ role }) => role)).toEqual(["root", "snapshot", "timestamp"]);
    expect(overdue).toMatchObject([{ role: "targets", staged: true, locked: [targets] }]);
    // Without --renew a person is there, and is asked.
    await expect(world.publish({ keys, now })).rejects.toMatchObject({ code: "ERR_PASSPHRASE" });
  });

  test("passes over bins whose keys are elsewhere", async () => {
    const { world } = await worldWithBins();
    const keyid = [...world.ring.names].find(([, name]) => name === "bin")?.[0] ?? "";
    const keys = world.ring.without(keyid);
    const done = await world.publish({ keys, renew: true, now: hours(6 * 24) });
    expect(done.bins).toBe(0);
    expect(done.overdue.map(({ role }) => role)).toEqual(["bin"]);
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

describe("an older copy of the whole storage", () => {
  /** A repository, and another copy of it as it was some editions ago; both have the same keys. */
  async function older(roots = false) {
    const { storage, world } = await worldWithBins();
    const copy = createMemoryStorage();
    for (const [name, bytes] of storage.files) copy.files.set(name, bytes.slice());
    if (roots) await world.addKey("root", "root 2");
    for (const path of ["a", "b"]) {
      await world.add([path]);
      await world.publish();
    }
    return { copy, restored: new RepositoryWorld(await Repository.open(copy), world.ring) };
  }

  test("is not published upon: what is remembered beside the keys is newer than all of it", async () => {
    const { copy, restored } = await older();
    await restored.add(["c"]);
    const before = new Map(copy.files);
    for (const options of [{}, { renew: true }, { dryRun: true }]) {
      await expect(restored.publish(options)).rejects.toMatchObject({
        code: "ERR_ROLLBACK",
        details: { role: "timestamp", trusted: 3, offered: 1 },
        message: expect.stringContaining("recover"),
      });
    }
    expect(copy.files).toEqual(before);
  });

  test("with fewer roots is refused, and no root is given a second time", async () => {
    const { restored } = await older(true);
    await restored.addKey("root", "another root 2");
    await expect(restored.publish()).rejects.toMatchObject({
      code: "ERR_ROLLBACK",
      details: { role: "root", trusted: 2, offered: 1 },
      message: expect.stringContaining("remove keys/"),
    });
  });

  test("goes on with a recovery, above the numbers that were given, and is what the keys remember then", async () => {
    const { copy, restored } = await older();
    const { repository, ring } = restored;
    const roles = (await compromisedRoles(repository, [], ownMetadata(copy, 1))).map(({ role }) => role);
    const fresh = new Map<string, PublicKey[]>();
    for (const role of roles) {
      await ring.add(`${role} after`);
      fresh.set(role, [(await keyNamed(`${role} after`)).publicKey]);
    }
    await beginRecovery(repository, { source: ownMetadata(copy, 1), newKeys: fresh, now: NOW });
    await restored.publish({ recovery: true });
    const read = (name: string) =>
      parseMetadata(copy.files.get(`public/metadata/${name}.json`) as Uint8Array).signed;
    expect(read("timestamp").version).toBe(4);
    expect(copy.files.has("public/metadata/4.snapshot.json")).toBe(true);
    await restored.add(["c"]);
    await restored.publish();
    expect(read("timestamp").version).toBe(5);
    expect(await clientFinds(copy, { paths: ["c"] })).toEqual({ c: text("c") });
  });

  test("is refused while the note beside the keys is damaged, rather than taken for the newest", async () => {
    const { world } = await worldWithBins();
    const memory = createKeyMemory();
    world.ring.memory = memory;
    await world.add(["a"]);
    await world.publish();
    const [[name, whole] = ["", new Uint8Array()]] = memory.files;
    for (const note of [
      "",
      "null",
      "[]",
      "{}",
      '{"format":2}',
      '{"format":1,"timestamp":0}',
      '{"format":1,"x":1}',
    ]) {
      memory.files.set(name, encodeUtf8(note));
      await world.add(["b"]);
      await expect(world.publish(), note).rejects.toMatchObject({ code: "ERR_SHAPE" });
    }
    memory.files.set(name, whole);
    expect((await world.publish()).bins).toBe(1);
  });

  test("stays refused after a publisher that was stopped has noted its own, lower number late", async () => {
    const { world } = await worldWithBins();
    const memory = createKeyMemory();
    world.ring.memory = memory;
    await world.add(["a"]);
    await world.publish();
    const [[name, early] = ["", new Uint8Array()]] = memory.files;
    const later = encodeUtf8(JSON.stringify({ ...JSON.parse(decodeUtf8(early, false)), timestamp: 99 }));
    // The other publishes after this one has read, and before it writes.
    let reads = 0;
    world.ring.memory = { ...memory, read: async () => (reads++ === 0 ? early : later) };
    await world.add(["b"]);
    await world.publish();
    expect(JSON.parse(decodeUtf8(memory.files.get(name) as Uint8Array, false))).toMatchObject({
      timestamp: 99,
    });
    world.ring.memory = memory;
    await expect(world.publish()).rejects.toMatchObject({ code: "ERR_ROLLBACK" });
  });

  test("is warned of where nothing can be noted beside the keys, and published all the same", async () => {
    const { world } = await worldWithBins();
    const reason = "the file system is read-only";
    const write = () =>
      Promise.reject(new TufLdError("ERR_STORAGE", `keys: ${reason}`, { path: "keys", reason }));
    world.ring.memory = { ...createKeyMemory(), write };
    await world.add(["a"]);
    expect(await world.publish()).toMatchObject({ bins: 1, warnings: [expect.stringContaining(reason)] });
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
