/**
 * Reading a simple index: what is taken, and what is refused.
 * @module
 */
import { describe, expect, test } from "vitest";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import {
  normalizeProjectName,
  parseIndexPage,
  parseProjectPage,
} from "../../../src/repository/imports/pep691.ts";

const SHA = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const meta = { "api-version": "1.0" };
const bytesOf = (page: unknown): Uint8Array => encodeUtf8(JSON.stringify(page));
const file = (members: object = {}): object => ({
  filename: "a_b-1.0.tar.gz",
  url: "https://files.example/a_b-1.0.tar.gz",
  hashes: { sha256: SHA },
  ...members,
});
const project = (...files: object[]): Uint8Array => bytesOf({ meta, name: "A_b", files });
const refused = (reason: RegExp): unknown =>
  expect.objectContaining({ code: "ERR_INPUT", message: expect.stringMatching(reason) });

describe("names", () => {
  test("have one spelling", () => {
    for (const name of ["Foo.Bar", "foo-bar", "FOO__bar", "foo-._bar"])
      expect(normalizeProjectName(name)).toBe("foo-bar");
  });

  test.each(["", "..", "-a", "a-", "a/b", "a b", "a\n", "é", "a%2fb", "x".repeat(256), "__proto__"])(
    "%j is not one",
    (name) => {
      expect(() => normalizeProjectName(name)).toThrow(refused(/is not a project's name/));
    },
  );
});

describe("the list of projects", () => {
  test("gives each name once, normalised, whatever else is said", () => {
    const page = {
      meta: { ...meta, "_last-serial": 1.5 },
      projects: [{ name: "B" }, { name: "a.b" }, { name: "b", x: 1 }],
    };
    expect(parseIndexPage(bytesOf(page), "x")).toEqual(["b", "a-b"]);
  });

  test.each<[string, unknown, RegExp]>([
    ["HTML", undefined, /not a page in JSON/],
    ["no meta", { projects: [] }, /not a page of the simple API/],
    [
      "another major version",
      { meta: { "api-version": "2.0" }, projects: [] },
      /not a page of the simple API/,
    ],
    ["no projects", { meta }, /no list of projects/],
    ["a project without a name", { meta, projects: [{}] }, /a project has no name/],
    ["a hostile name", { meta, projects: [{ name: "../x" }] }, /is not a project's name/],
  ])("is refused with %s", (_, page, reason) => {
    const bytes = page === undefined ? encodeUtf8("<!DOCTYPE html>") : bytesOf(page);
    expect(() => parseIndexPage(bytes, "https://x/simple/")).toThrow(refused(reason));
  });
});

describe("a project's page", () => {
  test("gives what targets and pages need of each file", () => {
    const sha512 = "AB".repeat(64);
    const page = bytesOf({
      meta: { "api-version": "1.3" },
      name: "A.B",
      versions: ["1.0"],
      files: [
        file({
          size: 7,
          hashes: { sha256: SHA.toUpperCase(), sha512, md5: "00", blake2b_256: SHA },
          "requires-python": ">=3.6",
          "upload-time": "2024-01-01T00:00:00Z",
          yanked: "broken",
          "core-metadata": { sha256: SHA },
        }),
        file({ filename: "x.whl", yanked: true, "requires-python": null }),
        file({ filename: "y.whl", hashes: {} }),
      ],
    });
    expect(parseProjectPage(page, "a-b", "x")).toEqual({
      name: "a-b",
      versions: ["1.0"],
      files: [
        {
          filename: "a_b-1.0.tar.gz",
          size: 7,
          hashes: { sha256: SHA, sha512: sha512.toLowerCase() },
          requiresPython: ">=3.6",
          uploadTime: "2024-01-01T00:00:00Z",
          yanked: "broken",
        },
        { filename: "x.whl", hashes: { sha256: SHA }, yanked: true },
        { filename: "y.whl", hashes: {} },
      ],
    });
  });

  test("of another project is refused", () => {
    expect(() => parseProjectPage(project(), "other", "x")).toThrow(refused(/not the page of other/));
  });

  test.each<[string, object, RegExp]>([
    ["a path", { filename: "a/b.whl" }, /it has a slash/],
    ["a way up", { filename: ".." }, /begins with a dot/],
    ["a hidden name", { filename: ".htaccess" }, /begins with a dot/],
    ["a control character", { filename: "a\u0000b" }, /control character/],
    ["a backslash", { filename: "a\\b" }, /backslash/],
    ["an empty name", { filename: "" }, /empty part/],
    ["a long name", { filename: "a".repeat(256) }, /longer than 255/],
    ["no name", { filename: 1 }, /has no filename/],
  ])("is refused where a file has %s", (_, members, reason) => {
    expect(() => parseProjectPage(project(file(members)), "a-b", "x")).toThrow(refused(reason));
  });

  test.each<[string, object, RegExp]>([
    ["a size that is none", { size: -1 }, /its size/],
    ["no size but null", { size: null }, /its size/],
    ["a fractional size", { size: 1.5 }, /its size/],
    ["a short digest", { hashes: { sha256: "ab" } }, /its sha256 is not 64/],
    ["an empty digest", { hashes: { sha256: "" } }, /its sha256 is not 64/],
    ["a digest that is none", { hashes: { sha512: 1 } }, /its sha512 is not 128/],
    ["hashes that are a list", { hashes: [] }, /its hashes are not an object/],
    ["hashes that are null", { hashes: null }, /its hashes are not an object/],
    ["a number for yanked", { yanked: 1 }, /yanked is neither/],
    ["null for yanked", { yanked: null }, /yanked is neither/],
  ])("passes over a file with %s, says why, and takes the others", (_, members, reason) => {
    const good = file({ filename: "good.whl" });
    const { files, odd } = parseProjectPage(
      project(file({ filename: "odd.whl", ...members }), good),
      "a-b",
      "x",
    );
    expect(files.map(({ filename }) => filename)).toEqual(["good.whl"]);
    expect(odd).toEqual([{ filename: "odd.whl", reason: expect.stringMatching(reason) }]);
  });
});
