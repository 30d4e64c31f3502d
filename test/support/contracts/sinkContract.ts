/**
 * What every `TargetSink` does. A sink's own test is one call.
 * @module
 */
import { describe, expect, test } from "vitest";
import type { TargetSink } from "../../../src/client/sink.ts";

const utf8 = new TextEncoder();

/** All bytes as a text; `undefined` for nothing. */
export async function textOf(chunks: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (chunks === undefined) return undefined;
  let text = "";
  for await (const chunk of chunks) text += new TextDecoder().decode(chunk);
  return text;
}

/** `make` gives a fresh, empty sink. */
export function sinkContract(make: () => Promise<TargetSink>): void {
  describe("the contract of sinks", () => {
    test("a file appears under its name at commit, not before", async () => {
      const sink = await make();
      expect(await sink.existing("dir/file.txt")).toBeUndefined();
      const file = await sink.create("dir/file.txt", "one");
      expect(file.partialLength).toBe(0);
      expect(await textOf(file.partial)).toBe("");
      await file.restart('"e"');
      await file.write(utf8.encode("hello "));
      await file.write(utf8.encode(""));
      await file.write(utf8.encode("world"));
      expect(await sink.existing("dir/file.txt")).toBeUndefined();
      await file.commit();
      expect(await textOf(await sink.existing("dir/file.txt"))).toBe("hello world");
      expect(await textOf(await sink.existing("dir/file.txt"))).toBe("hello world");
    });

    test("an empty file can be committed", async () => {
      const sink = await make();
      await (await sink.create("empty", "none")).commit();
      expect(await textOf(await sink.existing("empty"))).toBe("");
    });

    test("a second version replaces the first only when it is committed", async () => {
      const sink = await make();
      const first = await sink.create("f", "one");
      await first.write(utf8.encode("first, and longer"));
      await first.commit();
      const second = await sink.create("f", "two");
      await second.write(utf8.encode("second"));
      expect(await textOf(await sink.existing("f"))).toBe("first, and longer");
      await second.commit();
      expect(await textOf(await sink.existing("f"))).toBe("second");
    });

    test("kept bytes and their validator are offered to the next download of the same content, and continue", async () => {
      const sink = await make();
      const broken = await sink.create("f", "one");
      await broken.restart('"e"');
      await broken.write(utf8.encode("abc"));
      await broken.abandon(true);
      expect(await sink.existing("f")).toBeUndefined();
      const next = await sink.create("f", "one");
      expect(next.partialLength).toBe(3);
      expect(next.etag).toBe('"e"');
      expect(await textOf(next.partial)).toBe("abc");
      await next.write(utf8.encode("def"));
      expect(await textOf(next.partial)).toBe("abc");
      await next.commit();
      expect(await textOf(await sink.existing("f"))).toBe("abcdef");
      const after = await sink.create("f", "one");
      expect(after.partialLength).toBe(0);
      expect(after.etag).toBeUndefined();
      await after.abandon(false);
    });

    test("kept bytes of another content are not offered", async () => {
      const sink = await make();
      const broken = await sink.create("f", "one");
      await broken.restart('"e"');
      await broken.write(utf8.encode("abc"));
      await broken.abandon(true);
      const other = await sink.create("f", "two");
      expect(other.partialLength).toBe(0);
      expect(other.etag).toBeUndefined();
      await other.write(utf8.encode("z"));
      await other.commit();
      expect(await textOf(await sink.existing("f"))).toBe("z");
    });

    test("bytes that are not to be kept are gone", async () => {
      const sink = await make();
      const broken = await sink.create("f", "one");
      await broken.restart('"e"');
      await broken.write(utf8.encode("abc"));
      await broken.abandon(false);
      const next = await sink.create("f", "one");
      expect(next.partialLength).toBe(0);
      expect(next.etag).toBeUndefined();
      await next.abandon(false);
    });

    test("restart throws the kept bytes away and forgets or replaces their validator", async () => {
      const sink = await make();
      const broken = await sink.create("f", "one");
      await broken.restart('"e"');
      await broken.write(utf8.encode("abcdef"));
      await broken.abandon(true);
      const again = await sink.create("f", "one");
      await again.restart();
      await again.write(utf8.encode("xy"));
      await again.abandon(true);
      const last = await sink.create("f", "one");
      expect(last.partialLength).toBe(2);
      expect(last.etag).toBeUndefined();
      await last.restart('"n"');
      await last.write(utf8.encode("new"));
      await last.commit();
      expect(await textOf(await sink.existing("f"))).toBe("new");
    });

    test("the bytes written are those at the time of the call, though the caller reuses its buffer", async () => {
      const sink = await make();
      const file = await sink.create("f", "one");
      const buffer = utf8.encode("aaa");
      await file.write(buffer);
      buffer.fill(98);
      await file.write(buffer);
      await file.commit();
      expect(await textOf(await sink.existing("f"))).toBe("aaabbb");
    });

    test("abandoning after a commit changes nothing, and nothing can be written after the end", async () => {
      const sink = await make();
      const file = await sink.create("f", "one");
      await file.write(utf8.encode("abc"));
      await file.commit();
      await file.abandon(false);
      await file.abandon(true);
      expect(await textOf(await sink.existing("f"))).toBe("abc");
      await expect(file.write(utf8.encode("d"))).rejects.toBeInstanceOf(TypeError);
      await expect(file.commit()).rejects.toBeInstanceOf(TypeError);
      expect(await textOf(await sink.existing("f"))).toBe("abc");
    });

    test("two downloads of one target at a time do not disturb each other", async () => {
      const sink = await make();
      const one = await sink.create("f", "same");
      await one.restart('"e"');
      await one.write(utf8.encode("abc"));
      const two = await sink.create("f", "same");
      expect(two.partialLength).toBe(0);
      await two.restart('"e"');
      await two.write(utf8.encode("abcd"));
      await one.write(utf8.encode("def"));
      await one.commit();
      expect(await textOf(await sink.existing("f"))).toBe("abcdef");
      await two.write(utf8.encode("ef"));
      await two.commit();
      expect(await textOf(await sink.existing("f"))).toBe("abcdef");
    });

    test("names that differ in accents or encoding are different targets", async () => {
      const sink = await make();
      const names = ["a b", "a%20b", "é", "e\u0301", "x;y=?", "-rf", "~", "%2E%2E"];
      for (const name of names) {
        const file = await sink.create(name, "one");
        await file.write(utf8.encode(name));
        await file.commit();
      }
      for (const name of names) expect(await textOf(await sink.existing(name))).toBe(name);
    });
  });
}
