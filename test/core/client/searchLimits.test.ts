import { describe, expect, test } from "vitest";
import type { Limits } from "../../../src/client/options.ts";
import { matchesPattern } from "../../../src/trust/paths.ts";
import { Client } from "../../support/simulator/client.ts";
import { Simulator } from "../../support/simulator/repository.ts";

/** `targets` delegates to A with these patterns, and A lists nothing. */
async function repositoryWith(...paths: string[]): Promise<Simulator> {
  const repository = await Simulator.create();
  await repository.delegate("targets", { name: "A", paths });
  await repository.publishAll();
  return repository;
}

async function listed(client: Client, limits: Partial<Limits> = {}): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of client.updater({ limits }).list()) paths.push(path);
  return paths;
}

const PATH = "dir/file.txt";

describe("a search for one target", () => {
  test.each([
    ["a long pattern of brackets", [`dir/${"[".repeat(100)}`], 200],
    ["stars that have to be tried again and again", ["dir/*i*i*i*i*z"], 150],
    ["many patterns", Array.from({ length: 20 }, (_, index) => `x${index}`), 250],
    ["a class of many characters", ["dir/[abcdefghijklmno]*"], 100],
  ])("ends when the work is more than allowed: %s", async (_, paths, searchSteps) => {
    const client = new Client(await repositoryWith(...paths));
    const search = (allowed: number) => client.updater({ limits: { searchSteps: allowed } }).find(PATH);
    await expect(search(20 * searchSteps)).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
    await expect(search(searchSteps / 2)).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "searchSteps", allowed: searchSteps / 2 },
    });
  });

  test("ends when delegated roles lead to one another and to ever more of them", async () => {
    const repository = await Simulator.create();
    const names = ["A", "B", "C", "D"];
    for (const name of names) await repository.delegate("targets", { name });
    for (const from of names) for (const name of names) await repository.delegate(from, { name });
    await repository.publishAll();
    const client = new Client(repository);
    const search = (limits: Partial<Limits>) => client.updater({ limits }).find("file.txt");
    await expect(search({})).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
    await expect(search({ searchSteps: 200 })).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "searchSteps" },
    });
  });

  test("does not pass a pattern over that is too long to be compared: a terminating role may stand behind it", async () => {
    const repository = await Simulator.create();
    await repository.delegate("targets", { name: "A", paths: ["dir/file*****.txt"], terminating: true });
    await repository.delegate("targets", { name: "B" });
    repository.addTarget("B", PATH, "B");
    await repository.publishAll();
    const client = new Client(repository);
    await expect(
      client.updater({ limits: { comparedLength: PATH.length } }).find(PATH),
    ).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "comparedLength", allowed: PATH.length, actual: 17 },
    });
  });

  test("compares no path that is too long", async () => {
    const client = new Client(await repositoryWith("*"));
    await expect(client.updater({ limits: { comparedLength: 4 } }).find("abcde")).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "comparedLength" },
    });
  });

  test("asks for no newer timestamp when it ran into a limit of its own", async () => {
    const repository = await repositoryWith("*");
    const client = new Client(repository);
    await expect(client.updater({ limits: { searchSteps: 1 } }).find(PATH)).rejects.toMatchObject({
      code: "ERR_LIMIT",
    });
    expect(repository.requests.filter((path) => path.endsWith("timestamp.json"))).toHaveLength(1);
  });

  test("hears in its midst that it is to end", async () => {
    const repository = await repositoryWith("a", "b", "c");
    const client = new Client(repository);
    const reason = new Error("enough");
    const end = new AbortController();
    const updater = client.updater({ limits: { stepsPerTurn: 1 }, signal: end.signal });
    await updater.refresh();
    const search = updater.find(PATH);
    setTimeout(() => end.abort(reason), 0);
    await expect(search).rejects.toBe(reason);
  });
});

describe("a list of all targets", () => {
  test("ends when the work is more than allowed", async () => {
    const repository = await repositoryWith("*/*");
    for (const name of ["a", "b", "c"]) repository.addTarget("A", `dir/${name}`, name);
    await repository.publishAll();
    const client = new Client(repository);
    expect(await listed(client)).toEqual(["dir/a", "dir/b", "dir/c"]);
    await expect(listed(client, { listSteps: 100 })).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "listSteps", allowed: 100 },
    });
  });

  test("walks a role once, however many ways lead to it", async () => {
    const repository = await Simulator.create();
    // Two roles in each of six layers, each of which delegates to both of the next: 64 ways, 12 roles.
    for (let layer = 0; layer < 6; layer++) {
      for (const from of layer === 0 ? ["targets"] : [`a${layer - 1}`, `b${layer - 1}`]) {
        for (const name of [`a${layer}`, `b${layer}`]) await repository.delegate(from, { name });
      }
    }
    repository.addTarget("b5", PATH.replace("/", "-"), "last");
    await repository.publishAll();
    const client = new Client(repository);
    expect(await listed(client, { listedRoles: 22, listSteps: 6_000 })).toEqual(["dir-file.txt"]);
    await expect(listed(client, { listedRoles: 21 })).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "listedRoles", allowed: 21 },
    });
  });

  test("hears in its midst that it is to end", async () => {
    const repository = await repositoryWith("*");
    for (const name of ["a", "b", "c"]) repository.addTarget("A", name, name);
    await repository.publishAll();
    const end = new AbortController();
    const updater = new Client(repository).updater({ limits: { stepsPerTurn: 1 }, signal: end.signal });
    const reason = new Error("enough");
    const work = (async () => {
      for await (const _ of updater.list()) end.abort(reason);
    })();
    await expect(work).rejects.toBe(reason);
  });
});

describe("a list that may leave out what cannot be read", () => {
  async function withoutB(): Promise<Simulator> {
    const repository = await Simulator.create();
    await repository.delegate("targets", { name: "A", paths: ["a/*"] });
    await repository.delegate("targets", { name: "B", paths: ["b/*"], terminating: true });
    await repository.delegate("targets", { name: "C", paths: ["*/*"] });
    repository.addTarget("A", "a/1", "A");
    repository.addTarget("B", "b/1", "B");
    repository.addTarget("C", "b/2", "C");
    repository.addTarget("C", "c/1", "C");
    await repository.publishAll();
    repository.files.delete("metadata/1.B.json");
    return repository;
  }

  test("tells of the role once, and lists what a search finds without it", async () => {
    const client = new Client(await withoutB());
    const told: [string, string][] = [];
    const paths: string[] = [];
    const onUnreadable = (role: string, { code }: { code: string }) => told.push([role, code]);
    for await (const { path } of client.updater().list({ onUnreadable })) paths.push(path);
    expect(told).toEqual([["B", "ERR_FILE_NOT_FOUND"]]);
    // The search for b/2 ends at B, so what C says of it counts for nothing.
    expect(paths).toEqual(["a/1", "c/1"]);
  });

  test("ends when too many roles cannot be read", async () => {
    const client = new Client(await withoutB());
    const list = client.updater({ limits: { unreadableRoles: 0 } }).list({ onUnreadable: () => undefined });
    await expect(collect(list)).rejects.toMatchObject({
      code: "ERR_FILE_NOT_FOUND",
    });
  });

  test("ends at such a role unless it was asked to go on", async () => {
    await expect(listed(new Client(await withoutB()))).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
  });
});

async function collect(list: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of list);
}

test.each([
  ["[[[]", "[", true],
  ["[[[]", "]", false],
  ["[]]]", "]]", true],
  ["[][]", "[", true],
  ["[][[", "[", false],
  ["a]b[", "a]b[", true],
  ["*[*", "a[b", true],
  ["***", "abc", true],
  ["a**c", "abbc", true],
])("brackets that close nothing stand for themselves: %j on %j is %s", (pattern, path, matches) => {
  expect(matchesPattern(pattern, path)).toBe(matches);
});
