/**
 * What a signature suite is: a value, identified by URI, whose parts are URIs too (the SignatureSuite of
 * Linked Data Signatures 1.0). Code below the lookup gets the suite and never asks for its name.
 * @module
 */
import { concatBytes } from "../encoding/bytes.ts";
import { refuse } from "../encoding/refusal.ts";
import { TufLdError } from "../errors.ts";
import { backendFor } from "../key/backend.ts";
import type { KeyType, PublicKey } from "../key/publicKey.ts";
import type { Signer } from "../key/signer.ts";
import type { Algorithm, CanonicalizationName, DigestName, SignatureName } from "./algorithms.ts";

/** What a suite does with one type of key. */
export interface SuiteVariant {
  readonly keyType: KeyType;
  /** Hashes the document and the proof configuration; with RDFC-1.0 it also hashes blank nodes. */
  readonly digest: Algorithm<DigestName>;
  readonly signature: Algorithm<SignatureName>;
  /** Bytes of a raw signature; `undefined` when the key decides (RSA). */
  readonly signatureLength: number | undefined;
}

/** How a signature is written in its member, and what is signed in front of the input. */
export interface SignatureForm {
  readonly proofMember: "proofValue" | "jws" | "sig";
  encode(signature: Uint8Array): string;
  /** @throws TufLdError `ERR_PROOF_SHAPE` */
  decode(text: string): Uint8Array;
  /** What is unusual about a text that is read all the same. */
  remark?(text: string): string | undefined;
  /** A header that is signed in front of the input and is the first part of the signature's bytes. */
  readonly header?: {
    /** The header that we write. */
    readonly own: Uint8Array;
    /** Where the raw signature begins, or `undefined` when no acceptable header precedes it. */
    end(signature: Uint8Array): number | undefined;
  };
}

export interface Suite {
  /** Absolute URI, this suite's only name where names matter. */
  readonly id: string;
  /** URIs under which drafts and registries know the same suite. */
  readonly aliases: readonly string[];
  /** For people: `Ed25519Signature2020`, `eddsa-rdfc-2022`, `tuf-ed25519`. */
  readonly name: string;
  /** Which form of a document is signed: the JSON-LD one, or the `signed` member of classic TUF. */
  readonly view: "linked" | "classic";
  /** `type` of a linked proof. */
  readonly proofType?: string;
  /** `cryptosuite` of a DataIntegrityProof. */
  readonly cryptosuite?: string;
  /** `scheme` of the classic keys. */
  readonly scheme?: string;
  readonly canonicalization: Algorithm<CanonicalizationName>;
  /** One entry for each type of key that the suite takes. */
  readonly variants: readonly SuiteVariant[];
  readonly keyTypes: readonly KeyType[];
  /** The member of a proof or of a classic signature that holds the value. */
  readonly proofMember: "proofValue" | "jws" | "sig";

  /** @throws TufLdError `ERR_KEY` when the suite takes no such keys */
  variantFor(keyType: KeyType): SuiteVariant;
  /** Writes a signature as the text of {@link proofMember}. */
  encodeSignature(signature: Uint8Array): string;
  /** Reads that text, strictly. @throws TufLdError `ERR_PROOF_SHAPE` */
  decodeSignature(text: string): Uint8Array;
  /** What is unusual about a text that {@link decodeSignature} reads all the same. */
  readonly remark?: (text: string) => string | undefined;
  /**
   * @param input what the suite signs: for the linked view the two digests, proof configuration first; for
   * the classic view the canonical bytes.
   * @param signature raw: 64 bytes of RFC 8032, r and s side by side, RSASSA-PSS. With a JWS, the header as
   * it was received and its dot come first.
   * @returns `false` for a wrong signature.
   * @throws TufLdError `ERR_KEY` when the suite takes no such keys, `ERR_UNSUPPORTED` when the platform
   * cannot decide.
   */
  verify(publicKey: PublicKey, input: Uint8Array, signature: Uint8Array): Promise<boolean>;
  /**
   * Signs, and verifies what the signer gave back.
   * @throws TufLdError `ERR_KEY` when the suite takes no such keys, or the signer's signature is not its
   * public key's.
   */
  sign(signer: Signer, input: Uint8Array): Promise<Uint8Array>;
}

/** What has to be said of a suite; the rest follows from it. */
export interface SuiteDefinition {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly name: string;
  readonly proofType?: string;
  readonly cryptosuite?: string;
  readonly scheme?: string;
  readonly canonicalization: Algorithm<CanonicalizationName>;
  readonly variants: readonly SuiteVariant[];
  readonly form: SignatureForm;
}

/** Makes a suite of its definition. */
export function defineSuite({ form, aliases = [], ...definition }: SuiteDefinition): Suite {
  const { name, variants } = definition;

  const variantFor = (keyType: KeyType): SuiteVariant =>
    variants.find((variant) => variant.keyType === keyType) ??
    refuse("ERR_KEY", `${name} takes no keys of type ${keyType}`);

  const verify = async (publicKey: PublicKey, input: Uint8Array, signature: Uint8Array): Promise<boolean> => {
    const { keyType, signatureLength } = variantFor(publicKey.type);
    const start = form.header ? form.header.end(signature) : 0;
    if (start === undefined) return false;
    const raw = signature.subarray(start);
    if (signatureLength !== undefined && raw.length !== signatureLength) return false;
    const signed = start === 0 ? input : concatBytes(signature.subarray(0, start), input);
    return (await backendFor(keyType)).verify(publicKey, signed, raw);
  };

  return Object.freeze({
    ...definition,
    aliases,
    view: definition.scheme === undefined ? "linked" : "classic",
    keyTypes: variants.map((variant) => variant.keyType),
    proofMember: form.proofMember,
    variantFor,
    encodeSignature: form.encode,
    decodeSignature: form.decode,
    ...(form.remark === undefined ? {} : { remark: form.remark }),
    verify,
    async sign(signer: Signer, input: Uint8Array) {
      variantFor(signer.publicKey.type);
      const header = form.header?.own;
      const raw = await signer.sign(header ? concatBytes(header, input) : input);
      const signature = header ? concatBytes(header, raw) : raw;
      // A signer may be a remote service with another key than it says, or hardware with a fault.
      if (!(await verify(signer.publicKey, input, signature))) {
        const message = "the signer returned a signature that its public key does not verify";
        throw new TufLdError("ERR_KEY", message, { reason: "signer" });
      }
      return signature;
    },
  } satisfies Suite);
}
