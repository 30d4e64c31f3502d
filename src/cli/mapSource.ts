/// <reference types="node" />
/**
 * Repositories that must agree (TAP 4), on the command line: whose roots are trusted, and what became of each.
 * @module
 */
import { join, resolve } from "node:path";
import { hashHex } from "#platform";
import {
  type AgreedTarget,
  findAgreed,
  parseRepositoryMap,
  type RepositoryMap,
} from "../client/repositoryMap.ts";
import type { TargetSink } from "../client/sink.ts";
import type { Updater } from "../client/updater.ts";
import { TufLdError } from "../errors.ts";
import { parseMetadata } from "../metadata/file.ts";
import { reasonOf } from "../proof/finding.ts";
import { type Report, reportOf, type Step } from "../report/report.ts";
import type { ClientOptions, MapOptions } from "./clientOptions.ts";
import { inFile } from "./documents.ts";
import { readInput } from "./io.ts";
import { homeFolder, type OpenRepository, openRepository } from "./repositories.ts";
import { baseUrl, defaultTargetsUrl } from "./repositoryUrls.ts";
import { createUpdater, type Session } from "./session.ts";
import { downloadFrom, explainFrom, type LocatedTarget, type TargetSource } from "./targetSource.ts";

/** A repository of the map and its client. */
interface Opened {
  readonly repository: OpenRepository;
  readonly updater: Updater;
}

/** Opens a map file. @throws ERR_STORAGE, ERR_JSON_SYNTAX, ERR_SHAPE */
export async function openMap(
  file: string,
  options: ClientOptions & MapOptions,
  session: Session,
): Promise<TargetSource> {
  const bytes = await readInput(file);
  const map = inFile(file, () => parseRepositoryMap(bytes));
  const opened = new Map<string, Promise<Opened>>();
  const open = (name: string): Promise<Opened> => {
    const one =
      opened.get(name) ??
      openMapped(map, name, options).then((repository) => ({
        repository,
        updater: createUpdater(repository, options, session),
      }));
    opened.set(name, one);
    return one;
  };

  /** Asks whom the map names, and says of each refusal whose it is. */
  function agree(path: string): Promise<AgreedTarget> {
    const finder = (name: string) => ({
      find: async (each: string) => {
        try {
          return await (await open(name)).updater.find(each);
        } catch (error) {
          session.signal.throwIfAborted();
          if (!(error instanceof TufLdError)) throw error;
          throw new TufLdError(error.code, `${name}: ${error.message}`, error.details, {
            cause: error,
            about: error.about,
          });
        }
      },
    });
    return findAgreed(map, path, async (name) => finder(name));
  }

  async function find(path: string): Promise<LocatedTarget> {
    const agreed = await agree(path);
    for (const { repository, reason } of agreed.dissenting) {
      session.note(`${repository} does not say so: ${reason.message}`);
    }
    return locate(agreed);
  }

  function locate({ by, ...agreed }: AgreedTarget): LocatedTarget {
    const first = by[0];
    if (first === undefined) throw new TypeError("somebody agreed");
    return {
      ...first.found,
      repositories: by.map(({ repository }) => repository),
      async download(sink: TargetSink) {
        const failures: unknown[] = [];
        for (const { repository } of by) {
          try {
            return await downloadFrom((await open(repository)).updater, agreed, sink, options);
          } catch (error) {
            session.signal.throwIfAborted();
            if (!(error instanceof TufLdError) || error.code === "ERR_STORAGE") throw error;
            if (by.length > 1) session.warn(`${repository} did not deliver ${agreed.path}: ${error.message}`);
            failures.push(error);
          }
        }
        throw failures[0];
      },
    };
  }

  return {
    find,
    async *list() {
      const paths = new Set<string>();
      for (const name of map.repositories.keys()) {
        for await (const { path } of (await open(name)).updater.list()) paths.add(path);
      }
      for (const path of paths) {
        const agreed = await agree(path).catch((error: unknown) => {
          // Not agreed upon, so not a target: the map's word, not a failure of the list.
          if (error instanceof TufLdError && error.code === "ERR_TARGET_NOT_FOUND") return undefined;
          throw error;
        });
        if (agreed !== undefined) yield locate(agreed);
      }
    },
    explain: async (path) => explainAgreed(path, agree, open),
  };
}

/** One report of all that agree, each with its own chain. */
async function explainAgreed(
  path: string,
  agree: (path: string) => Promise<AgreedTarget>,
  open: (name: string) => Promise<Opened>,
): Promise<Report> {
  const title = `enough repositories of the map agree on ${path}`;
  let agreed: AgreedTarget;
  try {
    agreed = await agree(path);
  } catch (error) {
    if (!(error instanceof TufLdError)) throw error;
    const step: Step = { id: "map", title, outcome: "failed", facts: { path }, reason: reasonOf(error) };
    return reportOf(path, [step]);
  }
  const steps: Step[] = [];
  for (const { repository } of agreed.by) {
    const one = await open(repository);
    const { steps: own } = await explainFrom(one.repository, one.updater, path);
    for (const step of own) {
      steps.push({ ...step, id: `${repository}/${step.id}`, title: `${repository}: ${step.title}` });
    }
  }
  const facts = {
    agreeing: agreed.by.map(({ repository }) => repository),
    dissenting: agreed.dissenting.map(({ repository, reason }) => ({ repository, ...reason })),
  };
  const names = facts.agreeing.join(", ");
  return reportOf(path, [...steps, { id: "map", title: `${title}: ${names}`, outcome: "passed", facts }]);
}

/** A repository of a map: trusted by its name, or by a root in the folder that `--roots` names. */
async function openMapped(
  map: RepositoryMap,
  name: string,
  { home, roots }: ClientOptions & MapOptions,
): Promise<OpenRepository> {
  const folder = homeFolder(home);
  if (roots === undefined) return openRepository(folder, name);
  const trustedRoot = await readInput(join(roots, name, "root.json"));
  const { version } = inFile(join(roots, name, "root.json"), () =>
    parseMetadata(trustedRoot, { type: "root" }),
  ).signed;
  const sha256 = hashHex("sha256", trustedRoot);
  const metadataUrls = await Promise.all((map.repositories.get(name) ?? []).map(baseUrl));
  return {
    name,
    metadataUrls,
    targetsUrls: metadataUrls.map(defaultTargetsUrl),
    policy: { default: "either", roles: new Map() },
    prefixTargetsWithHash: true,
    root: { version, sha256 },
    trustedRoot,
    // Two maps may give one name to different repositories: what is kept belongs to the root.
    storeFolder: resolve(folder, ".maps", `${name}-${sha256.slice(0, 16)}`, "store"),
  };
}
