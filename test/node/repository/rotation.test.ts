/**
 * Keys of every role replaced and revoked, and clients that pinned the first root and follow.
 * @module
 */
import { describe, expect, test } from "vitest";
import { generateKey } from "../../../src/key/privateKey.ts";
import { toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import { createFileStorage } from "../../../src/node/fileStorage.ts";
import { revokeKey, rotateKey } from "../../../src/repository/keys/rotation.ts";
import type { RepositoryStorage } from "../../../src/repository/storage.ts";
import { Publisher } from "../../support/publisher.ts";

/** Replaces a key of a role and keeps the new one at hand. */
async function rotate(publisher: Publisher, role: string, forget = false) {
  const key = await generateKey("Ed25519");
  const old = publisher.keys.byRole.get(role)?.at(-1) as string;
  const done = await rotateKey(publisher.repository, role, key.publicKey, { oldKeyid: old });
  if (forget) publisher.keys.held.delete(old);
  publisher.keys.keep(role, done.newKeyid, key);
  return { ...done, old };
}

/** A storage that calls `after` once something in the public folder has been written. */
function watched(storage: RepositoryStorage, after: (name: string) => Promise<void>): RepositoryStorage {
  return {
    get: storage.get,
    list: storage.list,
    remove: storage.remove,
    settle: storage.settle,
    tidy: storage.tidy,
    exclusive: (work) => storage.exclusive(work),
    streamIfAbsent: storage.streamIfAbsent,
    copyIfAbsent: storage.copyIfAbsent,
    async putIfAbsent(name, bytes) {
      const done = await storage.putIfAbsent(name, bytes);
      if (name.startsWith("public/")) await after(name);
      return done;
    },
    async replace(name, bytes) {
      await storage.replace(name, bytes);
      if (name.startsWith("public/")) await after(name);
    },
    async swap(name, before, next) {
      const done = await storage.swap(name, before, next);
      if (name.startsWith("public/")) await after(name);
      return done;
    },
  };
}

describe.each(["classic", "linked", "both"] as const)("signed as %s", (sign) => {
  const policies = sign === "both" ? (["classic", "linked", "both"] as const) : [sign];

  test("a client that pinned root 1 follows the rotation of every role, one after the other", async () => {
    const publisher = await Publisher.create({ profile: "pep458", bins: 2, sign });
    await publisher.repository.delegate({
      name: "team",
      paths: ["team/*"],
      keys: [(await generateKey("Ed25519")).publicKey],
    });
    const team = await publisher.addKey("team");
    await publisher.add("team/c.txt", "content of c", "team");
    await publisher.publish();
    expect(publisher.keyidOf(team)).not.toBe("unknown");
    const clients = policies.map((policy) => publisher.client(policy));
    for (const role of ["root", "root", "timestamp", "snapshot", "targets", "bins", "bin", "team"]) {
      await rotate(publisher, role);
      const result = await publisher.publish();
      expect(result.waiting, role).toEqual([]);
      for (const client of clients) {
        expect(await client.get("a.txt"), role).toBe("content of a");
        expect(await client.get("team/c.txt"), role).toBe("content of c");
      }
    }
    for (const policy of policies) {
      const fresh = publisher.client(policy);
      expect((await fresh.versions()).root).toBe(6);
      expect(await fresh.get("b.txt")).toBe("content of b");
    }
  });

  test("after every single write no client fails, and none sees a mixture, while the old keys are at hand", async () => {
    const publisher = await Publisher.create({ bins: 2, sign });
    const storage = createFileStorage(publisher.folder);
    const steady = publisher.client();
    await steady.get("a.txt");
    for (const role of ["timestamp", "snapshot", "targets", "bin", "root"]) {
      await rotate(publisher, role);
      await publisher.add("a.txt", `content of a, then ${role}`);
      const seen: string[] = [];
      const before = await steady.get("a.txt");
      await publisher.publish(
        watched(storage, async (name) => {
          const fresh = await publisher.client().get("a.txt");
          expect(await steady.get("a.txt"), `${role}, after ${name}`).toBe(fresh);
          seen.push(fresh);
        }),
      );
      expect(new Set(seen)).toEqual(new Set([before, `content of a, then ${role}`]));
    }
  });
});

test("without the old key the new root comes first: a client fails for that moment and then follows", async () => {
  const publisher = await Publisher.create();
  const client = publisher.client();
  await client.get("a.txt");
  await rotate(publisher, "timestamp", true);
  const refusals: unknown[] = [];
  const names: string[] = [];
  await publisher.publish(
    watched(createFileStorage(publisher.folder), async (name) => {
      names.push(name.slice("public/metadata/".length));
      await client.get("a.txt").catch((error) => refusals.push(error));
    }),
  );
  expect(names.slice(-2)).toEqual(["2.root.json", "timestamp.json"]);
  expect(refusals).toEqual([expect.objectContaining({ code: "ERR_NO_SIGNATURE" })]);
  expect(await client.get("a.txt")).toBe("content of a");
});

test("rotating tells which drafts are to be signed, and where else the old key is listed", async () => {
  const publisher = await Publisher.create();
  const shared = publisher.keys.first("timestamp");
  await publisher.repository.addKeys("snapshot", [shared.publicKey]);
  const { drafts, elsewhere, delegator } = await rotate(publisher, "timestamp");
  expect({ drafts, elsewhere, delegator }).toEqual({
    drafts: ["root"],
    elsewhere: ["snapshot"],
    delegator: "root",
  });
  expect((await rotate(publisher, "targets")).drafts).toEqual(["root", "targets"]);
});

test("a role with several keys needs to be told which, and the beginning of a keyid is enough", async () => {
  const publisher = await Publisher.create({ profile: "pep458", bins: 2 });
  const { publicKey } = await generateKey("Ed25519");
  const [keyid = ""] = publisher.keys.byRole.get("root") ?? [];
  const rotating = (oldKeyid?: string) =>
    rotateKey(publisher.repository, "root", publicKey, oldKeyid === undefined ? {} : { oldKeyid });
  await expect(rotating()).rejects.toMatchObject({
    code: "ERR_EDIT",
    message: expect.stringContaining("--old"),
  });
  await expect(rotating("")).rejects.toMatchObject({ code: "ERR_EDIT" });
  await expect(rotating("zz")).rejects.toMatchObject({ code: "ERR_EDIT" });
  expect((await rotating(keyid.slice(0, 10))).oldKeyid).toBe(keyid);
});

test.each([
  ["bin-0", "ERR_EDIT"],
  ["nobody", "ERR_ROLE_UNKNOWN"],
])("rotating %s is refused: %s", async (role, code) => {
  const publisher = await Publisher.create({ bins: 2 });
  const { publicKey } = await generateKey("Ed25519");
  await expect(rotateKey(publisher.repository, role, publicKey)).rejects.toMatchObject({ code });
});

test("the new key must be new to the role", async () => {
  const publisher = await Publisher.create();
  const key = publisher.keys.first("targets");
  await expect(rotateKey(publisher.repository, "targets", key.publicKey)).rejects.toMatchObject({
    code: "ERR_EDIT",
  });
});

test("rotating the keys of succinct bins signs all of them anew", async () => {
  const publisher = await Publisher.create({ bins: 4, succinct: true });
  const client = publisher.client();
  await client.get("a.txt");
  await rotate(publisher, "bin");
  expect((await publisher.publish()).bins).toBe(4);
  expect(await client.get("a.txt")).toBe("content of a");
});

describe("revoking", () => {
  test("takes the key from every role that lists it, if the others can still sign", async () => {
    const publisher = await Publisher.create();
    const spare = await publisher.addKey("snapshot");
    await publisher.repository.addKeys("timestamp", [spare.publicKey]);
    await publisher.publish();
    const client = publisher.client();
    await client.get("a.txt");
    const keyid = tufKeyid(toTufKey(spare.publicKey));
    const { places, drafts, keyids } = await revokeKey(publisher.repository, keyid.slice(0, 12));
    expect(keyids).toEqual([keyid]);
    expect(places.map(({ role }) => role).sort()).toEqual(["snapshot", "timestamp"]);
    expect(drafts).toEqual(["root"]);
    await publisher.publish();
    expect(await client.get("a.txt")).toBe("content of a");
    const root = await publisher.parsed("3.root.json");
    expect(JSON.stringify(root.signed)).not.toContain(keyid);
  });

  test("refuses as a whole when some role would have too few keys, names it and says what to do", async () => {
    const publisher = await Publisher.create({ bins: 2 });
    const key = publisher.keys.first("bin");
    await publisher.addKey("timestamp");
    await publisher.repository.addKeys("timestamp", [key.publicKey]);
    const before = await publisher.repository.status();
    await expect(revokeKey(publisher.repository, key.publicKey)).rejects.toMatchObject({
      code: "ERR_EDIT",
      message: expect.stringMatching(/bin would have 0 and needs 1.*`tuf-ld key gen bin`.*--replace-with/),
    });
    expect((await publisher.repository.status()).roles).toEqual(before.roles);
  });

  test("puts another key in its place everywhere, and clients follow", async () => {
    const publisher = await Publisher.create({ bins: 2 });
    const old = publisher.keys.first("targets");
    await publisher.repository.addKeys("bin", [old.publicKey]);
    await publisher.repository.removeKey("bin", publisher.keys.byRole.get("bin")?.[0] as string);
    await publisher.publish();
    const client = publisher.client();
    await client.get("a.txt");
    const replacement = await generateKey("Ed25519");
    const { drafts } = await revokeKey(publisher.repository, old.publicKey, {
      replaceWith: replacement.publicKey,
    });
    publisher.keys.keep("targets", tufKeyid(toTufKey(replacement.publicKey)), replacement);
    expect(drafts).toEqual(["root", "targets"]);
    await publisher.publish();
    expect(await client.get("a.txt")).toBe("content of a");
  });

  test("does not ask for a new signature of a role whose other keys have signed already", async () => {
    const publisher = await Publisher.create();
    const spare = await publisher.addKey("targets");
    await publisher.repository.renew("targets");
    await publisher.publish();
    expect((await revokeKey(publisher.repository, spare.publicKey)).drafts).toEqual(["root"]);
  });

  test("a key that nobody has, and a beginning that several keys have, are refused", async () => {
    const publisher = await Publisher.create();
    for (const key of ["0000000000000000zz", ""])
      await expect(revokeKey(publisher.repository, key)).rejects.toMatchObject({ code: "ERR_EDIT" });
  });
});
