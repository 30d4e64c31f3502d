import { describe, expect, test } from "vitest";
import { servedPath, targetPath } from "../../../src/client/urls.ts";
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
    "a%20b.txt",
    "a b%20c+d.txt",
    "%e2%82%ac/%7e",
    "%zz%2",
    "%ff",
    "\u017f\u212a",
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
    expect(url).toMatch(/^targets\/(?:[\w.~/!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+$/);
    // What a URL parser makes of it is what was written.
    expect(new URL(url, "https://repository.test/").href).toBe(`https://repository.test/${url}`);
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

test.each([
  ["a%20b.txt", "a%20b.txt"],
  ["a b%20c+d.txt", "a%20b%20c+d.txt"],
  ["it's(a)*name*!;x=1,2:3@4&5$6~", "it's(a)*name*!;x=1,2:3@4&5$6~"],
  ["%E2%82%ac", "%E2%82%ac"],
  ["100%", "100%25"],
  ["%zz", "%25zz"],
  ["a?b#c", "a%3Fb%23c"],
  ["back\\slash", "back%5Cslash"],
  ['"<>[]^`{|}', "%22%3C%3E%5B%5D%5E%60%7B%7C%7D"],
  ["ö", "%C3%B6"],
  ["\u017f\u212a", "%C5%BF%E2%84%AA"],
  ["%2e%2E", "%252e%252E"],
])("what is valid in a URL is sent as it stands: %j as %j", (path, url) => {
  expect(targetPath(path, undefined, "https://a.example/")).toBe(url);
  expect(targetPath(`${path}/x`, "ab", "https://a.example/")).toBe(`${url}/ab.x`);
});

test.each(["a%20b.txt", "a b%20c+d.txt", "100%", "ö", "%2e%2e"])(
  "a file: URL leads to the file that is called %j",
  (path) => {
    const encoded = targetPath(path, undefined, "file:///somewhere/");
    expect(decodeURIComponent(encoded)).toBe(path);
    expect(new URL(encoded, "file:///somewhere/").pathname).toBe(`/somewhere/${encoded}`);
  },
);

test.each([
  ["a%20b.txt", "a b.txt"],
  ["dir%20x/a b%20c.txt", "dir x/a b c.txt"],
  ["plain.txt", undefined],
  ["100%", undefined],
  ["a%2Fb", undefined],
  ["%ff", undefined],
  ["%00", undefined],
  ["%2e%2e/x", undefined],
  ["%2e%23own", undefined],
  ["a%5cb", undefined],
])("a server that decodes looks for %j at %j", (path, served) => {
  expect(servedPath(path)).toBe(served);
});

test("role names that differ only in their encoding are different roles", async () => {
  const repository = await Simulator.create();
  for (const [index, name] of ["a/b", "a%2Fb", "a%252Fb"].entries()) {
    await repository.delegate("targets", { name, paths: [`file${index}`] });
    repository.addTarget(name, `file${index}`, name);
  }
  await repository.publishAll();
  const client = new Client(repository);
  for (const [index, name] of ["a/b", "a%2Fb", "a%252Fb"].entries())
    expect(await client.download(`file${index}`)).toBe(name);
  expect(Object.keys(await client.versions())).toEqual(
    expect.arrayContaining(["a%2Fb", "a%252Fb", "a%25252Fb"]),
  );
});

test.each([
  ["@context", "ERR_SHAPE"],
  ["@none", "ERR_SHAPE"],
  ["__proto__", "ERR_JSON_SYNTAX"],
])("a target called %j has no linked form: under linked it is refused with its file", async (path, code) => {
  const repository = await Simulator.create({ view: "linked" });
  repository.addTarget("targets", "PLACEHOLDER", "content");
  await repository.publish("targets");
  const text = new TextDecoder().decode(repository.bytes("metadata/2.targets.json"));
  repository.files.set(
    "metadata/2.targets.json",
    new TextEncoder().encode(text.replace("PLACEHOLDER", path)),
  );
  await expect(new Client(repository).refresh()).rejects.toMatchObject({ code });
});
