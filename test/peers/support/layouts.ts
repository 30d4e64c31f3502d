/**
 * The layouts in which repositories of ours are published, and the three versions that each goes through.
 * @module
 */
import { expect } from "vitest";
import type { ProfileOptions } from "../../../src/repository/index.ts";
import { claimProjects } from "../../../src/repository/projects/claiming.ts";
import { Publication } from "./publication.ts";

export const CHANGED = "simple/a page/index.html";
export const GONE = "packages/gone-1.0.whl";
export const ADDED = "packages/added-2.0.whl";
const DEEP = "a/b/c/d/e/f/g/h.txt";
const FILES = {
  "top.txt": "one part\n",
  [DEEP]: "eight parts, the most that the profiles delegate\n",
  "packages/ö & (1) + 2.whl": "odd\n",
  [CHANGED]: "the page\n",
  [GONE]: "soon gone\n",
};

/** Projects of PEP 480: the first is claimed with the second version, the other stays recently-claimed. */
export const PROJECTS: readonly string[] = ["alpha", "beta"];
const projectFile = (project: string, version: string) => `packages/${project}/${project}-${version}.whl`;
/** In a bin since before the project that has the path now was there: no client may take it from the index. */
export const SHADOW = projectFile("alpha", "0.1");

export interface Layout extends ProfileOptions {
  readonly title: string;
  readonly profile: NonNullable<ProfileOptions["profile"]>;
}

export const LAYOUTS: readonly Layout[] = [
  { title: "simple", profile: "simple" },
  { title: "simple with 2 plain bins", profile: "simple", bins: 2 },
  { title: "pep458 with 4 plain bins", profile: "pep458", bins: 4 },
  { title: "pep458 with 32 succinct bins", profile: "pep458", bins: 32, succinct: true },
  { title: "pep480 with 16 plain bins", profile: "pep480", bins: 16 },
  { title: "pep480 with 8 succinct bins", profile: "pep480", bins: 8, succinct: true },
];

/** The first version of everything. */
export async function first({ title: _, ...options }: Layout): Promise<Publication> {
  const ours = await Publication.create(options);
  await ours.add(FILES);
  if (options.profile === "pep480") {
    await ours.add({ [SHADOW]: "signed by the index\n" });
    ours.contents.delete(SHADOW);
    for (const project of PROJECTS)
      await ours.submit(project, { [projectFile(project, "1.0")]: `${project}, signed by its developer\n` });
  }
  const { waiting } = await ours.publish();
  expect(waiting).toEqual([]);
  return ours;
}

/** Root 2: new keys for timestamp and snapshot; a file more, a file less, a file changed. */
export async function second(ours: Publication, { profile }: Layout): Promise<void> {
  // The index that lost its online keys publishes under root 2 alone; the one that has them under both roots.
  await ours.rotate("timestamp", { lost: profile === "pep458" });
  await ours.rotate("snapshot", { lost: profile === "pep458" });
  await ours.add({ [ADDED]: "new in version 2\n", [CHANGED]: "the page, longer\n" });
  await ours.remove([GONE]);
  if (profile === "pep480") {
    await claimProjects(ours.repository, ["alpha"]);
    await ours.submit("alpha", { [projectFile("alpha", "2.0")]: "alpha, claimed\n" });
  }
  const { waiting } = await ours.publish();
  expect(waiting).toEqual([]);
}

/** Root 3: new keys for targets and root, and for all bins. */
export async function third(ours: Publication, { profile, bins }: Layout): Promise<void> {
  await ours.rotate("targets");
  await ours.repository.renew("targets");
  await ours.rotate("root");
  if (bins !== undefined) await ours.rotate("bin");
  await ours.add({ "top.txt": "one part, under root 3\n" });
  if (profile === "pep480")
    await ours.submit("beta", { [projectFile("beta", "3.0")]: "beta, under root 3\n" });
  const { waiting } = await ours.publish();
  expect(waiting).toEqual([]);
}
