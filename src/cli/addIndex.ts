/// <reference types="node" />
/**
 * The files of a simple index as targets, and its pages. Projects are taken in the order of their names, so that an
 * import into hash bins that ended early goes on after the last whole project.
 * @module
 */
import { hashHex } from "#platform";
import { TufLdError } from "../errors.ts";
import { readHead, type TargetChange } from "../repository/changes.ts";
import type { Project, ProjectFile } from "../repository/imports/pep691.ts";
import {
  type IndexPage,
  indexPages,
  projectFilePath,
  projectPages,
} from "../repository/imports/simpleIndex.ts";
import { projectOfRole } from "../repository/projects/project.ts";
import type { Repository } from "../repository/repository.ts";
import type { IndexSource } from "./indexSource.ts";
import type { Work } from "./work.ts";

/** What is asked for. */
export interface AddIndex {
  readonly role: string;
  readonly pages: boolean;
  readonly strict: boolean;
}

/** Something that the index lists and that could not become a target. */
export interface Skipped {
  readonly project: string;
  readonly filename?: string;
  readonly reason: string;
}

/** What became of an import. */
export interface AddedIndex {
  readonly projects: number;
  readonly files: number;
  readonly pages: number;
  readonly skipped: readonly Skipped[];
  /** The project after which this run began. */
  readonly resumedAfter?: string;
}

/** Why a project is skipped that signs for itself. */
const CLAIMED = "it has keys of its own, so its developers submit its files and `tuf-ld accept` takes them";
/** Pages that are fetched at the same time. */
const LANES = 8;

/** Adds what an index lists. @throws ERR_INPUT, ERR_NETWORK; what was taken before stays */
export async function addIndex(
  repository: Repository,
  source: IndexSource,
  request: AddIndex,
  work: Work,
): Promise<AddedIndex> {
  const all = await source.names();
  const intoBins = request.role === repository.config.bins?.prefix;
  const after = intoBins ? await lastTaken(repository, source) : undefined;
  if (after !== undefined) work.note(`goes on after ${after}, where an earlier run ended`);
  const names = after === undefined ? all : all.filter((name) => name > after);
  const intake = new Intake(repository, source, request, work, all, names);
  if (after !== undefined) intake.last = after;
  await repository.changeTargets(intake.changes(intoBins), {
    role: request.role,
    ...(intoBins ? { mark: () => intake.mark() } : {}),
    onProgress: () => intake.show(),
    onClaimed: (change, role) => intake.leaveOut(change, role),
  });
  if (intake.failure !== undefined) throw intake.failure;
  const { projects, files, pages, skipped } = intake;
  return { projects, files, pages, skipped, ...(after === undefined ? {} : { resumedAfter: after }) };
}

/** The last project of an import of this index that did not end. */
async function lastTaken(repository: Repository, { url }: IndexSource): Promise<string | undefined> {
  const { mark } = await readHead(repository.storage);
  const start = `index ${url} `;
  return mark?.source.startsWith(start) ? mark.source.slice(start.length) : undefined;
}

class Intake {
  projects = 0;
  files = 0;
  pages = 0;
  last: string | undefined;
  failure: unknown;
  readonly #skipped: Skipped[] = [];
  /** Projects that were claimed after their targets had been given. */
  readonly #late = new Set<string>();
  /** What was given last. */
  #last: TargetChange | undefined;
  readonly #repository: Repository;
  readonly #source: IndexSource;
  readonly #request: AddIndex;
  readonly #work: Work;
  readonly #all: readonly string[];
  readonly #names: readonly string[];
  #ended = false;
  /** Whether what was given last belongs to a project that has keys of its own. */
  #isLeftOut = false;

  constructor(
    repository: Repository,
    source: IndexSource,
    request: AddIndex,
    work: Work,
    all: readonly string[],
    names: readonly string[],
  ) {
    this.#repository = repository;
    this.#source = source;
    this.#request = request;
    this.#work = work;
    this.#all = all;
    this.#names = names;
  }

  /** @param keep stage what came before a failure, which is then in `failure` */
  async *changes(keep: boolean): AsyncGenerator<TargetChange, void, undefined> {
    try {
      for await (const [name, project] of this.#fetched()) {
        yield* this.#changesOf(name, project);
        this.last = name;
        this.projects++;
        this.show();
      }
      if (this.#request.pages) yield* this.#stored(indexPages(this.#all));
      this.#ended = true;
    } catch (error) {
      if (!keep) throw error;
      this.failure = error;
    }
    // Pages must be there after a loss of power before metadata lists them.
    await this.#repository.storage.settle();
  }

  /** An import that has ended leaves no mark that a later one would go on from. */
  mark(): { source: string; position: number } {
    const { url } = this.#source;
    const source = this.#ended || this.last === undefined ? `index ${url}` : `index ${url} ${this.last}`;
    return { source, position: this.projects };
  }

  /** Told while a change is being given, or later of one whose project was claimed meanwhile. */
  leaveOut(change: TargetChange, role: string): void {
    if (change === this.#last) this.#isLeftOut = true;
    else this.#late.add(projectOfRole(role) ?? role);
  }

  /** What was left out. */
  get skipped(): readonly Skipped[] {
    return [...this.#skipped, ...[...this.#late].map((project) => ({ project, reason: CLAIMED }))];
  }

  show(): void {
    const [done, total] = [this.projects, this.#names.length];
    this.#work.bar.draw(() => [
      done / Math.max(1, total),
      `${done} of ${total} projects, ${this.files} files ${this.last ?? ""}`,
    ]);
  }

  /** Pages in order, a few of them on their way. */
  async *#fetched(): AsyncGenerator<readonly [string, Project | undefined], void, undefined> {
    const waiting: Promise<Project | undefined>[] = [];
    for (let at = 0; at < this.#names.length; at++) {
      while (waiting.length < LANES && at + waiting.length < this.#names.length) {
        const page = this.#source.project(this.#names[at + waiting.length] as string);
        // Whoever comes to it is told; nobody may come to it if another failed.
        page.catch(() => undefined);
        waiting.push(page);
      }
      this.#work.signal.throwIfAborted();
      yield [this.#names[at] as string, await waiting.shift()];
    }
  }

  async *#changesOf(
    name: string,
    project: Project | undefined,
  ): AsyncGenerator<TargetChange, void, undefined> {
    if (project === undefined) this.#skip({ project: name, reason: "the index has no page of it" });
    for (const odd of project?.odd ?? []) this.#skip({ project: name, ...odd });
    const usable: ProjectFile[] = [];
    for (const file of project?.files ?? []) {
      const { filename, size, hashes } = file;
      const reason =
        size === undefined ? "no size" : hashes["sha256"] === undefined ? "no sha256" : undefined;
      if (reason !== undefined) this.#skip({ project: name, filename, reason: `the index tells ${reason}` });
      else usable.push(file);
    }
    // Made before anything of the project is taken: it refuses what contradicts itself.
    const pages = projectPages({
      name,
      files: usable,
      ...(project?.versions && { versions: project.versions }),
    });
    for (const { filename, size = 0, hashes } of usable) {
      const target = { length: size, hashes };
      if (!(yield* this.#given({ path: projectFilePath(name, filename), target })))
        return this.#skip({ project: name, reason: CLAIMED });
      this.files++;
    }
    if (this.#request.pages && !(yield* this.#stored(pages))) this.#skip({ project: name, reason: CLAIMED });
  }

  /** @returns whether it was taken, and not left out */
  *#given(change: TargetChange): Generator<TargetChange, boolean, undefined> {
    this.#isLeftOut = false;
    this.#last = change;
    yield change;
    return !this.#isLeftOut;
  }

  /** @returns whether they were taken */
  async *#stored(pages: readonly IndexPage[]): AsyncGenerator<TargetChange, boolean, undefined> {
    for (const { path, bytes } of pages) {
      const target = { length: bytes.length, hashes: { sha256: hashHex("sha256", bytes) } };
      await this.#repository.storeTarget(path, target, async function* () {
        yield bytes;
      });
      if (!(yield* this.#given({ path, target }))) return false;
      this.pages++;
    }
    return true;
  }

  #skip(skipped: Skipped): void {
    const { project, filename, reason } = skipped;
    if (this.#request.strict) {
      const source = filename === undefined ? project : `${project}: ${filename}`;
      const advice = "whoever runs the index can correct it; without --strict it is skipped and counted";
      throw new TufLdError("ERR_INPUT", `${source}: ${reason}; ${advice}`, { source, reason });
    }
    this.#skipped.push(skipped);
  }
}
