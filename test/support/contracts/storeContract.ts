/**
 * What every `Store` does. A store's own test is one call.
 * @module
 */
import { describe, expect, test } from "vitest";
import type { Store } from "../../../src/client/store.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** Names that no store may take. */
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
  "..\\x",
  "C:\\x",
  "C:x",
  "a\u0000b",
  "a\nb",
  "\ud800",
  ".#lock",
  "a/.#x",
];

/** `make` gives a fresh, empty store whose `exclusive` waits `waitMs` at most. */
export function storeContract(make: (waitMs: number) => Promise<Store>): void {
  describe("the contract of stores", () => {
    test("what is written is read back, byte for byte, and an absent file is undefined", async () => {
      const store = await make(30_000);
      expect(await store.read("root.json")).toBeUndefined();
      expect(await store.read("roots/1.json")).toBeUndefined();
      await store.write("root.json", bytes(0, 255, 10, 13));
      await store.write("roots/1.json", bytes());
      expect(await store.read("root.json")).toEqual(bytes(0, 255, 10, 13));
      expect(await store.read("roots/1.json")).toEqual(bytes());
    });

    test("a later write replaces the whole file, longer or shorter", async () => {
      const store = await make(30_000);
      await store.write("a.json", new Uint8Array(100_000).fill(1));
      await store.write("a.json", bytes(2));
      expect(await store.read("a.json")).toEqual(bytes(2));
      await store.write("a.json", new Uint8Array(100_000).fill(3));
      expect(await store.read("a.json")).toEqual(new Uint8Array(100_000).fill(3));
    });

    test("the store keeps copies: changing bytes that went in or came out changes no file", async () => {
      const store = await make(30_000);
      const given = bytes(1, 2);
      await store.write("a", given);
      given[0] = 9;
      const read = await store.read("a");
      if (read) read[1] = 9;
      expect(await store.read("a")).toEqual(bytes(1, 2));
    });

    test("a removed file is gone, and removing it again is no failure", async () => {
      const store = await make(30_000);
      await store.write("a/b.json", bytes(1));
      await store.remove("a/b.json");
      await store.remove("a/b.json");
      expect(await store.read("a/b.json")).toBeUndefined();
      expect(await store.list()).toEqual([]);
    });

    test("every name and no other is listed, odd ones included", async () => {
      const store = await make(30_000);
      expect(await store.list()).toEqual([]);
      const names = [
        "root.json",
        "a/b/c.json",
        "a/b.json",
        "..x.json",
        "%2E%2E.json",
        ".hidden.json",
        "é(1)*.json",
      ];
      for (const name of names) await store.write(name, bytes(1));
      expect((await store.list()).sort()).toEqual([...names].sort());
    });

    test.each(BAD_NAMES.map((name) => [JSON.stringify(name), name]))(
      "the name %s is refused",
      async (_, name) => {
        const store = await make(30_000);
        await expect(store.write(name, bytes(1))).rejects.toMatchObject({ code: "ERR_STORAGE" });
        await expect(store.read(name)).rejects.toMatchObject({ code: "ERR_STORAGE" });
        await expect(store.remove(name)).rejects.toMatchObject({ code: "ERR_STORAGE" });
        expect(await store.list()).toEqual([]);
      },
    );

    test("of many callers only one at a time is in exclusive", async () => {
      const store = await make(30_000);
      await store.write("count", bytes(0));
      const increments = Array.from({ length: 20 }, () =>
        store.exclusive(async () => {
          const [count = 0] = (await store.read("count")) ?? [];
          await store.write("count", bytes(count + 1));
          return count;
        }),
      );
      expect((await Promise.all(increments)).sort((a, b) => a - b)).toEqual(increments.map((_, i) => i));
      expect(await store.read("count")).toEqual(bytes(20));
    });

    test("work that fails in exclusive passes its error on and lets the next one in", async () => {
      const store = await make(30_000);
      const failure = new Error("mine");
      await expect(store.exclusive(() => Promise.reject(failure))).rejects.toBe(failure);
      expect(await store.exclusive(async () => 7)).toBe(7);
    });

    test("exclusive gives up with ERR_STORAGE when the place stays taken, and works again afterwards", async () => {
      const store = await make(150);
      let end = (): void => {};
      let enter = (): void => {};
      const entered = new Promise<void>((resolve) => {
        enter = resolve;
      });
      const held = store.exclusive(
        () =>
          new Promise<void>((resolve) => {
            end = resolve;
            enter();
          }),
      );
      await entered;
      await expect(store.exclusive(async () => 1)).rejects.toMatchObject({ code: "ERR_STORAGE" });
      end();
      await held;
      expect(await store.exclusive(async () => 2)).toBe(2);
    });

    test("exclusive inside exclusive ends with ERR_STORAGE and not with a deadlock", async () => {
      const store = await make(100);
      const nested = store.exclusive(() => store.exclusive(async () => 1));
      await expect(nested).rejects.toMatchObject({ code: "ERR_STORAGE" });
    });
  });
}
