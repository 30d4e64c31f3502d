/**
 * Signed files to attack: documents, a root that names their keys, and what the verifier says of a file.
 * @module
 */
import { TufLdError } from "../../src/errors.ts";
import {
  type FileForm,
  type MetadataFile,
  parseMetadata,
  serializeMetadata,
} from "../../src/metadata/file.ts";
import { addSignature } from "../../src/proof/classicSignature.ts";
import { type AddProofOptions, addProof } from "../../src/proof/linkedProof.ts";
import { type MetadataQuestion, verifyMetadata } from "../../src/report/verifyMetadata.ts";
import type { Root, Signed, Targets, Timestamp } from "../../src/vocabulary/types.ts";
import { type KeyName, roleOf, testKeys } from "./testKeys.ts";

export const CREATED: Date = new Date("2026-01-01T00:00:00Z");
export const AT: Date = new Date("2026-06-01T00:00:00Z");

const header = { spec_version: "1.0.34", version: 1, expires: "2036-01-01T00:00:00Z" } as const;
const SHA256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

/** Targets metadata with most of what targets metadata can have. */
export function targetsDocument(): Targets {
  const { role, keys } = roleOf(["bob", "carol"]);
  return {
    _type: "targets",
    ...header,
    version: 3,
    targets: {
      "app.tar.gz": { length: 6, hashes: { sha256: SHA256 }, custom: { order: [1, 2] } },
      "zero.txt": { length: 0, hashes: { sha256: SHA256 } },
    },
    delegations: {
      keys,
      roles: [
        { name: "first", ...role, terminating: true, paths: ["first/*"] },
        { name: "second", ...role, terminating: false, path_hash_prefixes: ["8f"] },
      ],
    },
  };
}

/** The smallest document of all. */
export function timestampDocument(): Timestamp {
  return {
    _type: "timestamp",
    ...header,
    version: 7,
    meta: { "snapshot.json": { version: 5, length: 900 } },
  };
}

export type RoleName = "root" | "timestamp" | "snapshot" | "targets";

/** A root that gives every top-level role these keys. It is trusted because the test says so. */
export function rootFor(
  names: readonly KeyName[],
  threshold = 1,
  also: readonly KeyName[] = [],
): MetadataFile<Root> {
  const { role, keys } = roleOf(names, threshold);
  const signed: Root = {
    _type: "root",
    ...header,
    keys: { ...keys, ...roleOf(also).keys },
    roles: { root: role, timestamp: role, snapshot: role, targets: role },
  };
  return unsigned(signed);
}

export function unsigned<S extends Signed>(signed: S): MetadataFile<S> {
  return { signed, signatures: [], proof: [], linked: true, unrecognized: {} };
}

/** Signs one or both views with each key. */
export async function signed<S extends Signed>(
  document: S | MetadataFile<S>,
  role: string,
  names: readonly KeyName[],
  views: "classic" | "linked" | "both" = "both",
  options: AddProofOptions = {},
): Promise<MetadataFile<S>> {
  let file = "signatures" in document ? (document as MetadataFile<S>) : unsigned(document as S);
  for (const name of names) {
    const { signer } = testKeys[name];
    if (views !== "linked") file = await addSignature(file, signer);
    if (views !== "classic") file = await addProof(file, signer, role, { created: CREATED, ...options });
  }
  return file;
}

/** A JSON value that a test may change as an attacker would. */
// biome-ignore lint/suspicious/noExplicitAny: attacks have no types
export type Editable = any;

export const textOf = (file: MetadataFile, form: FileForm = "file"): string =>
  new TextDecoder().decode(serializeMetadata(file, form));

/** The text of a file after an edit of its JSON. */
export function edited(file: MetadataFile, edit: (json: Editable) => void, form: FileForm = "file"): string {
  const json: Editable = JSON.parse(textOf(file, form));
  edit(json);
  return JSON.stringify(json, undefined, 2);
}

/** What became of a file: accepted, or the codes of its refusal, the failed step's first. */
export interface Outcome {
  readonly ok: boolean;
  /** The code with which the file could not be read, or that of the first failed step. */
  readonly code?: string;
  /** Codes of the findings, in order; `valid` for those that are. */
  readonly findings: readonly string[];
}

/** Reads a text and asks the question of it. Anything but our error class passes through. */
export async function outcomeOf(
  input: string | Uint8Array,
  question: Omit<MetadataQuestion, "file" | "at" | "role"> & { readonly role?: string; readonly at?: Date },
): Promise<Outcome> {
  let file: MetadataFile;
  try {
    file = parseMetadata(typeof input === "string" ? new TextEncoder().encode(input) : input);
  } catch (error) {
    if (!(error instanceof TufLdError)) throw error;
    return { ok: false, code: error.code, findings: [] };
  }
  const { ok, steps, failure } = await verifyMetadata({ at: AT, role: file.signed._type, ...question, file });
  const findings = steps.flatMap((step) => step.findings ?? []).map(({ reason }) => reason?.code ?? "valid");
  return { ok, findings, ...(failure?.reason === undefined ? {} : { code: failure.reason.code }) };
}
