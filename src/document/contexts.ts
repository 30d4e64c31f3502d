/**
 * The pinned JSON-LD contexts: which URLs we know, what each must be, and the npm package that delivers it.
 *
 * What is hashed: the SHA-256 of the UTF-8 bytes of the RFC 8785 (JCS) form of the whole context document,
 * the object whose member is `@context`. Packages deliver objects and not files, so white space and the order
 * of members, which mean nothing, are taken out before the hash.
 *
 * Nothing is fetched and nothing is copied: a context is imported when it is first needed and compared with
 * its pin. A document that was loaded is handed out as a fresh copy each time, because JSON-LD processors
 * write into the contexts they are given.
 * @module
 */
import { hashHex } from "#platform";
import { TufLdError } from "../errors.ts";

/** One line of the table of pinned contexts. */
export interface PinnedContext {
  /** The exact URL that a document's `@context` must name. */
  readonly url: string;
  /** SHA-256 of the UTF-8 bytes of the JCS form of the context document, lower-case hex. */
  readonly sha256: string;
  /** The npm package that publishes it. */
  readonly package: string;
}

type ContextPackage = () => Promise<{ readonly contexts: ReadonlyMap<string, object> }>;

const PACKAGES = {
  "@digitalbazaar/credentials-context": () => import("@digitalbazaar/credentials-context"),
  "@digitalbazaar/data-integrity-context": () => import("@digitalbazaar/data-integrity-context"),
  "@digitalbazaar/multikey-context": () => import("@digitalbazaar/multikey-context"),
  "@digitalbazaar/security-context": () => import("@digitalbazaar/security-context"),
  "did-context": () => import("did-context"),
  "ed25519-signature-2018-context": () => import("ed25519-signature-2018-context"),
  "ed25519-signature-2020-context": () => import("ed25519-signature-2020-context"),
} as const satisfies Record<string, ContextPackage>;

const pin = (
  url: string,
  name: keyof typeof PACKAGES,
  sha256: string,
): PinnedContext & { package: keyof typeof PACKAGES } => ({ url, sha256, package: name });

const TABLE = [
  pin(
    "https://w3id.org/security/suites/ed25519-2020/v1",
    "ed25519-signature-2020-context",
    "fb517f09d990829aed734c9bad8cbbb2ac3d5063b865c7e3d81f246074bf5691",
  ),
  pin(
    "https://w3id.org/security/suites/ed25519-2018/v1",
    "ed25519-signature-2018-context",
    "b4cb4ede62cd5c1e98b54340bf9d5ae636e6ba6e92b6bffb50be3c12b473a2de",
  ),
  pin(
    "https://w3id.org/security/data-integrity/v1",
    "@digitalbazaar/data-integrity-context",
    "9505bf85338a4c2121ad03992ac90061bc85d43bcfa34d9d47b779381cf08b5f",
  ),
  pin(
    "https://w3id.org/security/data-integrity/v2",
    "@digitalbazaar/data-integrity-context",
    "7ba3c50acf2689d5e07927267343eb353249c7c22a9f2d00307cc970e855e305",
  ),
  pin(
    "https://www.w3.org/2018/credentials/v1",
    "@digitalbazaar/credentials-context",
    "b01e671e873981f19a9102a9a57f666dbcaeb31b99e3e124378d143e71549247",
  ),
  pin(
    "https://www.w3.org/ns/credentials/v2",
    "@digitalbazaar/credentials-context",
    "b463c8d6a066214123ddd9827b135e1b50e1fc73322cc52a9b12a4f1fc7d86cf",
  ),
  pin(
    "https://w3id.org/security/v1",
    "@digitalbazaar/security-context",
    "d87de2ce3ce407bcac481f8af31e211e54beb5cbd7dd459826ed0502302ee234",
  ),
  pin(
    "https://w3id.org/security/v2",
    "@digitalbazaar/security-context",
    "38a9ef19cf3a75bf856202bd1ed4cbd55c985ad4a809eb7f4ef584ba9d51dc90",
  ),
  pin(
    "https://w3id.org/security/multikey/v1",
    "@digitalbazaar/multikey-context",
    "be20c3ee6af6e9c4102e66a85c26617831218e32216bdf050f870e389e737cdc",
  ),
  pin(
    "https://www.w3.org/ns/did/v1",
    "did-context",
    "a7e146c40fcec005d3f0f14ae745665f446da58d7914a9d8f733746686fad82b",
  ),
] as const;

/** Every context of others that is pinned, by URL. */
export const pinnedContexts: ReadonlyMap<string, PinnedContext> = new Map(
  TABLE.map((entry) => [entry.url, entry]),
);

const packageOf: ReadonlyMap<string, ContextPackage> = new Map(
  TABLE.map((entry) => [entry.url, PACKAGES[entry.package]]),
);
/** The JCS text of what was loaded and compared, by URL. */
const checked = new Map<string, string>();

/** The SHA-256 that pins a context document: of the UTF-8 bytes of its JCS form, lower-case hex. */
export function contextDigest(document: object): string {
  return hashHex("sha256", contextText(document));
}

/**
 * The text of a context document, if it is what its pin says.
 * @throws ERR_CONTEXT naming the URL on any other hash
 */
export function checkContext(url: string, document: object, sha256: string): string {
  const text = contextText(document);
  const actual = hashHex("sha256", text);
  if (actual !== sha256) {
    const message = `the context ${url} is not the pinned one: SHA-256 ${actual}, pinned ${sha256}`;
    throw new TufLdError("ERR_CONTEXT", message, { context: url });
  }
  return text;
}

/**
 * A fresh copy of a pinned context document, imported from its package on first use.
 * @throws ERR_CONTEXT naming the URL, if it is not pinned or the package delivers something else
 */
export async function loadPinnedContext(url: string): Promise<object> {
  const text = checked.get(url) ?? (await importContext(url));
  checked.set(url, text);
  return JSON.parse(text) as object;
}

async function importContext(url: string): Promise<string> {
  const entry = pinnedContexts.get(url);
  const load = packageOf.get(url);
  if (!entry || !load) {
    throw new TufLdError("ERR_CONTEXT", `the context ${url} is not pinned`, { context: url });
  }
  const document = (await load()).contexts.get(url);
  if (!document) {
    throw new TufLdError("ERR_CONTEXT", `${entry.package} does not publish ${url}`, { context: url });
  }
  return checkContext(url, document, entry.sha256);
}

/** RFC 8785: members sorted by UTF-16 unit; leaves as ECMAScript writes them. */
function contextText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(contextText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${contextText(member)}`).join(",")}}`;
}
