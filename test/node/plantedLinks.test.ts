/**
 * Links, pipes and second names that others have put where we write or read, in folders that others can write.
 * @module
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSubmissionFolder } from "../../src/cli/submissionFolder.ts";
import { createFileStorage } from "../../src/node/fileStorage.ts";
import { createTargetFolder } from "../../src/node/targetFolder.ts";

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "tuf-ld-planted-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const fresh = (): string => mkdtempSync(join(scratch, "place-"));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A folder of downloads, what lies beside a target's name in it, and a file of somebody else. */
function downloads() {
  const folder = fresh();
  const victim = join(fresh(), "victim");
  writeFileSync(victim, "kept");
  const hash = createHash("sha256").update("a").digest("hex").slice(0, 32);
  const beside = (suffix: string): string => join(folder, `.#${hash}.${suffix}`);
  return { folder, victim, beside, sink: createTargetFolder(folder) };
}

type Plant = (place: string, victim: string) => void;
const LINK: Plant = (place, victim) => symlinkSync(victim, place);
const HARD_LINK: Plant = (place, victim) => linkSync(victim, place);
const DANGLING: Plant = (place, victim) => symlinkSync(`${victim}.new`, place);
const PIPE: Plant = (place) => void execFileSync("mkfifo", [place]);

describe.each([
  ["a link", LINK],
  ["a second name of a file", HARD_LINK],
  ["a link to nothing", DANGLING],
  ["a pipe", PIPE],
] as const)("%s beside a download", (_, plant) => {
  test("in the place of its note is not written through, and the download goes on", async () => {
    const { folder, victim, beside, sink } = downloads();
    plant(beside("note"), victim);
    const first = await sink.create("a", "finger");
    await first.write(bytes("con"));
    await first.abandon(true);
    expect(readFileSync(victim, "utf8")).toBe("kept");
    expect(existsSync(`${victim}.new`)).toBe(false);
    expect(lstatSync(beside("note")).isFile()).toBe(true);
    const second = await sink.create("a", "finger");
    expect(second.partialLength).toBe(3);
    await second.write(bytes("tent"));
    await second.commit();
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("content");
    expect(readdirSync(folder)).toEqual(["a"]);
    expect(readFileSync(victim, "utf8")).toBe("kept");
  });

  test("in the place of its unfinished bytes is refused and not written through", async () => {
    const { folder, victim, beside, sink } = downloads();
    plant(beside("part"), victim);
    await expect(sink.create("a", "finger")).rejects.toMatchObject({ code: "ERR_STORAGE" });
    expect(readFileSync(victim, "utf8")).toBe("kept");
    expect(existsSync(`${victim}.new`)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith("lock"))).toEqual([]);
  });

  test("in the place of the note of bytes that are there counts for no note", async () => {
    const { beside, sink, victim } = downloads();
    writeFileSync(victim, JSON.stringify({ fingerprint: "finger" }));
    writeFileSync(beside("part"), "forged");
    plant(beside("note"), victim);
    const download = await sink.create("a", "finger");
    // A second name of a file is a file, and whoever made it could have written the note itself.
    expect(download.partialLength).toBe(plant === HARD_LINK ? 6 : 0);
    await download.abandon(false);
  });

  test("in the place of its lock keeps nobody waiting: the download has a file of its own", async () => {
    const { folder, victim, beside, sink } = downloads();
    plant(beside("lock"), victim);
    const download = await sink.create("a", "finger");
    await download.write(bytes("content"));
    await download.commit();
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("content");
    expect(readFileSync(victim, "utf8")).toBe("kept");
  });
});

describe("a link in a repository's folder", () => {
  test.each([false, true])(
    "leads no file out of it that is written or removed (blocking: %s)",
    async (blocking) => {
      const folder = fresh();
      const outside = fresh();
      writeFileSync(join(outside, "theirs"), "kept");
      mkdirSync(join(folder, "public/targets"), { recursive: true });
      symlinkSync(outside, join(folder, "public/targets/planted"));
      const storage = createFileStorage(folder, { blocking });
      const refusal = { code: "ERR_STORAGE", details: { reason: expect.stringContaining("link leads out") } };
      for (const name of ["public/targets/planted/new", "public/targets/planted/deep/new"]) {
        await expect(storage.putIfAbsent(name, bytes("x"))).rejects.toMatchObject(refusal);
        const chunks = (async function* () {
          yield bytes("x");
        })();
        await expect(storage.streamIfAbsent(name, chunks)).rejects.toMatchObject(refusal);
        await storage.putIfAbsent("staged/targets/x", bytes("x"));
        await expect(storage.copyIfAbsent("staged/targets/x", name)).rejects.toMatchObject(refusal);
        await expect(storage.replace(name, bytes("x"))).rejects.toMatchObject(refusal);
        await expect(storage.swap(name, undefined, bytes("x"))).rejects.toMatchObject(refusal);
      }
      const theirs = "public/targets/planted/theirs";
      await expect(storage.copyIfAbsent(theirs, "public/targets/copy")).rejects.toMatchObject(refusal);
      symlinkSync(join(outside, "theirs"), join(folder, "public/targets/linked"));
      expect(await storage.copyIfAbsent("public/targets/linked", "public/targets/copy")).toBe(false);
      expect(await storage.get("public/targets/copy")).toBeUndefined();
      await expect(storage.remove("public/targets/planted/theirs")).rejects.toMatchObject(refusal);
      expect(readdirSync(outside)).toEqual(["theirs"]);
    },
  );

  test("that the operator has made for public/ or a part of it is followed", async () => {
    const folder = fresh();
    const served = fresh();
    symlinkSync(served, join(folder, "public"));
    const storage = createFileStorage(folder);
    expect(await storage.putIfAbsent("public/targets/a/b", bytes("x"))).toBe(true);
    expect(await storage.swap("public/metadata/timestamp.json", undefined, bytes("y"))).toBe(true);
    expect(readFileSync(join(served, "targets/a/b"), "utf8")).toBe("x");
  });
});

describe("a submission", () => {
  test("whose targets, or a folder in them, is a link to another place is refused", async () => {
    for (const planted of ["targets", "targets/packages"]) {
      const elsewhere = fresh();
      mkdirSync(join(elsewhere, "example"));
      writeFileSync(join(elsewhere, "example/secret"), "secret");
      const folder = fresh();
      writeFileSync(join(folder, "metadata.json"), "{}");
      if (planted !== "targets") mkdirSync(join(folder, "targets"));
      symlinkSync(elsewhere, join(folder, planted));
      await expect(readSubmissionFolder(folder), planted).rejects.toMatchObject({
        code: "ERR_SUBMISSION",
        message: expect.stringMatching(/link|not a file/),
      });
    }
  });

  test("that is reached through a link of the operator is read", async () => {
    const folder = fresh();
    mkdirSync(join(folder, "targets/packages"), { recursive: true });
    writeFileSync(join(folder, "metadata.json"), "{}");
    writeFileSync(join(folder, "targets/packages/a"), "a");
    const link = join(fresh(), "link");
    symlinkSync(folder, link);
    expect([...(await readSubmissionFolder(link)).files.keys()]).toEqual(["packages/a"]);
  });
});
