/**
 * Names that every object of JavaScript inherits are names as good as any: of roles, keyids, targets and digests.
 * @module
 */
import { describe, expect, test } from "vitest";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import { createMemoryStorage } from "../../../src/repository/index.ts";
import { binOf } from "../../../src/repository/layout.ts";
import { configOf, firstDocuments } from "../../../src/repository/profiles.ts";
import { sameAuthority } from "../../../src/repository/publishing/plan.ts";
import { describeChanges } from "../../../src/repository/signing/words.ts";
import { rotatesOnlineKeys } from "../../../src/trust/rules.ts";
import type { Root, TargetFile } from "../../../src/vocabulary/types.ts";
import { clientFinds, keyNamed, NOW, RepositoryWorld } from "../../support/repositoryWorld.ts";

const NAMES = ["toString", "constructor", "hasOwnProperty", "valueOf", "__defineGetter__"] as const;
const SHA = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

/** A root that gives timestamp to keyids which it has no keys for. */
function rootNaming(...keyids: readonly string[]): Root {
  const root = firstDocuments(configOf(), NOW).get("root") as Root;
  return { ...root, roles: { ...root.roles, timestamp: { keyids: [...keyids], threshold: 1 } } };
}

describe("names of Object.prototype", () => {
  test.each(["classic", "both"] as const)(
    "as roles and targets are published and found (%s)",
    async (sign) => {
      const storage = createMemoryStorage();
      const world = await RepositoryWorld.create(storage, { bins: 2, sign });
      await world.ring.add("delegate");
      const keys = [(await keyNamed("delegate")).publicKey];
      for (const name of NAMES) {
        await world.repository.delegate({ name, paths: [`${name}/*`], keys }, { now: NOW });
        await world.add([`${name}/file`], 1, name);
      }
      await world.add(NAMES);
      await world.publish();
      const paths = NAMES.flatMap((name) => [name, `${name}/file`]);
      const found = await clientFinds(storage, { paths, view: sign });
      expect(found).toEqual(Object.fromEntries(paths.map((path) => [path, `${path}: 1`])));
    },
  );

  test.each(NAMES)("as the keyid %s of a role name a key that is not there", (name) => {
    const [with_, without] = [rootNaming(name), rootNaming()];
    expect(rotatesOnlineKeys(without, with_)).toBe(true);
    expect(rotatesOnlineKeys(with_, with_)).toBe(false);
    expect(sameAuthority(with_, without, "timestamp")).toBe(false);
    expect(describeChanges("root", without, with_).join("\n")).toContain(`${name} (unknown)`);
    expect(describeChanges("root", with_, without).join("\n")).toContain(`${name} (unknown)`);
  });
});

describe("a target that clients would refuse, and with it every other of the file", () => {
  const nested = (levels: number): unknown => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
  const withCustom = (custom: unknown): TargetFile =>
    ({ length: 1, hashes: { sha256: SHA }, custom: { is: custom } }) as unknown as TargetFile;

  test.each([
    ["custom data nested 33 deep", withCustom(nested(32))],
    ["a member __proto__ in custom data", withCustom(JSON.parse('{"__proto__":1}'))],
    [
      "a member __proto__ in a member of no known meaning",
      { ...withCustom(0), more: JSON.parse('{"__proto__":1}') },
    ],
    ["hashes that are none", { length: 1, hashes: null } as unknown as TargetFile],
    [
      "no digest but one under an inherited name",
      { length: 1, hashes: { constructor: "00" } } as unknown as TargetFile,
    ],
  ])("is not taken: %s", async (_, target) => {
    const world = await RepositoryWorld.create(createMemoryStorage(), { bins: 2 });
    await expect(world.repository.changeTargets([{ path: "a", target }], { now: NOW })).rejects.toMatchObject(
      {
        code: "ERR_INPUT",
      },
    );
  });

  test("is taken with custom data nested as deep as is allowed, and clients read the file", async () => {
    const storage = createMemoryStorage();
    const world = await RepositoryWorld.create(storage, { bins: 2, sign: "both" });
    await world.add(["a", "b"]);
    await world.repository.changeTargets([{ path: "deep", target: withCustom(nested(31)) }], { now: NOW });
    await world.publish();
    const found = await clientFinds(storage, { paths: ["a", "b"] });
    expect(found).toEqual({ a: "a: 1", b: "b: 1" });
  });

  test.each([
    ["as a path", "__proto__", 1],
    ["in custom data", "a", { is: JSON.parse('{"__proto__":1}') }],
  ] as const)(
    "is not published where somebody has written __proto__ into the log: %s",
    async (_, path, custom) => {
      const storage = createMemoryStorage();
      const world = await RepositoryWorld.create(storage, { bins: 2, sign: "both" });
      await world.add(["a", "b"]);
      await world.publish();
      const before = storage.files.get("public/metadata/timestamp.json");
      await world.add(["a", "b"], 2);
      const group = `${binOf({ bits: 1 }, path)}`.padStart(3, "0");
      const segment =
        [...storage.files.keys()].find((name) => name.startsWith(`staged/changes/${group}/`)) ?? "";
      const target = { length: 1, hashes: { sha256: SHA }, custom };
      storage.files.set(segment, encodeUtf8(JSON.stringify([[path, target]])));
      await expect(world.publish()).rejects.toMatchObject({
        code: "ERR_SHAPE",
        message: expect.stringContaining(`${segment} holds a change of "${path}" that is refused`),
      });
      expect(storage.files.get("public/metadata/timestamp.json")).toEqual(before);
    },
  );
});
