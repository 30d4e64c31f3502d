/**
 * Repositories that others made and published: the client as a user of each would run it.
 * @module
 */
import { describe, expect, test } from "vitest";
import { createMemorySink } from "../../../src/client/memorySink.ts";
import { createMemoryStore } from "../../../src/client/memoryStore.ts";
import { Updater } from "../../../src/client/updater.ts";
import { METADATA_URL, Served, TARGETS_URL } from "../../support/simulator/served.ts";

const globbed: Record<string, string> = {
  ...import.meta.glob<string>("../../../../shared/data/sigstore-repository/**/*", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
  ...import.meta.glob<string>("../../../../shared/data/python-tuf/repository_data/**/*", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
  ...import.meta.glob<string>("../../../../shared/data/go-tuf-multirepo/repository/**/*", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
};

/** A folder of the shared data, served as it is. */
function serve(folder: string): Served {
  const served = new Served();
  const prefix = new RegExp(`^.*/shared/data/${folder}/`);
  for (const [path, text] of Object.entries(globbed)) {
    if (prefix.test(path)) served.files.set(path.replace(prefix, ""), new TextEncoder().encode(text));
  }
  return served;
}

const absent = Object.keys(globbed).length === 0;

describe.skipIf(absent)("as published (skipped without ../shared/data)", () => {
  const REPOSITORIES = [
    {
      name: "Sigstore's production repository",
      folder: "sigstore-repository",
      root: 5,
      at: "2026-08-22T12:00:00Z",
      versions: { root: 15, snapshot: 165, targets: 14 },
      roles: ["registry.npmjs.org"],
    },
    {
      name: "python-tuf's example",
      folder: "python-tuf/repository_data/repository",
      root: 1,
      at: "2029-12-31T00:00:00Z",
      versions: { root: 1, snapshot: 1, targets: 1 },
      roles: ["role1", "role2"],
    },
    {
      name: "go-tuf's example",
      folder: "go-tuf-multirepo/repository",
      root: 1,
      at: "2034-01-01T00:00:00Z",
      versions: { root: 1, snapshot: 1, targets: 1 },
      roles: [],
    },
  ] as const;

  describe.each(REPOSITORIES)("$name", ({ folder, root, at, versions, roles }) => {
    const served = serve(folder);
    const trustedRoot = served.files.get(`metadata/${root}.root.json`) as Uint8Array;
    const make = (date: string = at, from: Uint8Array = trustedRoot) =>
      new Updater({
        trustedRoot: from,
        store: createMemoryStore(),
        fetcher: served,
        metadataUrls: [METADATA_URL],
        targetsUrls: [TARGETS_URL],
        policy: "classic",
        at: new Date(date),
      });

    test("is refreshed from an old root to the newest", async () => {
      const trusted = await make().refresh();
      for (const [role, version] of Object.entries(versions)) {
        expect(trusted[role as keyof typeof versions].file.signed.version).toBe(version);
      }
    });

    test("has only targets that can be found and, where it serves them, downloaded", async () => {
      const updater = make();
      const sink = createMemorySink();
      const listed: string[] = [];
      for await (const { path, target, chain } of updater.list()) {
        listed.push(path);
        const found = await updater.find(path);
        expect(found.chain.map(({ role }) => role)).toEqual(chain.map(({ role }) => role));
        try {
          await updater.download(found, sink);
          expect(sink.get(path)?.length).toBe(target.length);
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
        }
      }
      expect(listed.length).toBeGreaterThan(0);
      expect(sink.paths().length).toBeGreaterThan(0);
      for (const role of roles) {
        expect(served.requests.some((path) => path.endsWith(`${role}.json`))).toBe(true);
      }
    });

    test("is refused once its timestamp has expired", async () => {
      await expect(make("2099-01-01T00:00:00Z").refresh()).rejects.toMatchObject({ code: "ERR_EXPIRED" });
    });

    test("has no signatures that a client of linked proofs would count", async () => {
      const linked = new Updater({
        trustedRoot,
        store: createMemoryStore(),
        fetcher: served,
        metadataUrls: [METADATA_URL],
        policy: "linked",
        at: new Date(at),
      });
      await expect(linked.refresh()).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
    });
  });

  test("Sigstore's repository can be entered with any root from the fifth on", async () => {
    const served = serve("sigstore-repository");
    for (let version = 5; version <= 15; version++) {
      const updater = new Updater({
        trustedRoot: served.files.get(`metadata/${version}.root.json`) as Uint8Array,
        store: createMemoryStore(),
        fetcher: served,
        metadataUrls: [METADATA_URL],
        policy: "classic",
        at: new Date("2026-08-22T12:00:00Z"),
      });
      expect((await updater.refresh()).root.file.signed.version).toBe(15);
    }
  });

  test("python-tuf's repository of odd role names is read, from names that are quoted", async () => {
    const served = serve("python-tuf/repository_data/fishy_rolenames");
    // The data set has the file of "../a" outside the folder of metadata, where a careless client would look for it.
    const outside = served.files.get("1.a.json");
    expect(outside).toBeDefined();
    served.files.delete("1.a.json");
    served.files.set("metadata/1.../a.json", outside as Uint8Array);
    const updater = new Updater({
      trustedRoot: served.files.get("metadata/1.root.json") as Uint8Array,
      store: createMemoryStore(),
      fetcher: served,
      metadataUrls: [METADATA_URL],
      policy: "classic",
      at: new Date("2040-01-01T00:00:00Z"),
    });
    await expect(updater.find("anything")).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
    expect(served.urls.slice(-3)).toEqual([
      "metadata/1...%2Fa.json",
      "metadata/1...json",
      "metadata/1.%C3%B6.json",
    ]);
  });
});
