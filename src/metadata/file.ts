/**
 * A metadata file: one file with two views (DESIGN section "one file, two views" in ARCHITECTURE.md), read
 * from any of its three forms and written in any of them.
 *
 * | form    | members                                                                    |
 * | ------- | -------------------------------------------------------------------------- |
 * | classic | `signed`, `signatures`, whatever TUF lets anyone add                       |
 * | file    | the classic members, and `@context` and `proof`                            |
 * | linked  | `@context`, the linked form of `signed`, `proof`; classic signatures stand |
 * |         | in the proof set as `ClassicSignature`, so that nothing is lost            |
 *
 * @module
 */
import { type JsonLimits, type JsonValue, parseJson } from "../document/json.ts";
import { TufLdError } from "../errors.ts";
import { TUF_CONTEXTS } from "../vocabulary/context.ts";
import type { RoleType } from "../vocabulary/terms.ts";
import type { Signed } from "../vocabulary/types.ts";
import { toClassic, toLinked } from "./linkedForm.ts";
import { validateSigned } from "./validate.ts";

/** A JSON object as parsed. */
export type JsonObject = Readonly<Record<string, JsonValue>>;

/** An entry of `signatures`: a keyid, a signature in the encoding of its scheme, and unrecognized members. */
export type ClassicSignature = { readonly keyid: string; readonly sig: string } & JsonObject;

/** A metadata file, whatever form it was read from. */
export interface MetadataFile<S extends Signed = Signed> {
  readonly signed: S;
  /** The classic signatures, in the order of the file. */
  readonly signatures: readonly ClassicSignature[];
  /** The linked proofs, in the order of the file. Their shapes are checked when they are checked. */
  readonly proof: readonly JsonObject[];
  /** Whether the file carries `@context`, that is, says of itself that it is linked. */
  readonly linked: boolean;
  /** Members of the envelope that TUF does not define. No view signs them. */
  readonly unrecognized: JsonObject;
}

/** How a metadata file is written. */
export type FileForm = "classic" | "file" | "linked";

/** Options of `parseMetadata`. */
export interface ParseOptions<T extends RoleType = RoleType> extends JsonLimits {
  /** Refuse any other `_type`. Default: any of the four. */
  readonly type?: T;
}

/**
 * Reads a metadata file of any form.
 *
 * @throws ERR_JSON_SYNTAX, ERR_LIMIT, ERR_SHAPE, ERR_CONTEXT
 * @example
 * const root = parseMetadata(await readFile("root.json"), { type: "root" });
 */
export function parseMetadata<T extends RoleType = RoleType>(
  bytes: Uint8Array,
  options: ParseOptions<T> = {},
): MetadataFile<Extract<Signed, { _type: T }>> {
  return metadataFromJson(parseJson(bytes, options), options.type);
}

/** Reads a metadata file from JSON that `parseJson` has already checked. @throws ERR_SHAPE, ERR_CONTEXT */
export function metadataFromJson<T extends RoleType = RoleType>(
  value: JsonValue,
  type?: T,
): MetadataFile<Extract<Signed, { _type: T }>> {
  const document = object(value, "");
  const file = Object.hasOwn(document, "signed") ? fromFile(document, type) : fromLinked(document, type);
  return file as MetadataFile<Extract<Signed, { _type: T }>>;
}

function fromFile(document: JsonObject, type: RoleType | undefined): MetadataFile {
  const { signed, signatures, "@context": context, proof, ...unrecognized } = document;
  if ((context === undefined) !== (proof === undefined)) {
    throw refusal("", 'must have both "@context" and "proof", or neither');
  }
  if (context !== undefined) assertContexts(context);
  validateSigned(signed, type);
  return {
    signed,
    signatures: array(signatures, "/signatures").map(classicSignature),
    proof: proof === undefined ? [] : proofSet(proof),
    linked: context !== undefined,
    unrecognized,
  };
}

function fromLinked(document: JsonObject, type: RoleType | undefined): MetadataFile {
  const { "@context": context, proof, ...linked } = document;
  if (context === undefined)
    throw refusal("", 'has neither "signed" (a TUF file) nor "@context" (a linked document)');
  assertContexts(context);
  const signed = toClassic(linked);
  validateSigned(signed, type);
  const signatures: ClassicSignature[] = [];
  const proofs: JsonObject[] = [];
  let unrecognized: JsonObject = {};
  for (const [index, entry] of (proof === undefined ? [] : proofSet(proof)).entries()) {
    const path = `/proof/${index}`;
    if (entry["type"] === "ClassicSignature") {
      const { type: _, keyid, sig, unrecognized: rest = {}, ...others } = entry;
      const extra = Object.keys(others)[0];
      if (extra !== undefined) throw refusal(`${path}/${extra}`, "is not a member of a ClassicSignature");
      signatures.push(
        classicSignature({ ...object(rest, `${path}/unrecognized`), keyid, sig } as JsonObject, index),
      );
    } else if (entry["type"] === "ClassicEnvelope") {
      unrecognized = object(entry["unrecognized"], `${path}/unrecognized`);
    } else {
      proofs.push(entry);
    }
  }
  return { signed, signatures, proof: proofs, linked: true, unrecognized };
}

/**
 * A metadata file as a JSON value in the given form. `classic` leaves linked proofs out; the other two forms
 * lose nothing.
 */
export function metadataToJson(file: MetadataFile, form: FileForm): JsonObject {
  const { signed, signatures, proof, unrecognized } = file;
  const classic = { ...unrecognized, signatures, signed } as unknown as JsonObject;
  if (form === "classic") return classic;
  if (form === "file") return { "@context": [...TUF_CONTEXTS], ...classic, proof: [...proof] };
  const envelope = Object.keys(unrecognized).length === 0 ? [] : [{ type: "ClassicEnvelope", unrecognized }];
  const entries = [...proof, ...signatures.map(signatureEntry), ...envelope] as JsonValue[];
  return { "@context": [...TUF_CONTEXTS], ...toLinked(signed), proof: entries };
}

/** A metadata file as UTF-8 JSON. `indent` is in spaces, default 2; 0 writes one line. */
export function serializeMetadata(file: MetadataFile, form: FileForm, indent = 2): Uint8Array {
  const text = JSON.stringify(metadataToJson(file, form), undefined, indent);
  return new TextEncoder().encode(indent > 0 ? `${text}\n` : text);
}

function signatureEntry({ keyid, sig, ...rest }: ClassicSignature): JsonObject {
  const known = { type: "ClassicSignature", keyid, sig };
  return Object.keys(rest).length === 0 ? known : { ...known, unrecognized: rest };
}

function classicSignature(value: JsonValue, index: number): ClassicSignature {
  const path = `/signatures/${index}`;
  const entry = object(value, path);
  if (typeof entry["keyid"] !== "string") throw refusal(`${path}/keyid`, "must be a string");
  if (typeof entry["sig"] !== "string") throw refusal(`${path}/sig`, "must be a string");
  return entry as ClassicSignature;
}

/** Data Integrity lets a single proof stand without an array (VC Data Integrity 2.1). */
function proofSet(value: JsonValue): JsonObject[] {
  return (Array.isArray(value) ? value : [value]).map((entry, index) => object(entry, `/proof/${index}`));
}

function assertContexts(value: JsonValue): void {
  const pinned = Array.isArray(value) && value.length === TUF_CONTEXTS.length;
  if (pinned && value.every((entry, index) => entry === TUF_CONTEXTS[index])) return;
  const context = JSON.stringify(value).slice(0, 200);
  const expected = JSON.stringify(TUF_CONTEXTS);
  throw new TufLdError("ERR_CONTEXT", `@context must be exactly ${expected}, not ${context}`, { context });
}

function array(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw refusal(path, "must be an array");
  return value;
}

function object(value: JsonValue | undefined, path: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refusal(path, "must be an object");
  return value;
}

function refusal(path: string, reason: string): TufLdError<"ERR_SHAPE"> {
  return new TufLdError("ERR_SHAPE", `${path || "the document"} ${reason}`, { path, reason });
}
