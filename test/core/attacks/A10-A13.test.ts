/**
 * A10 to A13 of the threat model against a served repository: mixtures, wrong answers, bad mirrors, too few keys.
 * @module
 */
import { describe, expect, test } from "vitest";
import type { UpdaterEvent } from "../../../src/client/events.ts";
import type { Fetcher } from "../../../src/client/fetcher.ts";
import { Client } from "../../support/simulator/client.ts";
import type { RepositoryKey } from "../../support/simulator/keyPool.ts";
import { expectRefusal } from "../../support/simulator/refusal.ts";
import { Simulator, VIEWS } from "../../support/simulator/repository.ts";
import { BASE } from "../../support/simulator/served.ts";

describe.each(VIEWS)("with %s signatures", (view) => {
  async function published() {
    const repository = await Simulator.create({ view });
    await repository.delegate("targets", { name: "role", paths: ["role/*"] });
    repository.addTarget("targets", "one.txt", "first content");
    repository.addTarget("targets", "two.txt", "other content");
    repository.addTarget("role", "role/file", "content");
    await repository.publishAll();
    const client = new Client(repository);
    await client.refresh();
    return { repository, client };
  }

  test.each([true, false])(
    "A10: the targets of snapshot n-1 with snapshot n are refused (hashes stated: %s)",
    async (hashes) => {
      const { repository, client } = await published();
      repository.statesHashes = hashes;
      const old = repository.bytes("metadata/2.targets.json");
      repository.addTarget("targets", "three.txt", "more");
      await repository.publish("targets");
      repository.files.set("metadata/3.targets.json", old);
      const code = hashes ? "ERR_LENGTH_MISMATCH" : "ERR_VERSION_MISMATCH";
      await expectRefusal(client, code, { accepted: ["timestamp", "snapshot"] });
      expect((await client.versions())["targets"]).toBe(2);
    },
  );

  test.each([true, false])(
    "A10: the snapshot of timestamp n-1 with timestamp n is refused (hashes stated: %s)",
    async (hashes) => {
      const { repository, client } = await published();
      repository.statesHashes = hashes;
      const old = repository.bytes("metadata/2.snapshot.json");
      await repository.publish("targets");
      repository.files.set("metadata/3.snapshot.json", old);
      const code = hashes ? "ERR_LENGTH_MISMATCH" : "ERR_VERSION_MISMATCH";
      await expectRefusal(client, code, { accepted: ["timestamp"] });
      expect((await client.versions())["snapshot"]).toBe(2);
    },
  );

  test("A10: a delegated file of an older snapshot is refused", async () => {
    const { repository, client } = await published();
    await client.download("role/file");
    const old = repository.bytes("metadata/1.role.json");
    await repository.publish("role");
    repository.files.set("metadata/2.role.json", old);
    await expectRefusal(client, "ERR_VERSION_MISMATCH", {
      action: (each) => each.download("role/file"),
      accepted: ["timestamp", "snapshot"],
    });
  });

  test("A11: another signed file in place of the one asked for is refused", async () => {
    const { repository, client } = await published();
    repository.files.set(
      repository.requestName("one.txt"),
      repository.bytes(repository.requestName("two.txt")),
    );
    await expectRefusal(client, "ERR_HASH_MISMATCH", { action: (each) => each.download("one.txt") });
    expect(client.sink.paths()).toEqual([]);
  });

  test("A11: a role that lists a file for which it may not speak is not heard", async () => {
    const { repository, client } = await published();
    repository.addTarget("role", "one-more.txt", "malware");
    repository.addTarget("role", "../one-more.txt", "malware");
    repository.addTarget("role", "role/deep/one-more.txt", "malware");
    await repository.publish("role");
    for (const path of ["one-more.txt", "../one-more.txt", "role/deep/one-more.txt"]) {
      await expectRefusal(client, "ERR_TARGET_NOT_FOUND", {
        action: (each) => each.download(path),
        accepted: ["timestamp", "snapshot"],
      });
    }
    expect(client.sink.paths()).toEqual([]);
  });

  test("A11: the file of a role in place of that of another is refused", async () => {
    const { repository, client } = await published();
    await repository.delegate("targets", { name: "other", paths: ["other/*"] });
    repository.addTarget("other", "role/file", "malware");
    await repository.publish("targets", "other");
    await client.refresh();
    repository.files.set("metadata/1.role.json", repository.bytes("metadata/1.other.json"));
    await expectRefusal(client, "ERR_NO_SIGNATURE", { action: (each) => each.download("role/file") });
  });

  describe("A13: a role with keys 1, 2, 3 and threshold 2", () => {
    async function attacked(sign: (keys: RepositoryKey[], repository: Simulator) => Promise<void> | void) {
      const repository = await Simulator.create({ view });
      await repository.addKey("timestamp");
      await repository.addKey("timestamp");
      repository.role("timestamp").threshold = 2;
      await repository.publish("root", "timestamp");
      const client = new Client(repository);
      await client.refresh();
      await sign(repository.signersOf("timestamp"), repository);
      await repository.publish("timestamp");
      return client;
    }
    const only = (keys: RepositoryKey[], repository: Simulator) =>
      repository.signers.set("timestamp", keys.slice(0, 1));

    test("A13: is not satisfied by threshold-1 keys", async () => {
      const client = await attacked((keys, repository) => void only(keys, repository));
      const details = { role: "timestamp", valid: 1, threshold: 2 };
      await expectRefusal(client, "ERR_THRESHOLD_UNMET", { details });
    });

    test("A13: is not satisfied by one key whose proof is repeated", async () => {
      const client = await attacked((keys, repository) => {
        only(keys, repository);
        repository.tamper.set("timestamp", (file) => ({
          ...file,
          proof: [...file.proof, ...file.proof, ...file.proof],
        }));
      });
      await expectRefusal(client, "ERR_THRESHOLD_UNMET", { details: { valid: 1 } });
    });

    test("A13: is not satisfied by one key that signs under the keyid of another", async () => {
      const client = await attacked((keys, repository) => {
        const [one, two] = keys as [RepositoryKey, RepositoryKey];
        repository.signers.set("timestamp", [one, { ...one, keyid: two.keyid }]);
      });
      await expectRefusal(client, "ERR_THRESHOLD_UNMET", { details: { valid: 1 } });
    });

    test("A13: is not satisfied by one key and one that is not the role's", async () => {
      const client = await attacked(async (keys, repository) => {
        only(keys, repository);
        repository.signersOf("timestamp").push(await repository.ring.next());
      });
      await expectRefusal(client, "ERR_THRESHOLD_UNMET", { details: { valid: 1 } });
    });

    test("A13: is satisfied by two distinct keys", async () => {
      const client = await attacked((keys, repository) => {
        repository.signers.set("timestamp", keys.slice(1));
      });
      await client.refresh();
      expect((await client.versions())["timestamp"]).toBe(3);
    });
  });

  test("A13: a new root by threshold-1 of the old keys and any number of new ones is refused", async () => {
    const repository = await Simulator.create({ view });
    await repository.addKey("root");
    repository.role("root").threshold = 2;
    await repository.publish("root");
    const client = new Client(repository);
    await client.refresh();
    const [one] = repository.signersOf("root") as [RepositoryKey];
    repository.role("root").keyids = [];
    repository.role("root").threshold = 1;
    repository.signers.set("root", []);
    for (let count = 0; count < 3; count++) await repository.addKey("root");
    repository.signersOf("root").push(one);
    await repository.publish("root");
    await expectRefusal(client, "ERR_THRESHOLD_UNMET", { details: { role: "root", valid: 1, threshold: 2 } });
  });
});

describe("A12: of three mirrors", () => {
  const HOSTS = ["https://a.test/", "https://b.test/", "https://c.test/"] as const;

  /** The same repository three times; what the first two do is up to the test. */
  async function mirrored(bad: (repository: Simulator) => Promise<void> | void) {
    const [good, first, second] = (await Promise.all([0, 1, 2].map(() => Simulator.create()))) as [
      Simulator,
      Simulator,
      Simulator,
    ];
    good.addTarget("targets", "file.txt", "content");
    await good.publish("targets");
    for (const copy of [first, second]) {
      for (const [name, bytes] of good.files) copy.files.set(name, bytes);
      await bad(copy);
    }
    const byHost = new Map<string, Simulator>([
      [HOSTS[0], first],
      [HOSTS[1], second],
      [HOSTS[2], good],
    ]);
    const fetcher: Fetcher = {
      async fetch(url, request) {
        const host = HOSTS.find((each) => url.startsWith(each)) as string;
        return (byHost.get(host) as Simulator).fetch(BASE + url.slice(host.length), request);
      },
    };
    const failed: string[] = [];
    const onEvent = (event: UpdaterEvent): void => {
      if (event.type === "mirror failed") failed.push(`${event.url} ${event.reason.code}`);
    };
    const client = new Client(good, {
      fetcher,
      onEvent,
      metadataUrls: HOSTS.map((host) => `${host}metadata/`),
      targetsUrls: HOSTS.map((host) => `${host}targets/`),
    });
    return { client, failed, good };
  }

  const corrupt = (match: RegExp) => (repository: Simulator) => {
    for (const [name, bytes] of repository.files) {
      if (match.test(name))
        repository.files.set(
          name,
          bytes.map((byte) => byte ^ 1),
        );
    }
  };
  const missing = (match: RegExp) => (repository: Simulator) => {
    for (const name of repository.files.keys()) if (match.test(name)) repository.files.delete(name);
  };

  test.each([
    ["timestamp", /timestamp/, "ERR_JSON_SYNTAX"],
    ["snapshot", /snapshot/, "ERR_JSON_SYNTAX"],
    ["targets metadata", /metadata.*targets\.json/, "ERR_JSON_SYNTAX"],
    ["the target", /^targets\//, "ERR_HASH_MISMATCH"],
  ])(
    "A12: two have a corrupt copy of %s: the third serves it, and both are reported",
    async (_, match, code) => {
      const { client, failed } = await mirrored(corrupt(match));
      expect(await client.download("file.txt")).toBe("content");
      const bad = failed.filter((text) => !text.includes("root.json"));
      expect(bad.map((text) => text.slice(0, 15))).toEqual(["https://a.test/", "https://b.test/"]);
      for (const text of bad) expect(text).toContain(code);
    },
  );

  test.each([
    ["timestamp", /timestamp/],
    ["snapshot", /snapshot/],
    ["targets metadata", /metadata.*targets\.json/],
    ["the target", /^targets\//],
  ])("A12: two lack %s: the third serves it, and both are reported", async (_, match) => {
    const { client, failed } = await mirrored(missing(match));
    expect(await client.download("file.txt")).toBe("content");
    const bad = failed.filter((text) => !text.includes("root.json"));
    expect(bad).toHaveLength(2);
    for (const text of bad) expect(text).toContain("ERR_FILE_NOT_FOUND");
  });

  test("A12: two that serve a replayed timestamp do not keep the third from serving the new one", async () => {
    const { client, good } = await mirrored(() => undefined);
    await client.refresh({ metadataUrls: [`${HOSTS[2]}metadata/`] });
    await good.publish("timestamp");
    await client.refresh({ metadataUrls: [`${HOSTS[2]}metadata/`] });
    await client.refresh();
    expect((await client.versions())["timestamp"]).toBe(3);
  });

  test("A12: one that withholds a newer root does not keep the others from serving it", async () => {
    const { client, good } = await mirrored(() => undefined);
    await good.publish("root");
    await client.refresh();
    expect((await client.versions())["root"]).toBe(2);
  });

  test("A12: one that serves a forged root is passed over, and the next one's word counts", async () => {
    const { client, failed } = await mirrored((repository) => {
      repository.files.set("metadata/2.root.json", new TextEncoder().encode("{}"));
    });
    await client.refresh();
    expect((await client.versions())["root"]).toBe(1);
    expect(failed.filter((text) => text.includes("2.root.json"))).toHaveLength(3);
  });

  test("A12: if all fail, the error has the reason of each as its cause", async () => {
    const { client, good } = await mirrored(corrupt(/timestamp/));
    corrupt(/timestamp/)(good);
    const error = await client.refresh().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ERR_JSON_SYNTAX", cause: expect.any(AggregateError) });
    expect((error as { cause: AggregateError }).cause.errors).toHaveLength(3);
  });
});
