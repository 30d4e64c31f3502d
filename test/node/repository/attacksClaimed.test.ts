/**
 * A9, A16 and A17 of the threat model on an index with the maximum model of PEP 480. The attacker really signs with
 * the keys that were stolen, and our client runs against what is served.
 * @module
 */
import { describe, expect, test } from "vitest";
import { createMemorySink } from "../../../src/client/memorySink.ts";
import { createMemoryStore } from "../../../src/client/memoryStore.ts";
import type { Store } from "../../../src/client/store.ts";
import type { Updater } from "../../../src/client/updater.ts";
import { TufLdError } from "../../../src/errors.ts";
import { generateKey, type PrivateKey } from "../../../src/key/privateKey.ts";
import { toTufKey, tufKeyid } from "../../../src/key/tufKey.ts";
import { parseMetadata } from "../../../src/metadata/file.ts";
import { hashHex } from "../../../src/platform/node.ts";
import { binNameOf, binNames, targetName } from "../../../src/repository/layout.ts";
import { claimProjects } from "../../../src/repository/projects/claiming.ts";
import { seal } from "../../../src/repository/publishing/seal.ts";
import type {
  MetaFile,
  Signed,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
  TufKey,
} from "../../../src/vocabulary/types.ts";
import { bytesOf, Developer, fetcherOf, Index, targetOf } from "../../support/projects.ts";

const FILE = "release-1.0.tar.gz";
const pathOf = (project: string): string => `packages/${project}/${FILE}`;
const VIEW = "both";

/** What the attacker serves: a copy of what is published, and whatever the stolen keys can sign. */
class Attacker {
  readonly files: Map<string, Uint8Array>;
  readonly #keys: ReadonlyMap<string, PrivateKey>;
  readonly own: PrivateKey;
  readonly #moved = new Map<string, Uint8Array>();

  private constructor(index: Index, keys: ReadonlyMap<string, PrivateKey>, own: PrivateKey) {
    this.files = new Map(index.storage.files);
    this.#keys = keys;
    this.own = own;
  }

  /** @param keys the stolen keys by role */
  static async with(index: Index, keys: ReadonlyMap<string, PrivateKey>): Promise<Attacker> {
    return new Attacker(index, keys, await generateKey("Ed25519"));
  }

  /** The newest file of a role. */
  current<S extends Signed>(role: string): S {
    const found = [...this.files.keys()].flatMap((name) => {
      const [, version, of] = /^public\/metadata\/(\d+)\.(.+)\.json$/.exec(name) ?? [];
      return of === role ? [Number(version)] : [];
    });
    const version = Math.max(...found);
    const bytes = this.files.get(`public/metadata/${version}.${role}.json`) as Uint8Array;
    return parseMetadata(bytes).signed as S;
  }

  /** Signs the next version of a role, or `signed` under its own number, and serves it. */
  async forge(role: string, signed: Signed, key = this.#keys.get(role)): Promise<void> {
    if (key === undefined) throw new Error(`no key of ${role} was stolen`);
    const keyid = tufKeyid(toTufKey(key.publicKey));
    const { bytes } = await seal(signed, role, [{ keyid, signer: key }], VIEW, new Date());
    this.files.set(`public/metadata/${signed.version}.${role}.json`, bytes);
    this.#moved.set(role, bytes);
  }

  /** Lets the next snapshot name an older version, which its holders signed. */
  replay(role: string, version: number): void {
    this.#moved.set(role, this.files.get(`public/metadata/${version}.${role}.json`) as Uint8Array);
  }

  /** Serves a file under the name that clients ask for. */
  serve(path: string, text: string): TargetFile {
    const bytes = bytesOf(text);
    const target = targetOf(bytes);
    this.files.set(targetName(path, String(target.hashes.sha256)), bytes);
    return target;
  }

  /** A snapshot of what was forged, and a timestamp of that. @param expires of both. Default: as before */
  async commit(expires?: string): Promise<void> {
    const header = expires === undefined ? {} : { expires };
    const snapshot = this.current<Snapshot>("snapshot");
    const meta: Record<string, MetaFile> = { ...snapshot.meta };
    for (const [role, bytes] of this.#moved) {
      const { version } = parseMetadata(bytes).signed;
      meta[`${role}.json`] = { version, length: bytes.length, hashes: { sha256: hashHex("sha256", bytes) } };
    }
    const next = { ...snapshot, ...header, version: snapshot.version + 1, meta };
    await this.forge("snapshot", next);
    const bytes = this.#moved.get("snapshot") as Uint8Array;
    const before = parseMetadata(this.files.get("public/metadata/timestamp.json") as Uint8Array)
      .signed as Timestamp;
    const signed: Timestamp = {
      ...before,
      ...header,
      version: before.version + 1,
      meta: {
        "snapshot.json": {
          version: next.version,
          length: bytes.length,
          hashes: { sha256: hashHex("sha256", bytes) },
        },
      },
    };
    await this.forge("timestamp", signed);
    this.files.set("public/metadata/timestamp.json", this.#moved.get("timestamp") as Uint8Array);
  }
}

/** What a user got of a project: the developer's file, the attacker's, or a refusal. */
type Outcome = "good" | "evil" | TufLdError["code"];

async function outcomeOf(user: Updater, path: string): Promise<Outcome> {
  const sink = createMemorySink();
  try {
    await user.download(await user.find(path), sink);
  } catch (error) {
    if (!(error instanceof TufLdError)) throw error;
    expect(sink.paths()).toEqual([]);
    return error.code;
  }
  return new TextDecoder().decode(sink.get(path)).startsWith("good") ? "good" : "evil";
}

/** Someone who has used the index before: what it served then is in the store. */
async function returning(index: Index): Promise<Store> {
  const store = createMemoryStore();
  await index.user({ store }).refresh();
  return store;
}

function onlineKeys(index: Index): Map<string, PrivateKey> {
  const { config } = index.repository;
  const first = (role: string): PrivateKey => index.byRole.get(role)?.[0] as PrivateKey;
  const keys = new Map(
    ["recently-claimed", "unclaimed", "snapshot", "timestamp"].map((role) => [role, first(role)]),
  );
  for (const bin of binNames(config.bins as NonNullable<typeof config.bins>)) keys.set(bin, first("bin"));
  return keys;
}

/** All keys that an index holds online were stolen: evil files for all projects, in every way that those keys allow. */
async function takeOver(
  index: Index,
  projects: readonly string[],
  { overwrite }: { readonly overwrite: boolean },
): Promise<Attacker> {
  const attacker = await Attacker.with(index, onlineKeys(index));
  const { bins } = index.repository.config;
  const keyid = tufKeyid(toTufKey(attacker.own.publicKey));
  const key = toTufKey(attacker.own.publicKey) as unknown as TufKey;
  const evil = new Map(
    projects.map((project) => [project, attacker.serve(pathOf(project), `evil ${project}`)]),
  );
  const recent = attacker.current<Targets>("recently-claimed");
  const roles = projects.map((project) => ({
    name: `project-${project}`,
    keyids: [keyid],
    threshold: 1,
    terminating: true,
    paths: [`packages/${project}/*`, `simple/${project}/*`],
  }));
  // The attacker's keys for every project, claimed ones too, and the evil files in the role itself.
  const listed = Object.fromEntries([...evil].map(([project, target]) => [pathOf(project), target]));
  await attacker.forge("recently-claimed", {
    ...recent,
    version: recent.version + 1,
    targets: listed,
    delegations: { keys: { [keyid]: key }, roles },
  });
  const unclaimed = attacker.current<Targets>("unclaimed");
  await attacker.forge("unclaimed", { ...unclaimed, version: unclaimed.version + 1, targets: listed });
  for (const bin of binNames(bins as NonNullable<typeof bins>)) {
    const before = attacker.current<Targets>(bin);
    const mine = Object.entries(listed).filter(
      ([path]) => binNameOf(bins as NonNullable<typeof bins>, path) === bin,
    );
    await attacker.forge(bin, {
      ...before,
      version: before.version + 1,
      targets: { ...before.targets, ...Object.fromEntries(mine) },
    });
  }
  for (const project of overwrite ? projects : []) {
    const role = `project-${project}`;
    const known = attacker.files.has(`public/metadata/1.${role}.json`);
    const version = known ? attacker.current<Targets>(role).version + 1 : 1;
    const signed: Targets = {
      ...recent,
      version,
      targets: { [pathOf(project)]: evil.get(project) as TargetFile },
      delegations: { keys: {}, roles: [] },
    };
    await attacker.forge(role, signed, attacker.own);
  }
  await attacker.commit();
  return attacker;
}

const PROJECTS = 200;
const names = Array.from({ length: PROJECTS }, (_, number) => `p${String(number).padStart(3, "0")}`);

/** Numbers that look random and are the same every time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Downloads of each project, lognormal with a heavy tail, the most wanted first. */
function downloads(count: number): number[] {
  const random = seeded(480);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () => Math.exp(2.5 * normal())).sort((a, b) => b - a);
}

describe("A16: the attacker holds every online key of the maximum model", () => {
  /**
   * An index whose projects of most downloads are claimed; of the others every second one is recently claimed, the
   * rest is in bins.
   */
  async function indexWith(claimed: number): Promise<Index> {
    const index = await Index.create({ bins: 4 });
    for (const [rank, project] of names.entries()) {
      if (rank < claimed || rank % 2 === 0)
        await (await Developer.of(project)).submit(index, { [FILE]: `good ${project}` });
      else await index.addUnclaimed(pathOf(project), `good ${project}`);
    }
    await index.publish();
    if (claimed > 0) {
      await claimProjects(index.repository, names.slice(0, claimed));
      await index.signClaimed();
      await index.publish();
    }
    return index;
  }

  /** Outcomes by project. */
  async function attacked(index: Index, overwrite: boolean, store: Store): Promise<Outcome[]> {
    const { files } = await takeOver(index, names, { overwrite });
    const user = index.user({ store, fetcher: fetcherOf(files) });
    const outcomes: Outcome[] = [];
    for (const project of names) outcomes.push(await outcomeOf(user, pathOf(project)));
    return outcomes;
  }

  test("as many projects are safe as are claimed, and the most wanted percent protects most of the downloads", async () => {
    const weights = downloads(PROJECTS);
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    const table: { claimed: string; projects: string; downloads: string; served: string }[] = [];
    for (const share of [0, 0.01, 0.1, 1]) {
      const index = await indexWith(share * PROJECTS);
      const store = await returning(index);
      const before = index.user({ store });
      for (const project of names) expect(await outcomeOf(before, pathOf(project))).toBe("good");
      const spoilt = await attacked(index, true, await returning(index));
      const outcomes = await attacked(index, false, store);
      // Nobody gets an evil file of a claimed project in either way; left alone, they can even be downloaded.
      for (const [rank, project] of names.entries()) {
        const isClaimed = rank < share * PROJECTS;
        expect([project, outcomes[rank]]).toEqual([project, isClaimed ? "good" : "evil"]);
        expect([project, spoilt[rank]]).toEqual([project, isClaimed ? "ERR_NO_SIGNATURE" : "evil"]);
      }
      const safe = outcomes.map((outcome) => outcome !== "evil");
      const weighed = weights.reduce((sum, weight, rank) => sum + (safe[rank] ? weight : 0), 0);
      const percent = (value: number): string => `${(100 * value).toFixed(1)}%`;
      table.push({
        claimed: percent(share),
        projects: percent(safe.filter(Boolean).length / PROJECTS),
        downloads: percent(weighed / all),
        served: percent(outcomes.filter((outcome) => outcome === "good").length / PROJECTS),
      });
    }
    expect(table).toEqual([
      { claimed: "0.0%", projects: "0.0%", downloads: "0.0%", served: "0.0%" },
      { claimed: "1.0%", projects: "1.0%", downloads: "20.6%", served: "1.0%" },
      { claimed: "10.0%", projects: "10.0%", downloads: "73.7%", served: "10.0%" },
      { claimed: "100.0%", projects: "100.0%", downloads: "100.0%", served: "100.0%" },
    ]);
  }, 120_000);
});

test("A16: a new file of a claimed project, listed with every online key, is not found", async () => {
  const index = await Index.create({ bins: 2 });
  const dev = await Developer.of("example");
  await dev.submit(index, { [FILE]: "good" });
  await index.publish();
  await claimProjects(index.repository, "all");
  await index.signClaimed();
  await index.publish();
  const attacker = await Attacker.with(index, onlineKeys(index));
  const path = dev.path("release-9.9.tar.gz");
  const evil = attacker.serve(path, "evil");
  for (const role of ["recently-claimed", "unclaimed", "bin-0", "bin-1"]) {
    const before = attacker.current<Targets>(role);
    const targets = { ...before.targets, [path]: evil };
    await attacker.forge(role, { ...before, version: before.version + 1, targets });
  }
  await attacker.commit();
  const user = index.user({ fetcher: fetcherOf(attacker.files) });
  expect(await outcomeOf(user, path)).toBe("ERR_TARGET_NOT_FOUND");
  expect(await outcomeOf(user, pathOf("example"))).toBe("good");
});

describe("A16: the attacker serves an older version of claimed, which its offline holders signed", () => {
  /** `early` is claimed in version 2 of claimed, `late` in version 3. */
  async function world() {
    const index = await Index.create({ bins: 2 });
    for (const project of ["early", "late"]) {
      await (await Developer.of(project)).submit(index, { [FILE]: `good ${project}` });
      await index.publish();
      await claimProjects(index.repository, [project]);
      await index.signClaimed();
      await index.publish();
    }
    const store = await returning(index);
    const attacker = await takeOver(index, ["early", "late"], { overwrite: false });
    const project = attacker.current<Targets>("project-late");
    const evil = attacker.serve(pathOf("late"), "evil late");
    await attacker.forge(
      "project-late",
      { ...project, version: project.version + 1, targets: { [pathOf("late")]: evil } },
      attacker.own,
    );
    attacker.replay("claimed", 2);
    // Whatever the online keys sign lives as long as the attacker likes.
    const expires = "2099-01-01T00:00:00Z";
    await attacker.forge("recently-claimed", { ...attacker.current("recently-claimed"), expires });
    await attacker.commit(expires);
    return { index, store, fetcher: fetcherOf(attacker.files) };
  }

  test("a new user gets evil files of what was claimed since, and of nothing that was claimed then", async () => {
    const { index, fetcher } = await world();
    const user = index.user({ fetcher });
    expect(await outcomeOf(user, pathOf("late"))).toBe("evil");
    expect(await outcomeOf(user, pathOf("early"))).toBe("good");
  });

  test("a user who returns is told of a rollback", async () => {
    const { index, store, fetcher } = await world();
    for (const project of ["early", "late"])
      expect(await outcomeOf(index.user({ fetcher, store }), pathOf(project))).toBe("ERR_ROLLBACK");
  });

  test("it ends when the older version expires, within six weeks", async () => {
    const { index, fetcher } = await world();
    const { signed } = parseMetadata(index.storage.files.get("public/metadata/2.claimed.json") as Uint8Array);
    const end = Date.parse(signed.expires);
    expect((end - Date.now()) / 86_400_000).toBeLessThanOrEqual(42);
    for (const [at, outcome] of [
      [end - 1_000, "evil"],
      [end, "ERR_EXPIRED"],
    ] as const) {
      const user = index.user({ fetcher, at: new Date(at) });
      expect(await outcomeOf(user, pathOf("late"))).toBe(outcome);
    }
  });
});

describe("A17: the attacker holds the key of one project, and the line to the user", () => {
  const others = ["one", "two", "free"];

  async function world(): Promise<{ index: Index; dev: Developer }> {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("victim");
    await dev.submit(index, { [FILE]: "good victim" });
    for (const name of ["one", "two"])
      await (await Developer.of(name)).submit(index, { [FILE]: `good ${name}` });
    await index.addUnclaimed(pathOf("free"), "good free");
    await index.publish();
    await claimProjects(index.repository, ["victim", "one"]);
    await index.signClaimed();
    await index.publish();
    return { index, dev };
  }

  function evilVersion(attacker: Attacker, version: number): Targets {
    const before = attacker.current<Targets>("project-victim");
    const listed = Object.fromEntries(
      ["victim", ...others].map((project) => [
        pathOf(project),
        attacker.serve(pathOf(project), `evil ${project}`),
      ]),
    );
    return { ...before, version, targets: { ...before.targets, ...listed } };
  }

  test.each([
    ["another file of the same version", 1, "ERR_LENGTH_MISMATCH"],
    ["the next version in its place", 2, "ERR_LENGTH_MISMATCH"],
  ])("alone: %s is refused, by new users and by those who return", async (_, version, code) => {
    const { index, dev } = await world();
    const store = await returning(index);
    const attacker = await Attacker.with(index, new Map([["project-victim", dev.key]]));
    await attacker.forge("project-victim", evilVersion(attacker, version));
    const forged = attacker.files.get(`public/metadata/${version}.project-victim.json`) as Uint8Array;
    attacker.files.set("public/metadata/1.project-victim.json", forged);
    for (const options of [{}, { store }]) {
      const user = index.user({ fetcher: fetcherOf(attacker.files), ...options });
      expect(await outcomeOf(user, pathOf("victim"))).toBe(code);
      for (const project of others) expect(await outcomeOf(user, pathOf(project))).toBe("good");
    }
  });

  test("alone: another file of the same version and length is refused too", async () => {
    const { index, dev } = await world();
    const attacker = await Attacker.with(index, new Map([["project-victim", dev.key]]));
    const name = "public/metadata/1.project-victim.json";
    const before = attacker.files.get(name) as Uint8Array;
    const signed = attacker.current<Targets>("project-victim");
    // The text of a proof is now and then a character shorter, so the attacker tries files until the length fits.
    for (let nonce = 100; nonce === 100 || attacker.files.get(name)?.length !== before.length; nonce++) {
      const evil = attacker.serve(pathOf("victim"), `evil ${nonce}${"!".repeat(3)}`);
      const targets = { ...signed.targets, [pathOf("victim")]: evil };
      await attacker.forge("project-victim", { ...signed, targets });
    }
    expect(attacker.files.get(name)?.length).toBe(before.length);
    const user = index.user({ fetcher: fetcherOf(attacker.files) });
    expect(await outcomeOf(user, pathOf("victim"))).toBe("ERR_HASH_MISMATCH");
  });

  test("with the keys of snapshot and timestamp too: that project is lost, and no other", async () => {
    const { index, dev } = await world();
    const store = await returning(index);
    const keys = onlineKeys(index);
    const stolen = new Map([["project-victim", dev.key]]);
    for (const role of ["snapshot", "timestamp"]) stolen.set(role, keys.get(role) as PrivateKey);
    const attacker = await Attacker.with(index, stolen);
    await attacker.forge("project-victim", evilVersion(attacker, 2));
    await attacker.commit();
    const user = index.user({ store, fetcher: fetcherOf(attacker.files) });
    expect(await outcomeOf(user, pathOf("victim"))).toBe("evil");
    for (const project of others) expect(await outcomeOf(user, pathOf(project))).toBe("good");
  });

  test("handed in to the index, it speaks for that project alone", async () => {
    const { index, dev } = await world();
    const before = index.contents();
    for (const project of others) {
      const edit = (signed: Targets): Targets => ({
        ...signed,
        targets: { ...signed.targets, [pathOf(project)]: targetOf(bytesOf("evil")) },
      });
      await expect(index.accept(await dev.release({ x: "y" }, { edit }))).rejects.toMatchObject({
        code: "ERR_SUBMISSION",
      });
      const other = await Developer.of(project);
      await expect(
        index.accept(
          await other.release(
            { x: "y" },
            { signers: [dev.key], edit: (signed) => ({ ...signed, version: 2 }) },
          ),
        ),
      ).rejects.toMatchObject({ code: project === "free" ? "ERR_SUBMISSION" : "ERR_NO_SIGNATURE" });
    }
    expect(index.contents()).toEqual(before);
  });
});

describe("A9: the attacker edits what installers read before they choose a file", () => {
  const METADATA = "example-1.0-py3-none-any.whl.metadata";
  const paths = ["simple/example/index.html", "simple/example/index.json", `packages/example/${METADATA}`];

  async function world(): Promise<Index> {
    const index = await Index.create({ bins: 2 });
    const dev = await Developer.of("example");
    await dev.submit(index, {
      "example-1.0-py3-none-any.whl": "good wheel",
      [METADATA]: "Metadata-Version: 2.3\nName: example\nVersion: 1.0\nRequires-Dist: good-dependency\n",
    });
    await index.publish();
    await claimProjects(index.repository, "all");
    await index.signClaimed();
    await index.publish();
    return index;
  }

  test.each(paths)("a mirror that edits %s delivers nothing", async (path) => {
    const index = await world();
    const { target } = await index.user().find(path);
    const name = targetName(path, String(target.hashes.sha256));
    const right = index.storage.files.get(name) as Uint8Array;
    const text = new TextDecoder().decode(right);
    const edits = [
      [text.replace("example", "evil-ex"), "ERR_HASH_MISMATCH"],
      [`${text}Requires-Dist: evil\n`, "ERR_LENGTH_MISMATCH"],
      [text.slice(0, -1), "ERR_LENGTH_MISMATCH"],
    ] as const;
    for (const [edited, code] of edits) {
      const files = new Map([...index.storage.files, [name, bytesOf(edited)]]);
      expect(await outcomeOf(index.user({ fetcher: fetcherOf(files) }), path)).toBe(code);
    }
    const sink = createMemorySink();
    const user = index.user();
    await user.download(await user.find(path), sink);
    expect(sink.get(path)).toEqual(right);
  });

  test.each(paths)("an index with all online keys that signs another %s is not believed", async (path) => {
    const index = await world();
    const { target } = await index.user().find(path);
    const attacker = await Attacker.with(index, onlineKeys(index));
    const evil = attacker.serve(path, "Requires-Dist: evil\n");
    for (const role of ["recently-claimed", "unclaimed", "bin-0", "bin-1"]) {
      const before = attacker.current<Targets>(role);
      await attacker.forge(role, {
        ...before,
        version: before.version + 1,
        targets: { ...before.targets, [path]: evil },
      });
    }
    await attacker.commit();
    const found = await index.user({ fetcher: fetcherOf(attacker.files) }).find(path);
    expect(found.target).toEqual(target);
    expect(found.chain.map(({ role }) => role)).toEqual(["targets", "claimed", "project-example"]);
  });
});
