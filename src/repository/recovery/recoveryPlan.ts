/**
 * What a recovery needs before it can be published: as a whole or not at all.
 *
 * Publishing a part of it would sign a state that still trusts the attacker's keys, or one that clients cannot verify.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import type { Drafts } from "../drafts.ts";
import { type Delegator, keysOf } from "../edit.ts";
import { listedKey, listingsOf } from "../keys/entries.ts";
import { isProjectRole, projectOfRole } from "../projects/project.ts";
import type { Published } from "../published.ts";
import type { Plan } from "../publishing/plan.ts";
import type { Survey } from "./recoverySurvey.ts";

/** What is to be told of projects that list compromised keys. */
export function projectNotes(document: Delegator, compromised: ReadonlySet<string>): string[] {
  const { roles = [] } = document._type === "targets" ? (document.delegations ?? {}) : {};
  const lost = new Set(
    Object.keys(keysOf(document)).filter((keyid) => compromised.has(listedKey(document, keyid)?.id ?? "")),
  );
  if (lost.size === 0) return [];
  return roles.flatMap(({ name, keyids }) => {
    const project = projectOfRole(name);
    const keyid = keyids.find((each) => lost.has(each));
    if (project === undefined || keyid === undefined) return [];
    return [
      `${name} lists a compromised key, which is left to it: \`tuf-ld project keys ${project} --remove ${keyid}\` takes it away`,
    ];
  });
}

/** What is to be told of a role of which some keys are at hand, too few to sign for it. */
export function partlyInWords({ role, keyids }: Survey["partly"][number]): string {
  const which = keyids.map((keyid) => keyid.slice(0, 16)).join(", ");
  return `${role} lists keys that are at hand, too few to sign for it, so it stays as it is: ${which}; afterwards \`tuf-ld revoke KEYID --replace-with KEY\` takes them away`;
}

/** Refuses what is not for the sake of a recovery while one goes on. @throws ERR_EDIT */
export function assertNoRecovery({ recovery }: Published): void {
  if (recovery === undefined) return;
  const reason = `a recovery goes on since ${recovery.state.begun}: \`tuf-ld recover\` tells how far it is, \`tuf-ld publish --recovery\` publishes it, \`tuf-ld recover --abort\` gives it up`;
  throw new TufLdError("ERR_EDIT", reason, { role: "root", reason });
}

/** Refuses to publish while a recovery goes on that is not staged and signed. @throws ERR_EDIT, ERR_THRESHOLD_UNMET */
export async function assertRecoveryReady(drafts: Drafts, { ready, waiting }: Plan): Promise<void> {
  const { recovery } = drafts.published;
  if (recovery === undefined) return;
  const { compromised, phase, drafts: staged } = recovery.state;
  if (phase === "staging") throw notStaged("it was interrupted");
  const own = waiting.filter(({ role }) => staged.includes(role));
  if (own.length > 0) {
    const first = own.find(({ signatures }) => signatures !== undefined);
    const facts = own.map(({ role, reason }) => `${role}: ${reason}`).join("; ");
    const message = `the recovery is published as a whole, and waits. ${facts}`;
    throw new TufLdError("ERR_THRESHOLD_UNMET", message, {
      role: first?.role ?? own[0]?.role ?? "",
      valid: first?.signatures?.signed.length ?? 0,
      threshold: first?.signatures?.threshold ?? 1,
    });
  }
  const lost = new Set(compromised);
  for (const role of await drafts.roles()) {
    const document = (ready.get(role) ?? (await drafts.publishedFile(role)))?.signed as Delegator | undefined;
    const listed = document === undefined ? [] : compromisedIn(document, lost, drafts);
    if (listed[0] !== undefined) throw notStaged(`"${listed[0].role}" would still have a compromised key`);
  }
}

/**
 * The roles to which a document gives compromised keys, with those keys. What a project lists is its developers' choice
 * and speaks for the project alone; it must not be able to keep an index from recovering.
 */
export function compromisedIn(
  document: Delegator,
  compromised: ReadonlySet<string>,
  { config }: Pick<Drafts, "config">,
): { readonly role: string; readonly keyids: readonly string[] }[] {
  return listingsOf(document, config).flatMap(({ role, keyids }) => {
    if (isProjectRole(config, role)) return [];
    const lost = keyids.filter((keyid) => compromised.has(listedKey(document, keyid)?.id ?? ""));
    return lost.length === 0 ? [] : [{ role, keyids: lost }];
  });
}

function notStaged(why: string): TufLdError<"ERR_EDIT"> {
  const reason = `the recovery is not staged: ${why}; run \`tuf-ld recover\` again`;
  return new TufLdError("ERR_EDIT", reason, { role: "root", reason });
}
