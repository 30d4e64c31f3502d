/**
 * Threads that build bins, in a process that keeps running.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileForChildren } from "../../support/compiled.ts";
import { changeOf, clientFinds, NOW, RepositoryWorld } from "../../support/repositoryWorld.ts";

const PATHS = Array.from({ length: 40 }, (_, at) => `file-${at}`);
const scratch = mkdtempSync(join(tmpdir(), "tuf-ld-workers-"));
let compiled: Awaited<ReturnType<typeof compileForChildren>>;
/** As compiled: a thread cannot run TypeScript. */
let node: typeof import("../../../src/node/index.ts");

beforeAll(async () => {
  compiled = await compileForChildren("node/index.ts");
  node = await import(pathToFileURL(join(compiled.folder, "node/index.js")).href);
});
afterAll(() => {
  compiled.remove();
  rmSync(scratch, { recursive: true });
});

test("threads sign with the keys of each run, also when these were rotated in between", async () => {
  const folder = join(scratch, "rotated");
  const storage = node.createFileStorage(folder);
  const world = await RepositoryWorld.create(storage, { bins: 16 });
  const { runBins, lanes, close } = node.createBinWorkers(folder, storage, 2);
  try {
    await world.add(PATHS);
    expect(await world.publish({ runBins, lanes })).toMatchObject({ bins: 16, changes: 40 });
    await world.rotate("bin", "bin", "bin 2");
    await world.repository.renew("targets", { now: NOW });
    expect(await world.publish({ runBins, lanes })).toMatchObject({ bins: 16 });
    expect(await clientFinds(storage, { paths: PATHS })).toEqual(
      Object.fromEntries(PATHS.map((path) => [path, `${path}: 1`])),
    );
  } finally {
    await close();
  }
}, 60_000);

test("a refusal in a thread reaches the caller with its code and facts", async () => {
  const folder = join(scratch, "damaged");
  const storage = node.createFileStorage(folder);
  const world = await RepositoryWorld.create(storage, { bins: 16 });
  const { runBins, lanes, close } = node.createBinWorkers(folder, storage, 2);
  try {
    await world.add(PATHS);
    await world.publish({ runBins, lanes });
    await storage.remove("public/metadata/1.bin-7.json");
    await world.repository.changeTargets(
      PATHS.map((path) => changeOf(path, 2)),
      { now: NOW },
    );
    await expect(world.publish({ runBins, lanes })).rejects.toMatchObject({
      code: "ERR_STORAGE",
      details: { path: "public/metadata/1.bin-7.json" },
    });
  } finally {
    await close();
  }
}, 60_000);
