/**
 * The pages of a simple index as target files: HTML (PEP 503, PEP 592) and JSON (PEP 691, PEP 700). The same projects
 * and files give the same bytes, in whatever order they come, so a page changes only when what it says does.
 *
 * Not written: `core-metadata` (PEP 658, PEP 714), because metadata files are not among the targets made here, and
 * signature links.
 * @module
 */
import { byCodePoint } from "../../encoding/codePoint.ts";
import { percentEncode } from "../../encoding/percent.ts";
import { encodeUtf8 } from "../../encoding/utf8.ts";
import { TufLdError } from "../../errors.ts";
import { sameJson } from "../edit.ts";
import { checkFilename, normalizeProjectName, type Project, type ProjectFile } from "./pep691.ts";

/** A page, under the target path where clients look for it. */
export interface IndexPage {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Where the file of a project is among the targets. @throws ERR_INPUT for a hostile name */
export function projectFilePath(name: string, filename: string): string {
  checkFilename(filename);
  return `packages/${normalizeProjectName(name)}/${filename}`;
}

/**
 * The two pages of a project.
 *
 * @throws ERR_INPUT for a hostile name, a file without size or sha256, and two different files of one name
 */
export function projectPages(project: Project): IndexPage[] {
  const name = normalizeProjectName(project.name);
  const files = sortedFiles(name, project.files);
  return [
    page(`simple/${name}/index.html`, projectHtml(name, files)),
    page(`simple/${name}/index.json`, projectJson(name, files, project.versions)),
  ];
}

/** The two pages that list all projects. @throws ERR_INPUT */
export function indexPages(names: Iterable<string>): IndexPage[] {
  const sorted = [...new Set(Array.from(names, (name) => normalizeProjectName(name)))].sort(byCodePoint);
  const links = sorted.map((name) => `    <a href="${name}/">${name}</a><br>\n`);
  const projects = sorted.map((name) => ({ name }));
  return [
    page("simple/index.html", html("Simple index", links)),
    page("simple/index.json", json({ meta: META, projects })),
  ];
}

/** The version of the API whose members are here (PEP 629, PEP 700). */
const API = "1.1";
const META = { "api-version": API };

type Complete = ProjectFile & { readonly size: number };

function sortedFiles(name: string, files: readonly ProjectFile[]): Complete[] {
  const byName = new Map<string, Complete>();
  for (const file of files) {
    const { filename, size, hashes } = file;
    checkFilename(filename, name);
    const earlier = byName.get(filename);
    const reason =
      earlier !== undefined && !sameJson(earlier, file)
        ? "is listed twice, and not as the same file"
        : size === undefined || hashes["sha256"] === undefined
          ? "needs a size and a sha256"
          : undefined;
    if (reason !== undefined)
      throw new TufLdError("ERR_INPUT", `${name}: ${filename} ${reason}`, { source: filename, reason });
    byName.set(filename, file as Complete);
  }
  return [...byName.values()].sort((a, b) => byCodePoint(a.filename, b.filename));
}

function projectHtml(name: string, files: readonly Complete[]): string {
  const links = files.map(({ filename, hashes, requiresPython, yanked }) => {
    const attributes = [
      `href="${escapeHtml(`${relative(name, filename)}#sha256=${hashes["sha256"]}`)}"`,
      ...(requiresPython === undefined ? [] : [`data-requires-python="${escapeHtml(requiresPython)}"`]),
      ...(yanked === undefined || yanked === false
        ? []
        : [`data-yanked="${escapeHtml(yanked === true ? "" : yanked)}"`]),
    ];
    return `    <a ${attributes.join(" ")}>${escapeHtml(filename)}</a><br>\n`;
  });
  return html(`Links for ${name}`, links);
}

function projectJson(name: string, files: readonly Complete[], versions?: readonly string[]): string {
  return json({
    meta: META,
    name,
    versions: [...new Set(versions ?? files.flatMap(({ filename }) => versionOf(filename) ?? []))].sort(
      byCodePoint,
    ),
    files: files.map(({ filename, size, hashes, requiresPython, uploadTime, yanked = false }) => ({
      filename,
      hashes: Object.fromEntries(Object.entries(hashes).sort(([a], [b]) => byCodePoint(a, b))),
      ...(requiresPython === undefined ? {} : { "requires-python": requiresPython }),
      size,
      ...(uploadTime === undefined ? {} : { "upload-time": uploadTime }),
      url: relative(name, filename),
      yanked,
    })),
  });
}

/** From a project's page to its file. */
function relative(name: string, filename: string): string {
  return `../../packages/${name}/${percentEncode(filename)}`;
}

/** The version in the name of a wheel (PEP 427) or a source archive (PEP 625), where an index does not tell versions. */
function versionOf(filename: string): string | undefined {
  if (filename.endsWith(".whl")) return filename.split("-")[1];
  return /^.+-([^-]+)\.(?:tar\.gz|zip|tar\.bz2|tgz)$/.exec(filename)?.[1];
}

function html(title: string, lines: readonly string[]): string {
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="pypi:repository-version" content="${API}">
    <title>${title}</title>
  </head>
  <body>
    <h1>${title}</h1>
${lines.join("")}  </body>
</html>
`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
  ["\t", "&#9;"],
  ["\n", "&#10;"],
  ["\r", "&#13;"],
]);

/** Text for an attribute or an element. HTML has no way to write other control characters: U+FFFD stands for them. */
function escapeHtml(text: string): string {
  return text.toWellFormed().replace(/[&<>"'\p{Cc}]/gu, (character) => ESCAPES.get(character) ?? "\ufffd");
}

function json(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function page(path: string, text: string): IndexPage {
  return { path, bytes: encodeUtf8(text) };
}
