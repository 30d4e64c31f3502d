/**
 * Members by names that others choose: `constructor` and `toString` are names as good as any, and what every object
 * inherits under them is no member.
 * @module
 */

/** The member of this name that the object has itself. */
export function ownMember<T>(members: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
