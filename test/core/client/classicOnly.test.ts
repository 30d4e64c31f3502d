/**
 * Documents that are sound TUF and have no linked form: python-tuf 7.0 reads each of them.
 * @module
 */
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../src/document/json.ts";
import { checkFile } from "../../../src/proof/checkFile.ts";
import { Client } from "../../support/simulator/client.ts";
import { Simulator } from "../../support/simulator/repository.ts";

const classic = (): Promise<Simulator> => Simulator.create({ view: "classic" });

/** Lists a target under any name, `__proto__` as well. */
function addNamed(repository: Simulator, path: string): void {
  repository.addTarget("targets", "model", "content");
  const { model, ...others } = repository.targets.targets;
  const targets = { ...others, ...Object.fromEntries([[path, model]]) };
  Object.assign(repository.targets, { targets });
  const [name] = [...repository.files.keys()].filter((each) => /^targets\/[0-9a-f]{64}\.model$/.test(each));
  const bytes = repository.files.get(name as string) as Uint8Array;
  repository.files.set((name as string).replace(/model$/, path), bytes);
}

const edits: [string, string, (repository: Simulator) => void | Promise<void>][] = [
  ["a target named @latest", "@latest", (repository) => addNamed(repository, "@latest")],
  ["a target named __proto__", "__proto__", (repository) => addNamed(repository, "__proto__")],
  ["a target named toString", "toString", (repository) => addNamed(repository, "toString")],
  [
    "custom data with integers beyond 2^53",
    "file.txt",
    (repository) => {
      repository.addTarget("targets", "file.txt", "content");
      const custom: JsonValue = { build: 2n ** 53n + 1n, list: [-(10n ** 30n), 7] };
      Object.assign(repository.targets.targets["file.txt"] as object, { custom });
    },
  ],
  ...["paths", "path_hash_prefixes"].map((member): (typeof edits)[number] => [
    `a repetition in ${member}`,
    "file.txt",
    async (repository) => {
      await repository.delegate("targets", { name: "role" });
      const [role] = repository.targets.delegations?.roles ?? [];
      const { paths: _, ...rest } = role as unknown as Record<string, unknown>;
      const twice = member === "paths" ? ["file.txt", "file.txt"] : ["", ""];
      Object.assign(repository.targets.delegations as object, { roles: [{ ...rest, [member]: twice }] });
      repository.addTarget("role", "file.txt", "content");
    },
  ]),
  ...(
    [
      ["@context alone", { "@context": "https://example.org/x" }],
      ["proof alone", { proof: { type: "x" } }],
      ["@context and proof of another kind", { "@context": ["https://example.org/x"], proof: "none" }],
    ] satisfies [string, Record<string, JsonValue>][]
  ).map(([what, members]): (typeof edits)[number] => [
    what,
    "file.txt",
    (repository) => {
      repository.addTarget("targets", "file.txt", "content");
      repository.tamper.set("targets", (file) => ({ ...file, unrecognized: { ...members } }));
    },
  ]),
];

describe.each(edits)("%s", (what, path, edit) => {
  test.each(["classic", "either"] as const)(
    "does not keep a target from a client under %s",
    async (policy) => {
      const repository = await classic();
      await edit(repository);
      await repository.publishAll();
      const client = new Client(repository, { policy });
      expect(await client.download(path)).toBe("content");
      // And again, from what the first run stored.
      expect(await client.download(path)).toBe("content");
    },
  );

  test.skipIf(what.endsWith("toString")).each(["linked", "both"] as const)(
    "is refused by its own code under %s",
    async (policy) => {
      const repository = await classic();
      await edit(repository);
      await repository.publishAll();
      const roles = new Map([["targets", policy]]);
      const options = { policy: { default: "classic" as const, roles } };
      await expect(new Client(repository, options).refresh()).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_(SHAPE|CONTEXT|JSON_SYNTAX)$/),
      });
    },
  );
});

test("integers beyond 2^53 come to the caller exactly", async () => {
  const repository = await classic();
  repository.addTarget("targets", "file.txt", "content");
  const custom: JsonValue = { build: 2n ** 53n + 1n };
  Object.assign(repository.targets.targets["file.txt"] as object, { custom });
  await repository.publishAll();
  const { target } = await new Client(repository).updater().find("file.txt");
  expect(target.custom).toEqual({ build: 9_007_199_254_740_993n });
});

test("the linked view says in a finding why it cannot be made, and only classic signatures count", async () => {
  const repository = await classic();
  addNamed(repository, "@latest");
  await repository.publishAll();
  const { targets } = await new Client(repository, { policy: "either" }).refresh();
  const { findings, count } = await checkFile(targets.file, targets.keys, "either");
  expect(count.met).toBe(true);
  expect(findings).toMatchObject([
    { view: "classic", outcome: "valid" },
    {
      view: "linked",
      outcome: "ignored",
      reason: { code: "ERR_SHAPE", message: expect.stringContaining("/signed/targets/@latest") },
    },
  ]);
});
