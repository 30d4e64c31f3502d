import { describe, expect, test } from "vitest";
import { Client } from "../../support/simulator/client.ts";
import { Simulator } from "../../support/simulator/repository.ts";

const ROLES = [
  "?",
  "#",
  "/delegatedrole",
  "../delegatedrole",
  "..",
  ".",
  "a b",
  "a%2Fb",
  "100%",
  "ö",
  "ログ",
  "a\\b",
  "a:b",
  "1.boot",
  "root.json",
  "validators",
  "http/validator",
  "root_history/1.root",
  "con",
  "it's (a) *role*!",
  "👍",
  "a&b=c;d,e+f@g$",
  "constructor",
];

describe.each([true, false])("with consistent snapshots: %s", (consistent) => {
  test.each(ROLES)("a delegated role may be called %j", async (name) => {
    const repository = await Simulator.create({ consistent });
    await repository.delegate("targets", { name });
    repository.addTarget(name, "file.txt", "content");
    await repository.publishAll();
    const client = new Client(repository);
    expect(await client.download("file.txt")).toBe("content");
    const [url] = repository.urls.filter(
      (each) => !/^(?:metadata\/(?:2\.root|timestamp|2?\.?snapshot|2?\.?targets)\.json|targets\/)/.test(each),
    );
    // One part of a path, nothing that a server or a URL parser would read as anything else.
    expect(url).toMatch(/^metadata\/(?:1\.)?(?:[\w.~-]|%[0-9A-F]{2})+\.json$/);
    expect(await client.stored(name)).toEqual(repository.bytes(repository.namesOf(name)[0] as string));
    // It has not displaced anything else.
    expect(await client.stored("root")).toEqual(repository.rootBytes(1));
    repository.forgetRequests();
    await client.download("file.txt");
    expect(repository.requests).toEqual(["metadata/2.root.json", "metadata/timestamp.json"]);
  });

  test.each([
    "file.txt",
    "a/b/c.txt",
    "with space",
    "question?mark",
    "hash#mark",
    "percent%2Fencoded",
    "100%",
    "plus+ampersand&equals=",
    "ö/ü.txt",
    "日本語.txt",
    "👍",
    "/absolute",
    "double//slash",
    "trailing/",
    "back\\slash",
    ".hidden",
    "a'(b)*c!",
    "constructor",
  ])("a target may be called %j", async (path) => {
    const repository = await Simulator.create({ consistent });
    repository.addTarget("targets", path, "content");
    await repository.publish("targets");
    const client = new Client(repository);
    expect(await client.download(path)).toBe("content");
    const url = repository.urls.at(-1) as string;
    expect(url).toMatch(/^targets\/(?:[\w.~/-]|%[0-9A-F]{2})+$/);
    expect(url.split("/")).not.toContain("..");
  });
});

test.each(["../up", "a/../b", "./here"])(
  "a target called %j is found but has no URL to download it from",
  async (path) => {
    const repository = await Simulator.create();
    repository.addTarget("targets", path, "content");
    await repository.publish("targets");
    const client = new Client(repository);
    await expect(client.download(path)).rejects.toMatchObject({ code: "ERR_SHAPE" });
    expect(repository.urls.some((url) => url.startsWith("targets/"))).toBe(false);
  },
);

test("role names that differ only in their encoding are different roles", async () => {
  const repository = await Simulator.create();
  for (const name of ["a/b", "a%2Fb", "a%252Fb"]) {
    await repository.delegate("targets", { name, paths: [name] });
    repository.addTarget(name, name, name);
  }
  await repository.publishAll();
  const client = new Client(repository);
  for (const name of ["a/b", "a%2Fb", "a%252Fb"]) expect(await client.download(name)).toBe(name);
  expect(Object.keys(await client.versions())).toEqual(
    expect.arrayContaining(["a%2Fb", "a%252Fb", "a%25252Fb"]),
  );
});

test.each([
  ["@context", "ERR_SHAPE"],
  ["@none", "ERR_SHAPE"],
  ["__proto__", "ERR_JSON_SYNTAX"],
])("a target called %j is refused with its file", async (path, code) => {
  const repository = await Simulator.create();
  repository.addTarget("targets", "PLACEHOLDER", "content");
  await repository.publish("targets");
  const text = new TextDecoder().decode(repository.bytes("metadata/2.targets.json"));
  repository.files.set(
    "metadata/2.targets.json",
    new TextEncoder().encode(text.replace("PLACEHOLDER", path)),
  );
  await expect(new Client(repository).refresh()).rejects.toMatchObject({ code });
});
