import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHttpFetcher } from "../../../src/client/httpFetcher.ts";
import { Updater } from "../../../src/client/updater.ts";
import { TufLdError } from "../../../src/errors.ts";
import { parseMetadata } from "../../../src/metadata/file.ts";
import { createFileStore } from "../../../src/node/fileStore.ts";
import { createTargetFolder } from "../../../src/node/targetFolder.ts";
import { NOW } from "../../support/simulator/draft.ts";
import { Simulator } from "../../support/simulator/repository.ts";

const TARGET = "packages/a.txt";
const OLD = "old content, ".repeat(500);
const NEW = "new content, ".repeat(700);
const CHILD = fileURLToPath(new URL("../../support/faultChild.mjs", import.meta.url));
const DIST = fileURLToPath(new URL("../../../dist", import.meta.url));

/** Ends a response after so many bytes of its body; -1 before anything is sent. */
interface Cut {
  readonly path: string;
  readonly after: (length: number) => number;
}

let repository: Simulator;
let server: Server;
let base: string;
let cut: Cut | undefined;
let scratch: string;
/** A client that has seen the repository before it changed. */
let before: string;

const rootFile = (): string => join(scratch, "trusted-root.json");
const place = (name: string) => ({
  store: join(scratch, name, "store"),
  targets: join(scratch, name, "targets"),
});

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "tuf-ld-faults-"));
  if (!existsSync(DIST)) throw new Error("dist is missing: run `npm run build` first");
  server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? "/").slice(1));
    const bytes = repository.files.get(path);
    if (bytes === undefined) return void response.writeHead(404).end();
    const end = cut?.path === path ? cut.after(bytes.length) : undefined;
    if (end !== undefined && end < 0) return void request.socket.destroy();
    response.writeHead(200, { "content-length": bytes.length });
    if (end === undefined) return void response.end(bytes);
    response.flushHeaders();
    response.write(bytes.slice(0, end), () => response.destroy());
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  repository = await Simulator.create({ view: "both" });
  await repository.delegate("targets", { name: "packages", paths: ["packages/*"] });
  repository.addTarget("packages", TARGET, OLD);
  await repository.publishAll();
  writeFileSync(rootFile(), repository.rootBytes(1));
  before = "before";
  await run(before);
  // Everything changes: the root rotates an online key, and every role and the file get a new version.
  await repository.rotate("timestamp");
  await repository.publish("root");
  repository.addTarget("packages", TARGET, NEW);
  await repository.publishAll();
}, 120_000);

afterAll(() => {
  server?.close();
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
});

/** Refreshes and downloads in this process. */
async function run(name: string): Promise<void> {
  const { store, targets } = place(name);
  const updater = new Updater({
    trustedRoot: new Uint8Array(readFileSync(rootFile())),
    store: createFileStore(store),
    fetcher: createHttpFetcher({ retries: 0 }),
    metadataUrls: [`${base}metadata/`],
    targetsUrls: [`${base}targets/`],
    policy: "both",
    at: NOW,
  });
  await updater.download(await updater.find(TARGET), createTargetFolder(targets));
}

/** A copy of the client as it was before the repository changed. */
function copyOfBefore(name: string): void {
  mkdirSync(join(scratch, name), { recursive: true });
  cpSync(join(scratch, before), join(scratch, name), { recursive: true });
}

/** Versions by role, as the store has them. Throws if any file is not whole. */
function versions(name: string): Record<string, number> {
  const { store } = place(name);
  const files = readdirSync(store).filter((each) => each.endsWith(".json") && each !== "validators.json");
  return Object.fromEntries(
    files.map((file) => [
      file,
      parseMetadata(new Uint8Array(readFileSync(join(store, file)))).signed.version,
    ]),
  );
}

function content(name: string): string | undefined {
  const path = join(place(name).targets, TARGET);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** After whatever happened: no file is torn, nothing is older than before, and the next run gets everything. */
async function expectRecovery(name: string): Promise<void> {
  const was = versions(before);
  for (const [file, version] of Object.entries(versions(name))) {
    expect(version, file).toBeGreaterThanOrEqual(was[file] ?? 1);
  }
  expect([OLD, NEW]).toContain(content(name));
  await run(name);
  expect(versions(name)).toEqual(versions("after"));
  expect(content(name)).toBe(NEW);
}

function child(
  fatal: number,
  name: string,
): Promise<{ out: string; signal: string | null; code: number | null }> {
  const { store, targets } = place(name);
  const args = [CHILD, DIST, `${fatal}`, store, targets, rootFile(), base, NOW.toISOString(), TARGET];
  const process_ = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  process_.stdout.on("data", (chunk) => {
    out += chunk;
  });
  return new Promise((resolve) => process_.on("close", (code, signal) => resolve({ out, signal, code })));
}

/** A client that has seen everything, to compare with. */
async function makeAfter(): Promise<void> {
  if (existsSync(place("after").store)) return;
  copyOfBefore("after");
  await run("after");
}

test("a client killed at any change that it makes to the file system recovers at its next run", {
  timeout: 600_000,
}, async () => {
  await makeAfter();
  copyOfBefore("whole");
  const whole = await child(0, "whole");
  expect(whole.code).toBe(0);
  const changes = Number(whole.out);
  expect(changes).toBeGreaterThan(30);
  expect(versions("whole")).toEqual(versions("after"));
  for (let fatal = 1; fatal <= changes; fatal++) {
    const name = `killed-${fatal}`;
    copyOfBefore(name);
    expect((await child(fatal, name)).signal, name).toBe("SIGKILL");
    await expectRecovery(name);
    rmSync(join(scratch, name), { recursive: true });
  }
});

describe("a client whose connection is cut recovers at its next run", () => {
  const places: [string, Cut["after"]][] = [
    ["before the answer", () => -1],
    ["after the headers", () => 0],
    ["after the first byte", () => 1],
    ["in the middle", (length) => length >> 1],
    ["before the last byte", (length) => length - 1],
  ];
  test.each(places)("%s of each file", { timeout: 120_000 }, async (_, after) => {
    await makeAfter();
    const paths = [
      "metadata/2.root.json",
      "metadata/timestamp.json",
      ...["snapshot", "targets", "packages"].flatMap((role) => repository.namesOf(role)),
      ...[...repository.files.keys()]
        .filter((path) => path.startsWith("targets/") && path.endsWith(".a.txt"))
        .slice(-1),
    ];
    for (const [index, path] of paths.entries()) {
      const name = `cut-${after(1_000)}-${index}`;
      copyOfBefore(name);
      cut = { path, after };
      await expect(run(name), path).rejects.toSatisfy(
        (error) => error instanceof TufLdError && error.code === "ERR_NETWORK",
      );
      cut = undefined;
      await expectRecovery(name);
    }
  });
});
