/**
 * Pages of a simple index: the same bytes for the same content, and nothing in them that a name could smuggle in.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeUtf8 } from "../../../src/encoding/utf8.ts";
import {
  type Project,
  type ProjectFile,
  parseIndexPage,
  parseProjectPage,
} from "../../../src/repository/imports/pep691.ts";
import { indexPages, projectFilePath, projectPages } from "../../../src/repository/imports/simpleIndex.ts";
import { checkTarget } from "../../../src/repository/target.ts";
import { runs } from "../../support/runs.ts";

const SHA = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const file = (filename: string, members: Partial<ProjectFile> = {}): ProjectFile => ({
  filename,
  size: 7,
  hashes: { sha256: SHA },
  ...members,
});
const texts = (project: Project): string[] =>
  projectPages(project).map(({ bytes }) => decodeUtf8(bytes, true));

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 10 }),
  fc.constantFrom('"><script>alert(1)</script>', "&lt;", "'", "a\nb\tc\rd", "\u0000\u007f", "]]>", "--><!--"),
);
const filename = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      "a+b-1.0.whl",
      "x y.exe",
      'q"<&>.zip',
      "50%.tgz",
      "ö#?.whl",
      "\u{1f600}.whl",
      "\uffee.whl",
    ),
  )
  .filter((name) => !/[/\\\p{Cc}]|^\./u.test(name) && name.isWellFormed());
const files = fc.uniqueArray(
  fc.record(
    {
      filename,
      size: fc.nat(),
      hashes: fc.constantFrom<Record<string, string>>(
        { sha256: SHA },
        { sha512: "ab".repeat(64), sha256: SHA },
        { sha256: SHA, sha512: "ab".repeat(64) },
      ),
      requiresPython: text.filter((each) => each !== ""),
      uploadTime: fc.constant("2024-01-01T00:00:00Z"),
      yanked: fc.oneof(fc.constant(true), text),
    },
    { requiredKeys: ["filename", "size", "hashes"] },
  ),
  { selector: (each) => each.filename, maxLength: 8 },
) as fc.Arbitrary<ProjectFile[]>;

describe("a project's pages", () => {
  test("are the same bytes in whatever order files, hashes and versions come", () => {
    fc.assert(
      fc.property(
        files.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const reversed = shuffled.map((each) => ({
            ...each,
            hashes: Object.fromEntries(Object.entries(each.hashes).reverse()),
          }));
          expect(projectPages({ name: "A_b", files: all, versions: ["1", "2"] })).toEqual(
            projectPages({ name: "a.b", files: reversed, versions: ["2", "1", "2"] }),
          );
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test("say in JSON all that was given, and are made of it again byte for byte", () => {
    fc.assert(
      fc.property(files, (all) => {
        const [, page] = projectPages({ name: "a", files: all });
        const project = parseProjectPage(page?.bytes as Uint8Array, "a", "x");
        expect(project.files).toHaveLength(all.length);
        expect(projectPages(project)[1]).toEqual(page);
      }),
      { numRuns: runs(200) },
    );
  });

  test("have in HTML one link a file, whatever the names and texts are", () => {
    fc.assert(
      fc.property(files, (all) => {
        const [html = ""] = texts({ name: "a", files: all });
        expect(html.match(/<[a-z!/][^>]*>/gi)?.filter((tag) => /^<a /.test(tag))).toHaveLength(all.length);
        // Outside of tags and attribute values nothing is left that begins markup.
        const bare = html.replace(/<\/?[a-z][a-z0-9]*(?: [a-z-]+="[^"<>]*")*>|<!DOCTYPE html>/g, "");
        expect(bare).not.toMatch(/[<>"]/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
        expect(html).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
      }),
      { numRuns: runs(200) },
    );
  });

  test("look like this", () => {
    const project = {
      name: "Foo.Bar",
      files: [
        file("foo_bar-1.0+local-py3-none-any.whl", { requiresPython: ">=3.6,<4", yanked: 'a "bad" one' }),
        file("foo-bar-0.9.tar.gz", { yanked: true }),
      ],
    };
    expect(projectPages(project).map(({ path }) => path)).toEqual([
      "simple/foo-bar/index.html",
      "simple/foo-bar/index.json",
    ]);
    const [html = "", json = ""] = texts(project);
    expect(html).toContain(
      `    <a href="../../packages/foo-bar/foo-bar-0.9.tar.gz#sha256=${SHA}" data-yanked="">foo-bar-0.9.tar.gz</a><br>
    <a href="../../packages/foo-bar/foo_bar-1.0%2Blocal-py3-none-any.whl#sha256=${SHA}" data-requires-python="&gt;=3.6,&lt;4" data-yanked="a &quot;bad&quot; one">foo_bar-1.0+local-py3-none-any.whl</a><br>
`,
    );
    expect(JSON.parse(json)).toEqual({
      meta: { "api-version": "1.1" },
      name: "foo-bar",
      versions: ["0.9", "1.0+local"],
      files: [
        {
          filename: "foo-bar-0.9.tar.gz",
          hashes: { sha256: SHA },
          size: 7,
          url: "../../packages/foo-bar/foo-bar-0.9.tar.gz",
          yanked: true,
        },
        {
          filename: "foo_bar-1.0+local-py3-none-any.whl",
          hashes: { sha256: SHA },
          "requires-python": ">=3.6,<4",
          size: 7,
          url: "../../packages/foo-bar/foo_bar-1.0%2Blocal-py3-none-any.whl",
          yanked: 'a "bad" one',
        },
      ],
    });
  });

  test("link, from where they are, to where the files are", () => {
    const name = "x y+1.whl";
    const { files: listed } = JSON.parse(texts({ name: "a", files: [file(name)] })[1] ?? "") as {
      files: { url: string }[];
    };
    const { pathname } = new URL(listed[0]?.url ?? "", "http://h/targets/simple/a/index.json");
    expect(decodeURIComponent(pathname)).toBe(`/targets/${projectFilePath("A", name)}`);
  });

  test.each<[string, Project]>([
    ["a project's name that is a path", { name: "../x", files: [] }],
    ["a file's name that is a path", { name: "x", files: [file("../y")] }],
    ["a file without size", { name: "x", files: [{ filename: "y", hashes: { sha256: SHA } }] }],
    ["a file without sha256", { name: "x", files: [file("y", { hashes: { sha512: "ab".repeat(64) } })] }],
    ["two different files of one name", { name: "x", files: [file("y"), file("y", { size: 8 })] }],
  ])("are not made of %s", (_, project) => {
    expect(() => projectPages(project)).toThrow(expect.objectContaining({ code: "ERR_INPUT" }));
  });

  test("list a file once that is given twice", () => {
    expect(projectPages({ name: "x", files: [file("y"), file("y")] })).toEqual(
      projectPages({ name: "x", files: [file("y")] }),
    );
  });
});

describe("the list of projects", () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,6}[a-zA-Z0-9])?$/);

  test("is the same bytes in whatever order and spelling names come", () => {
    fc.assert(
      fc.property(
        fc
          .array(name, { maxLength: 8 })
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const respelt = shuffled.map((each) => each.toUpperCase().replace(/[-_.]+/g, "__"));
          expect(indexPages(respelt)).toEqual(indexPages(all));
          const json = indexPages(all)[1]?.bytes as Uint8Array;
          expect(indexPages(parseIndexPage(json, "x"))).toEqual(indexPages(all));
        },
      ),
      { numRuns: runs(200) },
    );
  });

  test("has pages whose paths a repository takes", () => {
    const pages = [...indexPages(["a"]), ...projectPages({ name: "a", files: [file("b.whl")] })];
    for (const { path } of pages) checkTarget({ path, target: { length: 1, hashes: { sha256: SHA } } });
    checkTarget({ path: projectFilePath("a", "b.whl"), target: null });
    expect(pages.map(({ path }) => path)).toEqual([
      "simple/index.html",
      "simple/index.json",
      "simple/a/index.html",
      "simple/a/index.json",
    ]);
  });
});
