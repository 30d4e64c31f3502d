/**
 * Somebody who can write `public/` and `state/`, without keys and without `staged/`: for each reader of `state/`, what
 * they could try, carried out.
 *
 * @module
 */
import { describe, expect, test } from "vitest";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import { createMemoryStorage, Repository } from "../../../src/repository/index.ts";
import { binOf } from "../../../src/repository/layout.ts";
import {
  clientFinds,
  contentsOf,
  createKeyMemory,
  hours,
  keyNamed,
  NOW,
  RepositoryWorld,
} from "../../support/repositoryWorld.ts";

type Memory = ReturnType<typeof createMemoryStorage>;

const BITS = 1;
/** Paths that all are in one bin. */
const pathsIn = (bin: number, count: number): string[] =>
  Array.from({ length: 200 }, (_, at) => `project/file-${at}`)
    .filter((path) => binOf({ bits: BITS }, path) === bin)
    .slice(0, count);

interface Options {
  readonly sign: "classic" | "linked" | "both";
  /** Whose key the delegated role has. */
  readonly key: string;
  readonly remembers?: boolean;
}

/** A repository with two bins and a delegated role that lists paths of bin 0 alone; all keys are at hand. */
async function withProject({ sign, key, remembers = false }: Options) {
  const storage = createMemoryStorage();
  const world = await RepositoryWorld.create(storage, { bins: 2, sign });
  if (remembers) world.ring.memory = createKeyMemory();
  const keyid = await world.ring.add(key);
  const keys = [(await keyNamed(key)).publicKey];
  await world.repository.delegate({ name: "project", paths: ["project/*"], keys }, { now: NOW });
  await world.add(pathsIn(0, 2), 1, "project");
  await world.add(["a", "b", "c", "d"]);
  await world.publish();
  await world.add(["a", "b", "c", "d"], 2);
  return { storage, world, keyid };
}

const copyOf = ({ files }: Memory): Memory => {
  const copy = createMemoryStorage();
  for (const [name, bytes] of files) copy.files.set(name, bytes.slice());
  return copy;
};
const publicOf = ({ files }: Memory): unknown =>
  Object.fromEntries(
    [...files].filter(([name]) => /timestamp|root|1\./.test(name)).map(([n, b]) => [n, `${b}`]),
  );

/** Puts the file of the project in the place of bin 0, and notes its key for the bins'. */
function disguise({ files }: Memory, keyid: string): void {
  files.set("public/metadata/1.bin-0.json", files.get("public/metadata/1.project.json") as Uint8Array);
  files.set("state/bin-keys.json", encodeUtf8(JSON.stringify({ delegatorVersion: 1, keyids: [keyid] })));
}

const REFUSAL = { code: expect.stringMatching(/^ERR_(NO_SIGNATURE|THRESHOLD_UNMET|STORAGE)$/) };

describe("what lies in state/", () => {
  test.each(
    (["classic", "linked", "both"] as const).flatMap((sign) =>
      [false, true].map((remembers) => [sign, remembers] as const),
    ),
  )(
    "chooses no key: a bin is verified with the bins' keys, whatever keys a note names (%s, remembered: %s)",
    async (sign, remembers) => {
      const { storage, world, keyid } = await withProject({ sign, key: "project", remembers });
      disguise(storage, keyid);
      const before = publicOf(storage);
      await expect(world.publish()).rejects.toMatchObject(REFUSAL);
      expect(publicOf(storage)).toEqual(before);
    },
  );

  test.each(["linked", "both"] as const)(
    "makes no file of another role a bin, where both have the same key: the proof names its role (%s)",
    async (sign) => {
      const { storage, world, keyid } = await withProject({ sign, key: "bin" });
      disguise(storage, keyid);
      const before = publicOf(storage);
      await expect(world.publish()).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(NO_SIGNATURE|THRESHOLD_UNMET)$/),
      });
      expect(publicOf(storage)).toEqual(before);
    },
  );

  test("makes no file of another role a bin under classic signatures unless all of its paths belong there", async () => {
    const { storage, world, keyid } = await withProject({ sign: "classic", key: "bin" });
    // The first path belongs in bin 0; one of the others does not.
    await world.add([`${pathsIn(0, 1)[0]}~`, ...pathsIn(1, 1)], 1, "project");
    await world.publish();
    await world.add(["a", "b", "c", "d"], 3);
    const { files } = storage;
    const name = "public/metadata/2.bin-0.json";
    expect(files.has(name)).toBe(true);
    files.set(name, files.get("public/metadata/2.project.json") as Uint8Array);
    disguise(storage, keyid);
    await expect(world.publish()).rejects.toMatchObject({
      code: "ERR_STORAGE",
      message: expect.stringContaining("belongs in another bin"),
    });
  });

  test("gives nothing away when a bin of both views has lost its linked proof", async () => {
    const { storage, world } = await withProject({ sign: "both", key: "project" });
    const name = "public/metadata/1.bin-0.json";
    const {
      "@context": _,
      proof: __,
      ...classic
    } = JSON.parse(new TextDecoder().decode(storage.files.get(name))) as Record<string, unknown>;
    const { signed, ...envelope } = classic;
    const text = `${JSON.stringify(envelope).slice(0, -1)},"signed":${JSON.stringify(signed)}}\n`;
    storage.files.set(name, encodeUtf8(text));
    await expect(world.publish()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
  });

  test("may be gone, be of another repository, or be anything: publishing refuses, or gives the honest result", async () => {
    const { storage, world } = await withProject({ sign: "both", key: "project", remembers: true });
    const other = await withProject({ sign: "both", key: "project 2", remembers: true });
    await other.world.publish();
    const honestly = async (changed: Memory): Promise<unknown> => {
      const repository = await Repository.open(changed);
      const ring = Object.assign(Object.create(world.ring), { memory: copyOfMemory(world) });
      const honest = await new RepositoryWorld(repository, ring).publish().then(
        () => contentsOf(changed),
        (error) => error.code,
      );
      return honest;
    };
    const honest = await honestly(copyOf(storage));
    const names = [...new Set([...storage.files.keys(), ...other.storage.files.keys()])].filter((name) =>
      name.startsWith("state/"),
    );
    names.push(
      "state/bin-keys.json",
      "state/bin-expiry.json",
      "state/snapshot-hashes",
      "state/superseded/9.1.json",
    );
    const all = [...storage.files.keys()];
    const texts = ["", "{", "null", '{"timestamp":1,"root":1}', JSON.stringify({ at: 0, names: all })];
    for (const name of names) {
      const contents = [undefined, other.storage.files.get(name), ...texts.map((text) => encodeUtf8(text))];
      for (const content of contents) {
        const changed = copyOf(storage);
        if (content === undefined) changed.files.delete(name);
        else changed.files.set(name, content);
        expect([honest, "ERR_ROLLBACK"], name).toContainEqual(await honestly(changed));
      }
    }
  });

  test("spoils no proof: hashes of a snapshot's entries count if they are those that were remembered", async () => {
    for (const remembers of [true, false]) {
      const storage = createMemoryStorage();
      const world = await RepositoryWorld.create(storage, { bins: 1_024 });
      if (remembers) world.ring.memory = createKeyMemory();
      await world.publish();
      const note = storage.files.get("state/snapshot-hashes");
      expect(note !== undefined).toBe(remembers);
      const snapshot = storage.files.get("public/metadata/1.snapshot.json") as Uint8Array;
      const text = new TextDecoder().decode(snapshot);
      const signed = encodeUtf8(text.slice(text.indexOf('"signed":') + '"signed":'.length, -2));
      // Bound to the very text, as the honest note is, and with other numbers.
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", signed));
      const count = Object.keys(JSON.parse(new TextDecoder().decode(signed)).meta).length;
      expect(count).toBe(1_025);
      const numbers = Float64Array.from({ length: count }, (_, at) => count - at);
      storage.files.set(
        "state/snapshot-hashes",
        Uint8Array.from([...digest, ...new Uint8Array(numbers.buffer)]),
      );
      await world.add(["a"]);
      await world.publish();
      expect(await clientFinds(storage, { paths: ["a"], view: "linked" })).toEqual({ a: "a: 1" });
    }
  }, 120_000);

  test("removes no file that is current or newer, and no root, whatever a record of replaced files names", async () => {
    const { storage, world } = await withProject({ sign: "both", key: "project" });
    await world.addKey("root", "root 2");
    await world.publish();
    const names = [...storage.files.keys()];
    storage.files.set("public/metadata/99.bin-0.json", new Uint8Array(1));
    names.push("public/metadata/99.bin-0.json", "tuf-ld.json", "../outside", "staged/changes/head.json");
    for (const at of [0, -1, 2 ** 53]) {
      storage.files.set(`state/superseded/1.${at}.json`, encodeUtf8(JSON.stringify({ at: 0, names })));
    }
    const honest = await contentsOf(storage);
    const kept = new Set(storage.files.keys());
    await world.repository.clean({ now: hours(10_000), keepHours: 0 });
    expect(await contentsOf(storage)).toEqual(honest);
    for (const name of kept)
      if (!storage.files.has(name)) expect(name).toMatch(/^state\/superseded|^public\/metadata\/1\.(?!root)/);
  });
});

function copyOfMemory({ ring }: RepositoryWorld) {
  const memory = createKeyMemory();
  const { files } = ring.memory as ReturnType<typeof createKeyMemory>;
  for (const [name, bytes] of files) memory.files.set(name, bytes);
  return memory;
}
