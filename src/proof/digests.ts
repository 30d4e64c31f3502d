/**
 * What the suites hash or sign of one document, computed at most once for each canonicalization and digest.
 *
 * An instance lives for one call. It is never kept across calls, because nothing would notice if the document
 * changed in between.
 * @module
 */
import { createHash } from "#platform";
import { digestDirect } from "../canonical/direct.ts";
import { jcs } from "../canonical/jcs.ts";
import { olpcBytes } from "../classic/olpc.ts";
import type { JsonValue } from "../document/json.ts";
import { toLinked } from "../metadata/linkedForm.ts";
import type { CanonicalizationName, DigestName } from "../suite/algorithms.ts";
import { TUF_CONTEXTS } from "../vocabulary/terms.ts";
import type { Signed } from "../vocabulary/types.ts";

type LinkedDigest = Exclude<DigestName, "none">;

/** The digests of one TUF document. */
export class DocumentDigests {
  readonly #signed: Signed;
  readonly #linked = new Map<string, Uint8Array>();
  readonly #direct: typeof digestDirect;
  #classic: Uint8Array | undefined;

  /**
   * @param classic what `classicBytes` would compute, if the caller has it
   * @param direct a quicker way to what `digestDirect` computes of this very document, if the caller knows one
   */
  constructor(signed: Signed, classic?: Uint8Array, direct: typeof digestDirect = digestDirect) {
    this.#signed = signed;
    this.#classic = classic;
    this.#direct = direct;
  }

  /** The bytes that classic signatures cover: UTF-8 of the OLPC canonical JSON of `signed` (TUF 4.2.1). */
  classicBytes(): Uint8Array {
    this.#classic ??= olpcBytes(this.#signed as unknown as JsonValue);
    return this.#classic;
  }

  /** The digest of the linked document without its proofs (Data Integrity 4.2, step "hashing"). */
  linkedDigest(canonicalization: CanonicalizationName, digest: LinkedDigest): Uint8Array {
    const id = `${canonicalization} ${digest}`;
    let value = this.#linked.get(id);
    if (value === undefined) {
      value = canonicalization === "JCS" ? this.#jcsDigest(digest) : this.#direct(this.#signed, digest);
      this.#linked.set(id, value);
    }
    return value;
  }

  #jcsDigest(digest: LinkedDigest): Uint8Array {
    const hash = createHash(digest);
    hash.update(jcs({ "@context": [...TUF_CONTEXTS], ...toLinked(this.#signed) }));
    return hash.digest();
  }
}
