import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../../src/client/memoryStore.ts";
import { createMemoryStorage } from "../../../src/repository/storage.ts";
import { clientFinds, keyNamed, NOW, RepositoryWorld } from "../../support/repositoryWorld.ts";
import { runs } from "../../support/runs.ts";

const PATHS = ["a", "b", "c/d", "project/x", "project/y"];

/** What a user does. */
type Step =
  | { readonly do: "add"; readonly path: string; readonly edition: number }
  | { readonly do: "remove"; readonly path: string }
  | { readonly do: "project"; readonly path: string; readonly edition: number }
  | { readonly do: "delegate" | "undelegate" | "publish" | "clean" | "rotate" };

const path = fc.constantFrom(...PATHS);
const edition = fc.integer({ min: 1, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("add" as const), path, edition }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), path }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("project" as const),
      path: fc.constantFrom("project/x", "project/y"),
      edition,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("publish" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("delegate", "undelegate", "clean", "rotate"),
    }) as fc.Arbitrary<Step>,
  },
);

/** A repository as two Maps. Top-level targets are asked before the project, bins after it and not for its paths. */
class Model {
  readonly hasBins: boolean;
  readonly rest = new Map<string, number>();
  readonly project = new Map<string, number>();
  isDelegated = false;

  constructor(hasBins: boolean) {
    this.hasBins = hasBins;
  }

  finds(path: string): string {
    const covered = this.isDelegated && path.startsWith("project/");
    const own = covered ? this.project.get(path) : undefined;
    const others = this.rest.get(path);
    const edition = this.hasBins ? (covered ? own : others) : (others ?? own);
    return edition === undefined ? "ERR_TARGET_NOT_FOUND" : `${path}: ${edition}`;
  }

  all(): Record<string, string> {
    return Object.fromEntries(PATHS.map((path) => [path, this.finds(path)]));
  }
}

describe.each(["classic", "linked", "both"] as const)("signed %s", (sign) => {
  test.each([undefined, 4])(
    "what clients find after any edits is what was published last (bins: %s)",
    async (bins) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
          const storage = createMemoryStorage();
          const world = await RepositoryWorld.create(storage, {
            sign,
            ...(bins === undefined ? {} : { bins }),
          });
          await world.publish();
          const model = new Model(bins !== undefined);
          // A client that comes back after every publishing must find the same as one that comes for the first time.
          const store = createMemoryStore();
          let published = model.all();
          let rotations = 0;
          for (const each of [...steps, { do: "publish" } as const]) {
            if (each.do === "add") {
              await world.add([each.path], each.edition);
              model.rest.set(each.path, each.edition);
            } else if (each.do === "remove") {
              await world.remove([each.path]);
              model.rest.delete(each.path);
            } else if (each.do === "project") {
              if (!model.isDelegated) continue;
              await world.add([each.path], each.edition, "project");
              model.project.set(each.path, each.edition);
            } else if (each.do === "delegate") {
              if (model.isDelegated) continue;
              await world.ring.add("project");
              const keys = [(await keyNamed("project")).publicKey];
              const paths = ["project/*"];
              const before = bins === undefined ? {} : { before: "bin-0" };
              await world.repository.delegate(
                { name: "project", paths, keys, terminating: true, ...before },
                { now: NOW },
              );
              model.isDelegated = true;
              model.project.clear();
            } else if (each.do === "undelegate") {
              if (!model.isDelegated) continue;
              await world.repository.undelegate("project", { now: NOW });
              model.isDelegated = false;
            } else if (each.do === "clean") await world.repository.clean({ now: NOW, keepHours: 0 });
            else if (each.do === "rotate") {
              rotations += 1;
              for (const role of ["timestamp", "targets"])
                await world.rotate(
                  role,
                  rotations === 1 ? role : `${role} ${rotations - 1}`,
                  `${role} ${rotations}`,
                );
              await world.repository.renew("targets", { now: NOW });
            } else {
              await world.publish();
              published = model.all();
              expect(await clientFinds(storage, { paths: PATHS, view: sign, store })).toEqual(published);
            }
            if (each.do === "publish" || each.do === "clean")
              expect(await clientFinds(storage, { paths: PATHS, view: sign })).toEqual(published);
          }
          const again = await world.publish();
          expect([again.roles, again.bins, again.waiting]).toEqual([[], 0, []]);
        }),
        { numRuns: runs(12) },
      );
    },
    120_000,
  );
});
