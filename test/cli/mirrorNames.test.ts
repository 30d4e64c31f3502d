/**
 * Names in metadata never choose a file that another role owns.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { assertDistinct, foldsNames, metadataNames } from "../../src/cli/mirrorNames.ts";
import { fileNameOf } from "../../src/client/store.ts";
import { checkRoleName } from "../../src/repository/layout.ts";
import { Simulator } from "../support/simulator/repository.ts";
import { filesBelow, person, put, server } from "./clientWorld.ts";
import { errorOf } from "./tufLd.ts";

const AT = ["--at", "2026-06-02"];
const refused = expect.objectContaining({ code: "ERR_STORAGE" });

function namesOf(
  roles: readonly string[],
  { version, folds = false }: { version?: number; folds?: boolean },
) {
  const named = roles.map((role) => ({ role, version }));
  const names = metadataNames(named, folds);
  return Object.fromEntries(named.map((each) => [each.role, names.get(each)]));
}

async function mirrored(role: string, consistent: boolean) {
  const repository = await Simulator.create({ consistent });
  await repository.publish("root");
  const trusted = repository.rootBytes(1);
  await repository.delegate("targets", { name: role });
  repository.addTarget(role, "file.txt", "content");
  await repository.publishAll();
  const origin = await server();
  put(origin, repository.files);
  const user = person();
  user.at.write("root.json", trusted);
  await user.ok("trust", `${origin.base}/metadata/`, "--root", "root.json", "--name", "repo");
  return { repository, user, ended: await user.run("mirror", "copy", ...AT) };
}

describe("a delegated role that is called like a file of the roots", () => {
  test("has a file beside the roots of a mirror, and none of theirs", async () => {
    const { repository, user, ended } = await mirrored("2.root", true);
    expect(ended).toMatchObject({ code: 0 });
    const files = filesBelow(user.at.file("copy/metadata"));
    for (const version of [1, 2])
      expect(files.get(`${version}.root.json`)).toEqual(repository.rootBytes(version));
    expect(files.get("1.2.root.json")).toEqual(repository.bytes("metadata/1.2.root.json"));
  });

  test("is refused by name where its file would be that of a root", async () => {
    const { user, ended } = await mirrored("1.root", false);
    expect([ended.code, errorOf(ended).code]).toEqual([21, "ERR_STORAGE"]);
    expect(ended.err).toContain("1.root");
    expect([...filesBelow(user.at.file("copy")).keys()].filter((name) => name.endsWith(".json"))).toEqual([]);
  });
});

describe("without consistent snapshots", () => {
  test.each(["2.root", "7.targets", "Root", "SNAPSHOT", "1.Timestamp", "tarGets", "ſnapshot"])(
    "a role called %s is refused: a top-level role has that file",
    (role) => {
      expect(() => namesOf([role], {})).toThrow(refused);
    },
  );

  test.each(["root.2", "2.roots", "xroot", "2.root.x", "root "])("a role called %j has a file", (role) => {
    expect(namesOf([role], {})).toEqual({ [role]: [`${role}.json`] });
  });
});

describe("with consistent snapshots", () => {
  test.each(["Root", "SNAPSHOT"])(
    "a role called %s is refused, since the mirror may be carried to where case means nothing",
    (role) => {
      expect(() => namesOf([role], { version: 2 })).toThrow(refused);
    },
  );

  test("a name with slashes has a second one, encoded, unless that is another role's", () => {
    expect(namesOf(["a/b", "a%2Fb", "c/d"], { version: 1 })).toEqual({
      "a%2Fb": ["1.a%2Fb.json"],
      "a/b": ["1.a/b.json"],
      "c/d": ["1.c/d.json", "1.c%2Fd.json"],
    });
  });

  test("a name that needs a folder where another role's file lies has its encoded name alone", () => {
    expect(namesOf(["x.json/y", "x"], { version: 1 })).toEqual({
      x: ["1.x.json"],
      "x.json/y": ["1.x.json%2Fy.json"],
    });
  });

  test.each([
    ["a", "A"],
    ["ö", "o\u0308"],
    ["a/b", "A/B"],
  ])("%j and %j have a file each, but not in a folder that takes them for one", (one, other) => {
    const both = namesOf([one, other], { version: 1 });
    expect([...(both[one] ?? []), ...(both[other] ?? [])]).not.toHaveLength(0);
    expect(() => namesOf([one, other], { version: 1, folds: true })).toThrow(refused);
  });
});

test("targets whose names a folder takes for one are refused, and others are not", () => {
  expect(() => assertDistinct(["a", "A"], true)).toThrow(refused);
  expect(() => assertDistinct(["a", "b", "a"], true)).not.toThrow();
  expect(() => assertDistinct(["a", "A"], false)).not.toThrow();
});

test("whether a folder tells spellings apart is found out there, and nothing is left behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "names-"));
  try {
    expect(typeof (await foldsNames(folder))).toBe("boolean");
    expect(filesBelow(folder).size).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("in a store no role's name is that of a top-level role's file, in any case of letters", () => {
  for (const top of ["root", "timestamp", "snapshot", "targets"]) {
    expect(fileNameOf(top)).toBe(`${top}.json`);
    for (const role of [
      top.toUpperCase(),
      top[0]?.toUpperCase() + top.slice(1),
      `${top.slice(0, -1)}${top.at(-1)?.toUpperCase()}`,
    ]) {
      const name = fileNameOf(role);
      expect(name.toLowerCase()).not.toBe(`${top}.json`);
      expect(decodeURIComponent(name)).toBe(`${role}.json`);
    }
  }
});

test.each(["2.root", "12.Snapshot", "Targets", "ROOT"])("no role called %s is made", (role) => {
  expect(() => checkRoleName(role)).toThrow(expect.objectContaining({ code: "ERR_EDIT" }));
});
