/**
 * Signing ceremonies: key holders on machines of their own, each with one key and what is carried to them.
 * @module
 */
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { parseMetadata } from "../../src/metadata/file.ts";
import { checkFile } from "../../src/proof/checkFile.ts";
import { delegatedKeys } from "../../src/trust/delegation.ts";
import { addText, copiesOf, inRepo, jsonOf, removeOriginals, SECRET } from "./repositoryFolder.ts";
import { type Ended, errorOf, Folder } from "./tufLd.ts";

afterAll(removeOriginals);

/** Somebody with a machine on which there is one key and no repository. */
interface Holder {
  readonly at: Folder;
  readonly keyid: string;
}

interface Count {
  readonly signed: string[];
  readonly threshold: number;
  readonly met: boolean;
}

const KINDS = ["ed25519", "p256", "ed25519", "p384", "ed25519"];
const THRESHOLD = 3;

/** The first protects the key with a passphrase; that costs time, so the others do not. */
function holder(type: string, index: number): Holder {
  const at = new Folder();
  const plain = index === 0 ? [] : ["--unsafe-plain"];
  at.ok(["key", "gen", "--type", type, "-o", "key.pem", ...plain], { env: SECRET });
  const { keyid } = JSON.parse(at.ok(["key", "show", "key.pem", "--json"], { env: SECRET })) as Holder;
  return { at, keyid };
}

/** A file goes from one machine to another. */
function carry(from: Folder, name: string, to: Folder, as: string = name): void {
  copyFileSync(from.file(name), to.file(as));
}

const signing = (key = "key.pem"): string[] => ["sign", "payload.json", "-k", key, "-o", "payload.json"];

/** A holder gets a copy of the payload, signs it and gives it back. */
function signs(at: Folder, { at: there, keyid }: Holder): string {
  carry(at, "payload.json", there);
  const { code, err } = there.run([...signing(), "--yes"], { env: SECRET });
  expect({ code, err }).toMatchObject({
    code: 0,
    err: expect.stringContaining(`signed with key ${keyid.slice(0, 12)}`),
  });
  carry(there, "payload.json", at, `from-${keyid}.json`);
  return `from-${keyid}.json`;
}

const takes = (at: Folder, name: string): { added: string[]; signatures: Count[] } =>
  jsonOf(at, "add-signature", "root", "--in", name);

function refused(ended: Ended, code: string, exit: number): void {
  expect([errorOf(ended).code, ended.code]).toEqual([code, exit]);
}

/** A published repository whose root needs three of five holders, and the five. */
async function world(): Promise<{ at: Folder; holders: Holder[] }> {
  const [at, ...machines] = await copiesOf("world", makeWorld);
  if (at === undefined) throw new Error("no folder");
  const holders = machines.map((each) => ({ at: each, keyid: each.json<Holder>("key.json").keyid }));
  return { at, holders };
}

async function makeWorld(): Promise<Folder[]> {
  const at = new Folder();
  const holders = KINDS.map(holder);
  at.ok(["init", "repo", "-q"]);
  inRepo(at, "key", "gen", "targets", "snapshot", "timestamp", "-q", "--unsafe-plain");
  holders.forEach(({ at: there, keyid }, index) => {
    there.write("key.pub", there.ok(["key", "show", "key.pem", "--as", "pem"], { env: SECRET }));
    there.write("key.json", { keyid });
    carry(there, "key.pub", at, `${index}.pub`);
  });
  inRepo(at, "role", "add-key", "root", ...holders.map((_, index) => `${index}.pub`));
  inRepo(at, "role", "threshold", "root", String(THRESHOLD));
  await addText(at, "app.txt", "the application");
  inRepo(at, "payload", "root", "-o", "payload.json");
  for (const each of holders.slice(0, THRESHOLD)) takes(at, signs(at, each));
  inRepo(at, "publish");
  return [at, ...holders.map(({ at: there }) => there)];
}

/** Who counts for the published root under its own keys and under those of the root before, in both views. */
async function countOf(at: Folder, version: number): Promise<number[]> {
  const read = (name: number) =>
    parseMetadata(new Uint8Array(readFileSync(at.file(`repo/public/metadata/${name}.root.json`))), {
      type: "root",
    });
  const root = read(version);
  const counts: number[] = [];
  for (const delegator of [root, read(version - 1)]) {
    const keys = delegatedKeys(delegator.signed, "root");
    if (keys === undefined) throw new Error("a root names the root role");
    const { count } = await checkFile(root, keys, "both");
    expect(count.met).toBe(true);
    expect(count.threshold).toBe(THRESHOLD);
    counts.push(count.keys.length);
  }
  return counts;
}

const order = (...indices: number[]): number[] => indices;

describe("a ceremony with three of five holders", () => {
  test.each([
    ["signs an outdated payload", order(4, 0, 3), "outdated"],
    ["uses the wrong key", order(1, 3, 2), "wrong key"],
    ["hands in the same signature twice", order(2, 1, 0), "twice"],
  ])("ends well although one of them %s; in the order %j", async (_, indices, mistake) => {
    const { at, holders } = await world();
    const env = { TUF_LD_HOME: at.file("home") };
    at.ok(["trust", "repo/public/metadata", "--root", "repo/public/metadata/1.root.json", "--name", "r"], {
      env,
    });
    at.ok(["refresh", "--repo", "r"], { env });

    inRepo(at, "role", "expires", "root", "100", "--now");
    inRepo(at, "payload", "root", "-o", "payload.json");
    const [first, second, third] = indices.map((index) => holders[index] as Holder) as [
      Holder,
      Holder,
      Holder,
    ];
    if (mistake === "outdated") {
      const old = signs(at, first);
      inRepo(at, "role", "expires", "root", "200", "--now");
      refused(at.run(["add-signature", "root", "--in", old, "--dir", "repo"]), "ERR_STALE_DRAFT", 12);
      inRepo(at, "payload", "root", "-o", "payload.json");
    }
    const one = takes(at, signs(at, first));
    expect(one.added).toEqual([first.keyid]);
    expect(one.signatures.map(({ signed, met }) => [signed.length, met])).toEqual([
      [1, false],
      [1, false],
    ]);
    if (mistake === "twice") {
      expect(takes(at, `from-${first.keyid}.json`)).toEqual({ ...one, added: [] });
      // Signed once more, with a newer date in the proof: still one key.
      const again = signs(at, first);
      const draft = at.read("repo/staged/metadata/root.json");
      expect(takes(at, again)).toEqual({ ...one, added: [] });
      expect(at.read("repo/staged/metadata/root.json")).toBe(draft);
    }
    if (mistake === "wrong key") {
      carry(at, "payload.json", second.at);
      second.at.ok(["key", "gen", "--unsafe-plain", "-o", "other.pem"]);
      const before = second.at.read("payload.json");
      refused(second.at.run([...signing("other.pem"), "--yes"]), "ERR_KEY_UNAUTHORIZED", 12);
      expect(second.at.read("payload.json")).toBe(before);
      // With a tool that does not ask whose key it is, the copy comes back and is refused.
      const { "tuf-ld-payload": _member, ...plain } = second.at.json("payload.json");
      second.at.write("plain.json", plain);
      second.at.ok(["sign", "plain.json", "-k", "other.pem", "--as", "both", "-o", "plain.json"]);
      carry(second.at, "plain.json", at);
      const draft = at.read("repo/staged/metadata/root.json");
      const ended = at.run(["add-signature", "root", "--in", "plain.json", "--dir", "repo"]);
      refused(ended, "ERR_KEY_UNAUTHORIZED", 12);
      expect(at.read("repo/staged/metadata/root.json")).toBe(draft);
    }
    // Two are not enough, whatever was tried.
    expect(takes(at, signs(at, second)).signatures.map(({ met }) => met)).toEqual([false, false]);
    refused(at.run(["publish", "--dir", "repo"], { env: SECRET }), "ERR_THRESHOLD_UNMET", 12);
    expect(existsSync(at.file("repo/public/metadata/2.root.json"))).toBe(false);
    expect(takes(at, signs(at, third)).signatures.map(({ met }) => met)).toEqual([true, true]);
    inRepo(at, "publish");

    expect(await countOf(at, 2)).toEqual([THRESHOLD, THRESHOLD]);
    at.ok(["refresh", "--repo", "r"], { env });
    expect(at.json<{ signed: { version: number } }>("home/r/store/root.json").signed.version).toBe(2);
    at.ok(["get", "app.txt", "--repo", "r", "-o", "got"], { env });
    expect(at.read("got/app.txt")).toBe("the application");
  });

  test("one payload may go from hand to hand, or copies may be handed in together", async () => {
    const { at, holders } = await world();
    inRepo(at, "role", "expires", "root", "100", "--now");
    inRepo(at, "payload", "root", "-o", "payload.json");
    const [a, b, c] = [3, 0, 1].map((index) => holders[index] as Holder) as [Holder, Holder, Holder];
    carry(at, signs(at, a), at, "payload.json");
    const both = signs(at, b);
    const alone = signs(at, c);
    const { added } = jsonOf<{ added: string[] }>(at, "add-signature", "root", "--in", both, "--in", alone);
    expect(added.sort()).toEqual([a.keyid, b.keyid, c.keyid].sort());
    inRepo(at, "publish");
    expect(await countOf(at, 2)).toEqual([THRESHOLD, THRESHOLD]);
  });
});

test("what a ceremony cuts it says, and with --full it names everything", () => {
  const at = new Folder();
  onTestFinished(() => at.remove());
  at.ok(["init", "repo", "-q"]);
  inRepo(at, "key", "gen", "targets", "-q", "--unsafe-plain");
  const names = Array.from({ length: 30 }, (_, index) => `file-${index}.txt`);
  at.write("list.csv", names.map((name) => `${name},0,${"0".repeat(64)}\n`).join(""));
  inRepo(at, "add", "--from-csv", "list.csv");
  const [key = ""] = readdirSync(at.file("repo/keys")).map((name) => `repo/keys/${name}`);
  const shown = (...args: string[]): string => {
    const { code, err } = at.run(["sign", "targets", "--key", key, "--dir", "repo", ...args]);
    expect(code).toBe(2);
    return err;
  };
  expect(shown()).toMatch(/and 10 more\n.*--full/);
  expect(shown()).not.toContain("file-29.txt");
  const full = shown("--full");
  for (const name of names) expect(full).toContain(name);
  expect(full).not.toContain("cut");
});
