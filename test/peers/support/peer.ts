/**
 * The questions that every peer answers, whatever language it speaks.
 * @module
 */

/** What a peer's client is asked to do: start from a root, bring itself up to date, and download. */
export interface UpdateQuestion {
  readonly root: Uint8Array;
  readonly metadataUrl: string;
  readonly targetsUrl: string;
  /** Where the client keeps what it has; it may hold what an earlier update left. */
  readonly folder: string;
  readonly paths: readonly string[];
}

/** Where the client ended. */
export interface UpdateAnswer {
  readonly rootVersion: number;
  /** The text of each target that was asked for. One that is not there is left out; go-tuf refuses instead. */
  readonly files: ReadonlyMap<string, string>;
}

/** Who downloads from a repository. */
export interface Client {
  /** Name, and what tells it from others. */
  readonly name: string;
  /** Why its tests cannot run here. */
  readonly missing?: string;
  update(question: UpdateQuestion): Promise<UpdateAnswer>;
}

/** One implementation of TUF. Every method rejects with `PeerRefusal` where the peer refuses. */
export interface Peer extends Client {
  /** Checks that a file carries what a delegator (root or targets) asks of a role. */
  verify(delegator: Uint8Array, role: string, file: Uint8Array): Promise<void>;
  /** The OLPC canonical bytes of JSON texts. */
  canonical(texts: readonly string[]): Promise<readonly Uint8Array[]>;
  /** Reads a metadata file into the peer's own types and writes it again. */
  reserialize(file: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A peer's "no", in its own words. */
export class PeerRefusal extends Error {
  override readonly name: string = "PeerRefusal";
}
