/**
 * What a client tells while it works, for progress bars and logs.
 * @module
 */
import type { Reason } from "../proof/finding.ts";

/** Something happened. */
export type UpdaterEvent =
  | { readonly type: "fetching"; readonly url: string; readonly expectedBytes?: number }
  | {
      readonly type: "progress";
      readonly url: string;
      readonly bytes: number;
      readonly expectedBytes?: number;
    }
  | { readonly type: "mirror failed"; readonly url: string; readonly reason: Reason }
  | {
      readonly type: "accepted";
      readonly role: string;
      readonly version: number;
      readonly from: "network" | "store";
    }
  | { readonly type: "store ignored"; readonly name: string; readonly reason: Reason }
  | { readonly type: "recovered"; readonly role: "timestamp" | "snapshot" };
