import { describe, expect, test } from "vitest";
import { tufKeyid } from "../../../src/key/tufKey.ts";
import { Client } from "../../support/simulator/client.ts";
import { Simulator } from "../../support/simulator/repository.ts";

describe.each(["timestamp", "snapshot", "targets"] as const)("the role %s", (role) => {
  const changed = role === "targets" ? "targets" : "snapshot";

  test("whose threshold is met by distinct keys is accepted", async () => {
    const repository = await Simulator.create();
    for (let count = 0; count < 3; count++) await repository.addKey(role);
    repository.role(role).threshold = 4;
    await repository.publish("root", changed);
    await new Client(repository).refresh();
  });

  test("with one signature less than its threshold is refused", async () => {
    const repository = await Simulator.create();
    for (let count = 0; count < 3; count++) await repository.addKey(role);
    repository.role(role).threshold = 4;
    repository.signers.set(role, repository.signersOf(role).slice(1));
    await repository.publish("root", changed);
    await expect(new Client(repository).refresh()).rejects.toMatchObject({
      code: "ERR_THRESHOLD_UNMET",
      details: { role, valid: 3, threshold: 4 },
    });
  });

  test("with a threshold that is higher than its number of keys can never be met", async () => {
    const repository = await Simulator.create();
    repository.role(role).threshold = 2;
    await repository.publish("root", changed);
    await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
  });

  test("without any key can never be met", async () => {
    const repository = await Simulator.create();
    repository.role(role).keyids = [];
    await repository.publish("root", changed);
    await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
  });

  test("whose key is named but not defined can never be met", async () => {
    const repository = await Simulator.create();
    for (const keyid of repository.role(role).keyids) delete repository.root.keys[keyid];
    await repository.publish("root", changed);
    await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
  });

  test("that names a keyid twice is refused with the root that does so", async () => {
    const repository = await Simulator.create();
    const { keyids } = repository.role(role);
    keyids.push(keyids[0] as string);
    repository.role(role).threshold = 2;
    await repository.publish("root", changed);
    const client = new Client(repository);
    await expect(client.refresh()).rejects.toMatchObject({ code: "ERR_SHAPE" });
    expect(await client.versions()).toEqual({ root: 1 });
  });

  test("with a threshold of zero is refused with the root that says so", async () => {
    const repository = await Simulator.create();
    repository.role(role).threshold = 0;
    await repository.publish("root", changed);
    await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_SHAPE" });
  });

  test("counts one key under two keyids once", async () => {
    const repository = await Simulator.create();
    const [key] = repository.signersOf(role);
    if (key === undefined) throw new Error("no key");
    const twin = { ...key, keyid: "another-name" };
    repository.authorize(role, twin);
    repository.signersOf(role).push(twin);
    repository.role(role).threshold = 2;
    await repository.publish("root", changed);
    await expect(new Client(repository).refresh()).rejects.toMatchObject({
      code: "ERR_THRESHOLD_UNMET",
      details: { role, valid: 1, threshold: 2 },
    });
  });

  test("counts one proof that is listed twice once", async () => {
    const repository = await Simulator.create();
    await repository.addKey(role);
    repository.role(role).threshold = 2;
    repository.signers.set(role, repository.signersOf(role).slice(0, 1));
    repository.tamper.set(role, (file) => ({ ...file, proof: [...file.proof, ...file.proof] }));
    await repository.publish("root", changed);
    await expect(new Client(repository).refresh()).rejects.toMatchObject({
      code: "ERR_THRESHOLD_UNMET",
      details: { valid: 1 },
    });
  });
});

test.each(["root", "timestamp", "snapshot", "targets", "delegated"])(
  "a keyid that is listed twice among the signatures of %s is refused, though one of them is enough",
  async (role) => {
    const repository = await Simulator.create();
    await repository.delegate("targets", { name: "delegated" });
    repository.addTarget("delegated", "file.txt", "content");
    await repository.publishAll();
    const client = new Client(repository);
    repository.tamper.set(role, ({ signatures: [first, ...rest], ...file }) => ({
      ...file,
      // The second is another text, so that it is the keyid that repeats.
      signatures: [...(first ? [first, { ...first, sig: "" }] : []), ...rest],
    }));
    if (role === "root") await repository.bump("root");
    else await repository.publish(role);
    await expect(client.download("file.txt")).rejects.toMatchObject({
      code: "ERR_SHAPE",
      details: { path: "/signatures/1/keyid" },
    });
  },
);

describe.each([
  ["ed25519", "ed25519", "Ed25519"],
  ["ecdsa", "ecdsa-sha2-nistp256", "P-256"],
  ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "P-256"],
  ["ecdsa", "ecdsa-sha2-nistp384", "P-384"],
  ["ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "P-384"],
  ["rsa", "rsassa-pss-sha256", "RSA"],
] as const)("keytype %s with scheme %s", (keytype, scheme, kind) => {
  test("signs every top-level role and a delegated one", async () => {
    const repository = await Simulator.create();
    const key = await repository.ring.next(kind);
    const named = { ...key, tufKey: { ...key.tufKey, keytype, scheme } };
    for (const role of ["root", "timestamp", "snapshot", "targets"] as const) {
      repository.role(role).keyids = [];
      repository.authorize(role, named);
      const before = role === "root" ? repository.signersOf(role) : [];
      repository.signers.set(role, [...before, named]);
    }
    await repository.delegate("targets", { name: "role", keyids: [named.keyid] });
    repository.delegationsOf("targets").keys[named.keyid] = named.tufKey as never;
    repository.signers.set("role", [named]);
    repository.addTarget("role", "file.txt", "content");
    await repository.publish("root", "targets", "role");
    expect(await new Client(repository).download("file.txt")).toBe("content");
  });
});

test.each([
  ["ed25519", "rsassa-pss-sha256"],
  ["ed25519", "ecdsa-sha2-nistp256"],
  ["rsa", "ed25519"],
  ["unknown", "ed25519"],
  ["ed25519", "unknown"],
  ["__proto__", "constructor"],
])("a key of keytype %s with scheme %s counts for nothing", async (keytype, scheme) => {
  const repository = await Simulator.create();
  const [key] = repository.signersOf("timestamp");
  if (key === undefined) throw new Error("no key");
  Object.assign(repository.root.keys[key.keyid] as object, { keytype, scheme });
  await repository.publish("root", "timestamp");
  await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
});

test("keys that nobody here can read do no harm beside one that signs", async () => {
  const repository = await Simulator.create();
  const odd = {
    quantum: { keytype: "sphincs", scheme: "sphincs-shake-128s", keyval: { public: "00" } },
    malformed: { keytype: "ed25519", scheme: "ed25519", keyval: { public: "not hex" } },
    empty: { keytype: "rsa", scheme: "rsassa-pss-sha256", keyval: { public: "" } },
  };
  Object.assign(repository.root.keys, odd);
  repository.role("timestamp").keyids.push(...Object.keys(odd));
  await repository.publish("root", "timestamp");
  await new Client(repository).refresh();
});

test.each(["", "not-a-hash", "ключ", "a b/../c", "constructor", "0".repeat(64)])(
  "a keyid is a name and no hash: %j",
  async (keyid) => {
    const repository = await Simulator.create();
    for (const role of ["timestamp", "snapshot", "targets"] as const) {
      const key = await repository.ring.next();
      expect(tufKeyid(key.tufKey)).toBe(key.keyid);
      repository.role(role).keyids = [];
      const named = { ...key, keyid: `${keyid}${role === "timestamp" ? "" : role}` };
      repository.authorize(role, named);
      repository.signers.set(role, [named]);
    }
    await repository.publish("root", "targets");
    await new Client(repository).refresh();
  },
);

test("two roles may share a key, and signatures of others on a file do no harm", async () => {
  const repository = await Simulator.create();
  const shared = await repository.addKey("timestamp");
  repository.role("snapshot").keyids = [];
  repository.authorize("snapshot", shared);
  repository.signers.set("snapshot", [shared, ...repository.signersOf("targets")]);
  await repository.publish("root", "targets");
  await new Client(repository).refresh();
});
