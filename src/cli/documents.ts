/// <reference types="node" />
/**
 * Reads a file that a command was given and tells TUF metadata from documents of foreign shape.
 * @module
 */
import { type JsonValue, parseJson, parseTufJson } from "../document/json.ts";
import { concerning } from "../encoding/refusal.ts";
import { TufLdError } from "../errors.ts";
import { type FileForm, type JsonObject, type MetadataFile, parseMetadata } from "../metadata/file.ts";
import type { RoleType } from "../vocabulary/terms.ts";
import type { Signed } from "../vocabulary/types.ts";
import { INPUT_MAX_BYTES, nameOfInput, readInput } from "./io.ts";

/** A document of either kind. */
export type AnyDocument =
  | {
      readonly kind: "tuf";
      readonly file: MetadataFile;
      /** The form that it was read from. */
      readonly form: FileForm;
    }
  | { readonly kind: "foreign"; readonly document: JsonObject };

/** Reads TUF metadata of any form. @throws ERR_STORAGE, ERR_JSON_SYNTAX, ERR_SHAPE, ERR_CONTEXT, ERR_LIMIT */
export async function readMetadata<T extends RoleType = RoleType>(
  path: string,
  type?: T,
): Promise<MetadataFile<Extract<Signed, { _type: T }>>> {
  const bytes = await readInput(path);
  return inFile(path, () => parseMetadata(bytes, { ...LIMITS, ...(type === undefined ? {} : { type }) }));
}

/** A document without contexts is signed as text, by the suites over JCS. */
const FOREIGN = ["@context", "proof"] as const;

/**
 * Reads TUF metadata or any other document. Whatever has `signed` or `_type` is taken for TUF.
 * @param plain take a document without `@context` too, though it has no proof yet: JCS signs it as text
 */
export async function readDocument(path: string, plain = false): Promise<AnyDocument> {
  const bytes = await readInput(path);
  return inFile(path, () => {
    const document = parse(bytes);
    if (isTuf(document)) {
      const file = parseMetadata(bytes, LIMITS);
      const beside = file.linked ? "file" : "classic";
      return { kind: "tuf", file, form: Object.hasOwn(document, "signed") ? beside : "linked" };
    }
    if (plain || FOREIGN.some((name) => Object.hasOwn(document, name))) return { kind: "foreign", document };
    const reason = 'has neither "signed" (TUF metadata) nor "@context" (JSON-LD) nor "proof"';
    throw new TufLdError("ERR_SHAPE", `the document ${reason}`, { path: "", reason });
  });
}

/** Runs `work` and puts the file's name before the message of what it refuses. */
export function inFile<R>(path: string, work: () => R): R {
  return concerning({ file: nameOfInput(path) }, work);
}

const LIMITS = { maxBytes: INPUT_MAX_BYTES };

/** Reads strictly what is not TUF metadata; of that, what matters here is what it is. */
function parse(bytes: Uint8Array): JsonObject {
  try {
    return object(parseJson(bytes, { ...LIMITS, numbers: "any" }));
  } catch (error) {
    const document = orUndefined(() => object(parseTufJson(bytes, LIMITS).value));
    if (document !== undefined && isTuf(document)) return document;
    throw error;
  }
}

function orUndefined<R>(work: () => R): R | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof TufLdError) return undefined;
    throw error;
  }
}

const isTuf = (document: JsonObject): boolean =>
  Object.hasOwn(document, "signed") || Object.hasOwn(document, "_type");

function object(value: JsonValue): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  const reason = "must be a JSON object";
  throw new TufLdError("ERR_SHAPE", `the document ${reason}`, { path: "", reason });
}
