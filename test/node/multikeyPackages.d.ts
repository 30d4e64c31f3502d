/**
 * The parts of the untyped Multikey packages that the tests use.
 * @module
 */

interface MultikeyPair {
  export(options: Readonly<Record<string, boolean>>): Promise<Record<string, string>>;
  signer(): { sign(options: { data: Uint8Array }): Promise<Uint8Array> };
  verifier(): { verify(options: { data: Uint8Array; signature: Uint8Array }): Promise<boolean> };
}

declare module "@digitalbazaar/ed25519-multikey" {
  export function generate(options: { controller: string }): Promise<MultikeyPair>;
  export function from(document: object): Promise<MultikeyPair>;
}

declare module "@digitalbazaar/ecdsa-multikey" {
  export function generate(options: { curve: string; controller: string }): Promise<MultikeyPair>;
  export function from(document: object): Promise<MultikeyPair>;
}
