/**
 * Two processes publish the same repository at the same time.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFileStorage } from "../../../src/node/fileStorage.ts";
import { startChild } from "../../support/children.ts";
import { bundleRepository } from "../../support/repositoryBundle.ts";
import { changeOf, clientFinds, NOW, pkcs8Named, RepositoryWorld } from "../../support/repositoryWorld.ts";

let scratch: string;
let bundle: Awaited<ReturnType<typeof bundleRepository>>;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "tuf-ld-two-"));
  bundle = await bundleRepository();
}, 60_000);

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
  bundle?.remove();
});

function child(world: RepositoryWorld, folder: string, what: string, changes: readonly unknown[] = []) {
  const keys = [...world.ring.names].map(([keyid, name]) => [
    keyid,
    Buffer.from(pkcs8Named(name)).toString("base64"),
  ]);
  return startChild(
    "repositoryChild.mjs",
    bundle.file,
    what,
    JSON.stringify({ folder, keys, now: NOW.toISOString(), changes }),
  );
}

test("of two processes that publish at once one publishes and the other finds nothing to do", async () => {
  for (let round = 0; round < 4; round++) {
    const folder = mkdtempSync(join(scratch, "once-"));
    const world = await RepositoryWorld.create(createFileStorage(folder), { bins: 4 });
    await world.add(["a", "b"]);
    const children = [child(world, folder, "publish"), child(world, folder, "publish")];
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0]);
    const roles = children.map(({ lines }) => JSON.parse(lines[0] as string).result.roles.length as number);
    expect(roles.filter((count) => count === 0)).toHaveLength(1);
    expect(await clientFinds(world.storage, { paths: ["a", "b"] })).toEqual({ a: "a: 1", b: "b: 1" });
    expect(await world.storage.get("public/metadata/2.snapshot.json")).toBeUndefined();
  }
});

test("processes that add and publish in turns lose nothing of each other, while clients always find a whole", async () => {
  const folder = mkdtempSync(join(scratch, "turns-"));
  const world = await RepositoryWorld.create(createFileStorage(folder), { bins: 2 });
  await world.add(["first"]);
  await world.publish();
  const paths = Array.from({ length: 24 }, (_, at) => `file-${at}`);
  // The files come first, as on any server.
  await world.add(paths);
  await world.remove(paths);
  const children = [0, 1, 2].map((one) => {
    const own = paths.filter((_, at) => at % 3 === one).map((path) => changeOf(path));
    return child(world, folder, "addEach", own);
  });
  const ended = Promise.all(children.map(({ ended }) => ended));
  let over = false;
  void ended.then(() => {
    over = true;
  });
  let looks = 0;
  for (; !over; looks++) {
    const found = await clientFinds(createFileStorage(folder), { paths: ["first"] });
    expect(found).toEqual({ first: "first: 1" });
  }
  expect(await ended).toEqual([0, 0, 0]);
  expect(looks).toBeGreaterThan(2);
  const found = await clientFinds(world.storage, { paths });
  expect(found).toEqual(Object.fromEntries(paths.map((path) => [path, `${path}: 1`])));
});
