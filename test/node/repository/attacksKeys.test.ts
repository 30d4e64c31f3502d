/**
 * A10, A11, A14, A15, A18 and A20 of the threat model against repositories that we publish and serve over HTTP.
 * @module
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generateKey } from "../../../src/key/privateKey.ts";
import { toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import { recoveryReport } from "../../../src/repository/recovery/recoveryReport.ts";
import type { Root, Snapshot, Targets, Timestamp, TufKey } from "../../../src/vocabulary/types.ts";
import { forgeOnline, forgeTarget, loot, recover } from "../../support/onlineAttacker.ts";
import { type Follower, Publisher, sha256 } from "../../support/publisher.ts";

const VIEWS = ["classic", "linked", "both"] as const;

/** What a client has stored. */
async function stored({ store }: Follower): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of (await store.list()).sort()) {
    found.set(name, new TextDecoder().decode(await store.read(name)));
  }
  return found;
}

/** Refused by this code, and what was trusted before is what is trusted after. */
async function refused(client: Follower, path: string, code: string): Promise<void> {
  const before = await stored(client);
  await expect(client.get(path)).rejects.toMatchObject({ code });
  expect(await stored(client)).toEqual(before);
}

describe.each(VIEWS)("signed as %s", (sign) => {
  test("A14: a threshold of root keys is total loss: clients follow the attacker's root, and no honest one any more", async () => {
    const publisher = await Publisher.create({ profile: "pep458", bins: 2, sign });
    const client = publisher.client();
    await client.get("a.txt");
    const key = await generateKey("Ed25519");
    const keyid = tufKeyid(toTufKey(key.publicKey));
    publisher.keys.held.set(keyid, key);
    const { signed } = await publisher.parsed<Root>("1.root.json");
    const mine = { keyids: [keyid], threshold: 1 };
    const evil: Root = {
      ...signed,
      version: 2,
      keys: { ...signed.keys, [keyid]: toTufKey(key.publicKey) as unknown as TufKey },
      roles: { root: mine, timestamp: mine, snapshot: mine, targets: mine },
    };
    // With one of the two it takes, nothing happens to clients but a refusal.
    await publisher.forge(evil, "root", [publisher.keys.first("root"), key]);
    await refused(client, "a.txt", "ERR_THRESHOLD_UNMET");
    await publisher.forge(evil, "root", [...publisher.keys.of("root"), key]);
    const { signed: targets } = await publisher.current<Targets>("targets");
    const bytes = new TextEncoder().encode("evil");
    const target = { length: 4, hashes: { sha256: sha256(bytes) } };
    await writeFile(join(publisher.folder, `public/targets/${target.hashes.sha256}.a.txt`), bytes);
    const { delegations: _, ...top } = targets;
    await publisher.forge({ ...top, version: 2, targets: { "a.txt": target } }, "targets", [key]);
    const all = { bin: [key], snapshot: [key], timestamp: [key] };
    await forgeOnline(publisher, all, { "targets.json": { version: 2 } });
    expect(await client.get("a.txt")).toBe("evil");
    // The honest holders cannot make a root that follows it.
    await publisher.forge({ ...signed, version: 3 }, "root", publisher.keys.of("root"));
    await refused(client, "a.txt", "ERR_NO_SIGNATURE");
  });

  test("A15: with the online keys forged targets are accepted until recovery; then clients recover by themselves", async () => {
    const publisher = await Publisher.create({ profile: "pep458", bins: 4, sign });
    const [client, other] = [publisher.client(), publisher.client()];
    await client.get("a.txt");
    await other.get("a.txt");
    const stolen = loot(publisher);
    await forgeTarget(publisher, stolen, "a.txt", "evil a");
    await forgeTarget(publisher, stolen, "evil.txt", "evil");
    expect(await client.get("a.txt")).toBe("evil a");
    expect(await client.get("evil.txt")).toBe("evil");
    await recover(publisher, 1);
    // Staged is not revoked.
    expect(await publisher.client().get("a.txt")).toBe("evil a");
    await publisher.publish();
    for (const each of [client, other, publisher.client()]) {
      expect(await each.get("a.txt")).toBe("content of a");
      await refused(each, "evil.txt", "ERR_TARGET_NOT_FOUND");
    }
    expect(client.events.filter(({ type }) => type === "recovered")).toHaveLength(2);
    const good = await publisher.read("timestamp.json");
    // The attacker signs on.
    await forgeTarget(publisher, stolen, "a.txt", "evil again", { timestamp: 50 });
    await refused(client, "a.txt", "ERR_NO_SIGNATURE");
    await expect(publisher.client().get("a.txt")).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
    await writeFile(publisher.file("timestamp.json"), good);
    expect(await client.get("a.txt")).toBe("content of a");
  });

  test.each([2 ** 31 - 1, Number.MAX_SAFE_INTEGER])(
    "A18: timestamp, snapshot and a bin driven up to version %i: clients recover with the new keys",
    async (version) => {
      const publisher = await Publisher.create({ profile: "pep458", bins: 2, sign });
      const client = publisher.client();
      await client.get("a.txt");
      const good = await publisher.read("timestamp.json");
      const stolen = loot(publisher);
      await forgeTarget(publisher, stolen, "a.txt", "evil a", {
        bin: version,
        snapshot: version,
        timestamp: version,
      });
      expect(await client.get("a.txt")).toBe("evil a");
      const evil = await publisher.read("timestamp.json");
      // Without new keys there is no way back.
      await writeFile(publisher.file("timestamp.json"), good);
      await refused(client, "a.txt", "ERR_ROLLBACK");
      await writeFile(publisher.file("timestamp.json"), evil);
      await recover(publisher, 1);
      await publisher.publish();
      expect(await client.get("a.txt")).toBe("content of a");
      expect(await publisher.client().get("b.txt")).toBe("content of b");
      const isTop = version === Number.MAX_SAFE_INTEGER;
      for (const role of ["timestamp", "snapshot"]) {
        const { signed } = await publisher.current(role);
        expect(signed.version, role).toBe(isTop ? 2 : version + 1);
      }
      // And life goes on.
      await publisher.add("later.txt", "later");
      await publisher.publish();
      expect(await client.get("later.txt")).toBe("later");
      expect((await recoveryReport(publisher.repository))?.phase).toBe("done");
    },
  );

  test("A20: a file that lies among the targets before its metadata is published is not found; afterwards it downloads", async () => {
    const publisher = await Publisher.create({ bins: 4, sign });
    const client = publisher.client();
    await client.get("a.txt");
    await publisher.add("new.txt", "new");
    await writeFile(join(publisher.folder, "public/targets/new.txt"), "new");
    await refused(client, "new.txt", "ERR_TARGET_NOT_FOUND");
    await publisher.publish();
    expect(await client.get("new.txt")).toBe("new");
  });

  test("A10: a snapshot with the targets of the state before, under their name or its own, is refused", async () => {
    const publisher = await Publisher.create({ sign });
    const client = publisher.client();
    await client.get("a.txt");
    const old = await publisher.read("1.targets.json");
    const oldSnapshot = await publisher.read("1.snapshot.json");
    const oldTimestamp = await publisher.read("timestamp.json");
    await publisher.add("a.txt", "second content of a");
    await publisher.publish();
    const targets = await publisher.read("2.targets.json");
    const snapshot = await publisher.read("2.snapshot.json");
    await writeFile(publisher.file("2.targets.json"), old);
    await expect(publisher.client().get("a.txt")).rejects.toMatchObject({ code: "ERR_VERSION_MISMATCH" });
    await expect(client.get("a.txt")).rejects.toMatchObject({ code: "ERR_VERSION_MISMATCH" });
    await writeFile(publisher.file("2.targets.json"), targets);
    await writeFile(publisher.file("2.snapshot.json"), oldSnapshot);
    await expect(publisher.client().get("a.txt")).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(HASH|LENGTH)_MISMATCH$/),
    });
    await writeFile(publisher.file("2.snapshot.json"), snapshot);
    expect(await client.get("a.txt")).toBe("second content of a");
    await writeFile(publisher.file("timestamp.json"), oldTimestamp);
    await refused(client, "a.txt", "ERR_ROLLBACK");
  });

  test("A11: a path in a role that may not speak for it is not found, and another signed file is not taken for it", async () => {
    const publisher = await Publisher.create({ sign });
    const key = await generateKey("Ed25519");
    await publisher.repository.delegate({ name: "team", paths: ["team/*"], keys: [key.publicKey] });
    publisher.keys.keep("team", tufKeyid(toTufKey(key.publicKey)), key);
    await publisher.add("team/c.txt", "content of c", "team");
    await publisher.publish();
    const client = publisher.client();
    expect(await client.get("team/c.txt")).toBe("content of c");
    // The team's holder lists a path outside of what was delegated. Our own tools refuse that, theirs would not.
    await expect(publisher.add("other.txt", "evil", "team")).rejects.toMatchObject({ code: "ERR_EDIT" });
    const { signed } = await publisher.current<Targets>("team");
    const bytes = new TextEncoder().encode("evil");
    const target = { length: 4, hashes: { sha256: sha256(bytes) } };
    await writeFile(join(publisher.folder, `public/targets/${target.hashes.sha256}.other.txt`), bytes);
    const version = signed.version + 1;
    await publisher.forge(
      { ...signed, version, targets: { ...signed.targets, "other.txt": target, "a.txt": target } },
      "team",
      [key],
    );
    await forgeOnline(publisher, loot(publisher), { "team.json": { version } });
    await expect(client.get("other.txt")).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
    expect(await client.get("a.txt")).toBe("content of a");
    // The server answers with another file that is signed, under another name.
    const names = await publisher.current<Targets>("targets");
    const nameOf = (path: string): string => `${names.signed.targets[path]?.hashes["sha256"]}.${path}`;
    await writeFile(join(publisher.folder, "public/targets", nameOf("a.txt")), "content of b");
    await expect(publisher.client().get("a.txt")).rejects.toMatchObject({ code: "ERR_HASH_MISMATCH" });
  });
});

test("A15: an attacker who also changes the last good bins in place, with the stolen keys, is why a copy is better", async () => {
  const publisher = await Publisher.create({ profile: "pep458", bins: 2 });
  const backup = await publisher.backUp();
  const stolen = loot(publisher);
  await forgeTarget(publisher, stolen, "a.txt", "evil a", { bin: 1 });
  await recover(publisher, 1);
  // The snapshot names the version of a bin and not its hash, so nothing tells the two apart.
  expect((await recoveryReport(publisher.repository))?.changes).toEqual([]);
  await publisher.publish();
  expect(await publisher.client().get("a.txt")).toBe("evil a");
  const source = {
    snapshotVersion: 1,
    get: (name: string) =>
      readFile(join(backup, name)).then(
        (bytes) => new Uint8Array(bytes),
        () => undefined,
      ),
  };
  await recover(publisher, source);
  await publisher.publish();
  expect(await publisher.client().get("a.txt")).toBe("content of a");
});

test("A18: a fast-forward of the offline targets in a forged snapshot alone is undone by recovery", async () => {
  const publisher = await Publisher.create({ profile: "pep458", bins: 2 });
  const client = publisher.client();
  await client.get("a.txt");
  await forgeOnline(publisher, loot(publisher), { "targets.json": { version: Number.MAX_SAFE_INTEGER } });
  await expect(client.get("a.txt")).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
  await recover(publisher, 1);
  await publisher.publish();
  expect(await client.get("a.txt")).toBe("content of a");
  const { signed } = await publisher.current<Snapshot>("snapshot");
  expect(signed.meta["targets.json"]?.version).toBe(1);
  expect((await publisher.current<Timestamp>("timestamp")).signed.version).toBeGreaterThan(2);
});

test("A20: a file in a folder of its own is not found either", async () => {
  const publisher = await Publisher.create();
  await mkdir(join(publisher.folder, "public/targets/x"), { recursive: true });
  await writeFile(join(publisher.folder, "public/targets/x/y.txt"), "y");
  await expect(publisher.client().get("x/y.txt")).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
});
