/**
 * Which paths belong to projects, for changes that are gathered while others use the repository: they are checked as
 * they come, and once more when they are staged, if a project was claimed meanwhile.
 * @module
 */
import { createHash } from "#platform";
import type { TargetChange } from "./changes.ts";
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

  /** As `ClaimIndex.assertFree`, with what is known so far. @throws ERR_INPUT */
  assertFree(change: TargetChange): void {
    this.#claims.assertFree(change);
  }

  /** Refuses changes that were free when they came and are not any more. Only inside `exclusive`. @throws ERR_INPUT */
  async assertStillFree(changes: Iterable<TargetChange>): Promise<void> {
    const digest = await digestOf(this.#place);
    if (digest === this.#digest) return;
    this.#claims = (await readClaims(this.#place)) ?? this.#claims;
    this.#digest = digest;
    for (const change of changes) this.#claims.assertFree(change);
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
