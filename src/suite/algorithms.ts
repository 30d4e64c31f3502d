/**
 * The algorithms that suites are made of, each under its URI. Drafts of Linked Data Signatures and of the
 * suites disagreed on the URIs; `id` is the one we print, `aliases` are the others we know.
 * @module
 */

/** What a URI of an algorithm stands for. */
export interface Algorithm<Name extends string = string> {
  readonly id: string;
  readonly name: Name;
  readonly aliases: readonly string[];
}

export type CanonicalizationName = "RDFC-1.0" | "JCS" | "OLPC";
/** `none`: the signature scheme takes the canonical bytes as they are and hashes by itself. */
export type DigestName = "sha256" | "sha384" | "none";
export type SignatureName = "Ed25519" | "ECDSA-P256-SHA256" | "ECDSA-P384-SHA384" | "RSASSA-PSS-SHA256";

const algorithm = <Name extends string>(name: Name, id: string, ...aliases: string[]): Algorithm<Name> =>
  Object.freeze({ id, name, aliases: Object.freeze(aliases) });

/** RDFC-1.0 under the name that the suites of before 2022 use. The algorithm is the same. */
export const URDNA2015: Algorithm<"RDFC-1.0"> = algorithm(
  "RDFC-1.0",
  "https://w3id.org/security#URDNA2015",
  "http://w3id.org/security#URDNA2015",
);

export const RDFC_1_0: Algorithm<"RDFC-1.0"> = algorithm(
  "RDFC-1.0",
  "https://www.w3.org/TR/rdf-canon/#canon-algorithm",
  "https://www.w3.org/TR/rdf-canon/",
  "http://www.w3.org/TR/rdf-canon/",
);

export const JCS: Algorithm<"JCS"> = algorithm(
  "JCS",
  "https://www.rfc-editor.org/rfc/rfc8785",
  "https://datatracker.ietf.org/doc/html/rfc8785",
  "https://tools.ietf.org/html/rfc8785",
  "https://tools.ietf.org/html/draft-rundgren-json-canonicalization-scheme-16",
);

/** Canonical JSON of One Laptop per Child, as TUF uses it (TUF 4.2). It has no URI elsewhere. */
export const OLPC: Algorithm<"OLPC"> = algorithm("OLPC", "https://w3id.org/tuf-ld#OLPCCanonicalJSON");

export const SHA_256: Algorithm<"sha256"> = algorithm(
  "sha256",
  "http://www.w3.org/2001/04/xmlenc#sha256",
  "https://w3id.org/digests#sha256",
  "http://w3id.org/digests#sha256",
  "https://www.ietf.org/assignments/jwa-parameters#SHA256",
);

export const SHA_384: Algorithm<"sha384"> = algorithm(
  "sha384",
  "http://www.w3.org/2001/04/xmldsig-more#sha384",
  "https://w3id.org/digests#sha384",
  "https://www.ietf.org/assignments/jwa-parameters#SHA384",
);

export const NO_DIGEST: Algorithm<"none"> = algorithm("none", "https://w3id.org/tuf-ld#noDigest");

export const ED25519: Algorithm<"Ed25519"> = algorithm(
  "Ed25519",
  "https://w3id.org/security#ed25519",
  "http://w3id.org/security#ed25519",
  "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
);

export const ECDSA_P256: Algorithm<"ECDSA-P256-SHA256"> = algorithm(
  "ECDSA-P256-SHA256",
  "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
  "https://www.ietf.org/assignments/jwa-parameters#ES256",
);

export const ECDSA_P384: Algorithm<"ECDSA-P384-SHA384"> = algorithm(
  "ECDSA-P384-SHA384",
  "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
  "https://www.ietf.org/assignments/jwa-parameters#ES384",
);

export const RSASSA_PSS: Algorithm<"RSASSA-PSS-SHA256"> = algorithm(
  "RSASSA-PSS-SHA256",
  "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
  "https://www.ietf.org/assignments/jwa-parameters#PS256",
);
