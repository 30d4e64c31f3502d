/**
 * Where a downloaded target goes: bytes stream in, and the file appears under its name only once it is verified.
 * @module
 */

/** One download in progress. */
export interface SinkFile {
  /** Bytes that an interrupted download of the same file left behind, to be hashed and continued from. */
  readonly partial: AsyncIterable<Uint8Array>;
  /** How many there are. */
  readonly partialLength: number;
  /** The validator that was given with them, if any. */
  readonly etag?: string;
  /** Throws the partial bytes away and starts from nothing. */
  restart(etag?: string): Promise<void>;
  write(chunk: Uint8Array): Promise<void>;
  /** Makes the file appear under its name, durably. */
  commit(): Promise<void>;
  /** Ends without a file; `keep` leaves the bytes for a later download to continue. */
  abandon(keep: boolean): Promise<void>;
}

/** A place for target files. */
export interface TargetSink {
  /** The bytes of an earlier download, or `undefined`. The caller verifies them again. */
  existing(path: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Begins, or continues, a download. `fingerprint` names the expected content: partial bytes of another are not offered. */
  create(path: string, fingerprint: string): Promise<SinkFile>;
}
