/**
 * Replacing and revoking keys. Both stage drafts; signing and publishing are as for any other edit.
 *
 * A role whose keys change needs metadata that its new keys have signed: targets roles get a draft for that, bins,
 * snapshot and timestamp are signed anew when they are published.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import type { PublicKey } from "../../key/publicKey.ts";
import type { Root, Targets } from "../../vocabulary/types.ts";
import type { Drafts } from "../drafts.ts";
import { type Delegator, keysOf, listedKeyid } from "../edit.ts";
import { isProjectRole, projectOfRole } from "../projects/project.ts";
import { isSignedFor } from "../published.ts";
import type { EditOptions, Repository } from "../repository.ts";
import {
  assertOwnKeys,
  isBin,
  listedKey,
  listingsOf,
  type RoleListing,
  usableKeys,
  withKeysReplaced,
} from "./entries.ts";
import { type KeyPlace, placesOf, placesOfKey } from "./keyPlaces.ts";

/** What rotating did. */
export interface Rotation {
  readonly role: string;
  /** The role whose draft lists the new key. */
  readonly delegator: string;
  readonly oldKeyid: string;
  readonly newKeyid: string;
  /** Roles with drafts that have to be signed, in the order in which they are delegated to. */
  readonly drafts: readonly string[];
  /** Other roles that list the old key, and still do. */
  readonly elsewhere: readonly string[];
}

/** Options of {@link rotateKey}. */
export interface RotateOptions extends EditOptions {
  /** The keyid to replace, or the beginning of it. Needed if the role has several keys. */
  readonly oldKeyid?: string;
}

/**
 * Puts a new key in the place of one of a role's keys; `bin` speaks of all bins.
 *
 * @throws ERR_ROLE_UNKNOWN, ERR_EDIT
 */
export async function rotateKey(
  repository: Repository,
  role: string,
  key: PublicKey,
  options: RotateOptions = {},
): Promise<Rotation> {
  const { now = new Date() } = options;
  return repository.withDrafts(async (drafts) => {
    const { config } = drafts;
    const { delegator, document, listing } = await listingOf(drafts, role);
    const oldKeyid = pickKeyid(listing, options.oldKeyid);
    if (listing.keyids.some((keyid) => listedKey(document, keyid)?.id === key.id))
      throw refusal(role, "it has the new key already");
    await drafts.edit<Delegator>(delegator, now, (before) =>
      withKeysReplaced(before, role, [oldKeyid], [key], config),
    );
    const renewed = await renewSigned(drafts, role, now, true);
    const old = listedKey(document, oldKeyid);
    const places = old === undefined ? [] : await placesOf(drafts, (each) => each.id === old.id);
    return {
      role,
      delegator,
      oldKeyid,
      newKeyid: listedKeyid(keysOf((await drafts.current(delegator))?.signed as Delegator), key) ?? "",
      drafts: [...new Set([delegator, ...(renewed ? [role] : [])])],
      elsewhere: places.map((place) => place.role).filter((each) => each !== role),
    };
  });
}

/** The keyid that `rotateKey` would replace. @throws ERR_ROLE_UNKNOWN, ERR_EDIT */
export function keyToRotate(
  repository: Repository,
  role: string,
  { oldKeyid }: Pick<RotateOptions, "oldKeyid"> = {},
): Promise<string> {
  return repository.withDrafts(async (drafts) =>
    pickKeyid((await listingOf(drafts, role)).listing, oldKeyid),
  );
}

/** What revoking did. */
export interface Revocation {
  /** The key's names in metadata; it may have several. */
  readonly keyids: readonly string[];
  readonly places: readonly KeyPlace[];
  /** Projects that list it, and still do: for them it is their developers' key. */
  readonly projects: readonly string[];
  /** Roles with drafts that have to be signed. */
  readonly drafts: readonly string[];
}

/** Options of {@link revokeKey}. */
export interface RevokeOptions extends EditOptions {
  /** A key that takes the place of the revoked one in every role. */
  readonly replaceWith?: PublicKey;
}

/**
 * Takes a key from every role that lists it: from none, if that left a role with fewer keys than must sign.
 *
 * Projects keep it. Their metadata must be signed by the keys that they will have, which their developers see to, and
 * nobody who gets a key of the index listed for a project shall thereby keep it from being revoked.
 *
 * @param key a public key, or a keyid or the beginning of one
 * @throws ERR_EDIT, with every role that would be left without enough keys in its message
 */
export async function revokeKey(
  repository: Repository,
  key: PublicKey | string,
  options: RevokeOptions = {},
): Promise<Revocation> {
  const { now = new Date(), replaceWith } = options;
  return repository.withDrafts(async (drafts) => {
    const { config } = drafts;
    const all = await placesOfKey(drafts, key);
    const places = all.filter(({ role }) => !isProjectRole(config, role));
    const projects = all.filter(({ role }) => isProjectRole(config, role)).map(({ role }) => role);
    const name = typeof key === "string" ? key : key.id;
    if (places.length === 0 && projects[0] !== undefined) assertOwnKeys(config, projects[0]);
    if (places.length === 0) throw refusal("", `no role has the key ${name}`);
    if (replaceWith !== undefined && typeof key !== "string" && replaceWith.id === key.id)
      throw new TypeError("a key cannot take its own place");
    await assertReachable(drafts, places, replaceWith);
    // All of it, before any of it is written: a refusal leaves nothing behind.
    const edited = new Map<string, Delegator>();
    for (const { delegator, role, keyid } of places) {
      const before = edited.get(delegator) ?? ((await drafts.current(delegator))?.signed as Delegator);
      const fresh = replaceWith === undefined ? [] : [replaceWith];
      edited.set(delegator, withKeysReplaced(before, role, [keyid], fresh, config));
    }
    for (const [delegator, document] of edited) await drafts.edit<Delegator>(delegator, now, () => document);
    const renewed: string[] = [];
    for (const { role } of places) if (await renewSigned(drafts, role, now, false)) renewed.push(role);
    return {
      keyids: [...new Set(places.map(({ keyid }) => keyid))],
      places,
      projects: [...new Set(projects.map((role) => projectOfRole(role) ?? role))],
      drafts: [...new Set([...places.map(({ delegator }) => delegator), ...renewed])],
    };
  });
}

/** Refuses to leave a role with fewer keys than must sign, and says what would help. */
async function assertReachable(
  drafts: Drafts,
  places: readonly KeyPlace[],
  replaceWith: PublicKey | undefined,
): Promise<void> {
  const short: string[] = [];
  const roles: string[] = [];
  for (const { role, delegator, keyids, threshold, keyid } of places) {
    const document = (await drafts.current(delegator))?.signed as Delegator;
    const others = keyids.filter((each) => each !== keyid);
    const isNew =
      replaceWith !== undefined && !others.some((each) => listedKey(document, each)?.id === replaceWith.id);
    const left = usableKeys(document, others) + (isNew ? 1 : 0);
    if (left >= threshold) continue;
    short.push(`${role} would have ${left} and needs ${threshold}`);
    roles.push(role);
  }
  if (roles.length === 0) return;
  const commands = roles.map((role) => `\`tuf-ld key gen ${role}\``).join(", ");
  throw refusal(
    roles[0] as string,
    `too few keys would be left: ${short.join("; ")}. Add keys first with ${commands}, or put one in its place with \`--replace-with\``,
  );
}

/**
 * Stages metadata that a role's keys can sign anew, if it is metadata that people sign.
 *
 * @param always also if what is published has enough signatures by the keys that are left
 * @returns whether there is a draft now that has to be signed
 */
export async function renewSigned(
  drafts: Drafts,
  role: string,
  now: Date,
  always: boolean,
): Promise<boolean> {
  if (role === "root" || role === "timestamp" || role === "snapshot") return false;
  if (role === drafts.config.bins?.prefix) return false;
  if (drafts.all.has(role)) return true;
  const file = await drafts.publishedFile(role);
  if (file === undefined) return false;
  const delegator = await drafts.current((await drafts.delegatorOf(role)) ?? "root");
  if (!always && delegator && (await isSignedFor(file, role, delegator.signed, drafts.config.sign)))
    return false;
  await drafts.put(role, { ...(file.signed as Root | Targets), ...(await drafts.header(role, now)) });
  return true;
}

async function listingOf(
  drafts: Drafts,
  role: string,
): Promise<{ delegator: string; document: Delegator; listing: RoleListing }> {
  const { config } = drafts;
  assertOwnKeys(config, role);
  if (isBin(config, role))
    throw refusal(role, `all bins have the same keys; name them together as "${config.bins?.prefix}"`);
  const delegator = await drafts.delegatorOf(role);
  const document = delegator === undefined ? undefined : (await drafts.current(delegator))?.signed;
  const listing = document && listingsOf(document, config).find((each) => each.role === role);
  if (delegator !== undefined && document !== undefined && listing !== undefined)
    return { delegator, document, listing };
  throw new TufLdError("ERR_ROLE_UNKNOWN", `there is no role "${role}"`, { role });
}

function pickKeyid({ role, keyids }: RoleListing, given: string | undefined): string {
  const [only, ...others] = given === undefined ? keyids : keyids.filter((each) => each.startsWith(given));
  if (only !== undefined && others.length === 0) return only;
  if (keyids.length === 0) throw refusal(role, `it has no key yet; \`tuf-ld key gen ${role}\` makes one`);
  if (only === undefined) throw refusal(role, `it has no key ${given}; its keys are ${keyids.join(", ")}`);
  throw refusal(
    role,
    `which of its keys is replaced? Name one with \`--old\`: ${[only, ...others].join(", ")}`,
  );
}

function refusal(role: string, reason: string): TufLdError<"ERR_EDIT"> {
  const message = role === "" ? reason : `${role}: ${reason}`;
  return new TufLdError("ERR_EDIT", message, { role, reason });
}
