/**
 * The parts of the stock packages without types that the tests use.
 * @module
 */

declare module "@digitalbazaar/ed25519-verification-key-2018" {
  export const Ed25519VerificationKey2018: { generate(): Promise<import("./stockProofs.ts").StockKeyPair> };
}

declare module "@digitalbazaar/ed25519-signature-2018" {
  export const Ed25519Signature2018: import("./stockProofs.ts").StockSuiteClass;
}

declare module "@digitalbazaar/data-integrity" {
  export const DataIntegrityProof: import("./stockProofs.ts").StockSuiteClass;
}

declare module "@digitalbazaar/eddsa-rdfc-2022-cryptosuite" {
  export const cryptosuite: object;
}

declare module "@digitalbazaar/ecdsa-rdfc-2019-cryptosuite" {
  export const cryptosuite: object;
}

declare module "jsonld-signatures" {
  interface Verification {
    readonly verified: boolean;
    readonly error?: unknown;
    readonly results?: readonly { readonly verified: boolean; readonly error?: unknown }[];
  }
  const jsigs: {
    sign<T extends object>(document: T, options: object): Promise<T & { proof: unknown }>;
    verify(document: object, options: object): Promise<Verification>;
    readonly purposes: { readonly AssertionProofPurpose: new () => object };
  };
  export default jsigs;
}

declare module "@digitalbazaar/vc" {
  interface Options {
    readonly credential: object;
    readonly suite: object;
    readonly documentLoader: object;
    readonly now: Date;
  }
  export function issue(options: Options): Promise<import("../../src/metadata/file.ts").JsonObject>;
  export function verifyCredential(options: Options): Promise<{ verified: boolean; error?: unknown }>;
}

declare module "@digitalbazaar/eddsa-jcs-2022-cryptosuite" {
  export function createSignCryptosuite(): object;
  export function createVerifyCryptosuite(): object;
}

declare module "@digitalbazaar/ecdsa-jcs-2019-cryptosuite" {
  export function createSignCryptosuite(): object;
  export function createVerifyCryptosuite(): object;
}
