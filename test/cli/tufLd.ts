/**
 * Runs the built command line as a person would, in a folder of the test's own.
 * @module
 */
import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** What `npm run build` makes. */
export const BUILT: string = at("../../dist/bin/tuf-ld.js");
/** The copy of it that `freshBundle.ts` makes for tests. */
export const CLI: string = process.env["TUF_LD_CLI"] ?? at("../../.scratch/bin/tuf-ld.js");
if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run \`npm run build\` first`);

const HEEDING = at("../support/heeding.cjs");

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  /** Added to an environment without colours, passphrases or debugging. */
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
}

function environment(added: RunOptions["env"] = {}): NodeJS.ProcessEnv {
  const {
    NO_COLOR: _,
    FORCE_COLOR: __,
    TUF_LD_PASSPHRASE: ___,
    TUF_LD_DEBUG: ____,
    ...inherited
  } = process.env;
  return { ...inherited, ...added };
}

/** A folder with commands to run in it. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), "tuf-ld-test-"));

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, content: string | Uint8Array | object): string {
    const raw = typeof content === "string" || content instanceof Uint8Array;
    writeFileSync(this.file(name), raw ? content : JSON.stringify(content));
    return name;
  }

  read(name: string): string {
    return readFileSync(this.file(name), "utf8");
  }

  json<T = Record<string, unknown>>(name: string): T {
    return JSON.parse(this.read(name)) as T;
  }

  /** Runs `tuf-ld` with these arguments. */
  run(args: readonly string[], { input, env, uid }: RunOptions = {}): Ended {
    const ended: SpawnSyncReturns<string> = spawnSync(process.execPath, [CLI, ...args], {
      cwd: this.path,
      env: environment(env),
      encoding: "utf8",
      input: input ?? "",
      maxBuffer: 1 << 28,
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    if (ended.error) throw ended.error;
    return { code: ended.status, out: ended.stdout, err: ended.stderr };
  }

  /** As `run`, and fails the test unless it ended well. */
  ok(args: readonly string[], options: RunOptions = {}): string {
    const { code, out, err } = this.run(args, options);
    if (code !== 0) throw new Error(`tuf-ld ${args.join(" ")} ended with ${code}: ${err}`);
    return out;
  }

  /** Starts `tuf-ld` and leaves it running, stdin open. */
  start(args: readonly string[], env: RunOptions["env"] = {}): ChildProcess {
    return spawn(process.execPath, [CLI, ...args], { cwd: this.path, env: environment(env), stdio: "pipe" });
  }

  /** Starts `tuf-ld` and returns when it listens to signals: one that comes earlier ends Node itself. */
  async startHeeding(args: readonly string[], env: RunOptions["env"] = {}): Promise<ChildProcess> {
    const child = spawn(process.execPath, ["--require", HEEDING, CLI, ...args], {
      cwd: this.path,
      env: environment(env),
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    await new Promise((resolve) => child.stdio[3]?.once("data", resolve));
    return child;
  }
}

/** A folder that is removed when the test has finished. */
export function folder(): Folder {
  const made = new Folder();
  onTestFinished(() => made.remove());
  return made;
}

const seeds = createRequire(import.meta.url)("@sigstore/tuf/seeds.json") as Record<
  string,
  { "root.json": string }
>;

/** Sigstore's production root, as the npm package @sigstore/tuf ships it. */
export const sigstoreRoot: Buffer = Buffer.from(Object.values(seeds)[0]?.["root.json"] ?? "", "base64");

const { signed } = JSON.parse(sigstoreRoot.toString("utf8")) as {
  signed: { expires: string; version: number };
};
export const sigstoreVersion: number = signed.version;
const shifted = (days: number): string =>
  new Date(Date.parse(signed.expires) + days * 86_400_000).toISOString().slice(0, 10);
/** A date on which it was valid, and one on which it was not any more. */
export const WHILE_VALID: string = shifted(-1);
export const AFTER_EXPIRY: string = shifted(2);

export interface ShownKey {
  readonly keyid: string;
  readonly did: string;
  readonly tuf: object;
}

/** The keys of `makeRepository`. */
export type Keys = Record<"alice" | "bob" | "carol", ShownKey>;

let made: { readonly keys: Keys; readonly files: ReadonlyMap<string, string> } | undefined;

/**
 * Keys alice and bob (Ed25519) and carol (P-256), not encrypted, and unsigned metadata of a repository that gives
 * alice and bob every role, both needed, with bob alone for the delegated role `team/a`. Made once for all tests of
 * a file, by the commands themselves.
 */
export function makeRepository(at: Folder): Keys {
  if (made === undefined) {
    const first = new Folder();
    const keys = makeFiles(first);
    made = { keys, files: new Map(readdirSync(first.path).map((name) => [name, first.read(name)])) };
    first.remove();
  }
  for (const [name, content] of made.files) at.write(name, content);
  return made.keys;
}

function makeFiles(at: Folder): Keys {
  const make = (name: string, type: string): ShownKey => {
    at.ok(["key", "gen", "--unsafe-plain", "--type", type, "-o", `${name}.pem`]);
    at.write(`${name}.pub`, at.ok(["key", "show", `${name}.pem`, "--as", "pem"]));
    return JSON.parse(at.ok(["key", "show", `${name}.pem`, "--json"])) as ShownKey;
  };
  const keys = { alice: make("alice", "ed25519"), bob: make("bob", "ed25519"), carol: make("carol", "p256") };
  const { alice, bob } = keys;
  const listed = { [alice.keyid]: alice.tuf, [bob.keyid]: bob.tuf };
  const role = { keyids: [alice.keyid, bob.keyid], threshold: 2 };
  const header = { spec_version: "1.0.34", version: 1, expires: "2100-01-01T00:00:00Z" };
  const roles = { root: role, timestamp: role, snapshot: role, targets: role };
  const unsigned = (body: object): object => ({ signatures: [], signed: body });
  at.write(
    "root.json",
    unsigned({ _type: "root", ...header, consistent_snapshot: true, keys: listed, roles }),
  );
  const hashes = { sha256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03" };
  const delegations = {
    keys: { [bob.keyid]: bob.tuf },
    roles: [{ name: "team/a", keyids: [bob.keyid], threshold: 1, terminating: false, paths: ["a/*"] }],
  };
  const targets = { "app.tar.gz": { length: 6, hashes } };
  at.write("targets.json", unsigned({ _type: "targets", ...header, targets, delegations }));
  at.write("team.json", unsigned({ _type: "targets", ...header, version: 4, targets: {} }));
  const meta = { "snapshot.json": { version: 1 } };
  at.write("timestamp.json", unsigned({ _type: "timestamp", ...header, meta }));
  return keys;
}

/** The two lines of an error, without colours. */
export function errorOf({ err }: Ended): { code: string; message: string; hint: string } {
  const [, code = "", message = ""] = /^tuf-ld: (ERR_[A-Z_]+): (.*)$/m.exec(err) ?? [];
  const [, hint = ""] = /^hint: (.+)$/m.exec(err) ?? [];
  return { code, message, hint };
}
