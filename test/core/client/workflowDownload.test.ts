import { describe, expect, test } from "vitest";
import { createMemorySink } from "../../../src/client/memorySink.ts";
import { TufLdError } from "../../../src/errors.ts";
import { Client } from "../../support/simulator/client.ts";
import { Simulator, VIEWS } from "../../support/simulator/repository.ts";
import { TARGETS_URL } from "../../support/simulator/served.ts";

const PATH = "dir/file.txt";

async function withTarget(content = "content", options: Parameters<typeof Simulator.create>[0] = {}) {
  const repository = await Simulator.create(options);
  repository.addTarget("targets", PATH, content);
  await repository.publish("targets");
  const name = repository.requestName(PATH);
  return { repository, client: new Client(repository), name };
}

describe.each(VIEWS)("with %s signatures", (view) => {
  test("a target is downloaded under the name with its hash, and appears in the sink", async () => {
    const { repository, client, name } = await withTarget("content", { view });
    expect(await client.download(PATH)).toBe("content");
    expect(repository.requests.at(-1)).toBe(name);
    expect(name).toMatch(/^targets\/dir\/[0-9a-f]{64}\.file\.txt$/);
  });

  test("a target that the sink has already is not downloaded again", async () => {
    const { repository, client } = await withTarget("content", { view });
    await client.download(PATH);
    repository.forgetRequests();
    const updater = client.updater();
    expect(await updater.download(await updater.find(PATH), client.sink)).toBe(0);
    expect(repository.requests).toEqual(["metadata/2.root.json", "metadata/timestamp.json"]);
  });

  test("a target that has changed is downloaded again", async () => {
    const { repository, client } = await withTarget("content", { view });
    await client.download(PATH);
    repository.addTarget("targets", PATH, "changed");
    await repository.publish("targets");
    expect(await client.download(PATH)).toBe("changed");
  });

  test.each([
    ["of the same length", "CONTENT", "ERR_HASH_MISMATCH"],
    ["that is longer", "content and more", "ERR_LENGTH_MISMATCH"],
    ["that is shorter", "cont", "ERR_LENGTH_MISMATCH"],
    ["that is empty", "", "ERR_LENGTH_MISMATCH"],
  ])("other content %s is refused, and nothing appears", async (_, content, code) => {
    const { repository, client, name } = await withTarget("content", { view });
    repository.files.set(name, new TextEncoder().encode(content));
    await expect(client.download(PATH)).rejects.toMatchObject({ code });
    expect(client.sink.paths()).toEqual([]);
  });
});

test("a target that is not listed is not found, and nothing is asked for", async () => {
  const { repository, client } = await withTarget();
  await expect(client.download("other.txt")).rejects.toMatchObject({
    code: "ERR_TARGET_NOT_FOUND",
    details: { path: "other.txt" },
  });
  expect(repository.requests.some((path) => path.startsWith("targets/"))).toBe(false);
});

test.each(["constructor", "__proto__", "toString", ""])(
  "a target called %j is not found where there is none",
  async (path) => {
    const { client } = await withTarget();
    await expect(client.download(path)).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
  },
);

test("a target that is listed but not served is refused", async () => {
  const { repository, client, name } = await withTarget();
  repository.files.delete(name);
  await expect(client.download(PATH)).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
});

test("an empty target is downloaded", async () => {
  const { client } = await withTarget("");
  expect(await client.download(PATH)).toBe("");
  expect(client.sink.paths()).toEqual([PATH]);
});

test("a target of many pieces is downloaded, and its progress is told", async () => {
  const content = "0123456789".repeat(5000);
  const { client } = await withTarget(content);
  const seen: number[] = [];
  const text = await client.download(PATH, {
    onEvent: (event) => {
      if (event.type === "progress") seen.push(event.bytes);
    },
  });
  expect(text).toBe(content);
  expect(seen.at(-1)).toBe(50_000);
  expect(seen).toEqual([...seen].sort((one, other) => one - other));
});

test("where target files have no hash in their names, the client can be told so", async () => {
  const { repository, client, name } = await withTarget();
  repository.files.delete(name);
  expect(await client.download(PATH, { prefixTargetsWithHash: false })).toBe("content");
  expect(repository.requests.at(-1)).toBe(`targets/${PATH}`);
});

/** Digests of "content", by Python's hashlib. */
const DIGESTS: readonly (readonly [string, string])[] = [
  ["sha224", "37f71ccaada9d3b7570f1389bfb7dcc587f4af8ba96d5718a260f55a"],
  [
    "sha384",
    "5406ebea1618e9b73a7290c5d716f0b47b4f1fbc5d8c5e78c9010a3e01c18d8594aa942e3536f7e01574245d34647523",
  ],
  [
    "sha512",
    "b2d1d285b5199c85f988d03649c37e44fd3dde01e5d69c50fef90651962f48110e9340b60d49a479c4c0b53f5f07d690686dd87d2481937a512e8b85ee7c617f",
  ],
  ["blake2b-256", "2d49316473cb68324b3f807c6d88c5618f6a422801f52ee3f6b3c29784504fc0"],
  [
    "blake2b-512",
    "c3f4db476d1b1504092b4b3756e9b5ef1d658f609e55361e77de6b74d9d77a28be46411fd3ce158048c77714925207e47960f3dc0f399f1b8dcbb7e70333dc66",
  ],
  [
    "blake2b",
    "c3f4db476d1b1504092b4b3756e9b5ef1d658f609e55361e77de6b74d9d77a28be46411fd3ce158048c77714925207e47960f3dc0f399f1b8dcbb7e70333dc66",
  ],
];

test.each(DIGESTS)("a target with a %s hash alone is verified and named by it", async (algorithm, digest) => {
  const { repository, client, name } = await withTarget();
  const bytes = repository.bytes(name);
  repository.targets.targets[PATH] = { length: bytes.length, hashes: { [algorithm]: digest } };
  repository.files.set(`targets/dir/${digest}.file.txt`, bytes);
  await repository.publish("targets");
  expect(await client.download(PATH)).toBe("content");
  repository.files.set(`targets/dir/${digest}.file.txt`, new TextEncoder().encode("CONTENT"));
  await expect(new Client(repository).download(PATH)).rejects.toMatchObject({ code: "ERR_HASH_MISMATCH" });
});

test.each(DIGESTS)("of several hashes a wrong %s is enough to refuse a target", async (algorithm, digest) => {
  const { repository, client, name } = await withTarget();
  const entry = repository.targets.targets[PATH] as { hashes: Record<string, string> };
  entry.hashes[algorithm] = digest.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
  await repository.publish("targets");
  await expect(client.download(PATH)).rejects.toMatchObject({
    code: "ERR_HASH_MISMATCH",
    details: { algorithm },
  });
  expect(repository.requests).toContain(name);
});

test("where a target is not served by its first hash the other listed ones are tried", async () => {
  for (const [algorithm, digest] of DIGESTS) {
    const { repository, client, name } = await withTarget();
    const entry = repository.targets.targets[PATH] as { hashes: Record<string, string> };
    entry.hashes[algorithm] = digest;
    const bytes = repository.bytes(name);
    repository.files.delete(name);
    repository.files.set(`targets/dir/${digest}.file.txt`, bytes);
    await repository.publish("targets");
    expect(await client.download(PATH)).toBe("content");
  }
});

test("a target that is served by none of its hashes is told by the first, and names that cannot be checked are not tried", async () => {
  const { repository, client, name } = await withTarget();
  const entry = repository.targets.targets[PATH] as { hashes: Record<string, string> };
  Object.assign(entry.hashes, { md5: "9a0364b9e99bb480dd25e1f0284c8555", sha512: "00" });
  repository.files.delete(name);
  await repository.publish("targets");
  repository.forgetRequests();
  await expect(client.download(PATH)).rejects.toMatchObject({
    code: "ERR_FILE_NOT_FOUND",
    details: { url: expect.stringContaining(name) },
  });
  expect(repository.requests.filter((each) => each.startsWith("targets/"))).toEqual([
    name,
    "targets/dir/00.file.txt",
  ]);
});

test("another name is not tried where a mirror fails, and does not say that it has no such file", async () => {
  const { repository, client, name } = await withTarget();
  const entry = repository.targets.targets[PATH] as { hashes: Record<string, string> };
  entry.hashes["sha512"] = "00";
  repository.behaviours.set(name, () => {
    throw new TufLdError("ERR_NETWORK", "down", { url: name, reason: "down" });
  });
  await repository.publish("targets");
  await expect(client.download(PATH)).rejects.toMatchObject({ code: "ERR_NETWORK" });
  expect(repository.requests.at(-1)).toBe(name);
});

test("a hash in capital letters is the same hash", async () => {
  const { repository, client, name } = await withTarget();
  const entry = repository.targets.targets[PATH] as { hashes: Record<string, string> };
  entry.hashes["sha256"] = (entry.hashes["sha256"] as string).toUpperCase();
  repository.files.set(
    name.replace(/[0-9a-f]{64}/, (hash) => hash.toUpperCase()),
    repository.bytes(name),
  );
  await repository.publish("targets");
  expect(await client.download(PATH)).toBe("content");
});

test("a target whose only hash is of a kind that nobody here can check is not called wrong, and is not asked for", async () => {
  const { repository, client } = await withTarget();
  repository.targets.targets[PATH] = { length: 7, hashes: { md5: "9a0364b9e99bb480dd25e1f0284c8555" } };
  await repository.publish("targets");
  await expect(client.download(PATH)).rejects.toMatchObject({
    code: "ERR_HASH_UNKNOWN",
    details: { path: PATH, algorithms: "md5" },
  });
  expect(repository.requests.some((each) => each.startsWith("targets/"))).toBe(false);
});

test("a download that broke off is continued, and is verified as a whole", async () => {
  const content = "0123456789".repeat(1000);
  const { repository, client, name } = await withTarget(content);
  const bytes = repository.bytes(name);
  const asked: (number | undefined)[] = [];
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield bytes.slice(0, 4000);
    throw new TufLdError("ERR_NETWORK", "the line went dead", { url: name, reason: "cut" });
  }
  repository.behaviours.set(name, ({ from }) => {
    asked.push(from);
    return { modified: true, from: 0, etag: '"one"', body: broken() };
  });
  await expect(client.download(PATH)).rejects.toMatchObject({ code: "ERR_NETWORK" });
  expect(client.sink.paths()).toEqual([]);
  repository.behaviours.set(name, ({ from = 0, etag }) => {
    asked.push(from);
    expect(etag).toBe('"one"');
    return {
      modified: true,
      from,
      etag: '"one"',
      body: (async function* () {
        yield bytes.slice(from);
      })(),
    };
  });
  expect(await client.download(PATH)).toBe(content);
  expect(asked).toEqual([undefined, 4000]);
});

test("a download whose first part was wrong begins anew, so that an earlier mirror cannot spoil a later one", async () => {
  const content = "0123456789".repeat(1000);
  const { repository, client, name } = await withTarget(content);
  const bytes = repository.bytes(name);
  const asked: number[] = [];
  repository.behaviours.set(name, ({ from = 0 }) => {
    asked.push(from);
    const first = asked.length === 1;
    async function* body(): AsyncGenerator<Uint8Array> {
      yield first ? new Uint8Array(4000) : bytes.slice(from);
      if (first) throw new TufLdError("ERR_NETWORK", "the line went dead", { url: name, reason: "cut" });
    }
    return { modified: true, from, body: body() };
  });
  expect(await client.download(PATH, { targetsUrls: [TARGETS_URL, TARGETS_URL] })).toBe(content);
  expect(asked).toEqual([0, 4000, 0]);
});

test("a server that cannot continue sends the file from its start, and it counts from there", async () => {
  const content = "0123456789".repeat(1000);
  const { repository, client, name } = await withTarget(content);
  const bytes = repository.bytes(name);
  repository.behaviours.set(name, () => ({
    modified: true,
    from: 0,
    body: (async function* () {
      yield bytes.slice(0, 4000);
      throw new TufLdError("ERR_NETWORK", "the line went dead", { url: name, reason: "cut" });
    })(),
  }));
  await expect(client.download(PATH)).rejects.toMatchObject({ code: "ERR_NETWORK" });
  repository.behaviours.set(name, () => ({
    modified: true,
    from: 0,
    body: (async function* () {
      yield bytes;
    })(),
  }));
  expect(await client.download(PATH)).toBe(content);
});

test("several targets are downloaded with one updater, which refreshes once", async () => {
  const { repository, client } = await withTarget();
  repository.addTarget("targets", "second.txt", "second");
  await repository.publish("targets");
  const updater = client.updater();
  for (const path of [PATH, "second.txt"]) await updater.download(await updater.find(path), client.sink);
  expect(client.sink.paths()).toEqual([PATH, "second.txt"]);
  expect(repository.requests.filter((path) => path === "metadata/timestamp.json")).toHaveLength(1);
});

test("without a URL for target files nothing can be downloaded", async () => {
  const { client } = await withTarget();
  await expect(client.download(PATH, { targetsUrls: [] })).rejects.toMatchObject({ code: "ERR_NETWORK" });
});

test("offline a target that the sink has is verified, and no other can be had", async () => {
  const { repository, client } = await withTarget();
  await client.download(PATH);
  repository.forgetRequests();
  expect(await client.download(PATH, { mode: "offline" })).toBe("content");
  const updater = client.updater({ mode: "offline" });
  await expect(updater.download(await updater.find(PATH), createMemorySink())).rejects.toMatchObject({
    code: "ERR_NETWORK",
  });
  expect(repository.requests).toEqual([]);
});

test("a target comes from the first place that serves the right bytes, and the others are told of", async () => {
  const { client } = await withTarget();
  const failed: string[] = [];
  await client.download(PATH, {
    targetsUrls: ["https://nowhere.test/", TARGETS_URL],
    onEvent: (event) => {
      if (event.type === "mirror failed") failed.push(event.url);
    },
  });
  expect(failed).toEqual([expect.stringMatching(/^https:\/\/nowhere\.test\//)]);
});
