/**
 * The published test vectors as data: one folder a case, and what our code makes of it.
 * @module
 */
import { parseMetadata } from "../../src/metadata/file.ts";
import { checkFile } from "../../src/proof/checkFile.ts";
import type { CheckOptions } from "../../src/proof/linkedProof.ts";
import { roleKeys } from "../../src/proof/roleKeys.ts";
import { POLICIES, type Policy } from "../../src/proof/threshold.ts";
import { allSuites, suiteSet } from "../../src/suite/registry.ts";
import type { TufKey } from "../../src/vocabulary/types.ts";
import { type KeyName, testKeys } from "./testKeys.ts";

/** How one signature or proof of an accepted case is made. */
export interface Wanted {
  readonly view: "classic" | "linked";
  readonly key: KeyName;
  readonly keyid?: string;
  readonly suite?: string;
  readonly created?: string;
  readonly extra?: Readonly<Record<string, string>>;
}

export interface Verdict {
  readonly findings: readonly { view: string; index: number; outcome: string; code?: string }[];
  readonly counts: Readonly<Record<Policy, { keys: readonly string[]; met: boolean }>>;
}

/** A case.json. */
export interface VectorCase {
  readonly title: string;
  readonly role: string;
  readonly at: string;
  readonly suites?: readonly string[];
  readonly trust: {
    readonly threshold: number;
    readonly keyids: readonly string[];
    readonly keys: Readonly<Record<string, TufKey>>;
  };
  readonly sign?: readonly Wanted[];
  readonly stockDiffers?: string;
  readonly form?: "file" | "linked";
  readonly from?: string;
  readonly expected: {
    readonly read: boolean;
    readonly code?: string;
    readonly policy?: Policy;
  } & Partial<Verdict>;
}

/** One entry of steps.json. */
export interface Step {
  readonly view: "classic" | "linked";
  readonly index: number;
  readonly key: KeyName;
  readonly suite: string;
  readonly hash?: "sha256" | "sha384";
  readonly configurationHash?: string;
  readonly documentHash?: string;
  readonly hashData?: string;
  readonly signedSha256: string;
  readonly signature: string;
}

export interface Steps {
  readonly documentSha256: string;
  readonly classicSha256: string;
  readonly signatures: readonly Step[];
}

export interface Vector {
  readonly name: string;
  readonly case: VectorCase;
  /** The text of every file but case.json. */
  readonly files: ReadonlyMap<string, string>;
}

const raw = import.meta.glob<string>("../../vectors/*/*.{json,nq,jcs,olpc}", {
  query: "?raw",
  import: "default",
  eager: true,
});

function readVectors(): Vector[] {
  const folders = new Map<string, Map<string, string>>();
  for (const [path, text] of Object.entries(raw)) {
    const [file = "", folder = ""] = path.split("/").reverse();
    const files = folders.get(folder) ?? new Map<string, string>();
    files.set(file, text);
    folders.set(folder, files);
  }
  return [...folders].map(([name, files]) => {
    const testCase = JSON.parse(files.get("case.json") ?? "null") as VectorCase;
    files.delete("case.json");
    return { name, case: testCase, files };
  });
}

export const vectors: readonly Vector[] = readVectors();

/** The text of a file of a vector. */
export function textOf({ name, files }: Vector, file: string): string {
  const text = files.get(file);
  if (text === undefined) throw new Error(`${name} has no ${file}`);
  return text;
}

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** What our code finds in a file of a case. @throws TufLdError if the file cannot be read */
export async function judge(text: string, { trust, role, at, suites }: VectorCase): Promise<Verdict> {
  const file = parseMetadata(bytesOf(text));
  const keys = roleKeys(role, trust, trust.keys);
  const accept =
    suites === undefined ? {} : { suites: suiteSet(...suites.map((name) => allSuites.get(name))) };
  const options: CheckOptions = { at: new Date(at), ...accept };
  const names = new Map(Object.values(testKeys).map(({ id, name }) => [id, name]));
  const { findings } = await checkFile(file, keys, "either", options);
  const counts: Partial<Record<Policy, Verdict["counts"][Policy]>> = {};
  for (const policy of POLICIES) {
    const { count } = await checkFile(file, keys, policy, options);
    counts[policy] = { keys: count.keys.map((id) => names.get(id) ?? id).sort(), met: count.met };
  }
  return {
    findings: findings.map(({ view, index, outcome, reason }) => ({
      view,
      index,
      outcome,
      ...(reason === undefined ? {} : { code: reason.code }),
    })),
    counts: counts as Verdict["counts"],
  };
}
