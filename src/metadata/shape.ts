/**
 * What a value of a document has to be, and the refusal of any other, which says where it stands.
 * @module
 */
import type { JsonValue } from "../document/json.ts";
import { TufLdError } from "../errors.ts";

/** @param path a JSON Pointer, `""` for the whole document */
export function refusal(path: string, reason: string): TufLdError<"ERR_SHAPE"> {
  return new TufLdError("ERR_SHAPE", `${path || "the document"} ${reason}`, { path, reason });
}

/** @throws ERR_SHAPE */
export function object(value: JsonValue | undefined, path: string): Readonly<Record<string, JsonValue>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refusal(path, "must be an object");
  return value;
}

/** @throws ERR_SHAPE */
export function array(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw refusal(path, "must be an array");
  return value;
}
