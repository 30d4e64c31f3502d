/**
 * Delegations by name, found once per document: a role that delegates to 100,000 projects is asked about many of them.
 * @module
 */
import { type RoleKeys, roleKeys } from "../proof/roleKeys.ts";
import { delegatedKeys } from "../trust/delegation.ts";
import type { DelegatedRole } from "../vocabulary/types.ts";
import { type Delegator, entryOf, keysOf, type RoleEntry } from "./edit.ts";

const NONE: ReadonlyMap<string, DelegatedRole> = new Map();

/** Answers for documents that do not change as long as it lives. */
export class DelegationIndex {
  readonly #byDocument = new WeakMap<Delegator, ReadonlyMap<string, DelegatedRole>>();

  /** The roles that a document lists, by name, in order; without those of succinct delegations. */
  roles(document: Delegator): ReadonlyMap<string, DelegatedRole> {
    if (document._type === "root") return NONE;
    let roles = this.#byDocument.get(document);
    if (roles === undefined) {
      roles = new Map((document.delegations?.roles ?? []).map((role) => [role.name, role]));
      this.#byDocument.set(document, roles);
    }
    return roles;
  }

  /** What a document says of a role. */
  entry(document: Delegator, role: string): RoleEntry | undefined {
    return this.roles(document).get(role) ?? entryWithoutList(document, role);
  }

  /** The keys that a document gives a role. */
  keys(document: Delegator, role: string): RoleKeys | undefined {
    const entry = this.roles(document).get(role);
    if (entry !== undefined) return roleKeys(role, entry, keysOf(document));
    return document._type === "targets" && document.delegations?.roles !== undefined
      ? undefined
      : delegatedKeys(document, role);
  }

  /** Whether two documents give a role the same keys and threshold. */
  sameAuthority(a: Delegator, b: Delegator, role: string): boolean {
    const [one, other] = [authority(a, this.entry(a, role)), authority(b, this.entry(b, role))];
    return one !== undefined && one === other;
  }
}

function entryWithoutList(document: Delegator, role: string): RoleEntry | undefined {
  return document._type === "targets" && document.delegations?.roles !== undefined
    ? undefined
    : entryOf(document, role);
}

function authority(document: Delegator, entry: RoleEntry | undefined): string | undefined {
  if (entry === undefined) return undefined;
  const keys = keysOf(document);
  const values = entry.keyids.map((keyid) =>
    Object.hasOwn(keys, keyid) ? keys[keyid]?.keyval.public : keyid,
  );
  return JSON.stringify([entry.threshold, values.sort()]);
}
