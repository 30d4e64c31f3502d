/**
 * Which paths belong to projects, for changes that are gathered while others use the repository: they are checked as
 * they come, and once more when they are staged, if a project was claimed meanwhile.
 * @module
 */
import { createHash } from "#platform";
import type { TargetChange } from "./changes.ts";
import type { AddTargetsOptions } from "./changingTargets.ts";
import { draftName, TIMESTAMP } from "./layout.ts";
import { CLAIMED, RECENTLY_CLAIMED } from "./profiles.ts";
import { type ClaimIndex, readClaims } from "./projects/claims.ts";
import type { Repository } from "./repository.ts";

/** What claims are read from: they are the same as long as these files are. */
const SOURCES = [TIMESTAMP, ...["targets", CLAIMED, RECENTLY_CLAIMED].map(draftName)];

type Place = Pick<Repository, "storage" | "config">;

/** The claims of a repository. */
export class ClaimWatch {
  readonly #place: Place;
  #claims: ClaimIndex;
  #digest: string;

  private constructor(place: Place, claims: ClaimIndex, digest: string) {
    this.#place = place;
    this.#claims = claims;
    this.#digest = digest;
  }

  /** Reads the claims; `undefined` for a profile without projects. */
  static async open(place: Place): Promise<ClaimWatch | undefined> {
    if (place.config.profile !== "pep480") return undefined;
    return place.storage.exclusive(async () => {
      const claims = await readClaims(place);
      return claims && new ClaimWatch(place, claims, await digestOf(place));
    });
  }

  /** Whether a target is left out because it belongs to a project. @throws ERR_INPUT if nobody is to be told of it */
  isLeftOut(change: TargetChange, onClaimed: AddTargetsOptions["onClaimed"]): boolean {
    const role = this.#claims.claimantOf(change);
    if (role === undefined) return false;
    if (onClaimed === undefined) this.#claims.assertFree(change);
    onClaimed?.(change, role);
    return true;
  }

  /** Reads the claims again if they may have changed. Only inside `exclusive`. @returns whether they may have */
  async renew(): Promise<boolean> {
    const digest = await digestOf(this.#place);
    if (digest === this.#digest) return false;
    this.#claims = (await readClaims(this.#place)) ?? this.#claims;
    this.#digest = digest;
    return true;
  }
}

async function digestOf({ storage }: Place): Promise<string> {
  const hash = createHash("sha256");
  for (const name of SOURCES) {
    const bytes = (await storage.get(name)) ?? new Uint8Array();
    hash.update(new TextEncoder().encode(`${bytes.length} `));
    hash.update(bytes);
  }
  return hash.digestHex();
}
