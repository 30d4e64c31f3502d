/// <reference types="node" />
/**
 * Makes a repository.
 * @module
 */
import { relative } from "node:path";
import { createFileStorage } from "../../node/fileStorage.ts";
import { Repository } from "../../repository/repository.ts";
import type { RepositoryStatus } from "../../repository/status.ts";
import type { InitOptions } from "../commands/init.ts";
import { makeFolder, writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";
import { folderOf } from "../repositoryFolder.ts";
import { UsageError } from "../usage.ts";

/** Roles whose keys stay on the machines of people: all that have a threshold, and PEP 480's claimed. */
const OFFLINE_THRESHOLD = 2;

export async function init(dir: string | undefined, options: InitOptions): Promise<void> {
  const { profile, bins, succinct = false, sign, quiet, json } = options;
  if (succinct && profile === "simple" && bins === undefined)
    throw new UsageError("--succinct is a way to delegate to bins; say how many with --bins N");
  const folder = folderOf(dir === undefined ? {} : { dir });
  await makeFolder(folder);
  const repository = await Repository.create(createFileStorage(folder, { blocking: true }), {
    profile,
    sign,
    succinct,
    ...(bins === undefined ? {} : { bins }),
  });
  const status = await repository.status();
  const roles = rolesOf(status).map(({ role, threshold }) => ({ role, threshold }));
  if (json) {
    const { config } = repository;
    return writeOutput(undefined, toJson({ ok: true, dir: folder, config, roles }));
  }
  const layout = status.bins === undefined ? "" : ` with ${status.bins.count} bins`;
  const made = `made a ${profile} repository${layout} in ${relative("", folder) || "this folder"}`;
  await writeOutput(undefined, `${printable(made)}\n${quiet ? "" : nextSteps(folder, status)}`);
}

function rolesOf({ roles, bins }: RepositoryStatus): RepositoryStatus["roles"] {
  return bins === undefined ? roles : [...roles, bins];
}

function nextSteps(folder: string, status: RepositoryStatus): string {
  const here = relative("", folder);
  const all = rolesOf(status);
  const offline = all.filter(({ threshold }) => threshold >= OFFLINE_THRESHOLD);
  const online = all.filter(({ threshold }) => threshold < OFFLINE_THRESHOLD);
  const names = (roles: RepositoryStatus["roles"]): string =>
    roles.flatMap(({ role, threshold }) => Array<string>(threshold).fill(role)).join(" ");
  const keys =
    offline.length === 0
      ? ["1. make a key for each role:", `     tuf-ld key gen ${names(all)}`]
      : [
          "1. make the keys of the roles that publish by themselves:",
          `     tuf-ld key gen ${names(online)}`,
          `   and two or more for each of ${offline.map(({ role }) => role).join(", ")}, whose holders keep them`,
          "   on machines of their own. A holder makes one and shows its public value:",
          "     tuf-ld key gen -o me.pem",
          "     tuf-ld key show me.pem --as did",
          "   and you list it here:",
          "     tuf-ld role add-key root did:key:...",
          "   To try it out with all keys on this machine:",
          `     tuf-ld key gen ${names(offline)}`,
        ];
  const lines = [
    "",
    "Next:",
    ...(here === "" ? [] : [`0. go there: cd ${printable(here)}`]),
    ...keys,
    "2. add the files that you want to publish:",
    "     tuf-ld add FILE...",
    "3. sign and publish them:",
    "     tuf-ld publish",
    "4. let a timer run `tuf-ld publish --renew`, or clients refuse what is published once it",
    "   expires; docs/keep-it-alive.md has recipes.",
    "`tuf-ld status` tells at any time what is missing.",
  ];
  return `${lines.join("\n")}\n`;
}
