/**
 * Canonical forms: the direct writer for TUF metadata, the reference engine for everything else, JCS, OLPC.
 * @module
 */
export { olpc } from "../classic/olpc.ts";
export { type CanonicalHash, canonizeDirect, digestDirect } from "./direct.ts";
export { jcs } from "./jcs.ts";
export {
  canonizeDataset,
  canonizeReference,
  type DatasetOptions,
  expandReference,
  type ReferenceOptions,
  toNQuads,
} from "./reference.ts";
