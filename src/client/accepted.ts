/**
 * What a client has come to trust, and why.
 * @module
 */
import type { MetadataFile } from "../metadata/file.ts";
import type { FileCheck } from "../proof/checkFile.ts";
import type { RoleKeys } from "../proof/roleKeys.ts";
import type { Root, Signed, Snapshot, Targets, Timestamp } from "../vocabulary/types.ts";

/** A file that was accepted for a role, and why. */
export interface Accepted<S extends Signed = Signed> {
  readonly role: string;
  readonly file: MetadataFile<S>;
  readonly keys: RoleKeys;
  readonly check: FileCheck;
  readonly bytes: Uint8Array;
  readonly from: "network" | "store" | "trusted";
}

/** The top-level metadata that a refresh ended with. */
export interface TrustedMetadata {
  readonly root: Accepted<Root>;
  readonly timestamp: Accepted<Timestamp>;
  readonly snapshot: Accepted<Snapshot>;
  readonly targets: Accepted<Targets>;
}
