import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binFor, pathHash } from "../../../src/trust/paths.ts";
import { runs } from "../../support/runs.ts";
import { Client } from "../../support/simulator/client.ts";
import { newTargets } from "../../support/simulator/draft.ts";
import { Simulator, VIEWS, type View } from "../../support/simulator/repository.ts";

/** `A>B` delegates, `A>B!` is terminating, `A>B:x/*` is for these paths only. In order of priority. */
async function graph(edges: string, view: View = "classic"): Promise<Simulator> {
  const repository = await Simulator.create({ view });
  for (const edge of edges.split(/\s+/).filter((text) => text !== "")) {
    const [, from = "", name = "", bang, path] = /^(\w+)>(\w+)(!?)(?::(\S+))?$/.exec(edge) ?? [];
    const paths = path === undefined ? {} : { paths: [path] };
    await repository.delegate(from, { name, terminating: bang === "!", ...paths });
  }
  await repository.publishAll();
  return repository;
}

/** The delegated roles that were asked for, in order. */
function asked(repository: Simulator): string[] {
  return repository.requests.flatMap((path) => /^metadata\/\d+\.(\w+)\.json$/.exec(path)?.[1] ?? []).slice(3);
}

const MISSING = "missing.txt";

describe.each(VIEWS)("with %s signatures, a search visits", (view) => {
  test.each([
    ["one role", "targets>A", "A"],
    ["roles in order of priority", "targets>A targets>B", "A B"],
    ["the roles below one before the next", "targets>A targets>B A>C", "A C B"],
    ["the roles below the last", "targets>A targets>B B>C", "A B C"],
    ["a role that two delegate to once, at its first place", "targets>A targets>B A>C B>C", "A C B"],
    [
      "a role before the one that delegates to it, if it is of higher priority",
      "targets>B targets>A A>B",
      "B A",
    ],
    ["a chain", "targets>A A>B B>C C>D D>E", "A B C D E"],
    ["a role that delegates to itself once", "targets>A A>A", "A"],
    ["each role of a cycle once", "targets>A A>B B>C C>A", "A B C"],
    ["each role of a cycle once, and then goes on", "targets>A targets>D A>B B>A", "A B D"],
    ["nothing after a terminating role", "targets>A! targets>B", "A"],
    ["the roles below a terminating one", "targets>A! targets>B A>C", "A C"],
    ["what stands before a terminating role", "targets>A targets>B! targets>C", "A B"],
    ["nothing after a terminating role further down either", "targets>A targets>B A>C! A>D", "A C"],
    ["the rest if the terminating role is not for this path", "targets>A!:other/* targets>B", "B"],
    ["nothing that is not for this path", "targets>A:other/* targets>B:*.txt B>C:*.md B>D", "B D"],
    ["only what every role on the way is for", "targets>A:*.txt A>B:*.exe A>C:missing.*", "A C"],
    [
      "nothing twice in a diamond with a terminating side",
      "targets>A targets>B A>C B>C! B>D targets>E",
      "A C B",
    ],
    [
      "nothing after a terminating role that was visited before",
      "targets>A targets>A2 A2>A! A2>B targets>C",
      "A A2",
    ],
  ])("%s (%s)", async (_, edges, expected) => {
    const repository = await graph(edges, view);
    const client = new Client(repository);
    await expect(client.updater().find(MISSING)).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
    expect(asked(repository).join(" ")).toBe(expected);
  });
});

test("a target that the top-level role lists needs no delegation", async () => {
  const repository = await graph("targets>A");
  repository.addTarget("targets", "file.txt", "top");
  repository.addTarget("A", "file.txt", "A");
  await repository.publishAll();
  expect(await new Client(repository).download("file.txt")).toBe("top");
  expect(asked(repository)).toEqual([]);
});

test("of two roles that list a target the first in order speaks for it", async () => {
  const repository = await graph("targets>A targets>B targets>C");
  repository.addTarget("B", "file.txt", "B");
  repository.addTarget("C", "file.txt", "C");
  await repository.publishAll();
  const client = new Client(repository);
  const found = await client.updater().find("file.txt");
  expect(found.chain.map(({ role }) => role)).toEqual(["targets", "B"]);
  expect(asked(repository)).toEqual(["A", "B"]);
});

test("a role that lists a target outside its paths does not speak for it", async () => {
  const repository = await graph("targets>A:docs/* targets>B");
  repository.addTarget("A", "file.txt", "A");
  await repository.publishAll();
  await expect(new Client(repository).updater().find("file.txt")).rejects.toMatchObject({
    code: "ERR_TARGET_NOT_FOUND",
  });
});

test("a role below another speaks only for what both of them may", async () => {
  const repository = await graph("targets>A:a/* A>B:b/*");
  repository.addTarget("B", "b/file.txt", "B");
  await repository.publishAll();
  await expect(new Client(repository).updater().find("b/file.txt")).rejects.toMatchObject({
    code: "ERR_TARGET_NOT_FOUND",
  });
});

test("delegated metadata is stored under its name, as received, and is not fetched again", async () => {
  const repository = await graph("targets>A A>B");
  repository.addTarget("B", "file.txt", "B");
  await repository.publishAll();
  const client = new Client(repository);
  await client.download("file.txt");
  expect(await client.versions()).toMatchObject({ A: 2, B: 2 });
  expect(await client.stored("B")).toEqual(repository.bytes("metadata/2.B.json"));
  repository.forgetRequests();
  await client.download("file.txt");
  expect(repository.requests).toEqual(["metadata/2.root.json", "metadata/timestamp.json"]);
});

test("one updater fetches a role once for many searches", async () => {
  const repository = await graph("targets>A A>B");
  const updater = new Client(repository).updater();
  for (const path of ["1", "2", "3"]) {
    await expect(updater.find(path)).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
  }
  expect(asked(repository)).toEqual(["A", "B"]);
});

test("a new version of a delegated role is fetched", async () => {
  const repository = await graph("targets>A");
  const client = new Client(repository);
  await expect(client.updater().find("file.txt")).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
  repository.addTarget("A", "file.txt", "new");
  await repository.publish("A");
  expect(await client.download("file.txt")).toBe("new");
  expect((await client.versions())["A"]).toBe(2);
});

test.each([
  ["is not signed", "ERR_NO_SIGNATURE", (repository: Simulator) => repository.write("A", [])],
  [
    "is signed by the wrong key",
    "ERR_NO_SIGNATURE",
    (repository: Simulator) => repository.write("A", repository.signersOf("targets")),
  ],
  [
    "is not served",
    "ERR_FILE_NOT_FOUND",
    async (repository: Simulator) => repository.files.delete("metadata/1.A.json"),
  ],
  [
    "has expired",
    "ERR_EXPIRED",
    (repository: Simulator) => {
      repository.targetsOf("A").expires = "2026-01-01T00:00:00Z";
      return repository.write("A");
    },
  ],
  [
    "is of another version than the snapshot says",
    "ERR_VERSION_MISMATCH",
    (repository: Simulator) => {
      repository.targetsOf("A").version = 2;
      return repository.write("A").then((bytes) => repository.files.set("metadata/1.A.json", bytes));
    },
  ],
  [
    "is not in the snapshot",
    "ERR_VERSION_MISMATCH",
    (repository: Simulator) => {
      delete repository.snapshot.meta["A.json"];
      return repository.publish("snapshot");
    },
  ],
] as const)(
  "a delegated role that %s ends the search with %s: no lower role speaks in its place",
  async (_, code, spoil) => {
    const repository = await graph("targets>A targets>B");
    repository.addTarget("B", "file.txt", "B");
    await repository.publish("B");
    await spoil(repository);
    const client = new Client(repository);
    await expect(client.updater().find("file.txt")).rejects.toMatchObject({ code });
    expect(await client.versions()).not.toHaveProperty("A");
    expect(asked(repository)).not.toContain("B");
  },
);

test("a cached role is verified again under the keys of whoever delegates to it now", async () => {
  const repository = await graph("targets>A");
  repository.addTarget("A", "file.txt", "content");
  await repository.publishAll();
  const client = new Client(repository);
  await client.download("file.txt");
  // The delegation moves to another key; the old file of A, still in the store and in the snapshot, is of no use.
  const other = await repository.ring.next();
  const delegations = repository.delegationsOf("targets");
  delegations.keys[other.keyid] = other.tufKey as never;
  (delegations.roles?.[0] as { keyids: string[] }).keyids = [other.keyid];
  await repository.publish("targets");
  await expect(client.updater().find("file.txt")).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
});

test("two delegators may name different keys for a role, and each search uses those of its own way", async () => {
  const repository = await Simulator.create();
  await repository.delegate("targets", { name: "A", paths: ["a/*"] });
  await repository.delegate("targets", { name: "B", paths: ["b/*"] });
  await repository.delegate("A", { name: "R", paths: ["*/*"] });
  await repository.delegate("B", { name: "R", paths: ["*/*"] });
  repository.addTarget("R", "a/file", "a");
  repository.addTarget("R", "b/file", "b");
  await repository.publishAll();
  // R is signed with the key that A names, not with that of B.
  await repository.write("R", repository.signersOf("R").slice(0, 1));
  const updater = new Client(repository).updater();
  expect((await updater.find("a/file")).chain.map(({ role }) => role)).toEqual(["targets", "A", "R"]);
  await expect(updater.find("b/file")).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
});

test("a delegation with a threshold is held to it", async () => {
  const repository = await graph("targets>A");
  const second = await repository.ring.next();
  const delegations = repository.delegationsOf("targets");
  delegations.keys[second.keyid] = second.tufKey as never;
  const [role] = delegations.roles ?? [];
  role?.keyids.push(second.keyid);
  Object.assign(role as object, { threshold: 2 });
  repository.addTarget("A", "file.txt", "content");
  await repository.publishAll();
  const client = new Client(repository);
  await expect(client.updater().find("file.txt")).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
  repository.signersOf("A").push(second);
  await repository.write("A");
  await client.updater().find("file.txt");
});

test.each([
  ["repeats a role", ["A", "A"]],
  ["names a role like a top-level one", ["timestamp"]],
  ["names a role with the empty string", [""]],
])("a delegation that %s is refused with its file", async (_, names) => {
  const repository = await Simulator.create();
  for (const name of names) {
    repository.delegated.set(name, newTargets());
    await repository.delegate("targets", { name });
  }
  await repository.publish("targets");
  await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_SHAPE" });
});

test.each([
  ["both paths and path_hash_prefixes", { paths: ["*"], path_hash_prefixes: ["00"] }],
  ["neither paths nor path_hash_prefixes", {}],
])("a delegated role with %s is refused with its file", async (_, scope) => {
  const repository = await Simulator.create();
  await repository.delegate("targets", { name: "A" });
  const [role] = repository.delegationsOf("targets").roles ?? [];
  delete role?.paths;
  Object.assign(role as object, scope);
  await repository.publishAll();
  await expect(new Client(repository).refresh()).rejects.toMatchObject({ code: "ERR_SHAPE" });
});

test.each([1, 3, 4, 5, 8])(
  "succinct roles with %i bits: a target is in the bin of its hash, and only that bin is read",
  async (bits) => {
    const repository = await Simulator.create();
    await repository.delegateBins("targets", bits, "bin");
    const updater = () => new Client(repository).updater();
    await repository.publishAll();
    for (const path of ["file.txt", "a/b/c", "ö"]) {
      await expect(updater().find(path)).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
      const bin = repository.requests.map((asked) => /\d+\.(bin-[0-9a-f]+)\.json$/.exec(asked)?.[1]).at(-1);
      expect(bin).toBeDefined();
      repository.addTarget(bin as string, path, path);
      repository.forgetRequests();
      await repository.publish(bin as string);
      const found = await updater().find(path);
      expect(found.chain.map(({ role }) => role)).toEqual(["targets", bin]);
      expect(repository.requests.filter((asked) => asked.includes("bin-"))).toHaveLength(1);
      repository.forgetRequests();
    }
  },
);

test("hash prefixes say which role speaks for a path, in either case of letters", async () => {
  const repository = await Simulator.create();
  const prefix = pathHash("file.txt").slice(0, 3);
  await repository.delegate("targets", { name: "A", path_hash_prefixes: [prefix.toUpperCase()] });
  repository.addTarget("A", "file.txt", "content");
  repository.addTarget("A", "other.txt", "content");
  await repository.publishAll();
  const client = new Client(repository);
  expect(await client.download("file.txt")).toBe("content");
  await expect(client.updater().find("other.txt")).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
});

const PATHS = ["a", "b", "a/x", "b/x", "c"];
const PATTERNS = ["*", "a", "b", "a/*", "*/x", "?"];
const names = ["targets", "A", "B", "C", "D"];
const edge = fc.record({
  from: fc.constantFrom(...names),
  name: fc.constantFrom(...names.slice(1)),
  terminating: fc.boolean(),
  paths: fc.uniqueArray(fc.constantFrom(...PATTERNS), { minLength: 1, maxLength: 2 }),
});
const listing = fc.record({ role: fc.constantFrom(...names), path: fc.constantFrom(...PATHS) });

test("the list of all targets is what single searches find, whatever the graph", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(edge, { maxLength: 8, selector: ({ from, name }) => `${from}>${name}` }),
      fc.array(listing, { maxLength: 8 }),
      async (edges, listings) => {
        const repository = await Simulator.create();
        for (const name of names.slice(1)) repository.delegated.set(name, newTargets());
        for (const { from, ...input } of edges) await repository.delegate(from, input);
        for (const { role, path } of listings) repository.addTarget(role, path, `${role} ${path}`);
        await repository.publishAll();
        const client = new Client(repository);
        const updater = client.updater();
        const single = new Map<string, string[]>();
        for (const path of PATHS) {
          const found = await updater.find(path).catch((error: { code: string }) => error.code);
          if (typeof found !== "string")
            single.set(
              path,
              found.chain.map(({ role }) => role),
            );
          else expect(found).toBe("ERR_TARGET_NOT_FOUND");
        }
        const listed = new Map<string, string[]>();
        for await (const { path, chain } of updater.list()) {
          expect(listed.has(path)).toBe(false);
          listed.set(
            path,
            chain.map(({ role }) => role),
          );
        }
        expect([...listed].sort()).toEqual([...single].sort());
      },
    ),
    { numRuns: runs(150) },
  );
});

test("the list goes through bins", async () => {
  const repository = await Simulator.create();
  await repository.delegateBins("targets", 3, "bin");
  const paths = Array.from({ length: 20 }, (_, index) => `file-${index}`);
  for (const path of paths) {
    repository.addTarget(binFor({ bit_length: 3, name_prefix: "bin" }, pathHash(path)), path, path);
  }
  repository.addTarget("bin-0", "in-the-wrong-bin", "x");
  repository.addTarget("bin-1", "in-the-wrong-bin", "x");
  await repository.publishAll();
  const listed: string[] = [];
  for await (const { path } of new Client(repository).updater().list()) listed.push(path);
  const right = ["0", "1"].includes(
    binFor({ bit_length: 3, name_prefix: "bin" }, pathHash("in-the-wrong-bin")).slice(-1),
  );
  expect(listed.filter((path) => path !== "in-the-wrong-bin").sort()).toEqual([...paths].sort());
  expect(listed.includes("in-the-wrong-bin")).toBe(right);
});
