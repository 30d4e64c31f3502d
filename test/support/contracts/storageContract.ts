/**
 * What every `RepositoryStorage` does. A storage's own test is one call.
 * @module
 */
import { describe, expect, test } from "vitest";
import type { RepositoryStorage } from "../../../src/repository/storage.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** Names that no storage may take. */
const BAD_NAMES = [
  "",
  "/etc/passwd",
  "..",
  "../x",
  "a/../../x",
  "a/..",
  ".",
  "./a",
  "a//b",
  "a/",
  "a\\b",
  "a\u0000b",
  "a\nb",
  "\ud800",
  ".#lock",
  "a/.#x",
];

async function* chunksOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** A way to create a file: both must keep the same promises. */
type Create = (storage: RepositoryStorage, name: string, content: Uint8Array) => Promise<boolean>;

const CREATES: readonly (readonly [string, Create])[] = [
  ["putIfAbsent", (storage, name, content) => storage.putIfAbsent(name, content)],
  [
    "streamIfAbsent",
    (storage, name, content) =>
      storage.streamIfAbsent(name, chunksOf(content.subarray(0, 1), content.subarray(1))),
  ],
];

/** `make` gives a fresh, empty storage. */
export function storageContract(make: () => Promise<RepositoryStorage>): void {
  describe("the contract of storages", () => {
    describe.each(CREATES)("%s", (_, create) => {
      test("creates a file, byte for byte, and says so", async () => {
        const storage = await make();
        expect(await storage.get("a/b.json")).toBeUndefined();
        expect(await create(storage, "a/b.json", bytes(0, 255, 10, 13))).toBe(true);
        expect(await create(storage, "empty", bytes())).toBe(true);
        expect(await storage.get("a/b.json")).toEqual(bytes(0, 255, 10, 13));
        expect(await storage.get("empty")).toEqual(bytes());
      });

      test("never replaces a file, however it came to be", async () => {
        const storage = await make();
        await storage.replace("replaced", bytes(1));
        await storage.putIfAbsent("put", bytes(1));
        await storage.streamIfAbsent("streamed", chunksOf(bytes(1)));
        for (const name of ["replaced", "put", "streamed"]) {
          expect(await create(storage, name, bytes(2, 2)), name).toBe(false);
          expect(await storage.get(name), name).toEqual(bytes(1));
        }
      });

      test("of many callers at once exactly one creates the file", async () => {
        const storage = await make();
        const results = await Promise.all(
          Array.from({ length: 12 }, (_, index) => create(storage, "x", new Uint8Array(5_000).fill(index))),
        );
        expect(results.filter(Boolean)).toHaveLength(1);
        expect(await storage.get("x")).toEqual(new Uint8Array(5_000).fill(results.indexOf(true)));
        expect(await storage.list("a")).toEqual([]);
      });

      test("creates a file again after it was removed", async () => {
        const storage = await make();
        await create(storage, "a/x", bytes(1));
        await storage.remove("a/x");
        expect(await create(storage, "a/x", bytes(2))).toBe(true);
        expect(await storage.get("a/x")).toEqual(bytes(2));
      });
    });

    test("a stream that throws leaves no file, and its error comes through", async () => {
      const storage = await make();
      const failure = new Error("mine");
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield new Uint8Array(100_000);
        throw failure;
      }
      await expect(storage.streamIfAbsent("a/x", broken())).rejects.toBe(failure);
      expect(await storage.get("a/x")).toBeUndefined();
      expect(await storage.list("a")).toEqual([]);
      expect(await storage.streamIfAbsent("a/x", chunksOf(bytes(1), bytes(), bytes(2)))).toBe(true);
      expect(await storage.get("a/x")).toEqual(bytes(1, 2));
    });

    test("a replaced file has the new bytes and no other, longer or shorter", async () => {
      const storage = await make();
      await storage.replace("a", new Uint8Array(100_000).fill(1));
      await storage.replace("a", bytes(2));
      expect(await storage.get("a")).toEqual(bytes(2));
      await storage.replace("a", new Uint8Array(100_000).fill(3));
      expect(await storage.get("a")).toEqual(new Uint8Array(100_000).fill(3));
    });

    test("whoever reads while a file is being replaced gets one edition of it, whole", async () => {
      const storage = await make();
      const size = 200_000;
      await storage.replace("x", new Uint8Array(size));
      let done = false;
      const writing = (async () => {
        for (let edition = 1; edition <= 20; edition++)
          await storage.replace("x", new Uint8Array(size).fill(edition));
        done = true;
      })();
      while (!done) {
        const read = (await storage.get("x")) as Uint8Array;
        expect(read.length).toBe(size);
        expect(read.every((byte) => byte === read[0])).toBe(true);
      }
      await writing;
    });

    test("the storage keeps copies: changing bytes that went in or came out changes no file", async () => {
      const storage = await make();
      const given = bytes(1, 2);
      await storage.replace("a", given);
      await storage.putIfAbsent("b", given);
      given[0] = 9;
      for (const name of ["a", "b"]) {
        const read = (await storage.get(name)) as Uint8Array;
        read[1] = 9;
        expect(await storage.get(name)).toEqual(bytes(1, 2));
      }
    });

    describe("copyIfAbsent", () => {
      test("creates a file with the content of another, which stays until it is removed", async () => {
        const storage = await make();
        await storage.streamIfAbsent("a/b/from", chunksOf(bytes(1), bytes(2)));
        expect(await storage.copyIfAbsent("a/b/from", "c/d/e/to")).toBe(true);
        expect(await storage.get("a/b/from")).toEqual(bytes(1, 2));
        await storage.remove("a/b/from");
        await storage.settle();
        expect(await storage.get("c/d/e/to")).toEqual(bytes(1, 2));
        expect((await storage.list("a")).concat(await storage.list("c"))).toEqual(["c/d/e/to"]);
      });

      test("replaces no file, and makes none of one that is not there", async () => {
        const storage = await make();
        await storage.replace("from", bytes(1));
        await storage.replace("to", bytes(2));
        expect(await storage.copyIfAbsent("from", "to")).toBe(false);
        expect(await storage.get("to")).toEqual(bytes(2));
        for (const absent of ["absent", "a/absent", "from/absent"])
          expect(await storage.copyIfAbsent(absent, "new/x"), absent).toBe(false);
        expect(await storage.get("new/x")).toBeUndefined();
        expect(await storage.list("new")).toEqual([]);
      });

      test("replacing one of the two files changes the other in nothing", async () => {
        const storage = await make();
        await storage.replace("from", bytes(1));
        await storage.copyIfAbsent("from", "to");
        await storage.replace("from", bytes(2));
        expect(await storage.get("to")).toEqual(bytes(1));
      });

      test("of many callers at once exactly one creates the file", async () => {
        const storage = await make();
        await storage.replace("from", bytes(1));
        const copies = Array.from({ length: 8 }, () => storage.copyIfAbsent("from", "to"));
        expect((await Promise.all(copies)).filter(Boolean)).toHaveLength(1);
      });
    });

    describe("swap", () => {
      test("replaces, creates and removes a file that is what was read", async () => {
        const storage = await make();
        expect(await storage.swap("a/x", undefined, bytes(1))).toBe(true);
        expect(await storage.get("a/x")).toEqual(bytes(1));
        expect(await storage.swap("a/x", bytes(1), bytes(2, 2))).toBe(true);
        expect(await storage.get("a/x")).toEqual(bytes(2, 2));
        expect(await storage.swap("a/x", bytes(2, 2), bytes())).toBe(true);
        expect(await storage.swap("a/x", bytes(), undefined)).toBe(true);
        expect(await storage.get("a/x")).toBeUndefined();
        expect(await storage.swap("a/x", undefined, undefined)).toBe(true);
        expect(await storage.list("a")).toEqual([]);
      });

      test("changes nothing and says so if the file is another, is there, or is gone", async () => {
        const storage = await make();
        await storage.replace("x", bytes(1));
        for (const before of [bytes(2), bytes(1, 1), bytes(), undefined])
          for (const after of [bytes(3), undefined])
            expect(await storage.swap("x", before, after)).toBe(false);
        expect(await storage.get("x")).toEqual(bytes(1));
        expect(await storage.swap("absent", bytes(1), bytes(2))).toBe(false);
        expect(await storage.swap("absent", bytes(1), undefined)).toBe(false);
        expect(await storage.swap("a/absent", bytes(), bytes(2))).toBe(false);
        expect(await storage.get("absent")).toBeUndefined();
      });

      test("of many callers who have read the same exactly one succeeds, and no step is lost", async () => {
        const storage = await make();
        const results = await Promise.all(
          Array.from({ length: 8 }, (_, index) => storage.swap("new", undefined, bytes(index))),
        );
        expect(results.filter(Boolean)).toHaveLength(1);
        expect(await storage.get("new")).toEqual(bytes(results.indexOf(true)));
        await storage.replace("count", bytes(0));
        const count = async (): Promise<void> => {
          for (;;) {
            const before = (await storage.get("count")) as Uint8Array;
            if (await storage.swap("count", before, bytes((before[0] ?? 0) + 1))) return;
          }
        };
        await Promise.all(Array.from({ length: 12 }, count));
        expect(await storage.get("count")).toEqual(bytes(12));
      });

      test("of many who remove the same file one has removed it", async () => {
        const storage = await make();
        await storage.replace("x", bytes(1));
        const results = await Promise.all(
          Array.from({ length: 8 }, () => storage.swap("x", bytes(1), undefined)),
        );
        expect(results.filter(Boolean)).toHaveLength(1);
        expect(await storage.get("x")).toBeUndefined();
      });

      test("keeps copies of what it is given", async () => {
        const storage = await make();
        const given = bytes(1);
        await storage.swap("x", undefined, given);
        given[0] = 9;
        expect(await storage.get("x")).toEqual(bytes(1));
      });
    });

    test("list gives the files of a folder and below it, and of no folder with a similar name", async () => {
      const storage = await make();
      const inside = ["a/1", "a/b/2", "a/b/c/3", "a/é(1)*.json", "a/..x", "a/C:x"];
      for (const name of [...inside, "ab/1", "a.json", "b/a/1"]) await storage.putIfAbsent(name, bytes(1));
      expect((await storage.list("a")).sort()).toEqual([...inside].sort());
      expect(await storage.list("a/b/c")).toEqual(["a/b/c/3"]);
      expect(await storage.list("nothing/here")).toEqual([]);
      expect(await storage.list("a.json")).toEqual([]);
    });

    test("a removed file is gone, and removing it again is no failure", async () => {
      const storage = await make();
      await storage.putIfAbsent("a/b.json", bytes(1));
      await storage.remove("a/b.json");
      await storage.remove("a/b.json");
      await storage.remove("never/was");
      expect(await storage.get("a/b.json")).toBeUndefined();
      expect(await storage.list("a")).toEqual([]);
      await storage.settle();
    });

    test.each(BAD_NAMES.map((name) => [JSON.stringify(name), name]))(
      "the name %s is refused by every call",
      async (_, name) => {
        const storage = await make();
        const refusal = { code: "ERR_STORAGE" };
        await expect(storage.get(name)).rejects.toMatchObject(refusal);
        await expect(storage.putIfAbsent(name, bytes(1))).rejects.toMatchObject(refusal);
        await expect(storage.streamIfAbsent(name, chunksOf(bytes(1)))).rejects.toMatchObject(refusal);
        await expect(storage.copyIfAbsent(name, "x")).rejects.toMatchObject(refusal);
        await expect(storage.copyIfAbsent("x", name)).rejects.toMatchObject(refusal);
        await expect(storage.replace(name, bytes(1))).rejects.toMatchObject(refusal);
        await expect(storage.swap(name, undefined, bytes(1))).rejects.toMatchObject(refusal);
        await expect(storage.remove(name)).rejects.toMatchObject(refusal);
        await expect(storage.list(name)).rejects.toMatchObject(refusal);
      },
    );

    test("settle and tidy take nothing away, also when called at once and twice", async () => {
      const storage = await make();
      await storage.settle();
      for (let index = 0; index < 30; index++)
        await storage.putIfAbsent(`a/${index % 3}/${index}`, bytes(index));
      await storage.remove("a/0/0");
      await Promise.all([storage.settle(), storage.putIfAbsent("a/late", bytes(1)), storage.settle()]);
      await storage.settle();
      await storage.tidy();
      await storage.tidy();
      expect(await storage.list("a")).toHaveLength(30);
      expect(await storage.get("a/late")).toEqual(bytes(1));
    });

    test("of many callers only one at a time is in exclusive", async () => {
      const storage = await make();
      await storage.replace("count", bytes(0));
      const increments = Array.from({ length: 20 }, () =>
        storage.exclusive(async () => {
          const [count = 0] = (await storage.get("count")) ?? [];
          await storage.replace("count", bytes(count + 1));
          return count;
        }),
      );
      expect((await Promise.all(increments)).sort((a, b) => a - b)).toEqual(increments.map((_, at) => at));
      expect(await storage.get("count")).toEqual(bytes(20));
    });

    test("work that fails in exclusive passes its error on and lets the next one in", async () => {
      const storage = await make();
      const failure = new Error("mine");
      await expect(storage.exclusive(() => Promise.reject(failure))).rejects.toBe(failure);
      expect(await storage.exclusive(async () => 7)).toBe(7);
    });
  });
}
