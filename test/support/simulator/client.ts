/**
 * A client of a simulated repository, with a store that a test can look into.
 * @module
 */
import { createMemorySink, type MemorySink } from "../../../src/client/memorySink.ts";
import { createMemoryStore } from "../../../src/client/memoryStore.ts";
import type { UpdaterOptions } from "../../../src/client/options.ts";
import { fileNameOf, type Store } from "../../../src/client/store.ts";
import { type TrustedMetadata, Updater } from "../../../src/client/updater.ts";
import { parseMetadata } from "../../../src/metadata/file.ts";
import { NOW } from "./draft.ts";
import type { Simulator } from "./repository.ts";
import { METADATA_URL, TARGETS_URL } from "./served.ts";

export type ClientOptions = Partial<UpdaterOptions>;

export class Client {
  readonly repository: Simulator;
  readonly store: Store;
  readonly sink: MemorySink = createMemorySink();
  readonly #options: ClientOptions & Pick<UpdaterOptions, "trustedRoot">;

  /** A client that starts from root version 1 and counts what the repository's view offers. */
  constructor(repository: Simulator, options: ClientOptions = {}) {
    this.repository = repository;
    this.store = options.store ?? createMemoryStore();
    this.#options = { trustedRoot: repository.rootBytes(1), ...options };
  }

  updater(options: ClientOptions = {}): Updater {
    return new Updater({
      store: this.store,
      fetcher: this.repository,
      metadataUrls: [METADATA_URL],
      targetsUrls: [TARGETS_URL],
      policy: this.repository.view,
      at: NOW,
      ...this.#options,
      ...options,
    });
  }

  /** Refreshes as a new process would. */
  refresh(options: ClientOptions = {}): Promise<TrustedMetadata> {
    return this.updater(options).refresh();
  }

  /** Finds and downloads a target as a new process would; gives its text. */
  async download(path: string, options: ClientOptions = {}): Promise<string> {
    const updater = this.updater(options);
    await updater.download(await updater.find(path), this.sink);
    return new TextDecoder().decode(this.sink.get(path));
  }

  /** The trusted version of each role in the store, by file name without `.json`; roots on the way left out. */
  async versions(): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const name of (await this.store.list()).sort()) {
      if (name.includes("/") || !name.endsWith(".json")) continue;
      const bytes = (await this.store.read(name)) as Uint8Array;
      found[name.replace(/\.json$/, "")] = parseMetadata(bytes).signed.version;
    }
    return found;
  }

  /** The stored bytes of a role. */
  stored(role: string): Promise<Uint8Array | undefined> {
    return this.store.read(fileNameOf(role));
  }

  /** Everything in the store, to be compared later. */
  async contents(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const name of (await this.store.list()).sort()) {
      found.set(name, new TextDecoder().decode(await this.store.read(name)));
    }
    return found;
  }
}
