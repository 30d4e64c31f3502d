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

/** What a caller has of a document already. */
export interface KnownOfDocument {
  /** What `classicBytes` would compute. */
  readonly classic?: Uint8Array | undefined;
  /** Whether these bytes are known to be JSON. Default false: canonical JSON leaves control characters as they are. */
  readonly isJson?: boolean;
  /** A quicker way to what `digestDirect` computes of this very document. */
  readonly direct?: typeof digestDirect;
}

/** The digests of one TUF document. */
export class DocumentDigests {
  /** Whether `classicBytes` are known to be JSON. */
  readonly isJson: boolean;
  readonly #signed: Signed;
  readonly #linked = new Map<string, Uint8Array>();
  readonly #direct: typeof digestDirect;
  #classic: Uint8Array | undefined;

  constructor(signed: Signed, known: KnownOfDocument = {}) {
    const { classic, isJson = false, direct = digestDirect } = known;
    this.#signed = signed;
    this.#classic = classic;
    this.#direct = direct;
    this.isJson = isJson;
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
