/**
 * Related resources: what a credential says of files elsewhere, and whether they are these (VC 2.0 5.3).
 * @module
 */
import { createHash } from "#platform";
import { decodeBase64 } from "../../encoding/base64.ts";
import { encodeHex } from "../../encoding/hex.ts";
import { decodeMultibase } from "../../encoding/multibase.ts";
import { TufLdError } from "../../errors.ts";
import type { JsonObject } from "../../metadata/file.ts";
import { entriesOf } from "./credentialRules.ts";

/** A resource, with the digests that it must have: all of them. */
export interface RelatedResource {
  readonly id: string;
  readonly digests: readonly ResourceDigest[];
}

type Algorithm = "sha256" | "sha384" | "sha512";

interface ResourceDigest {
  readonly algorithm: Algorithm;
  /** Any of these, lower-case hex: a digestSRI may list several of one algorithm. */
  readonly anyOf: readonly string[];
}

/** By strength, and by the multihash prefix of each. */
const ALGORITHMS: readonly { name: Algorithm; bytes: number; code: number }[] = [
  { name: "sha512", bytes: 64, code: 0x13 },
  { name: "sha384", bytes: 48, code: 0x20 },
  { name: "sha256", bytes: 32, code: 0x12 },
];

/** Reads the related resources of a credential. @throws ERR_SHAPE with the place */
export function parseRelatedResources(document: JsonObject): readonly RelatedResource[] {
  const seen = new Set<string>();
  return entriesOf(document["relatedResource"]).map((entry, index) => {
    const path = `/relatedResource/${index}`;
    const { id, digestSRI, digestMultibase } = entry as JsonObject;
    if (typeof id !== "string" || seen.has(id)) throw refusal(`${path}/id`, "must be a URL of its own");
    seen.add(id);
    const digests = [
      ...entriesOf(digestSRI).map((text) => parseSri(text, `${path}/digestSRI`)),
      ...entriesOf(digestMultibase).map((text) => parseMultihash(text, `${path}/digestMultibase`)),
    ];
    if (digests.length === 0) throw refusal(path, "needs a digestSRI or a digestMultibase");
    return { id, digests };
  });
}

/** The ids of the related resources, before anything of them is judged. */
export function resourceIds(document: object): readonly string[] {
  return entriesOf(Reflect.get(document, "relatedResource"))
    .map((entry) => (typeof entry === "object" && entry !== null ? Reflect.get(entry, "id") : undefined))
    .filter((id) => typeof id === "string");
}

/** Refuses a file that has not the digests of its resource. @throws ERR_HASH_MISMATCH */
export function assertResource({ id, digests }: RelatedResource, content: Uint8Array): void {
  for (const { algorithm, anyOf } of digests) {
    const hash = createHash(algorithm);
    hash.update(content);
    const actual = hash.digestHex();
    if (anyOf.includes(actual)) continue;
    const details = { path: id, algorithm, expected: anyOf.join(" or "), actual };
    const message = `the related resource ${id} has the ${algorithm} ${actual}, and ${details.expected} was signed`;
    throw new TufLdError("ERR_HASH_MISMATCH", message, details);
  }
}

/** Subresource Integrity 3.5: of several algorithms the strongest counts. */
function parseSri(text: unknown, path: string): ResourceDigest {
  const parsed = (typeof text === "string" ? text.split(/\s+/).filter((part) => part !== "") : []).map(
    (part) => {
      const [, name, base64 = ""] = /^(sha256|sha384|sha512)-([A-Za-z0-9+/]+={0,2})$/.exec(part) ?? [];
      const algorithm = ALGORITHMS.find((each) => each.name === name);
      const bytes = algorithm === undefined ? undefined : decoded(() => decodeBase64(base64, "ERR_KEY"));
      if (algorithm === undefined || bytes?.length !== algorithm.bytes)
        throw refusal(path, "must be a digest such as sha384-BASE64");
      return { algorithm, hex: encodeHex(bytes) };
    },
  );
  const strongest = ALGORITHMS.find((each) => parsed.some(({ algorithm }) => algorithm === each));
  if (strongest === undefined) throw refusal(path, "must be a digest such as sha384-BASE64");
  const anyOf = parsed.filter(({ algorithm }) => algorithm === strongest).map(({ hex }) => hex);
  return { algorithm: strongest.name, anyOf };
}

/** A multihash in multibase (Controlled Identifiers 2.4 and 2.5). */
function parseMultihash(text: unknown, path: string): ResourceDigest {
  const bytes =
    typeof text === "string"
      ? decoded(() => decodeMultibase(text, "ERR_KEY", { bases: ["z", "u"], maxBytes: 66 }))
      : undefined;
  const algorithm = ALGORITHMS.find(({ code, bytes: length }) => bytes?.[0] === code && bytes[1] === length);
  if (bytes === undefined || algorithm === undefined || bytes.length !== 2 + algorithm.bytes)
    throw refusal(path, "must be a SHA-2 multihash in multibase");
  return { algorithm: algorithm.name, anyOf: [encodeHex(bytes.subarray(2))] };
}

/** What is no text of its encoding is refused by who knows the place. */
function decoded(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof TufLdError) return undefined;
    throw error;
  }
}

function refusal(path: string, reason: string): TufLdError {
  return new TufLdError("ERR_SHAPE", `${path} ${reason}`, { path, reason });
}
