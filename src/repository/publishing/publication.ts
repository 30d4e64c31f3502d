/**
 * One run of publishing: what it works on, shared by its parts.
 * @module
 */
import type { MetadataFile } from "../../metadata/file.ts";
import type { Root } from "../../vocabulary/types.ts";
import type { ChangeHead } from "../changes.ts";
import type { Drafts } from "../drafts.ts";
import type { KeyNotes } from "../keys/keyMemory.ts";
import { describeChanges } from "../signing/words.ts";
import type { RepositoryStorage } from "../storage.ts";
import type { Plan } from "./plan.ts";
import type { PublishedRole, PublishOptions } from "./publish.ts";
import type { SizeLimits } from "./sizes.ts";

/** What a run of publishing works on. */
export interface Publication {
  readonly storage: RepositoryStorage;
  readonly drafts: Drafts;
  readonly plan: Plan;
  /** The log of changes in bins. */
  readonly head: ChangeHead;
  readonly sizes: SizeLimits;
  /** What is remembered beside the private keys. */
  readonly notes: KeyNotes;
  readonly options: PublishOptions & { readonly now: Date };
}

/** The root that is current after publishing, if there is one. */
export function rootOf({ plan, drafts }: Publication): MetadataFile<Root> | undefined {
  return (plan.ready.get("root") as MetadataFile<Root> | undefined) ?? drafts.published.root;
}

/** The drafts that are published, with what changes in words. */
export async function describeRoles({ plan, drafts }: Publication): Promise<PublishedRole[]> {
  const roles: PublishedRole[] = [];
  for (const [role, { signed }] of plan.ready) {
    const before = (await drafts.publishedFile(role))?.signed;
    roles.push({ role, version: signed.version, changes: describeChanges(role, before, signed) });
  }
  return roles;
}
