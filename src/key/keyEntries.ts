/**
 * Files that hold several keys, taken apart: PEM blocks, JWK sets, DID documents, arrays of keys.
 * @module
 */
import { parseJson } from "../document/json.ts";
import { isPem, pemBlocks, pemText } from "../encoding/pem.ts";
import { refuse } from "../encoding/refusal.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";

type Entries = Readonly<Record<string, unknown>>;

/** One of the keys in a file, as it stands there. */
export interface KeyEntry {
  /** What the file calls it: the id of a verification method, the `kid` of a JWK. */
  readonly name: string | undefined;
  /** What `parsePublicKeyAny` and `parsePrivateKey` read. */
  readonly input: string | Entries;
  /** Whether it is plain to see that it is or holds a private key. */
  readonly isPrivate: boolean;
  /** Why it counts for nothing here, although it may be a key. */
  readonly refusal?: string;
}

/** Characters of a file of keys. */
export const KEY_MAX_CHARS = 65_536;

/** Members that hold secrets, in all the formats that are read here. */
const SECRETS = [
  "d",
  "secretKeyMultibase",
  "privateKeyMultibase",
  "secretKeyJwk",
  "privateKeyJwk",
  "privateKeyBase58",
];

/**
 * The keys in a text, in its order; none of them has been looked into.
 * @throws TufLdError `ERR_KEY` for a text that holds none
 */
export function keyEntries(text: string): readonly KeyEntry[] {
  if (text.length > KEY_MAX_CHARS) refuse("ERR_KEY", `a key over ${KEY_MAX_CHARS} characters`);
  const trimmed = text.trim();
  if (/^[[{]/.test(trimmed)) return entriesOfJson(trimmed);
  if (!isPem(text)) return [{ name: undefined, input: trimmed, isPrivate: false }];
  return pemBlocks(text).map((block) => ({
    name: undefined,
    input: pemText(block),
    isPrivate: block.label.endsWith("PRIVATE KEY"),
  }));
}

function entriesOfJson(text: string): readonly KeyEntry[] {
  let value: unknown;
  try {
    value = parseJson(encodeUtf8(text), { numbers: "any" });
  } catch (cause) {
    return refuse("ERR_KEY", "a key in JSON that is not JSON", cause);
  }
  const entries = entriesIn(value);
  return entries.length > 0 ? entries : refuse("ERR_KEY", "JSON that holds no key");
}

function entriesIn(value: unknown): readonly KeyEntry[] {
  if (Array.isArray(value)) return value.map(object).map(entryOf);
  const document = object(value);
  const { keys, kty, verificationMethod } = document;
  if (Array.isArray(keys) && kty === undefined) return keys.map(object).map(entryOf);
  return Array.isArray(verificationMethod) ? methodsOf(document, verificationMethod) : [entryOf(document)];
}

/** The verification methods of a DID document, with their whole ids. A key for other purposes signs nothing here. */
function methodsOf(document: Entries, methods: readonly unknown[]): readonly KeyEntry[] {
  const { id, assertionMethod } = document;
  const absolute = (name: unknown): unknown =>
    typeof name === "string" && name.startsWith("#") ? `${String(id)}${name}` : name;
  const entry = (value: unknown): KeyEntry => {
    const method = object(value);
    return entryOf({ ...method, id: absolute(method["id"]) });
  };
  const listed = methods.map(entry);
  if (assertionMethod === undefined) return listed;
  const asserting: readonly unknown[] = Array.isArray(assertionMethod) ? assertionMethod : [assertionMethod];
  const named = new Set(asserting.map(absolute));
  const refusal = "the DID document does not list it under assertionMethod";
  return [
    ...listed.map((each) => (named.has(each.name) ? each : { ...each, refusal })),
    ...asserting.filter((each) => typeof each !== "string").map(entry),
  ];
}

function entryOf(document: Entries): KeyEntry {
  const { id, kid = id, keyval } = document;
  const isTuf = typeof keyval === "object" && keyval !== null && "private" in keyval && keyval.private !== "";
  return {
    name: typeof kid === "string" ? kid : undefined,
    input: document,
    isPrivate: isTuf || SECRETS.some((name) => name in document),
  };
}

function object(value: unknown): Entries {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Entries;
  return refuse("ERR_KEY", "a key in JSON is an object");
}
