/**
 * What clients would not read is not published, and what couriers write beside signatures is not copied.
 * @module
 */
import { describe, expect, test } from "vitest";
import { parseMetadata, serializeMetadata } from "../../../src/metadata/file.ts";
import { addSignature } from "../../../src/proof/classicSignature.ts";
import { addProof } from "../../../src/proof/linkedProof.ts";
import { createMemoryStorage } from "../../../src/repository/index.ts";
import { Developer, Index } from "../../support/projects.ts";
import { clientFinds, contentOf, keyNamed, NOW, RepositoryWorld } from "../../support/repositoryWorld.ts";

const text = (path: string) => new TextDecoder().decode(contentOf(path));

async function publishedWorld(bins?: number) {
  const storage = createMemoryStorage();
  const world = await RepositoryWorld.create(storage, bins === undefined ? {} : { bins });
  await world.add(["a"]);
  await world.publish();
  return { storage, world };
}

const metadata = (name: string) => `public/metadata/${name}.json`;

describe("sizes", () => {
  test("a root that clients would not read is not published, its number is used again, and the rest goes on", async () => {
    const { storage, world } = await publishedWorld();
    await world.addKey("root", "second");
    const small = { root: storage.files.get(metadata("1.root"))?.length ?? 0 };
    await expect(world.publish({ limits: small })).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "bytes of root", allowed: small.root },
    });
    expect(storage.files.has(metadata("2.root"))).toBe(false);
    // Others do not wait for it: the timestamp of a repository must not expire because of a draft.
    await world.add(["b"]);
    const { roles, waiting } = await world.publish({ limits: small });
    expect(roles.map(({ role }) => role)).toEqual(["targets", "snapshot", "timestamp"]);
    expect(waiting).toMatchObject([{ role: "root", reason: expect.stringContaining("clients read") }]);
    expect(storage.files.has(metadata("2.root"))).toBe(false);
    await world.publish();
    expect(storage.files.has(metadata("2.root"))).toBe(true);
    expect(await clientFinds(storage, { paths: ["a", "b"] })).toEqual({ a: text("a"), b: text("b") });
  });

  test.each(["timestamp", "stated"] as const)(
    "a file over the limit `%s` stops publishing before a number is spent",
    async (name) => {
      const { storage, world } = await publishedWorld();
      await world.add(["b"]);
      const role = name === "stated" ? "snapshot" : name;
      const before = storage.files.get(metadata("timestamp"));
      await expect(world.publish({ limits: { [name]: 100 } })).rejects.toMatchObject({
        code: "ERR_LIMIT",
        details: { limit: `bytes of ${role}`, allowed: 100 },
      });
      expect(storage.files.get(metadata("timestamp"))).toEqual(before);
      const { roles } = await world.publish();
      expect(roles.at(-1)).toMatchObject({ role: "timestamp", version: 2 });
    },
  );

  test("a bin that clients would not read is refused by name, before anything refers to it", async () => {
    const { storage, world } = await publishedWorld(2);
    await world.add(Array.from({ length: 20 }, (_, at) => `file-${at}`));
    const before = storage.files.get(metadata("timestamp"));
    await expect(world.publish({ limits: { targets: 1_500 } })).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "bytes of bin-0", allowed: 1_500 },
    });
    expect(storage.files.get(metadata("timestamp"))).toEqual(before);
    expect((await world.publish()).bins).toBe(2);
  });

  test("targets beyond what other clients read by default are published only where the operator allows it", async () => {
    const { storage, world } = await publishedWorld();
    // 5,000,000 bytes and a little more, of three targets with large notes.
    const target = {
      length: 1,
      hashes: { sha256: "00".repeat(32) },
      custom: { note: "n".repeat(1_670_000) },
    };
    await world.repository.changeTargets(
      ["x", "y", "z"].map((path) => ({ path, target })),
      { now: NOW },
    );
    const refusal = { code: "ERR_LIMIT", details: { limit: "bytes of targets", allowed: 5_000_000 } };
    await expect(world.publish()).rejects.toMatchObject(refusal);
    await expect(world.publish({ dryRun: true })).rejects.toMatchObject(refusal);
    expect((await world.publish({ allowLarge: true })).roles[0]).toMatchObject({
      role: "targets",
      version: 2,
    });
    expect(await clientFinds(storage, { paths: ["a"] })).toEqual({ a: text("a") });
  });
});

describe("what is copied of signatures that come from elsewhere", () => {
  const JUNK = { name: "j".repeat(1_000), keyid_hash_algorithms: ["sha256"] };

  test("`addSignatures` takes keyid and signature alone, and one signature of each key in each view", async () => {
    const { world } = await publishedWorld();
    await world.addKey("root", "second");
    const { file } = await world.repository.signingRequest("root");
    const key = await keyNamed("root");
    let copy = await addProof(await addSignature(file, key), key, "root", { created: NOW });
    const proof = copy.proof[0];
    if (proof === undefined) throw new Error("no proof");
    copy = {
      ...copy,
      signatures: copy.signatures.map((entry) => ({ ...entry, ...JUNK })),
      proof: [...Array(50).fill(proof)],
    };
    const carried = parseMetadata(serializeMetadata(copy, "file"), { type: "root" });
    expect(await world.repository.addSignatures("root", carried)).toHaveLength(1);
    const { file: draft } = await world.repository.signingRequest("root");
    expect(draft.signatures.map((entry) => Object.keys(entry))).toEqual([["keyid", "sig"]]);
    expect(draft.proof).toEqual([proof]);
  });

  test("`accept` takes of a submission keyid and signature alone", async () => {
    const index = await Index.create();
    const dev = await Developer.of("foo");
    const submission = await dev.release({ "foo-1.tar.gz": "one" });
    const file = parseMetadata(submission.metadata, { type: "targets" });
    const signatures = file.signatures.map((entry) => ({ ...entry, ...JUNK }));
    const metadataBytes = serializeMetadata({ ...file, signatures }, "file");
    await index.accept(
      { ...submission, metadata: metadataBytes },
      { project: "foo", keys: [dev.key.publicKey] },
    );
    await index.publish();
    const bytes = index.storage.files.get(metadata("1.project-foo"));
    expect(new TextDecoder().decode(bytes)).not.toContain("jjj");
  });
});
