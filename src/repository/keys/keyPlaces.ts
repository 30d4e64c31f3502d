/**
 * Every place in a repository where a key is listed.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import type { PublicKey } from "../../key/publicKey.ts";
import type { Drafts } from "../drafts.ts";
import type { Delegator } from "../edit.ts";
import { holdsProjects, isProjectRole } from "../projects/project.ts";
import { listedKey, listingsOf, type RoleListing } from "./entries.ts";

/** A role, and the document that gives it keys. */
export interface KeyPlace extends RoleListing {
  /** The role whose metadata lists the key. */
  readonly delegator: string;
  readonly keyid: string;
}

/** Every role that lists a key, the highest first. @throws ERR_EDIT if several keys begin like this */
export async function placesOfKey(drafts: Drafts, key: PublicKey | string): Promise<KeyPlace[]> {
  if (typeof key !== "string") return placesOf(drafts, (each) => each.id === key.id);
  const named = await placesOf(drafts, (_, keyid) => keyid.startsWith(key));
  const values = new Set<string>();
  for (const { delegator, keyid } of named) {
    const document = (await drafts.current(delegator))?.signed as Delegator;
    values.add(listedKey(document, keyid)?.id ?? keyid);
  }
  if (values.size <= 1)
    // The same key may stand under another name elsewhere.
    return placesOf(drafts, (each, keyid) => values.has(each.id) || values.has(keyid));
  const keyids = [...new Set(named.map(({ keyid }) => keyid))].join(", ");
  const reason = `several keys begin with ${key}: ${keyids}`;
  throw new TufLdError("ERR_EDIT", reason, { role: "", reason });
}

/** Every place whose key is one that `isMeant` accepts. A key that no suite can use is asked about by its keyid. */
export async function placesOf(
  drafts: Drafts,
  isMeant: (key: Pick<PublicKey, "id">, keyid: string) => boolean,
): Promise<KeyPlace[]> {
  const places: KeyPlace[] = [];
  for (const delegator of await drafts.roles()) {
    const document = (await drafts.current(delegator))?.signed as Delegator | undefined;
    if (document === undefined) continue;
    for (const listing of listingsOf(document, drafts.config)) {
      for (const keyid of listing.keyids) {
        const key = listedKey(document, keyid) ?? { id: keyid };
        if (isMeant(key, keyid)) places.push({ ...listing, delegator, keyid });
      }
    }
  }
  return places;
}

/**
 * Refuses keys that a role of the repository itself lists, published or staged. A project that had one could not be
 * told from the index, and a recovery could not take the key away: developers alone sign for projects.
 *
 * @param drafts with those of all roles but projects
 * @param refusal makes the error of a reason
 */
export async function assertNotOurs(
  drafts: Drafts,
  keys: readonly PublicKey[],
  refusal: (reason: string, key: PublicKey) => unknown,
): Promise<void> {
  const given = new Map(keys.map((key) => [key.id, key]));
  for (const delegator of await drafts.roles()) {
    if (isProjectRole(drafts.config, delegator) || holdsProjects(drafts.config, delegator)) continue;
    for (const file of [drafts.all.get(delegator), await drafts.publishedFile(delegator)]) {
      if (file === undefined) continue;
      for (const { role, keyids } of listingsOf(file.signed, drafts.config)) {
        for (const keyid of keyids) {
          const key = given.get(listedKey(file.signed, keyid)?.id ?? "");
          const reason = `the key ${keyid} is one of the keys of "${role}"; a project needs keys of its own`;
          if (key !== undefined) throw refusal(reason, key);
        }
      }
    }
  }
}
