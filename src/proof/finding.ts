/**
 * What was found about one signature or proof.
 * @module
 */
import { type Subject, TufLdError, type TufLdErrorCode } from "../errors.ts";

/** Why a signature or proof does not count. */
export interface Reason {
  readonly code: TufLdErrorCode;
  readonly message: string;
  /** The file, role and URL that it is about, as far as an error told. */
  readonly about?: Subject;
}

/**
 * The finding about one entry of `signatures` or of `proof`.
 *
 * `valid`: it is what it claims to be. `invalid`: it claims to be one of the role's and is not. `ignored`: it
 * was not judged, because its suite is not accepted, its key is not the role's, or it is an empty placeholder.
 */
export interface Finding {
  readonly view: "classic" | "linked";
  /** Position in `signatures` or in `proof`. */
  readonly index: number;
  readonly outcome: "valid" | "invalid" | "ignored";
  /** The suite's URI, if one was found. */
  readonly suite?: string;
  /** `PublicKey.id` of the key, if it is one of the role's. */
  readonly key?: string;
  /** The name the entry gives its key: a keyid or a verification method. */
  readonly keyName: string;
  /** Present unless valid. */
  readonly reason?: Reason;
  /** What was accepted though it departs from what we write: for each, why a strict check refuses it. */
  readonly notes?: readonly Reason[];
}

/** The reason that an error states; anything but our own error class is a defect and passes through. */
export function reasonOf(error: unknown): Reason {
  if (!(error instanceof TufLdError)) throw error;
  const { code, message, about } = error;
  return Object.keys(about).length === 0 ? { code, message } : { code, message, about };
}
