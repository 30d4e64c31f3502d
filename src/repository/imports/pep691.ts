/**
 * Reading the simple index of a Python package index: names and project pages as JSON (PEP 691, with the members of
 * PEP 700). What comes from an index is hostile until its shape and its names were checked.
 * @module
 */
import { nameProblem } from "../../client/storeName.ts";
import { type JsonValue, parseJson } from "../../document/json.ts";
import { TufLdError } from "../../errors.ts";

/** A file of a project, as far as it matters for targets and pages. */
export interface ProjectFile {
  readonly filename: string;
  /** In bytes. Indexes that speak an API before 1.1 do not say it. */
  readonly size?: number;
  /** Lower-case hexadecimal, by algorithm; SHA-2 only. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly requiresPython?: string;
  /** ISO 8601. */
  readonly uploadTime?: string;
  /** Whether, or why, it should not be chosen (PEP 592). Default false. */
  readonly yanked?: boolean | string;
}

/** A project's page. */
export interface Project {
  /** Normalised (PEP 503). */
  readonly name: string;
  readonly files: readonly ProjectFile[];
  /** PEP 700. */
  readonly versions?: readonly string[];
  /** Entries whose size, hashes or `yanked` are none, as indexes list them whose own import failed. */
  readonly odd?: readonly OddFile[];
}

/** An entry that could not become a target, and why. */
export interface OddFile {
  readonly filename: string;
  readonly reason: string;
}

/** The content type to ask for. */
export const SIMPLE_JSON = "application/vnd.pypi.simple.v1+json";
/** Largest list of projects, in bytes; PyPI's has about 40 MB. */
export const INDEX_MAX_BYTES: number = 268_435_456;
/** Largest page of a project, in bytes. */
export const PROJECT_MAX_BYTES: number = 67_108_864;

/** Digests that TUF clients check, with their length in hexadecimal digits. */
const DIGESTS: ReadonlyMap<string, number> = new Map([
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
]);
const HEX = /^[0-9a-f]+$/;
const PROJECT_NAME = /^[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?$/i;
const NAME_MAX_UNITS = 255;
const MAX_DEPTH = 16;

/** The one spelling of a project's name (PEP 503). @throws ERR_INPUT if it is none */
export function normalizeProjectName(name: string, source = "index"): string {
  if (name.length <= NAME_MAX_UNITS && PROJECT_NAME.test(name))
    return name.replace(/[-_.]+/g, "-").toLowerCase();
  throw inputError(source, `${JSON.stringify(name.slice(0, 100))} is not a project's name`);
}

/** Refuses the name of a file that could be another path, or hidden. @throws ERR_INPUT */
export function checkFilename(filename: string, source = "index"): void {
  const reason = filename.includes("/")
    ? "it has a slash"
    : filename.startsWith(".")
      ? "it begins with a dot"
      : filename.length > NAME_MAX_UNITS
        ? `it is longer than ${NAME_MAX_UNITS} characters`
        : nameProblem(filename);
  if (reason === undefined) return;
  const shown = JSON.stringify(filename.slice(0, 100));
  throw inputError(source, `${shown} cannot be a file's name: ${reason}`);
}

/** The names of all projects, normalised, each once, in no particular order. @throws ERR_INPUT */
export function parseIndexPage(bytes: Uint8Array, source: string): string[] {
  const page = openPage(bytes, source, INDEX_MAX_BYTES);
  const projects = page["projects"];
  if (!Array.isArray(projects)) throw inputError(source, "it has no list of projects");
  const names = new Set<string>();
  for (const project of projects) {
    const name = isObject(project) ? project["name"] : undefined;
    if (typeof name !== "string") throw inputError(source, "a project has no name");
    names.add(normalizeProjectName(name, source));
  }
  return [...names];
}

/**
 * A project's page. Entries with a value that is none are passed over and told in `odd`: nobody who reads an index can
 * mend them. Names that could be other paths are refused with the whole page.
 *
 * @param name normalised
 * @throws ERR_INPUT
 */
export function parseProjectPage(bytes: Uint8Array, name: string, source: string): Project {
  const page = openPage(bytes, source, PROJECT_MAX_BYTES);
  const { name: given, files, versions } = page;
  if (typeof given !== "string" || normalizeProjectName(given, source) !== name)
    throw inputError(source, `it is not the page of ${name}`);
  if (!Array.isArray(files)) throw inputError(source, "it has no list of files");
  const texts = Array.isArray(versions) && versions.every((each) => typeof each === "string");
  if (versions !== undefined && !texts) throw inputError(source, "its versions are not a list of strings");
  const good: ProjectFile[] = [];
  const odd: OddFile[] = [];
  for (const file of files) {
    const parsed = parseFile(file, source);
    if ("reason" in parsed) odd.push(parsed);
    else good.push(parsed);
  }
  return {
    name,
    files: good,
    ...(odd.length > 0 ? { odd } : {}),
    ...(texts ? { versions: versions as string[] } : {}),
  };
}

type Members = { readonly [member: string]: JsonValue };

function parseFile(file: JsonValue, source: string): ProjectFile | OddFile {
  if (!isObject(file) || typeof file["filename"] !== "string")
    throw inputError(source, "a file has no filename");
  const { size, hashes = {}, yanked = false } = file;
  const filename = file["filename"];
  checkFilename(filename, source);
  if (size !== undefined && (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0))
    return { filename, reason: "its size is not a whole number of bytes" };
  if (typeof yanked !== "boolean" && typeof yanked !== "string")
    return { filename, reason: "yanked is neither a string nor true or false" };
  const digests = parseHashes(hashes);
  if (typeof digests === "string") return { filename, reason: digests };
  const requiresPython = optionalText(file["requires-python"]);
  const uploadTime = optionalText(file["upload-time"]);
  return {
    filename,
    ...(size === undefined ? {} : { size }),
    hashes: digests,
    ...(requiresPython === undefined ? {} : { requiresPython }),
    ...(uploadTime === undefined ? {} : { uploadTime }),
    ...(yanked === false ? {} : { yanked }),
  };
}

/** @returns the digests, or what is wrong with them */
function parseHashes(given: JsonValue): Record<string, string> | string {
  if (!isObject(given)) return "its hashes are not an object";
  const known: [string, string][] = [];
  for (const [algorithm, digits] of DIGESTS) {
    const digest = Object.hasOwn(given, algorithm) ? given[algorithm] : undefined;
    if (digest === undefined) continue;
    const hex = typeof digest === "string" ? digest.toLowerCase() : "";
    if (hex.length !== digits || !HEX.test(hex))
      return `its ${algorithm} is not ${digits} hexadecimal digits`;
    known.push([algorithm, hex]);
  }
  return Object.fromEntries(known);
}

/** A page of an API that we know: minor versions only add members (PEP 629). */
function openPage(bytes: Uint8Array, source: string, maxBytes: number): Members {
  let page: JsonValue;
  try {
    page = parseJson(bytes, { maxBytes, maxDepth: MAX_DEPTH, numbers: "any" });
  } catch (error) {
    if (error instanceof TufLdError && error.code === "ERR_LIMIT") throw error;
    throw inputError(source, `it is not a page in JSON (PEP 691): ${(error as Error).message}`, error);
  }
  const meta = isObject(page) ? page["meta"] : undefined;
  const version = isObject(meta) ? meta["api-version"] : undefined;
  if (typeof version !== "string" || !/^1\.\d+$/.test(version))
    throw inputError(source, "it is not a page of the simple API, version 1 (PEP 691)");
  return page as Members;
}

function optionalText(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isObject(value: JsonValue | undefined): value is { [member: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function inputError(source: string, reason: string, cause?: unknown): TufLdError<"ERR_INPUT"> {
  const options = cause === undefined ? {} : { cause };
  return new TufLdError("ERR_INPUT", `${source}: ${reason}`, { source, reason }, options);
}
