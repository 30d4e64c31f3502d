/**
 * The cases of the community's conformance suite (theupdateframework/tuf-conformance), on our simulator. Each test is
 * named after the case that it mirrors. Those on graphs of delegations are in delegation.test.ts, those on the rotation
 * of keys in rotation.test.ts, those on odd names of roles in workflowNames.test.ts; the executable that the suite
 * drives, its exit codes and the static repositories are in test/node/conformanceClient.test.ts.
 * @module
 */
import { describe, expect, test } from "vitest";
import { parseMetadata } from "../../../src/metadata/file.ts";
import { Client } from "../../support/simulator/client.ts";
import { days, daysLater } from "../../support/simulator/draft.ts";
import { Simulator } from "../../support/simulator/repository.ts";

const ALL = { root: 1, timestamp: 1, snapshot: 1, targets: 1 };
const FIRST_REQUESTS = ["2.root", "timestamp", "1.snapshot", "1.targets"].map(
  (name) => `metadata/${name}.json`,
);

/** A repository, and a client that has refreshed once. */
async function refreshed() {
  const repository = await Simulator.create();
  const client = new Client(repository);
  await client.refresh();
  repository.forgetRequests();
  return { repository, client };
}

const failed = (code: string) => ({ code });

interface Editable {
  signed: { version?: number };
  signatures: { keyid: string; sig: string }[];
}

/** The text with a change that its signatures do not cover, or that the trusted root has from the start. */
function edited(bytes: Uint8Array, edit: (document: Editable) => void): Uint8Array {
  const document = JSON.parse(new TextDecoder().decode(bytes)) as Editable;
  edit(document);
  return new TextEncoder().encode(JSON.stringify(document));
}

describe("test_basic", () => {
  test("basic_init_and_refresh: four files are asked for once each, and trusted", async () => {
    const repository = await Simulator.create();
    const client = new Client(repository);
    await client.refresh();
    expect(repository.requests).toEqual(FIRST_REQUESTS);
    expect(await client.versions()).toEqual(ALL);
  });

  test("implicit_refresh: looking for a target that does not exist brings the metadata up to date first", async () => {
    const repository = await Simulator.create();
    const client = new Client(repository);
    await expect(client.download("nothing here")).rejects.toMatchObject(failed("ERR_TARGET_NOT_FOUND"));
    expect(repository.requests).toEqual(FIRST_REQUESTS);
    expect(await client.versions()).toEqual(ALL);
  });

  test("invalid_initial_root: a root without a version is refused before anything is asked for", async () => {
    const repository = await Simulator.create();
    const trustedRoot = edited(repository.rootBytes(1), ({ signed }) => {
      delete signed.version;
    });
    const client = new Client(repository, { trustedRoot });
    await expect(client.refresh()).rejects.toMatchObject(failed("ERR_SHAPE"));
    expect(repository.requests).toEqual([]);
  });

  test("unsigned_initial_root: a root with some other signature is refused before anything is asked for", async () => {
    const repository = await Simulator.create();
    const trustedRoot = edited(repository.rootBytes(1), ({ signatures }) => {
      for (const each of signatures) each.sig = "30".repeat(64);
    });
    const client = new Client(repository, { trustedRoot });
    await expect(client.refresh()).rejects.toMatchObject(failed("ERR_THRESHOLD_UNMET"));
    expect(repository.requests).toEqual([]);
  });

  test("timestamp_content_changes, timestamp_eq_versions_check: other content under the same version is not kept", async () => {
    const { repository, client } = await refreshed();
    const before = await client.stored("timestamp");
    repository.timestamp.meta["snapshot.json"] = { version: 100 };
    await repository.write("timestamp");
    await client.refresh();
    expect(await client.stored("timestamp")).toEqual(before);
  });

  test("new_targets_hash_mismatch: targets that the snapshot's hash does not name are refused", async () => {
    const { repository, client } = await refreshed();
    repository.statesHashes = true;
    await repository.publish("targets");
    repository.targets.expires = days(20);
    await repository.write("targets");
    await expect(client.refresh()).rejects.toMatchObject(failed("ERR_HASH_MISMATCH"));
    expect((await client.versions())["targets"]).toBe(1);
  });

  test("new_targets_version_mismatch: targets of another version than the snapshot names change nothing", async () => {
    const { repository, client } = await refreshed();
    await repository.bump("targets");
    await client.refresh();
    expect(await client.versions()).toEqual(ALL);
  });

  test("custom_fields: members that TUF does not define are signed with the rest", async () => {
    const { repository, client } = await refreshed();
    const [keyid = ""] = repository.role("root").keyids;
    Object.assign(repository.root, { "custom-field": "value" });
    Object.assign(repository.root.keys[keyid] as object, { "extra-field": { a: 1, b: 2 } });
    Object.assign(repository.role("root"), { "another-field": "value" });
    await repository.publish("root");
    await client.refresh();
    const kept = parseMetadata((await client.stored("root")) as Uint8Array).signed;
    expect(kept).toMatchObject({ version: 2, "custom-field": "value" });
  });
});

describe("test_expiration", () => {
  test("root_expired: the root is kept, and nothing below it is asked for", async () => {
    const { repository, client } = await refreshed();
    await repository.publish("root");
    await client.refresh();
    repository.root.expires = days(-1);
    await repository.publish("root");
    await repository.publish("targets");
    await expect(client.refresh()).rejects.toMatchObject(failed("ERR_EXPIRED"));
    expect(await client.versions()).toEqual({ ...ALL, root: 3 });
  });

  test.each(["timestamp", "snapshot", "targets"] as const)(
    "%s_expired: it is refused, and the version before stays",
    async (role) => {
      const { repository, client } = await refreshed();
      repository[role].expires = days(-5);
      await repository.publish(role);
      await expect(client.refresh()).rejects.toMatchObject(failed("ERR_EXPIRED"));
      expect((await client.versions())[role]).toBe(1);
    },
  );

  test("expired_metadata: expired local files are what a newer update is compared with", async () => {
    const repository = await Simulator.create();
    repository.timestamp.expires = days(7);
    await repository.publish("timestamp");
    const client = new Client(repository);
    await client.refresh();
    repository.timestamp.expires = days(21);
    await repository.publish("targets");
    await client.refresh({ at: daysLater(18) });
    expect(await client.versions()).toMatchObject({ timestamp: 3, snapshot: 2, targets: 2 });
  });
});

describe("test_rollback", () => {
  test("simple_snapshot_rollback: a snapshot that the timestamp does not name is not even asked for", async () => {
    const { repository, client } = await refreshed();
    await repository.publish("snapshot");
    await client.refresh();
    repository.snapshot.version = 1;
    await repository.write("snapshot");
    repository.forgetRequests();
    await client.refresh();
    expect((await client.versions())["snapshot"]).toBe(2);
    expect(repository.requests.at(-1)).toBe("metadata/timestamp.json");
  });

  test("new_timestamp_version_rollback: an older timestamp is refused", async () => {
    const { repository, client } = await refreshed();
    await repository.publish("timestamp");
    await client.refresh();
    repository.timestamp.version = 1;
    await repository.write("timestamp");
    await expect(client.refresh()).rejects.toMatchObject(failed("ERR_ROLLBACK"));
    expect((await client.versions())["timestamp"]).toBe(2);
    expect(repository.requests.at(-1)).toBe("metadata/timestamp.json");
  });

  test.each([false, true])(
    "snapshot_rollback: a timestamp that names an older snapshot is refused (with hashes: %s)",
    async (statesHashes) => {
      const { repository, client } = await refreshed();
      repository.statesHashes = statesHashes;
      await repository.publish("snapshot");
      await client.refresh();
      repository.snapshot.version = 1;
      await repository.write("snapshot");
      repository.timestamp.meta["snapshot.json"] = repository.meta("snapshot");
      await repository.publish("timestamp");
      await expect(client.refresh()).rejects.toMatchObject(failed("ERR_ROLLBACK"));
      expect(await client.versions()).toMatchObject({ timestamp: 2, snapshot: 2 });
      expect(repository.requests.at(-1)).toBe("metadata/timestamp.json");
    },
  );

  test.each([false, true])(
    "targets_rollback: a snapshot that names older targets is refused (with hashes: %s)",
    async (statesHashes) => {
      const { repository, client } = await refreshed();
      repository.statesHashes = statesHashes;
      await repository.publish("targets");
      await client.refresh();
      repository.targets.version = 0;
      await repository.publish("targets");
      await expect(client.refresh()).rejects.toMatchObject(failed("ERR_ROLLBACK"));
      expect(await client.versions()).toMatchObject({ snapshot: 2, targets: 2 });
    },
  );

  test("new_snapshot_version_mismatch: a snapshot of another version than its name says is refused, and the timestamp kept", async () => {
    const repository = await Simulator.create();
    repository.snapshot.version = 2;
    const bytes = await repository.write("snapshot");
    repository.files.set("metadata/1.snapshot.json", bytes);
    const client = new Client(repository);
    await expect(client.refresh()).rejects.toMatchObject(failed("ERR_VERSION_MISMATCH"));
    expect(await client.versions()).toEqual({ root: 1, timestamp: 1 });
    expect(repository.requests).toContain("metadata/1.snapshot.json");
  });

  test.each([
    ["new_timestamp_fast_forward_recovery", ["timestamp"], "timestamp"],
    ["new_snapshot_fast_forward_recovery", ["snapshot", "timestamp"], "snapshot"],
    ["new_targets_fast_forward_recovery", ["snapshot"], "targets"],
  ] as const)("%s: after new keys for %j a lower version of %s is accepted", async (_, rotated, role) => {
    const { repository, client } = await refreshed();
    repository[role].version = 99;
    await repository.publish(role);
    await client.refresh();
    expect((await client.versions())[role]).toBe(100);
    for (const each of rotated) await repository.rotate(each);
    await repository.publish("root");
    repository[role].version = 0;
    await repository.publish(role);
    await client.refresh();
    expect((await client.versions())[role]).toBe(1);
  });
});

describe("test_keys", () => {
  test("snapshot_threshold: a threshold above the number of keys is never met", async () => {
    const { repository, client } = await refreshed();
    for (let count = 0; count < 4; count++) await repository.addKey("snapshot");
    repository.role("snapshot").threshold = 6;
    await repository.publish("root", "snapshot");
    await expect(client.refresh()).rejects.toMatchObject(failed("ERR_THRESHOLD_UNMET"));
    expect(await client.versions()).toMatchObject({ root: 2, snapshot: 1 });
  });

  test("root_has_keys_but_not_snapshot: keyids that no key belongs to do not help", async () => {
    const { repository, client } = await refreshed();
    for (let count = 0; count < 3; count++) await repository.addKey("snapshot");
    repository.role("snapshot").threshold = 5;
    repository.role("snapshot").keyids.push("ab".repeat(32));
    await repository.publish("root", "snapshot");
    await expect(client.refresh()).rejects.toMatchObject(failed("ERR_THRESHOLD_UNMET"));
    expect(await client.versions()).toMatchObject({ root: 2, snapshot: 1 });
  });

  test("wrong_hashing_algorithm: what an old member of a key says does not matter", async () => {
    const { repository, client } = await refreshed();
    const [keyid = ""] = repository.role("snapshot").keyids;
    Object.assign(repository.root.keys[keyid] as object, { keyid_hash_algorithms: ["md5"] });
    await repository.publish("root", "snapshot");
    await client.refresh();
    expect(await client.versions()).toMatchObject({ root: 2, snapshot: 2 });
  });

  test("duplicate_keys_root: one key under ten keyids is one key", async () => {
    const { repository, client } = await refreshed();
    const [key] = repository.signersOf("snapshot");
    if (key === undefined) throw new Error("the snapshot has a signer");
    for (let count = 0; count < 9; count++) {
      const other = { ...key, keyid: String(count).repeat(64) };
      repository.authorize("snapshot", other);
      repository.signersOf("snapshot").push(other);
    }
    repository.role("snapshot").threshold = 6;
    await repository.publish("root", "snapshot");
    await expect(client.refresh()).rejects.toMatchObject(failed("ERR_THRESHOLD_UNMET"));
    expect((await client.versions())["snapshot"]).toBe(1);
  });

  test("snapshot_does_not_meet_threshold: two of three signatures are too few", async () => {
    const { repository, client } = await refreshed();
    for (let count = 0; count < 2; count++) await repository.addKey("snapshot");
    repository.role("snapshot").threshold = 3;
    await repository.publish("root", "snapshot");
    await client.refresh();
    repository.signersOf("snapshot").pop();
    await repository.publish("snapshot");
    await expect(client.refresh()).rejects.toMatchObject(failed("ERR_THRESHOLD_UNMET"));
    expect((await client.versions())["snapshot"]).toBe(2);
  });

  test.each(["RSA", "P-256", "Ed25519"] as const)(
    "keytype_and_scheme: a key of type %s counts in a root, and a wrong signature of it does not",
    async (type) => {
      const { repository, client } = await refreshed();
      const { keyid } = await repository.addKey("root", type);
      repository.role("root").threshold = 2;
      await repository.publish("root");
      await client.refresh();
      expect((await client.versions())["root"]).toBe(2);
      repository.tamper.set("root", (file) => ({
        ...file,
        // As long as the right one.
        signatures: file.signatures.map((each) =>
          each.keyid === keyid ? { ...each, sig: each.sig.replace(/.{16}$/, "0".repeat(16)) } : each,
        ),
      }));
      await repository.publish("root");
      await expect(client.refresh()).rejects.toMatchObject(failed("ERR_THRESHOLD_UNMET"));
      expect((await client.versions())["root"]).toBe(2);
    },
  );

  test.each([
    ["that looks right", "00".repeat(64)],
    ["that is empty", ""],
  ])(
    "invalid_sig_in_valid_metadata: a wrong signature %s does no harm beside a right one",
    async (_, sig) => {
      const { repository, client } = await refreshed();
      const [first] = repository.signersOf("timestamp");
      await repository.addKey("timestamp");
      repository.tamper.set("timestamp", (file) => ({
        ...file,
        signatures: file.signatures.map((each) => (each.keyid === first?.keyid ? { ...each, sig } : each)),
      }));
      await repository.publish("root", "timestamp");
      await client.refresh();
      expect((await client.versions())["timestamp"]).toBe(2);
    },
  );

  test("duplicate_sig_keyids: a keyid that stands twice in signatures is refused with the file", async () => {
    const { repository, client } = await refreshed();
    repository.tamper.set("snapshot", (file) => ({
      ...file,
      signatures: [...file.signatures, ...file.signatures],
    }));
    await repository.publish("snapshot");
    await expect(client.refresh()).rejects.toMatchObject(failed("ERR_SHAPE"));
    expect((await client.versions())["snapshot"]).toBe(1);
  });
});

describe("test_file_download", () => {
  test.each(["target_file.txt", "path/to/a/target_file.txt"])(
    "client_downloads_expected_file: %s",
    async (path) => {
      const { repository, client } = await refreshed();
      repository.addTarget("targets", path, "contents");
      await repository.publish("targets");
      expect(await client.download(path)).toBe("contents");
    },
  );

  test("repository_substitutes_target_file: other bytes are never accepted, for a new target or an old one", async () => {
    const { repository, client } = await refreshed();
    for (const path of ["one", "two"]) repository.addTarget("targets", path, `good ${path}`);
    await repository.publish("targets");
    await client.download("one");
    for (const path of ["one", "two"])
      repository.files.set(repository.requestName(path), new TextEncoder().encode("evil xxx"));
    expect(await client.download("one")).toBe("good one");
    await expect(client.download("two")).rejects.toMatchObject(failed("ERR_HASH_MISMATCH"));
    expect(client.sink.get("two")).toBeUndefined();
  });

  test("multiple_changes_to_target: each signed change arrives, and none that is not signed", async () => {
    const { repository, client } = await refreshed();
    for (let round = 0; round < 3; round++) {
      repository.addTarget("targets", "file", `round ${round}`);
      await repository.publish("targets");
      expect(await client.download("file")).toBe(`round ${round}`);
      repository.files.set(repository.requestName("file"), new TextEncoder().encode(`other ${round}`));
      await repository.publish("targets");
      expect(await client.download("file")).toBe(`round ${round}`);
    }
  });
});

describe("test_delegated_expiration", () => {
  /** A role that expires so many days from now, and lists two files. */
  async function delegating(expires: string) {
    const { repository, client } = await refreshed();
    await repository.delegate("targets", { name: "delegated", paths: ["path/*"] });
    repository.targetsOf("delegated").expires = expires;
    for (const name of ["first", "second"]) repository.addTarget("delegated", `path/${name}`, name);
    await repository.publishAll();
    return { repository, client };
  }

  test("delegated_targets_expired: a role that has expired speaks for nothing, and is not kept", async () => {
    const { client } = await delegating(days(-1));
    await client.refresh();
    await expect(client.download("path/first")).rejects.toMatchObject(failed("ERR_EXPIRED"));
    expect(await client.versions()).toEqual({ root: 1, timestamp: 2, snapshot: 2, targets: 2 });
  });

  test("expired_local_delegated_targets: a trusted role is not used any more once it has expired", async () => {
    const { client } = await delegating(days(7));
    expect(await client.download("path/first")).toBe("first");
    await expect(client.download("path/second", { at: daysLater(18) })).rejects.toMatchObject(
      failed("ERR_EXPIRED"),
    );
    expect(client.sink.get("path/second")).toBeUndefined();
  });

  test("expired_local_delegated_targets_updates: a newer version takes its place", async () => {
    const { repository, client } = await delegating(days(7));
    expect(await client.download("path/first")).toBe("first");
    repository.targetsOf("delegated").expires = days(21);
    await repository.publish("delegated");
    expect(await client.download("path/second", { at: daysLater(18) })).toBe("second");
  });
});
