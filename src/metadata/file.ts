/**
 * A metadata file: one file with two views (ARCHITECTURE.md, "One file, two views"), read
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
import { type JsonValue, parseJsonText, parseTufJson, type TufJsonLimits } from "../document/json.ts";
import { jsonText } from "../document/jsonText.ts";
import { pointerBelow } from "../encoding/jsonPointer.ts";
import { TufLdError } from "../errors.ts";
import type { RoleType } from "../vocabulary/terms.ts";
import { TUF_CONTEXTS } from "../vocabulary/terms.ts";
import type { Signed } from "../vocabulary/types.ts";
import { toClassic, toLinked } from "./linkedForm.ts";
import { array, object, refusal } from "./shape.ts";
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
  /**
   * Why the document has no linked form, if it is sound TUF and has none. It is read in its classic view alone: no
   * proof counts, and none can be made. `signed` may hold integers as `bigint` and own members named `__proto__`.
   */
  readonly linkedProblem?: TufLdError;
}

/** How a metadata file is written. */
export type FileForm = "classic" | "file" | "linked";

/** Options of `parseMetadata`. */
export interface ParseOptions<T extends RoleType = RoleType> extends TufJsonLimits {
  /** Refuse any other `_type`. Default: any of the four. */
  readonly type?: T;
  /** Refuse a document that has no linked form. Default: it is read, with its `linkedProblem`. */
  readonly linkable?: boolean;
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
  const { value, departure } = parseTufJson(bytes, options);
  return linkableIfAsked(fromJson(value, options.type, departure), options);
}

/** A metadata file as it was read, with the part of its text that classic signatures cover. */
export interface MetadataText<S extends Signed = Signed> {
  readonly file: MetadataFile<S>;
  /** The OLPC canonical JSON of `signed`, if the file's text is that already. */
  readonly signedText: Uint8Array | undefined;
}

/** Reads as {@link parseMetadata} does, for a caller who checks the signatures before anyone can change the file. */
export function parseMetadataText<T extends RoleType = RoleType>(
  bytes: Uint8Array,
  options: ParseOptions<T> = {},
): MetadataText<Extract<Signed, { _type: T }>> {
  const { value, ordered, departure } = parseJsonText(bytes, options);
  const file = linkableIfAsked(fromJson(value, options.type, departure), options);
  // A copy: what is verified stays what was parsed, whatever a fetcher or a store does with its bytes.
  const text = ordered?.get("signed");
  return { file, signedText: text && new Uint8Array(text) };
}

/** Reads a metadata file from JSON that `parseJson` has already checked. @throws ERR_SHAPE, ERR_CONTEXT */
export function metadataFromJson<T extends RoleType = RoleType>(
  value: JsonValue,
  type?: T,
): MetadataFile<Extract<Signed, { _type: T }>> {
  return fromJson(value, type, undefined);
}

/** @param departure of the text, if it is not strict JSON */
function fromJson<T extends RoleType>(
  value: JsonValue,
  type: T | undefined,
  departure: TufLdError | undefined,
): MetadataFile<Extract<Signed, { _type: T }>> {
  const document = object(value, "");
  const isFile = Object.hasOwn(document, "signed");
  if (!isFile && departure !== undefined) throw departure;
  const file = isFile ? fromFile(document, type, departure) : fromLinked(document, type);
  return file as MetadataFile<Extract<Signed, { _type: T }>>;
}

function linkableIfAsked<S extends Signed>(
  file: MetadataFile<S>,
  { linkable = false }: ParseOptions,
): MetadataFile<S> {
  if (linkable) assertLinkable(file);
  return file;
}

/** @throws with the code and the facts of its `linkedProblem`, unless the document has a linked form */
export function assertLinkable({ linkedProblem: cause }: MetadataFile): void {
  if (cause === undefined) return;
  // It may be sound TUF: without these words it would read as if the file were damaged.
  const message = `the document has no linked form: ${cause.message}`;
  throw new TufLdError(cause.code, message, cause.details, { cause });
}

function fromFile(
  document: JsonObject,
  type: RoleType | undefined,
  departure: TufLdError | undefined,
): MetadataFile {
  const { signed, signatures, ...envelope } = document;
  let problem = departure;
  const linked = attempt(
    () => readLinkedMembers(envelope),
    (error) => {
      problem ??= error;
    },
  );
  validateSigned(signed, type, ["signed"], (reason) => {
    problem ??= reason;
  });
  return {
    signed,
    signatures: readSignatures(signatures),
    // Of another kind, they are members that TUF does not define.
    ...(linked ?? { proof: [], linked: false, unrecognized: envelope }),
    ...(problem === undefined ? {} : { linkedProblem: problem }),
  };
}

type LinkedMembers = Pick<MetadataFile, "proof" | "linked" | "unrecognized">;

/** @throws ERR_SHAPE, ERR_CONTEXT, ERR_LIMIT unless `@context` and `proof` are ours, or neither is there */
function readLinkedMembers(envelope: JsonObject): LinkedMembers {
  const { "@context": context, proof, ...unrecognized } = envelope;
  if ((context === undefined) !== (proof === undefined)) {
    throw refusal("", 'must have both "@context" and "proof", or neither');
  }
  if (context === undefined || proof === undefined) return { proof: [], linked: false, unrecognized };
  assertContexts(context);
  return { proof: proofSet(proof).map(assertProofOfFile), linked: true, unrecognized };
}

function attempt<R>(work: () => R, failed: (error: TufLdError) => void): R | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TufLdError)) throw error;
    failed(error);
    return undefined;
  }
}

function fromLinked(document: JsonObject, type: RoleType | undefined): MetadataFile {
  const { "@context": context, proof, ...linked } = document;
  if (context === undefined)
    throw refusal("", 'has neither "signed" (a TUF file) nor "@context" (a linked document)');
  assertContexts(context);
  const signed = toClassic(linked, type);
  const signatures: ClassicSignature[] = [];
  const proofs: JsonObject[] = [];
  let envelope: JsonObject | undefined;
  for (const [index, entry] of (proof === undefined ? [] : proofSet(proof)).entries()) {
    const path = `/proof/${index}`;
    if (entry["type"] === "ClassicSignature") {
      const signature = readSignature(entry, path);
      assertNewKeyid(signature, signatures, path);
      signatures.push(signature);
    } else if (entry["type"] !== "ClassicEnvelope") proofs.push(entry);
    else if (envelope !== undefined) throw refusal(path, "is a second ClassicEnvelope");
    else envelope = readEnvelope(entry, path);
  }
  const unrecognized = envelope ?? {};
  return { signed, signatures, proof: proofs, linked: true, unrecognized };
}

/**
 * A metadata file as a JSON value in the given form. `classic` leaves linked proofs out; the other two forms
 * lose nothing.
 *
 * @throws the file's `linkedProblem` for `linked`, and for `file` unless it was read from that form
 */
export function metadataToJson(file: MetadataFile, form: FileForm): JsonObject {
  const { signed, signatures, proof, unrecognized } = file;
  const classic = { ...unrecognized, signatures, signed } as unknown as JsonObject;
  if (form === "classic") return classic;
  if (form === "linked" || !file.linked) assertLinkable(file);
  if (form === "file") return { "@context": [...TUF_CONTEXTS], ...classic, proof: [...proof] };
  const envelope = Object.keys(unrecognized).length === 0 ? [] : [{ type: "ClassicEnvelope", unrecognized }];
  const entries = [...proof, ...signatures.map(signatureEntry), ...envelope] as JsonValue[];
  return { "@context": [...TUF_CONTEXTS], ...toLinked(signed), proof: entries };
}

/**
 * A metadata file as UTF-8 JSON. `indent` is in spaces, default 2; 0 writes one line.
 * @throws as {@link metadataToJson}
 */
export function serializeMetadata(file: MetadataFile, form: FileForm, indent = 2): Uint8Array {
  const text = jsonText(metadataToJson(file, form), indent);
  return new TextEncoder().encode(indent > 0 ? `${text}\n` : text);
}

function signatureEntry({ keyid, sig, ...rest }: ClassicSignature): JsonObject {
  const known = { type: "ClassicSignature", keyid, sig };
  return Object.keys(rest).length === 0 ? known : { ...known, unrecognized: rest };
}

function readSignatures(value: JsonValue | undefined): ClassicSignature[] {
  const signatures: ClassicSignature[] = [];
  for (const [index, entry] of bounded(array(value, "/signatures"), "/signatures").entries()) {
    const path = `/signatures/${index}`;
    const signature = classicSignature(entry, path);
    assertNewKeyid(signature, signatures, path);
    signatures.push(signature);
  }
  return signatures;
}

/** TUF 4.2.1: "The keyid MUST be unique in the signatures array." */
function assertNewKeyid(
  { keyid }: ClassicSignature,
  before: readonly ClassicSignature[],
  path: string,
): void {
  // Few, as a file is not read with more than MAX_ENTRIES.
  const first = before.findIndex((other) => other.keyid === keyid);
  if (first >= 0) throw refusal(`${path}/keyid`, `is the keyid of signature ${first} once more`);
}

function readSignature(entry: JsonObject, path: string): ClassicSignature {
  const { type: _, keyid, sig, unrecognized = {}, ...others } = entry;
  refuseMembers(others, path);
  const rest = object(unrecognized, `${path}/unrecognized`);
  refuseMembers(rest, `${path}/unrecognized`, ["keyid", "sig"]);
  return classicSignature({ ...rest, keyid, sig } as JsonObject, path);
}

function readEnvelope(entry: JsonObject, path: string): JsonObject {
  const { type: _, unrecognized, ...others } = entry;
  refuseMembers(others, path);
  const rest = object(unrecognized, `${path}/unrecognized`);
  refuseMembers(rest, `${path}/unrecognized`, ["signed", "signatures", "@context", "proof"]);
  return rest;
}

/** Refuses any member of these names, or any member at all. */
function refuseMembers(entries: JsonObject, path: string, names?: readonly string[]): void {
  const found = Object.keys(entries).find((name) => names === undefined || names.includes(name));
  if (found !== undefined) throw refusal(pointerBelow(path, found), "must not stand there");
}

/** What a linked document keeps in its proof set would be read back as a part of the classic view. */
function assertProofOfFile(entry: JsonObject, index: number): JsonObject {
  if (entry["type"] === "ClassicSignature" || entry["type"] === "ClassicEnvelope") {
    throw refusal(`/proof/${index}/type`, 'must not stand beside "signed"');
  }
  return entry;
}

function classicSignature(value: JsonValue, path: string): ClassicSignature {
  const entry = object(value, path);
  if (typeof entry["keyid"] !== "string") throw refusal(`${path}/keyid`, "must be a string");
  if (typeof entry["sig"] !== "string") throw refusal(`${path}/sig`, "must be a string");
  return entry as ClassicSignature;
}

/** The most signatures and the most proofs of one file; a role with more keys than that is not heard of. */
const MAX_ENTRIES = 1_000;

/** Data Integrity lets a single proof stand without an array (VC Data Integrity 2.1). */
function proofSet(value: JsonValue): JsonObject[] {
  return bounded(Array.isArray(value) ? value : [value], "/proof").map((entry, index) =>
    object(entry, `/proof/${index}`),
  );
}

function bounded(entries: readonly JsonValue[], path: string): readonly JsonValue[] {
  if (entries.length <= MAX_ENTRIES) return entries;
  const message = `${path} has ${entries.length} entries, more than the ${MAX_ENTRIES} that are read`;
  throw new TufLdError("ERR_LIMIT", message, {
    limit: "entries",
    allowed: MAX_ENTRIES,
    actual: entries.length,
  });
}

function assertContexts(value: JsonValue): void {
  const found = jsonText(value);
  const expected = jsonText(TUF_CONTEXTS);
  if (found === expected) return;
  const context = found.slice(0, 200);
  throw new TufLdError("ERR_CONTEXT", `@context must be exactly ${expected}, not ${context}`, { context });
}
