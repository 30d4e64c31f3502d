/**
 * How the client gets files: one small interface that HTTP, a folder and a test's repository implement.
 * @module
 */

/** What is asked of a fetcher beside the URL. */
export interface FetchRequest {
  /** Most bytes to deliver, counted from the start of the file; one more is ERR_LIMIT. */
  readonly maxBytes: number;
  /** Ends the fetch; it rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Deliver from this byte on, if the source still has the same file. Default 0. */
  readonly from?: number;
  /** The validator of an earlier answer: with `from` the file must still match it, else it asks "changed?". */
  readonly etag?: string;
}

/** A fetcher's answer. */
export type FetchAnswer =
  | {
      readonly modified: true;
      /** The bytes, from `from` on. Throws like `fetch` when the source fails half-way. */
      readonly body: AsyncIterable<Uint8Array>;
      /** Where the body begins: the `from` that was asked for, or 0 if the source could not resume. */
      readonly from: number;
      /** An opaque validator for a later request, if the source has one. Nobody signed it. */
      readonly etag?: string;
    }
  | { readonly modified: false };

/** Gets a file by URL. */
export interface Fetcher {
  /**
   * @throws ERR_FILE_NOT_FOUND if the source says that it has no such file; ERR_NETWORK for every other failure,
   *   deadlines and too slow a source included; ERR_LIMIT when the file is longer than `maxBytes`
   */
  fetch(url: string, request: FetchRequest): Promise<FetchAnswer>;
}
