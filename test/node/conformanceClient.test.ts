/**
 * The executable that the community's conformance suite runs, driven as the suite drives it.
 * @module
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveFolder } from "../support/folderServer.ts";
import { days } from "../support/simulator/draft.ts";
import { type Server, serveRepository } from "../support/simulator/overHttp.ts";
import { Simulator, VIEWS } from "../support/simulator/repository.ts";

const CLIENT = fileURLToPath(new URL("../conformance/client", import.meta.url));
const SHARED = fileURLToPath(new URL("../../../shared/data", import.meta.url));
const built = existsSync(fileURLToPath(new URL("../../dist/client/updater.js", import.meta.url)));
const hasFaketime = spawnSync("faketime", ["--version"]).status === 0;
const FAR = days(10_000);

interface Ended {
  readonly code: number;
  readonly error: string;
}

/** The suite's side: a folder for metadata, one for artifacts, and runs of the client. */
class Suite {
  readonly folder = mkdtempSync(join(tmpdir(), "conformance-"));
  readonly metadata: string = join(this.folder, "metadata");
  readonly targets: string = join(this.folder, "targets");
  metadataUrl = "";
  targetsUrl = "";
  /** What stands before the client's command line. */
  before: readonly string[] = [];

  constructor(server: Pick<Server, "metadataUrl" | "targetsUrl">) {
    this.metadataUrl = server.metadataUrl;
    this.targetsUrl = server.targetsUrl;
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  run(...args: string[]): Promise<Ended> {
    const [command = CLIENT, ...rest] = [...this.before, CLIENT, ...args];
    return new Promise((resolve) => {
      execFile(command, rest, { env: { ...process.env, TZ: "UTC" } }, (error, _, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), error: stderr });
      });
    });
  }

  init(root: Uint8Array): Promise<Ended> {
    const path = join(this.folder, "initial_root.json");
    writeFileSync(path, root);
    return this.run("--metadata-dir", this.metadata, "init", path);
  }

  refresh(): Promise<Ended> {
    return this.run("--metadata-url", this.metadataUrl, "--metadata-dir", this.metadata, "refresh");
  }

  download(...names: string[]): Promise<Ended> {
    return this.run(
      ...["--metadata-url", this.metadataUrl, "--metadata-dir", this.metadata],
      ...names.flatMap((name) => ["--target-name", name]),
      ...["--target-dir", this.targets, "--target-base-url", this.targetsUrl, "download"],
    );
  }

  /** The files that a suite which looks for `*.json` in the metadata folder sees. */
  roles(): string[] {
    return readdirSync(this.metadata)
      .filter((name) => name.endsWith(".json"))
      .sort();
  }

  stored(role: string): Uint8Array {
    return new Uint8Array(readFileSync(join(this.metadata, `${role}.json`)));
  }

  /** What was downloaded, hidden files left out. */
  artifacts(): Record<string, string> {
    if (!existsSync(this.targets)) return {};
    const names = readdirSync(this.targets).filter((name) => !name.startsWith("."));
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(this.targets, name), "utf8")]));
  }
}

async function setUp(options: Parameters<typeof Simulator.create>[0] = {}) {
  const repository = await Simulator.create(options);
  const { root, timestamp, snapshot, targets } = repository;
  for (const document of [root, timestamp, snapshot, targets]) document.expires = FAR;
  repository.root.version = 0;
  await repository.publish("root", "targets");
  const server = await serveRepository(repository);
  onTestFinished(() => server.close());
  const suite = new Suite(server);
  expect(await suite.init(repository.rootBytes(1))).toEqual({ code: 0, error: "" });
  return { repository, server, suite };
}

describe.skipIf(!built)("the conformance client (skipped before `npm run build`)", () => {
  test("init stores the root as it is, and nothing else that looks like metadata", async () => {
    const { repository, suite } = await setUp();
    expect(suite.roles()).toEqual(["root.json"]);
    expect(suite.stored("root")).toEqual(repository.rootBytes(1));
    expect(repository.requests).toEqual([]);
  });

  test.each(VIEWS)("refresh stores the four files as received (%s signatures)", async (view) => {
    const { repository, suite } = await setUp({ view });
    await repository.publish("root");
    expect(await suite.refresh()).toEqual({ code: 0, error: "" });
    expect(suite.roles()).toEqual(["root.json", "snapshot.json", "targets.json", "timestamp.json"]);
    expect(suite.stored("root")).toEqual(repository.rootBytes(2));
    for (const role of ["timestamp", "snapshot", "targets"]) {
      expect(suite.stored(role)).toEqual(repository.bytes(repository.namesOf(role)[0] as string));
    }
    expect(repository.requests).toEqual([
      "metadata/2.root.json",
      "metadata/3.root.json",
      "metadata/timestamp.json",
      "metadata/2.snapshot.json",
      "metadata/2.targets.json",
    ]);
  });

  test("a refresh that is refused ends with exactly 1 and leaves what was trusted", async () => {
    const { repository, suite } = await setUp();
    await suite.refresh();
    const before = suite.stored("timestamp");
    repository.signers.set("timestamp", []);
    await repository.publish("timestamp");
    expect(await suite.refresh()).toMatchObject({
      code: 1,
      error: expect.stringContaining("ERR_NO_SIGNATURE"),
    });
    expect(suite.stored("timestamp")).toEqual(before);
  });

  test("a server that is not there ends a refresh with exactly 1", async () => {
    const { server, suite } = await setUp();
    await server.close();
    expect(await suite.refresh()).toMatchObject({ code: 1 });
  }, 120_000);

  test.each([
    [["refresh"]],
    [["--metadata-dir"]],
    [["--metadata-dir", "/nowhere/at/all", "refresh"]],
    [["--metadata-dir", "/nowhere/at/all", "dance"]],
    [[]],
  ])("a command line that makes no sense ends with exactly 1: %s", async (args) => {
    const { suite } = await setUp();
    expect(await suite.run(...args)).toMatchObject({ code: 1 });
  });

  test("init of a file that is not there ends with exactly 1", async () => {
    const { suite } = await setUp();
    const init = suite.run("--metadata-dir", suite.metadata, "init", join(suite.folder, "missing.json"));
    expect(await init).toMatchObject({ code: 1 });
  });

  test("every run starts from the root that init was given, and init again keeps what was stored", async () => {
    const { repository, suite } = await setUp();
    await repository.publish("root");
    await suite.refresh();
    writeFileSync(join(suite.metadata, "root.json"), "{}");
    expect(await suite.refresh()).toMatchObject({ code: 0 });
    expect(suite.stored("root")).toEqual(repository.rootBytes(2));
    await suite.init(repository.rootBytes(1));
    expect(suite.roles()).toEqual(["root.json", "snapshot.json", "targets.json", "timestamp.json"]);
    expect(suite.stored("root")).toEqual(repository.rootBytes(1));
    expect(await suite.refresh()).toMatchObject({ code: 0 });
    expect(suite.stored("root")).toEqual(repository.rootBytes(2));
  });

  test("download refreshes, delivers, and does not download again what is there", async () => {
    const { repository, suite } = await setUp();
    repository.addTarget("targets", "dir/file.txt", "content");
    await repository.publish("targets");
    expect(await suite.download("dir/file.txt")).toEqual({ code: 0, error: "" });
    expect(Object.values(suite.artifacts())).toEqual(["content"]);
    expect(repository.requests.at(-1)).toBe(repository.requestName("dir/file.txt"));
    repository.forgetRequests();
    expect(await suite.download("dir/file.txt")).toMatchObject({ code: 0 });
    expect(repository.requests.some((path) => path.startsWith("targets/"))).toBe(false);
  });

  test("an artifact whose local copy was changed is downloaded again", async () => {
    const { repository, suite } = await setUp();
    repository.addTarget("targets", "file.txt", "content");
    await repository.publish("targets");
    await suite.download("file.txt");
    writeFileSync(join(suite.targets, "file.txt"), "changed");
    expect(await suite.download("file.txt")).toMatchObject({ code: 0 });
    expect(suite.artifacts()).toEqual({ "file.txt": "content" });
  });

  test("several targets are downloaded in order with one refresh, up to the first failure", async () => {
    const { repository, suite } = await setUp();
    for (const name of ["one", "two", "three"]) repository.addTarget("targets", name, name);
    await repository.publish("targets");
    expect(await suite.download("one", "two", "one")).toMatchObject({ code: 0 });
    expect(repository.requests.filter((path) => path === "metadata/timestamp.json")).toHaveLength(1);
    rmSync(suite.targets, { recursive: true });
    expect(await suite.download("two", "missing", "three")).toMatchObject({ code: 1 });
    expect(suite.artifacts()).toEqual({ two: "two" });
  });

  test("a target with wrong content is not delivered", async () => {
    const { repository, suite } = await setUp();
    repository.addTarget("targets", "file.txt", "content");
    await repository.publish("targets");
    repository.files.set(repository.requestName("file.txt"), new TextEncoder().encode("CONTENT"));
    expect(await suite.download("file.txt")).toMatchObject({ code: 1 });
    expect(suite.artifacts()).toEqual({});
  });

  test.each(["?", "#", "/delegatedrole", "../delegatedrole", ".", "..", "a b", "ö", "%2F"])(
    "a delegated role called %j is asked for by its quoted name and stored in the folder",
    async (name) => {
      const { repository, suite } = await setUp();
      await repository.delegate("targets", { name });
      repository.targetsOf(name).expires = FAR;
      repository.addTarget(name, "file.txt", "content");
      await repository.publishAll();
      expect(await suite.download("file.txt")).toEqual({ code: 0, error: "" });
      expect(repository.requests).toContain(`metadata/1.${name}.json`);
      expect(suite.roles()).toHaveLength(5);
      const others = ["root.json", "snapshot.json", "targets.json", "timestamp.json"];
      const [file] = suite.roles().filter((role) => !others.includes(role));
      expect(decodeURIComponent(file as string)).toBe(`${name}.json`);
    },
  );

  test.each(["a b", "question?mark", "hash#mark", "a%2Fb", "ö/ü", "a/b/c", "--odd"])(
    "a target called %j is downloaded",
    async (name) => {
      const { repository, suite } = await setUp();
      repository.addTarget("targets", name, "content");
      await repository.publish("targets");
      expect(await suite.download(name)).toEqual({ code: 0, error: "" });
      expect(Object.values(suite.artifacts())).toEqual(["content"]);
      expect(repository.requests.at(-1)).toBe(repository.requestName(name));
    },
  );

  test.skipIf(!hasFaketime)("time can be faked from outside (skipped without faketime)", async () => {
    const { repository, suite } = await setUp();
    repository.timestamp.expires = "2030-01-01T00:00:00Z";
    await repository.publish("timestamp");
    for (const [time, code] of [
      ["2029-12-31 23:00:00", 0],
      ["2030-01-01 00:00:01", 1],
    ] as const) {
      for (const frozen of [[], ["-f"]]) {
        suite.before = ["faketime", ...frozen, time];
        expect(await suite.refresh(), `${frozen} ${time}`).toMatchObject({ code });
      }
    }
  });

  describe.skipIf(!hasFaketime || !existsSync(SHARED))(
    "with static repositories (skipped without faketime or ../shared/data)",
    () => {
      test.each([
        {
          name: "sigstore-repository",
          root: "metadata/5.root.json",
          time: "2026-08-22 12:00:00",
          targets: ["trusted_root.json", "artifact.pub", "ctfe.pub"],
        },
        {
          name: "python-tuf/repository_data/repository",
          root: "metadata/1.root.json",
          time: "2029-01-01 00:00:00",
          targets: ["file1.txt", "file2.txt", "file3.txt"],
        },
        {
          name: "go-tuf-multirepo/repository",
          root: "metadata/1.root.json",
          time: "2029-01-01 00:00:00",
          targets: ["map.json", "staging/root.json"],
        },
      ])("$name is refreshed and its targets downloaded", async ({ name, root, time, targets }) => {
        const server = await serveFolder(join(SHARED, name));
        onTestFinished(() => server.close());
        const suite = new Suite({
          metadataUrl: `${server.base}/metadata`,
          targetsUrl: `${server.base}/targets`,
        });
        await suite.init(new Uint8Array(readFileSync(join(SHARED, name, root))));
        suite.before = ["faketime", time];
        expect(await suite.refresh()).toEqual({ code: 0, error: "" });
        expect(await suite.download(...targets)).toEqual({ code: 0, error: "" });
        expect(Object.keys(suite.artifacts())).toHaveLength(targets.length);
      });
    },
  );
});
