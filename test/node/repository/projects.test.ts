/**
 * Projects of an index (PEP 480): submissions, claims, keys, and that none of it costs more as projects become many.
 * @module
 */
import { describe, expect, test } from "vitest";
import { createMemorySink } from "../../../src/client/memorySink.ts";
import type { Updater } from "../../../src/client/updater.ts";
import type { TufLdError } from "../../../src/errors.ts";
import { generateKey } from "../../../src/key/privateKey.ts";
import type { PublicKey } from "../../../src/key/publicKey.ts";
import { toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import { withKey, withThreshold } from "../../../src/repository/edit.ts";
import { createMemoryStorage, Repository } from "../../../src/repository/index.ts";
import { keyToRotate, revokeKey, rotateKey } from "../../../src/repository/keys/rotation.ts";
import { changeProjectKeys, claimProjects, listProjects } from "../../../src/repository/projects/claiming.ts";
import { ClaimIndex } from "../../../src/repository/projects/claims.ts";
import { projectName, projectOfPath, projectRole } from "../../../src/repository/projects/project.ts";
import { acceptSubmission } from "../../../src/repository/projects/submission.ts";
import type { Submission } from "../../../src/repository/projects/submissionChecks.ts";
import type { TargetFile, Targets } from "../../../src/vocabulary/types.ts";
import { bytesOf, Developer, fetcherOf, Index, once, targetOf } from "../../support/projects.ts";
import { createPowerStorage, type Fate } from "../../support/repositoryPower.ts";

async function textOf(user: Updater, path: string): Promise<string> {
  const sink = createMemorySink();
  await user.download(await user.find(path), sink);
  return new TextDecoder().decode(sink.get(path));
}

async function roleOf(user: Updater, path: string): Promise<string> {
  return (await user.find(path)).chain.map(({ role }) => role).join(" > ");
}

const keyidOf = (key: Parameters<typeof toTufKey>[0]): string => tufKeyid(toTufKey(key));

describe("names", () => {
  test.each([
    ["Foo.Bar__baz", "foo-bar-baz"],
    ["a", "a"],
    ["0-1", "0-1"],
  ])("%s is the project %s", (given, name) => {
    expect(projectName(given)).toBe(name);
    expect(projectRole(given)).toBe(`project-${name}`);
  });

  test.each(["", "-a", "a-", "a/b", "..", "a b", "*", "é", "a".repeat(101)])("%j is no project", (name) => {
    expect(() => projectName(name)).toThrow(expect.objectContaining({ code: "ERR_INPUT" }));
  });

  test.each([
    ["packages/foo/foo-1.0.tar.gz", "foo"],
    ["simple/foo/index.html", "foo"],
    ["packages/Foo/x", undefined],
    ["packages/foo--bar/x", undefined],
    ["packages/foo/a/b", undefined],
    ["packages/foo/", undefined],
    ["other/foo/x", undefined],
    ["packages/foo", undefined],
  ])("%s lies in the namespace of %s", (path, project) => {
    expect(projectOfPath(path)).toBe(project);
  });
});

describe.each(["classic", "linked", "both"] as const)("with %s signatures", (sign) => {
  test("a project goes from its first upload to claimed, and users follow", async () => {
    const index = await Index.create({ sign });
    const dev = await Developer.of("Example.Project");
    const accepted = await dev.submit(index, { "example-1.0.tar.gz": "one" });
    expect(accepted).toMatchObject({
      project: "example-project",
      role: "project-example-project",
      version: 1,
      delegator: "recently-claimed",
      first: true,
      removed: [],
    });
    expect((await index.publish()).waiting).toEqual([]);
    const path = dev.path("example-1.0.tar.gz");
    expect(await textOf(index.user(), path)).toBe("one");
    expect(await textOf(index.user(), "simple/example-project/index.html")).toContain("example-1.0.tar.gz");
    expect(await roleOf(index.user(), path)).toBe("targets > recently-claimed > project-example-project");

    expect(await claimProjects(index.repository, "all")).toEqual({ claimed: ["example-project"] });
    await index.signClaimed();
    expect((await index.publish()).waiting).toEqual([]);
    expect(await roleOf(index.user(), path)).toBe("targets > claimed > project-example-project");
    expect(await listProjects(index.repository)).toMatchObject([{ delegator: "claimed", version: 1 }]);

    await dev.submit(index, { "example-1.1.tar.gz": "two" });
    expect((await index.publish()).roles.map(({ role }) => role)).toEqual([
      "project-example-project",
      "snapshot",
      "timestamp",
    ]);
    const user = index.user();
    expect(await textOf(user, dev.path("example-1.1.tar.gz"))).toBe("two");
    expect(await textOf(user, path)).toBe("one");
  });
});

test("two versions of a project may be accepted between two snapshots", async () => {
  const index = await Index.create();
  const dev = await Developer.of("p");
  await dev.submit(index, { a: "1" });
  await index.publish();
  await dev.submit(index, { b: "2" });
  expect(await dev.submit(index, { c: "3" })).toMatchObject({ version: 3 });
  expect((await index.publish()).waiting).toEqual([]);
  for (const [file, text] of Object.entries({ a: "1", b: "2", c: "3" }))
    expect(await textOf(index.user(), dev.path(file))).toBe(text);
});

describe("a submission is refused as a whole", () => {
  /** A published project at version 1, its developer, and a second project's. */
  interface World {
    readonly index: Index;
    readonly dev: Developer;
    readonly other: Developer;
  }

  async function world(): Promise<World> {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("example");
    const other = await Developer.of("other");
    await dev.submit(index, { "a.tar.gz": "a" });
    await other.submit(index, { "o.tar.gz": "o" });
    await index.publish();
    return { index, dev, other };
  }

  const files = { "b.tar.gz": "b" };
  type Spoil = (world: World) => Promise<Submission>;
  const edited =
    (edit: (signed: Targets) => Targets): Spoil =>
    ({ dev }) =>
      dev.release(files, { edit });
  const listing = (path: string, change: (target: TargetFile) => TargetFile): Spoil =>
    edited((signed) => {
      const target = signed.targets[path] ?? targetOf(bytesOf("x"));
      return { ...signed, targets: { ...signed.targets, [path]: change(target) } };
    });
  const B = "packages/example/b.tar.gz";

  const cases: [string, Spoil, string, RegExp?][] = [
    [
      "signed by another project's key",
      async ({ dev, other }) => dev.release(files, { signers: [other.key] }),
      "ERR_NO_SIGNATURE",
    ],
    ["signed by nobody", ({ dev }) => dev.release(files, { signers: [] }), "ERR_NO_SIGNATURE"],
    [
      "signed in the classic view alone",
      ({ dev }) => dev.release(files, { view: "classic" }),
      "ERR_THRESHOLD_UNMET",
    ],
    [
      "signed in the linked view alone",
      ({ dev }) => dev.release(files, { view: "linked" }),
      "ERR_THRESHOLD_UNMET",
    ],
    [
      "another project's file, handed in again for this one",
      async ({ other }) => {
        const { metadata, files: there } = await other.release({ "x.tar.gz": "x" });
        const text = new TextDecoder().decode(metadata).replaceAll("/other/", "/example/");
        return {
          metadata: bytesOf(text),
          files: new Map([...there].map(([path, file]) => [path.replace("/other/", "/example/"), file])),
        };
      },
      "ERR_NO_SIGNATURE",
    ],
    [
      "a version too high",
      edited((signed) => ({ ...signed, version: 3 })),
      "ERR_SUBMISSION",
      /version 3, and the next one is 2/,
    ],
    [
      "the same version again",
      edited((signed) => ({ ...signed, version: 1 })),
      "ERR_SUBMISSION",
      /the next one is 2/,
    ],
    ["expired", ({ dev }) => dev.release(files, { days: -1 }), "ERR_SUBMISSION", /expires/],
    [
      "about to expire",
      ({ dev }) => dev.release(files, { days: 0.5 }),
      "ERR_SUBMISSION",
      /less than 24 hours/,
    ],
    [
      "another project's path",
      listing("packages/other/x", (target) => target),
      "ERR_SUBMISSION",
      /may not speak for/,
    ],
    [
      "a path in no namespace",
      listing("elsewhere/x", (target) => target),
      "ERR_SUBMISSION",
      /may not speak for/,
    ],
    [
      "a folder below its own",
      listing("packages/example/a/b", (target) => target),
      "ERR_SUBMISSION",
      /may not speak for/,
    ],
    ["a path that climbs", listing("packages/example/../other", (target) => target), "ERR_SUBMISSION"],
    [
      "a delegation of its own",
      edited((signed) => ({ ...signed, delegations: { keys: {}, roles: [] } })),
      "ERR_SUBMISSION",
      /delegate/,
    ],
    [
      "no SHA-256",
      listing(B, (target) => ({ ...target, hashes: { sha512: "0".repeat(128) } })),
      "ERR_SUBMISSION",
      /SHA-256/,
    ],
    [
      "a digest that nobody knows, of which the index would keep a copy",
      listing(B, (target) => ({ ...target, hashes: { ...target.hashes, mine: "00" } })),
      "ERR_SUBMISSION",
      /SHA-256/,
    ],
    ["a wrong length", listing(B, (target) => ({ ...target, length: 2 })), "ERR_SUBMISSION", /bytes/],
    [
      "a wrong hash",
      listing(B, (target) => ({ ...target, hashes: { sha256: "0".repeat(64) } })),
      "ERR_SUBMISSION",
      /sha256/,
    ],
    ["a huge file", listing(B, (target) => ({ ...target, length: 2 ** 40 })), "ERR_SUBMISSION", /allowed/],
    [
      "a new file that is not there",
      listing("packages/example/c", (target) => target),
      "ERR_SUBMISSION",
      /not there/,
    ],
    [
      "a file that is not listed",
      async ({ dev }) => {
        const { metadata, files: there } = await dev.release(files);
        return {
          metadata,
          files: new Map([
            ...there,
            ["packages/example/evil", { length: 1, open: () => once(bytesOf("x")) }],
          ]),
        };
      },
      "ERR_SUBMISSION",
      /not listed/,
    ],
    [
      "a file that changes between two readings",
      async ({ dev }) => {
        const { metadata, files: there } = await dev.release(files);
        let read = 0;
        const open = () => once(bytesOf(read++ === 0 ? "b" : "c"));
        return { metadata, files: new Map([...there, [B, { length: 1, open }]]) };
      },
      "ERR_SUBMISSION",
    ],
    [
      "no JSON",
      async ({ dev }) => ({ ...(await dev.release(files)), metadata: bytesOf("{") }),
      "ERR_SUBMISSION",
    ],
    ["nothing listed", edited((signed) => ({ ...signed, targets: {} })), "ERR_SUBMISSION", /must list/],
    [
      "a member that nobody signs",
      async ({ dev }) => {
        const { metadata, files: there } = await dev.release(files);
        const text = new TextDecoder().decode(metadata).replace("{", '{"extra":1,');
        return { metadata: bytesOf(text), files: there };
      },
      "ERR_SUBMISSION",
      /extra/,
    ],
  ];

  test.each(cases)("%s: the storage stays byte for byte what it was", async (_, spoil, code, message) => {
    const there = await world();
    const submission = await spoil(there);
    const before = there.index.contents();
    await expect(there.index.accept(submission)).rejects.toMatchObject({
      code,
      ...(message === undefined ? {} : { message: expect.stringMatching(message) }),
    });
    expect(there.index.contents()).toEqual(before);
  });

  test("a storage that fails at any write leaves what was there, and the next try succeeds", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("example");
    const submission = await dev.release({ "a.tar.gz": "a", "b.tar.gz": "b" });
    const before = index.contents();
    const options = { project: "example", keys: [dev.key.publicKey] };
    let failed = 0;
    for (let fails = 0; ; fails++) {
      let writes = 0;
      const fail = (): void => {
        if (writes++ === fails) throw new Error("disk full");
      };
      const storage = {
        ...index.storage,
        async streamIfAbsent(...args: Parameters<typeof index.storage.streamIfAbsent>) {
          fail();
          return index.storage.streamIfAbsent(...args);
        },
        async replace(...args: Parameters<typeof index.storage.replace>) {
          fail();
          return index.storage.replace(...args);
        },
        async swap(...args: Parameters<typeof index.storage.swap>) {
          fail();
          return index.storage.swap(...args);
        },
        async settle() {
          fail();
        },
      };
      const broken = await Repository.open(storage);
      const end = await acceptSubmission(broken, submission, options).then(
        () => "accepted",
        () => "failed",
      );
      if (end === "accepted") break;
      failed++;
      expect(index.contents()).toEqual(before);
    }
    expect(failed).toBeGreaterThanOrEqual(6);
    await index.publish();
    expect(await textOf(index.user(), dev.path("a.tar.gz"))).toBe("a");
  });

  test.each<[string, boolean, Fate]>([
    ["a new project, where what was not settled is gone", true, "gone"],
    ["a new project, where it is kept", true, "kept"],
    ["a known project, where it is gone", false, "gone"],
    ["a known project, where it is kept", false, "kept"],
  ])("a loss of power at any write leaves no metadata without its files: %s", async (_, first, fate) => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("example");
    if (!first) await dev.submit(index, { "old.tar.gz": "old" });
    await index.publish();
    const submission = await dev.release({ "a.tar.gz": "a" });
    const options = first ? { project: "example", keys: [dev.key.publicKey] } : {};
    const start = index.storage.files;
    const whole = createPowerStorage(start);
    await acceptSubmission(await Repository.open(whole), submission, options);
    const outcomes = new Set<string>();
    for (let lossAt = 1; lossAt <= whole.writes; lossAt++) {
      const storage = createPowerStorage(start, lossAt);
      await acceptSubmission(await Repository.open(storage), submission, options).catch(() => undefined);
      const disk = storage.afterLoss(() => fate);
      const publish = async () => (await Repository.open(disk)).publish({ keys: index.online });
      const found = async (): Promise<string> => {
        const user = index.user({ fetcher: fetcherOf(disk.files) });
        return textOf(user, dev.path("a.tar.gz")).catch((error) => (error as TufLdError).code);
      };
      await publish();
      const text = await found();
      expect(["a", "ERR_TARGET_NOT_FOUND"], `loss after write ${lossAt}`).toContain(text);
      outcomes.add(text);
      if (text === "a") continue;
      await acceptSubmission(await Repository.open(disk), submission, options);
      await publish();
      expect(await found()).toBe("a");
    }
    expect(outcomes.size).toBe(2);
  });

  test("a new project needs a key that the index knows of, and a known one takes none", async () => {
    const { index, dev } = await world();
    const third = await Developer.of("third");
    await expect(index.accept(await third.release(files))).rejects.toMatchObject({ code: "ERR_SUBMISSION" });
    const stranger = await generateKey("Ed25519");
    await expect(
      index.accept(await third.release(files), { project: "third", keys: [stranger.publicKey] }),
    ).rejects.toMatchObject({ code: "ERR_NO_SIGNATURE" });
    await expect(
      index.accept(await dev.release(files, { signers: [stranger] }), {
        project: "example",
        keys: [stranger.publicKey],
      }),
    ).rejects.toMatchObject({ code: "ERR_SUBMISSION" });
  });

  test("a submission is of the project that it is handed in for, whoever has signed it", async () => {
    const { index, dev } = await world();
    await index.addUnclaimed("packages/requests/requests-1.0.tar.gz", "theirs");
    await index.publish();
    const thief = await Developer.of("requests");
    const submission = await thief.release({ "requests-1.0.tar.gz": "evil" });
    const before = index.contents();
    const keys = [thief.key.publicKey];
    await expect(index.accept(submission, { keys })).rejects.toThrow(TypeError);
    await expect(index.accept(submission, { keys, project: "thiefs-own" })).rejects.toMatchObject({
      code: "ERR_SUBMISSION",
      details: { project: "requests", reason: expect.stringContaining("thiefs-own") },
    });
    await expect(index.accept(await dev.release(files), { project: "requests" })).rejects.toMatchObject({
      code: "ERR_SUBMISSION",
    });
    expect(index.contents()).toEqual(before);
    await index.accept(await dev.release(files), { project: "Example" });
  });

  test("a project has no key that a role of the index lists, published or staged", async () => {
    const { index, dev } = await world();
    const { repository } = index;
    const [docs, later] = [await generateKey("Ed25519"), await generateKey("Ed25519")];
    await repository.delegate({ name: "docs", paths: ["docs/*"], keys: [docs.publicKey] });
    await repository.addKeys("timestamp", [later.publicKey]);
    const [, root] = index.byRole.get("root") ?? [];
    await repository.removeKey("root", keyidOf((root as NonNullable<typeof root>).publicKey));
    const third = await Developer.of("third");
    const before = index.contents();
    for (const [role, [key]] of [
      ...index.byRole,
      ["docs", [docs]],
      ["later", [later]],
      ["root", [root]],
    ] as const) {
      const { publicKey } = key as NonNullable<typeof key>;
      const submission = await third.release(files, { signers: [third.key, key as NonNullable<typeof key>] });
      const keys = [third.key.publicKey, publicKey];
      await expect(index.accept(submission, { project: "third", keys }), role).rejects.toMatchObject({
        code: "ERR_SUBMISSION",
        message: expect.stringContaining("keys of its own"),
      });
      await expect(
        changeProjectKeys(repository, dev.project, { add: [publicKey] }),
        role,
      ).rejects.toMatchObject({
        code: "ERR_EDIT",
        message: expect.stringContaining("keys of its own"),
      });
    }
    expect(index.contents()).toEqual(before);
    // A developer may have several projects.
    const { publicKey } = dev.key;
    await index.accept(await third.release(files, { signers: [dev.key] }), {
      project: "third",
      keys: [publicKey],
    });
  });

  test("a name that no role can have is refused before it stops all publishing", async () => {
    const { index, dev } = await world();
    const long = "a".repeat(101);
    const edit = (signed: Targets): Targets => ({
      ...signed,
      targets: { [`packages/${long}/x`]: targetOf(bytesOf("x")) },
    });
    const { metadata } = await dev.release({}, { edit });
    const content = { length: 1, open: () => once(bytesOf("x")) };
    const submission = { metadata, files: new Map([[`packages/${long}/x`, content]]) };
    const before = index.contents();
    for (const project of [long, "a"])
      await expect(index.accept(submission, { project, keys: [dev.key.publicKey] })).rejects.toMatchObject({
        code: "ERR_SUBMISSION",
      });
    expect(index.contents()).toEqual(before);
  });

  test("a new project tells which targets of its name the bins list, or will", async () => {
    const { index } = await world();
    await index.addUnclaimed("packages/one/a.tar.gz", "a");
    await index.addUnclaimed("simple/two/index.html", "page");
    await index.publish();
    await index.addUnclaimed("packages/three/a.tar.gz", "a");
    await index.repository.changeTargets([{ path: "simple/two/index.html", target: null }]);
    const hidden: Record<string, readonly string[]> = {};
    for (const name of ["one", "two", "three", "four"])
      hidden[name] = (await (await Developer.of(name)).submit(index, { "a.tar.gz": "b" })).hidden;
    expect(hidden).toEqual({
      one: ["packages/one/a.tar.gz"],
      two: [],
      three: ["packages/three/a.tar.gz"],
      four: [],
    });
  });

  test("too many files, targets or bytes", async () => {
    const { index, dev } = await world();
    const submission = await dev.release({ c: "12345", d: "12345" });
    for (const limits of [
      { files: 3 },
      { targets: 4 },
      { fileBytes: 4 },
      { totalBytes: 20 },
      { metadataBytes: 100 },
    ])
      await expect(index.accept(submission, { limits })).rejects.toMatchObject({ code: "ERR_SUBMISSION" });
    await index.accept(submission);
  });

  test("a repository of another profile has no projects", async () => {
    const storage = createMemoryStorage();
    await Repository.create(storage, { profile: "pep458", bins: 2 });
    const dev = await Developer.of("p");
    await expect(
      acceptSubmission(await Repository.open(storage), await dev.release(files), {}),
    ).rejects.toMatchObject({ code: "ERR_EDIT" });
  });

  test("signatures that do not count are not published", async () => {
    const { index, dev, other } = await world();
    const submission = await dev.release(files, { signers: [dev.key, other.key] });
    await index.accept(submission);
    const staged = JSON.parse(
      new TextDecoder().decode(index.storage.files.get("staged/metadata/project-example.json")),
    ) as { signatures: { keyid: string }[]; proof: object[] };
    expect(staged.signatures.map(({ keyid }) => keyid)).toEqual([keyidOf(dev.key.publicKey)]);
    expect(staged.proof).toHaveLength(1);
  });
});

describe("a new project that is not published before it expires", () => {
  const later = new Date(Date.now() + 3 * 86_400_000);

  async function world(): Promise<{ index: Index; late: Developer }> {
    const index = await Index.create({ bins: 2 });
    const late = await Developer.of("late");
    const options = { project: "late", keys: [late.key.publicKey] };
    await index.accept(await late.release({ a: "1" }, { days: 2 }), options);
    return { index, late };
  }

  test("holds up nobody: it is given up, and can be accepted anew", async () => {
    const { index, late } = await world();
    const dev = await Developer.of("p");
    await index.accept(await dev.release({ a: "1" }), {
      project: "p",
      keys: [dev.key.publicKey],
      now: later,
    });
    const publish = () => index.repository.publish({ keys: index.online, now: later });
    const { roles, waiting } = await publish();
    expect(waiting).toEqual([{ role: "project-late", reason: expect.stringContaining("is given up") }]);
    expect(roles.map(({ role }) => role)).toEqual(
      expect.arrayContaining(["recently-claimed", "project-p", "snapshot", "timestamp"]),
    );
    const user = () => index.user({ at: later });
    expect(await textOf(user(), dev.path("a"))).toBe("1");
    expect((await listProjects(index.repository)).map(({ project }) => project)).toEqual(["p"]);
    expect((await publish()).waiting).toEqual([]);
    const again = { project: "late", keys: [late.key.publicKey], now: later };
    expect(await index.accept(await late.release({ a: "2" }), again)).toMatchObject({
      first: true,
      version: 1,
    });
    expect((await publish()).waiting).toEqual([]);
    expect(await textOf(user(), late.path("a"))).toBe("2");
  });

  test("is given up also if publishing is killed between the two writes", async () => {
    const { index } = await world();
    const storage = {
      ...index.storage,
      async swap(...args: Parameters<typeof index.storage.swap>) {
        const [name, , after] = args;
        if (name.endsWith("project-late.json") && after === undefined) throw new Error("killed");
        return index.storage.swap(...args);
      },
    };
    const options = { keys: index.online, now: later };
    await expect((await Repository.open(storage)).publish(options)).rejects.toThrow("killed");
    expect((await index.repository.publish(options)).waiting).toEqual([]);
    const left = [...index.storage.files.keys()].filter((name) => name.includes("project-late"));
    expect(left).toEqual([]);
    expect(await listProjects(index.repository)).toEqual([]);
  });

  test("a published project keeps what it has when a later version expires", async () => {
    const { index, late } = await world();
    await index.publish();
    late.previous = JSON.parse(
      new TextDecoder().decode(index.storage.files.get("public/metadata/1.project-late.json")),
    ).signed as Targets;
    await index.accept(await late.release({ b: "2" }, { days: 2 }));
    const { waiting } = await index.repository.publish({ keys: index.online, now: later });
    expect(waiting.map(({ role }) => role)).toEqual(["project-late"]);
    expect((await listProjects(index.repository)).map(({ project }) => project)).toEqual(["late"]);
  });
});

describe("several developers", () => {
  test("a project with a threshold of two takes what both have signed, and nothing that one has", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("team");
    const second = await generateKey("Ed25519");
    const options = { project: "team", keys: [dev.key.publicKey, second.publicKey], threshold: 2 };
    await expect(index.accept(await dev.release({ a: "1" }), options)).rejects.toMatchObject({
      code: "ERR_THRESHOLD_UNMET",
    });
    await expect(
      index.accept(await dev.release({ a: "1" }, { signers: [dev.key, dev.key] }), options),
    ).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
    await index.accept(await dev.release({ a: "1" }, { signers: [dev.key, second] }), options);
    await index.publish();
    expect(await textOf(index.user(), dev.path("a"))).toBe("1");
  });

  test("a key is replaced in three steps, and no step can make the project unusable", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("p");
    await dev.submit(index, { a: "1" });
    await index.publish();
    const old = keyidOf(dev.key.publicKey);
    const next = await generateKey("Ed25519");
    const change = (changes: Parameters<typeof changeProjectKeys>[2]) =>
      changeProjectKeys(index.repository, "p", changes);
    await expect(change({ add: [next.publicKey], remove: [old] })).rejects.toMatchObject({
      code: "ERR_EDIT",
    });
    await expect(change({ threshold: 2 })).rejects.toMatchObject({ code: "ERR_EDIT" });
    await change({ add: [next.publicKey] });
    const submission = await dev.release({ b: "2" }, { signers: [next] });
    await index.accept(submission);
    expect(await change({ remove: [old] })).toMatchObject({ keyids: [keyidOf(next.publicKey)] });
    expect((await index.publish()).waiting).toEqual([]);
    expect(await textOf(index.user(), dev.path("b"))).toBe("2");
    dev.previous = JSON.parse(new TextDecoder().decode(submission.metadata)).signed as Targets;
    await expect(index.accept(await dev.release({ c: "3" }))).rejects.toMatchObject({
      code: "ERR_NO_SIGNATURE",
    });
    await expect(changeProjectKeys(index.repository, "nobody", {})).rejects.toMatchObject({
      code: "ERR_ROLE_UNKNOWN",
    });
  });

  test("the keys of a claimed project change in the offline role, and wait for it", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("p");
    await dev.submit(index, { a: "1" });
    await index.publish();
    await claimProjects(index.repository, ["p"]);
    await index.signClaimed();
    await index.publish();
    const next = await generateKey("Ed25519");
    expect(await changeProjectKeys(index.repository, "p", { add: [next.publicKey] })).toMatchObject({
      delegator: "claimed",
    });
    await index.accept(await dev.release({ b: "2" }, { signers: [next] }));
    await expect(index.publish()).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
    await expect(index.user().find(dev.path("b"))).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
    await index.signClaimed();
    await index.publish();
    expect(await textOf(index.user(), dev.path("b"))).toBe("2");
  });
});

describe("commands for the keys of roles", () => {
  test("leave projects alone, change nothing, and name the command for them", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("p");
    await dev.submit(index, { a: "1" });
    await index.publish();
    const { repository } = index;
    const next = (await generateKey("Ed25519")).publicKey;
    const keyid = keyidOf(dev.key.publicKey);
    const before = index.contents();
    const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
      rotate: () => rotateKey(repository, "project-p", next),
      keyToRotate: () => keyToRotate(repository, "project-p"),
      revoke: () => revokeKey(repository, dev.key.publicKey),
      "revoke by keyid": () => revokeKey(repository, keyid, { replaceWith: next }),
      threshold: () => repository.setThreshold("project-p", 3),
      addKeys: () => repository.addKeys("project-p", [next]),
      removeKey: () => repository.removeKey("project-p", keyid),
    };
    for (const [name, attempt] of Object.entries(attempts))
      await expect(attempt(), name).rejects.toMatchObject({
        code: "ERR_EDIT",
        message: expect.stringContaining("`tuf-ld project keys p`"),
      });
    expect(index.contents()).toEqual(before);
    await (await Developer.of("later")).submit(index, { b: "2" });
    expect((await index.publish()).waiting).toEqual([]);
  });

  test("revoke a key of the index although an attacker has listed it for a project", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("p");
    await dev.submit(index, { a: "1" });
    const [stolen] = index.byRole.get("timestamp") ?? [];
    const { publicKey } = stolen as NonNullable<typeof stolen>;
    await index.repository.withDrafts((drafts) =>
      drafts.edit<Targets>("recently-claimed", new Date(), (document) =>
        withKey(document, "project-p", publicKey),
      ),
    );
    await index.publish();
    const next = await generateKey("Ed25519");
    const done = await revokeKey(index.repository, publicKey, { replaceWith: next.publicKey });
    expect(done).toMatchObject({ drafts: ["root"], projects: ["p"], places: [{ role: "timestamp" }] });
  });
});

describe("claiming", () => {
  test("until claimed is signed, recently-claimed keeps the project and goes on publishing others", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("p");
    await dev.submit(index, { a: "1" });
    await index.publish();
    await claimProjects(index.repository, ["p"]);
    const [first] = index.byRole.get("claimed") ?? [];
    await index.repository.sign("claimed", first as NonNullable<typeof first>);
    await dev.submit(index, { b: "2" });
    const later = await Developer.of("later");
    await later.submit(index, { x: "x" });
    expect((await index.publish()).waiting.map(({ role }) => role)).toEqual(["claimed"]);
    expect(await roleOf(index.user(), dev.path("b"))).toBe("targets > recently-claimed > project-p");
    expect(await roleOf(index.user(), later.path("x"))).toBe("targets > recently-claimed > project-later");
    await index.signClaimed();
    const roles = (await index.publish()).roles.map(({ role }) => role);
    expect(roles).toEqual(expect.arrayContaining(["claimed", "recently-claimed"]));
    expect(await roleOf(index.user(), dev.path("b"))).toBe("targets > claimed > project-p");
    expect(
      (await listProjects(index.repository)).map(({ project, delegator }) => [project, delegator]),
    ).toEqual([
      ["p", "claimed"],
      ["later", "recently-claimed"],
    ]);
    const recent = JSON.stringify((await index.user().find(later.path("x"))).chain[1]?.file.signed);
    expect(recent).not.toContain("project-p");
  });

  test("a key that is removed meanwhile counts no more: at once for clients and for the index, and not after the claim", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("p");
    const second = await generateKey("Ed25519");
    const release = await dev.release({ a: "1" }, { signers: [dev.key, second] });
    await index.accept(release, { project: "p", keys: [dev.key.publicKey, second.publicKey] });
    dev.previous = JSON.parse(new TextDecoder().decode(release.metadata)).signed as Targets;
    await index.publish();
    await claimProjects(index.repository, ["p"]);
    const stolen = keyidOf(dev.key.publicKey);
    const changed = await changeProjectKeys(index.repository, "p", { remove: [stolen] });
    expect(changed.staged).toEqual(["claimed", "recently-claimed"]);
    await expect(index.accept(await dev.release({ b: "evil" }))).rejects.toMatchObject({
      code: "ERR_NO_SIGNATURE",
    });
    expect((await index.publish()).waiting.map(({ role }) => role)).toEqual(["claimed"]);
    const seen = async (): Promise<string> =>
      JSON.stringify((await index.user().find(dev.path("a"))).chain.map(({ file }) => file.signed));
    expect(await seen()).not.toContain(stolen);
    await index.signClaimed();
    await index.publish();
    expect(await roleOf(index.user(), dev.path("a"))).toBe("targets > claimed > project-p");
    expect(await seen()).not.toContain(stolen);
  });

  test("until then a submission is judged by the keys of recently-claimed, whatever the draft of claimed says", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("p");
    await dev.submit(index, { a: "1" });
    await index.publish();
    await claimProjects(index.repository, ["p"]);
    const thief = await generateKey("Ed25519");
    await index.repository.withDrafts((drafts) =>
      drafts.edit<Targets>("claimed", new Date(), (document) =>
        withKey(document, "project-p", thief.publicKey),
      ),
    );
    await expect(index.accept(await dev.release({ b: "evil" }, { signers: [thief] }))).rejects.toMatchObject({
      code: "ERR_NO_SIGNATURE",
    });
    expect(await index.accept(await dev.release({ b: "2" }))).toMatchObject({
      delegator: "recently-claimed",
    });
    await index.publish();
    expect(await textOf(index.user(), dev.path("b"))).toBe("2");
  });

  test("a project that is taken away meanwhile is taken from both", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("p");
    await dev.submit(index, { a: "1" });
    await index.publish();
    await claimProjects(index.repository, ["p"]);
    await index.repository.undelegate("project-p");
    expect(await listProjects(index.repository)).toEqual([]);
    await index.signClaimed();
    await index.publish();
    await expect(index.user().find(dev.path("a"))).rejects.toMatchObject({ code: "ERR_TARGET_NOT_FOUND" });
  });

  test("a draft that gives a project up waits for the draft that takes it over", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("p");
    await dev.submit(index, { a: "1" });
    await index.publish();
    await claimProjects(index.repository, ["p"]);
    const now = new Date();
    await index.repository.withDrafts((drafts) =>
      drafts.edit<Targets>("recently-claimed", now, (document) => ({
        ...document,
        delegations: { keys: {}, roles: [] },
      })),
    );
    await expect(index.publish()).rejects.toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
    const { waiting } = await index.repository.status();
    expect(waiting).toContainEqual({
      role: "recently-claimed",
      reason: "it waits for claimed, which takes over project-p",
    });
    expect(await textOf(index.user(), dev.path("a"))).toBe("1");
    await index.signClaimed();
    await index.publish();
    expect(await roleOf(index.user(), dev.path("a"))).toBe("targets > claimed > project-p");
  });

  test("a project that is not published, not known or claimed already is refused, and nothing changes", async () => {
    const index = await Index.create({ bins: 2 });
    const [one, two] = [await Developer.of("one"), await Developer.of("two")];
    await one.submit(index, { a: "1" });
    await index.publish();
    await two.submit(index, { a: "1" });
    const before = index.contents();
    for (const names of [["one", "two"], ["nobody"], ["one", "nobody"]])
      await expect(claimProjects(index.repository, names)).rejects.toMatchObject({ code: "ERR_EDIT" });
    expect(index.contents()).toEqual(before);
    expect(await claimProjects(index.repository, "all")).toEqual({ claimed: ["one"] });
    await expect(claimProjects(index.repository, ["one"])).rejects.toMatchObject({ code: "ERR_EDIT" });
  });
});

describe("whoever holds the key of recently-claimed gets nothing into claimed but projects as the index makes them", () => {
  type Entry = NonNullable<NonNullable<Targets["delegations"]>["roles"]>[number];

  /** An index whose recently-claimed delegates to these projects, changed by the holder of its key. */
  async function world(edit: (entry: Entry, document: Targets) => Entry): Promise<Index> {
    const index = await Index.create({ bins: 2 });
    for (const name of ["good", "zevil"]) await (await Developer.of(name)).submit(index, { a: "1" });
    await index.publish();
    await index.repository.withDrafts((drafts) =>
      drafts.edit<Targets>("recently-claimed", new Date(), (document) => {
        const { keys, roles = [] } = document.delegations as NonNullable<Targets["delegations"]>;
        const edited = roles.map((each) => (each.name === "project-zevil" ? edit(each, document) : each));
        return { ...document, delegations: { keys, roles: edited } };
      }),
    );
    await index.publish();
    return index;
  }

  test.each<[string, (entry: Entry) => Entry]>([
    ["paths of everybody", (entry) => ({ ...entry, paths: ["*/*/*"] })],
    ["one path more", (entry) => ({ ...entry, paths: [...(entry.paths ?? []), "packages/good/*"] })],
    ["another project's paths", (entry) => ({ ...entry, paths: ["packages/good/*", "simple/good/*"] })],
    ["no end of the search", (entry) => ({ ...entry, terminating: false })],
    ["one member more", (entry) => ({ ...entry, "x-note": "?" }) as Entry],
    ["hash prefixes", ({ paths: _, ...entry }) => ({ ...entry, path_hash_prefixes: [""] }) as Entry],
  ])("not one with %s", async (_, edit) => {
    const index = await world(edit);
    const before = index.contents();
    for (const names of ["all", ["zevil"]] as const)
      await expect(claimProjects(index.repository, names)).rejects.toMatchObject({
        code: "ERR_EDIT",
        details: { role: "project-zevil" },
      });
    expect(index.contents()).toEqual(before);
    expect(await claimProjects(index.repository, ["good"])).toEqual({ claimed: ["good"] });
  });

  test("not a key of the index, nor a threshold that no developer can reach", async () => {
    for (const edit of [
      (document: Targets, key: PublicKey) => withKey(document, "project-zevil", key),
      (document: Targets) => withThreshold(document, "project-zevil", 2),
    ]) {
      const index = await world((entry) => entry);
      const [timestamp] = index.byRole.get("timestamp") ?? [];
      const { publicKey } = timestamp as NonNullable<typeof timestamp>;
      await index.repository.withDrafts((drafts) =>
        drafts.edit<Targets>("recently-claimed", new Date(), (document) => edit(document, publicKey)),
      );
      const before = index.contents();
      await expect(claimProjects(index.repository, "all")).rejects.toMatchObject({
        code: "ERR_EDIT",
        details: { role: "project-zevil" },
      });
      expect(index.contents()).toEqual(before);
    }
  });

  test("not a role that is no project", async () => {
    const index = await world((entry) => entry);
    await index.repository.withDrafts((drafts) =>
      drafts.edit<Targets>("recently-claimed", new Date(), (document) => {
        const { keys, roles = [] } = document.delegations as NonNullable<Targets["delegations"]>;
        const edited = roles.map((each) =>
          each.name === "project-zevil" ? { ...each, name: "unclaimed" } : each,
        );
        return { ...document, delegations: { keys, roles: edited } };
      }),
    );
    await expect(claimProjects(index.repository, "all")).rejects.toMatchObject({
      code: "ERR_EDIT",
      details: { role: "unclaimed" },
    });
  });

  test("and nobody delegates from the two roles but by accepting and claiming", async () => {
    const index = await world((entry) => entry);
    const before = index.contents();
    const keys = [(await generateKey("Ed25519")).publicKey];
    for (const from of ["claimed", "recently-claimed"])
      await expect(
        index.repository.delegate({ name: "everything", paths: ["*/*/*"], keys }, { from }),
      ).rejects.toMatchObject({ code: "ERR_EDIT" });
    expect(index.contents()).toEqual(before);
  });
});

describe("what belongs to a project", () => {
  test("cannot be listed by the index anywhere, from the moment it is accepted; it can be removed", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("p");
    await index.addUnclaimed("packages/p/old.tar.gz", "old");
    await index.publish();
    await dev.submit(index, { a: "1" });
    const target = targetOf(bytesOf("evil"));
    const refused = async (): Promise<void> => {
      const before = index.contents();
      const variants = ["packages/P/a", "simple/P/index.html", "packages/p/sub/a", "packages/P/sub/a/b"];
      for (const path of ["packages/p/a", "packages/p/new", "simple/p/index.html", ...variants]) {
        for (const role of [undefined, "unclaimed", "targets", "claimed", "recently-claimed", "project-p"])
          await expect(
            index.repository.changeTargets([{ path, target }], role === undefined ? {} : { role }),
          ).rejects.toMatchObject({ code: "ERR_INPUT" });
      }
      expect(index.contents()).toEqual(before);
    };
    await refused();
    await index.publish();
    await refused();
    await claimProjects(index.repository, "all");
    await refused();
    await index.signClaimed();
    await index.publish();
    await refused();
    for (const path of [
      "packages/pp/a",
      "packages/p-p/a",
      "packages/P.p/a/b",
      "packages/p",
      "other/p/a",
      "p",
    ])
      await index.addUnclaimed(path, "free");
    await index.repository.changeTargets([{ path: "packages/p/old.tar.gz", target: null }]);
    await index.publish();
    expect(await textOf(index.user(), "packages/pp/a")).toBe("free");
  });

  test("its role cannot be made, renewed or signed by the index, whatever keys are at hand", async () => {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("p");
    await expect(
      index.repository.delegate({ name: "project-p", paths: ["packages/p/*"], keys: [dev.key.publicKey] }),
    ).rejects.toMatchObject({ code: "ERR_EDIT" });
    await dev.submit(index, { a: "1" });
    const staged = index.contents();
    await expect(index.repository.signingRequest("project-p")).rejects.toMatchObject({ code: "ERR_EDIT" });
    await expect(index.repository.sign("project-p", dev.key)).rejects.toMatchObject({ code: "ERR_EDIT" });
    expect(index.contents()).toEqual(staged);
    await index.publish();
    index.everything.keys.set(keyidOf(dev.key.publicKey), dev.key);
    await expect(index.repository.renew("project-p")).rejects.toMatchObject({ code: "ERR_EDIT" });
    const far = new Date(Date.now() + 300 * 86_400_000);
    const { roles } = await index.repository.publish({ keys: index.everything, now: far, renew: true });
    expect(roles.map(({ role }) => role)).not.toContain("project-p");
  });

  test("is found by folders, whatever else is delegated", () => {
    const claims = new ClaimIndex();
    const role = (name: string, paths: readonly string[]) => ({
      name,
      keyids: [],
      threshold: 1,
      terminating: true,
      paths,
    });
    const roles = [
      role("a", ["packages/a/*", "simple/a/*"]),
      role("wide", ["wide/*/x"]),
      role("one", ["single"]),
    ];
    claims.add({
      _type: "targets",
      spec_version: "1.0.34",
      version: 1,
      expires: "2100-01-01T00:00:00Z",
      targets: {},
      delegations: {
        keys: {},
        roles: [...roles, { ...role("hashed", []), path_hash_prefixes: [""] }].map(({ paths, ...each }) =>
          "path_hash_prefixes" in each ? each : { ...each, paths },
        ),
      },
    });
    expect(claims.ownerOf("packages/a/x")).toBe("a");
    expect(claims.ownerOf("wide/b/x")).toBe("wide");
    expect(claims.ownerOf("single")).toBe("one");
    expect(claims.ownerOf("packages/b/x")).toBe("hashed");
  });
});

describe("many projects", () => {
  /** Counts what is read of the storage. */
  function counted(index: Index): { reads: string[]; open: () => Promise<Repository> } {
    const reads: string[] = [];
    const storage = {
      ...index.storage,
      async get(name: string) {
        reads.push(name);
        return index.storage.get(name);
      },
    };
    return { reads, open: () => Repository.open(storage) };
  }

  test("accept, publish, status and claim read the metadata of no project but those that change", async () => {
    const index = await Index.create({ bins: 2, sign: "classic" });
    const devs: Developer[] = [];
    for (let number = 0; number < 40; number++) {
      const dev = await Developer.of(`p${number}`);
      await dev.submit(index, { a: String(number) });
      devs.push(dev);
    }
    await index.publish();
    await claimProjects(
      index.repository,
      devs.slice(0, 30).map(({ project }) => project),
    );
    await index.signClaimed();
    await index.publish();
    const { reads, open } = counted(index);
    const repository = await open();
    const dev = devs[3] as Developer;
    const submission = await dev.release({ b: "new" }, { view: "classic" });
    await acceptSubmission(repository, submission, {});
    await repository.status();
    await repository.publish({ keys: index.online });
    await repository.publish({ keys: index.online, renew: true });
    await claimProjects(repository, ["p35"]);
    await index.signClaimed();
    const counts = { claimed: 31, recentlyClaimed: 9 };
    const moving = { ...counts, staged: { claimed: 1, recentlyClaimed: 0 } };
    expect((await repository.status()).projects).toEqual(moving);
    await repository.publish({ keys: index.online });
    const projects = new Set(reads.flatMap((name) => /project-p\d+/.exec(name) ?? []));
    expect([...projects]).toEqual(["project-p3"]);
    expect(await listProjects(repository)).toHaveLength(40);
    const staged = { claimed: 0, recentlyClaimed: 0 };
    expect((await repository.status()).projects).toEqual({ ...counts, staged });
  });
});
