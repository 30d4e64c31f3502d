/**
 * The table of terms, and the context and types derived from it.
 * @module
 */
export { tufLdContext } from "./context.ts";
export { createLoader } from "./loader.ts";
export { CONTEXT_URL, NAMESPACE, type RoleType, TUF_CONTEXTS } from "./terms.ts";
export type {
  DelegatedRole,
  Delegations,
  MetaFile,
  Role,
  Root,
  Signed,
  Snapshot,
  SuccinctRoles,
  TargetFile,
  Targets,
  Timestamp,
  TufKey,
} from "./types.ts";
