/// <reference types="node" />
/**
 * Reads a file that a command was given and tells TUF metadata from documents of foreign shape.
 * @module
 */
import { type JsonValue, parseJson } from "../document/json.ts";
import { TufLdError } from "../errors.ts";
import { type JsonObject, type MetadataFile, metadataFromJson } from "../metadata/file.ts";
import type { RoleType } from "../vocabulary/terms.ts";
import type { Signed } from "../vocabulary/types.ts";
import { INPUT_MAX_BYTES, readInput } from "./io.ts";

/** A document of either kind. */
export type AnyDocument =
  | { readonly kind: "tuf"; readonly file: MetadataFile }
  | { readonly kind: "foreign"; readonly document: JsonObject };

/** Reads TUF metadata of any form. @throws ERR_STORAGE, ERR_JSON_SYNTAX, ERR_SHAPE, ERR_CONTEXT, ERR_LIMIT */
export async function readMetadata<T extends RoleType = RoleType>(
  path: string,
  type?: T,
): Promise<MetadataFile<Extract<Signed, { _type: T }>>> {
  return metadataFromJson(named(path, await readJson(path, "integers")), type);
}

/** Reads TUF metadata or any other JSON-LD document. Whatever has `signed` or `_type` is taken for TUF. */
export async function readDocument(path: string): Promise<AnyDocument> {
  const bytes = await readInput(path);
  const document = named(path, parseNamed(path, bytes, "any"));
  if (!Object.hasOwn(document, "signed") && !Object.hasOwn(document, "_type")) return { kind: "foreign", document };
  return { kind: "tuf", file: metadataFromJson(parseNamed(path, bytes, "integers")) };
}

async function readJson(path: string, numbers: "integers" | "any"): Promise<JsonValue> {
  return parseNamed(path, await readInput(path), numbers);
}

function parseNamed(path: string, bytes: Uint8Array, numbers: "integers" | "any"): JsonValue {
  try {
    return parseJson(bytes, { numbers, maxBytes: INPUT_MAX_BYTES });
  } catch (error) {
    if (!(error instanceof TufLdError)) throw error;
    throw new TufLdError(error.code, `${path}: ${error.message}`, error.details, { cause: error });
  }
}

function named(path: string, value: JsonValue): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  const reason = "must be a JSON object";
  throw new TufLdError("ERR_SHAPE", `${path}: the document ${reason}`, { path: "", reason });
}
