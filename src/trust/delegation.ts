/**
 * Which role a delegation names, and by which keys: listed roles and succinct hash bins (TUF 4.5, TAP 15). Pure.
 * @module
 */
import { type RoleKeys, roleKeys } from "../proof/roleKeys.ts";
import type { Root, SuccinctRoles, Targets } from "../vocabulary/types.ts";

/** The keys that a root or a targets file gives a role, or `undefined` when it does not name the role. */
export function delegatedKeys(delegator: Root | Targets, role: string): RoleKeys | undefined {
  if (delegator._type === "root") {
    const entry = Object.hasOwn(delegator.roles, role) ? delegator.roles[role] : undefined;
    return entry === undefined ? undefined : roleKeys(role, entry, delegator.keys);
  }
  const { delegations } = delegator;
  if (delegations === undefined) return undefined;
  const bins = delegations.succinct_roles;
  const entry =
    bins === undefined
      ? delegations.roles?.find(({ name }) => name === role)
      : isBinName(bins, role)
        ? bins
        : undefined;
  return entry === undefined ? undefined : roleKeys(role, entry, delegations.keys);
}

/** Hexadecimal digits in the name of a bin (TAP 15). */
export function binDigits({ bit_length }: Pick<SuccinctRoles, "bit_length">): number {
  return Math.ceil(bit_length / 4);
}

/** The name of bin number `bin`: the prefix, a hyphen, and the number in hexadecimal, zero-padded (TAP 15). */
export function binName(bins: Pick<SuccinctRoles, "bit_length" | "name_prefix">, bin: number): string {
  return `${bins.name_prefix}-${bin.toString(16).padStart(binDigits(bins), "0")}`;
}

/** Whether this is the name of one of the bins. */
export function isBinName(bins: Pick<SuccinctRoles, "bit_length" | "name_prefix">, name: string): boolean {
  const prefix = `${bins.name_prefix}-`;
  const digits = name.slice(prefix.length);
  if (!name.startsWith(prefix) || digits.length !== binDigits(bins) || !/^[0-9a-f]+$/.test(digits))
    return false;
  return Number.parseInt(digits, 16) < 2 ** bins.bit_length;
}
