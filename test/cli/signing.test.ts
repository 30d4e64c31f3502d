/**
 * Signing drafts and payloads: what a signer is shown, and what is refused.
 * @module
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { copiesOf, inRepo, jsonOf, removeOriginals, stateOf } from "./repositoryFolder.ts";
import { hasTerminal, onTerminal } from "./terminal.ts";
import { CLI, type Ended, errorOf, Folder } from "./tufLd.ts";

afterAll(removeOriginals);

interface Count {
  readonly signed: string[];
  readonly threshold: number;
  readonly met: boolean;
}

const signing = (key: string): string[] => ["sign", "payload.json", "-k", key, "-o", "payload.json"];

function refused(ended: Ended, code: string, exit: number): void {
  expect([errorOf(ended).code, ended.code]).toEqual([code, exit]);
}

/** A repository with one root key, whose next root is staged and written to a payload. */
async function small(): Promise<Folder> {
  const [at] = await copiesOf("small", makeSmall);
  if (at === undefined) throw new Error("no folder");
  return at;
}

async function makeSmall(): Promise<Folder[]> {
  const at = new Folder();
  at.ok(["init", "repo", "-q"]);
  inRepo(at, "key", "gen", "root", "targets", "snapshot", "timestamp", "-q", "--unsafe-plain");
  inRepo(at, "publish", "-q");
  at.ok(["key", "gen", "--unsafe-plain", "-o", "eve.pem"]);
  inRepo(at, "role", "add-key", "root", "eve.pem");
  inRepo(at, "payload", "root", "-o", "payload.json");
  return [at];
}

const keyOf = (at: Folder, role: string): string =>
  `repo/keys/${readdirSync(at.file("repo/keys")).find((name) => name.startsWith(`${role}-`))}`;
const eveOf = (at: Folder): string =>
  (JSON.parse(at.ok(["key", "show", "eve.pem", "--json"])) as { keyid: string }).keyid;

interface PayloadFile {
  readonly signed: { roles: Record<string, object>; keys: Record<string, object>; version: number };
  readonly "tuf-ld-payload": { role: string; sign: string; replaces?: object };
}

describe("what a signer is shown", () => {
  test("names the new key and asks; without a terminal nothing is signed unless --yes says so", async () => {
    const at = await small();
    const before = stateOf(at.path);
    for (const args of [
      ["sign", "root", "-k", keyOf(at, "root"), "--dir", "repo"],
      ["sign", "payload.json", "-k", keyOf(at, "root"), "-o", "payload.json"],
    ]) {
      const ended = at.run(args);
      refused(ended, "ERR_USAGE", 2);
      expect(ended.err).toContain("--yes");
      expect(ended.err).toContain(`root gains key ${eveOf(at)} (ed25519)`);
      expect(ended.err).toMatch(/^digest sha256:[0-9a-f]{64}$/m);
    }
    expect(stateOf(at.path)).toEqual(before);
    const { digest } = jsonOf<{ digest: string }>(at, "payload", "root", "-o", "again.json");
    expect(at.run(["sign", "payload.json", "-k", keyOf(at, "root")]).err).toContain(`digest ${digest}\n`);
  });

  test("is the same on a machine without the repository, and says what only the payload says", async () => {
    const at = await small();
    const { err } = at.run(["sign", "payload.json", "-k", keyOf(at, "root")]);
    expect(err).toContain("What the file says:");
    expect(err).toContain("if version 1 is as the payload says:");
    expect(err).toContain("as the payload says:\n  by the keys of this version: 0 of 1 signature");
  });

  test("comes from the file: a payload that lies about the version before hides nothing", async () => {
    const at = await small();
    const file = at.json<PayloadFile>("payload.json");
    const lie = {
      ...file,
      "tuf-ld-payload": { ...file["tuf-ld-payload"], replaces: { ...file.signed, version: 1 } },
    };
    at.write("payload.json", lie);
    const { err } = at.run(["sign", "payload.json", "-k", keyOf(at, "root")]);
    expect(err).not.toContain("gains key");
    expect(err.slice(err.indexOf("What the file says:"), err.indexOf("What changes"))).toContain(eveOf(at));
  });

  test("tells a key that goes by the keyid of another from that other", async () => {
    const at = await small();
    const file = at.json<PayloadFile>("payload.json");
    const eve = eveOf(at);
    const [alice = ""] = Object.keys(file.signed.keys).filter((keyid) =>
      keyOf(at, "root").includes(keyid.slice(0, 16)),
    );
    const keys = { ...file.signed.keys, [alice]: file.signed.keys[eve] };
    const { replaces: _, ...member } = file["tuf-ld-payload"];
    at.write("payload.json", { ...file, signed: { ...file.signed, keys }, "tuf-ld-payload": member });
    const { err } = at.run(["sign", "payload.json", "-k", "eve.pem"]);
    expect(err).toContain(`has key ${alice} (ed25519; its hash is ${eve})`);
  });

  test.each([
    ["another role", { role: "targets" }],
    ["a view that there is not", { sign: "none" }],
    ["a version before of another kind", { replaces: { _type: "targets" } }],
    ["a member that nobody knows", { more: 1 }],
  ])("is nothing when the payload names %s", async (_, change) => {
    const at = await small();
    const file = at.json<PayloadFile>("payload.json");
    at.write("payload.json", { ...file, "tuf-ld-payload": { ...file["tuf-ld-payload"], ...change } });
    refused(at.run([...signing(keyOf(at, "root")), "--yes"]), "ERR_SHAPE", 18);
  });

  test("is signed in the role that was shown, and with no options that would say otherwise", async () => {
    const at = await small();
    for (const option of [
      ["--as", "linked"],
      ["--keyid", "ab"],
      ["--suite", "eddsa-rdfc-2022"],
    ])
      refused(at.run([...signing(keyOf(at, "root")), "--yes", ...option]), "ERR_USAGE", 2);
    refused(at.run([...signing(keyOf(at, "root")), "--yes", "--role", "targets"]), "ERR_EDIT", 2);
    at.ok([...signing(keyOf(at, "root")), "--yes", "--role", "root"]);
    for (const option of [
      ["--as", "linked"],
      ["-o", "x"],
    ])
      refused(at.run(["sign", "root", "--dir", "repo", "-k", "eve.pem", "--yes", ...option]), "ERR_USAGE", 2);
    refused(at.run(["sign", "repo/public/metadata/1.root.json", "-k", "eve.pem", "--yes"]), "ERR_USAGE", 2);
  });
});

describe("signing in the repository", () => {
  test("counts keys, not calls, and refuses a key that is not the role's", async () => {
    const at = await small();
    const args = ["-k", keyOf(at, "root"), "--yes"];
    const once = jsonOf<{ keys: string[]; signatures: Count[] }>(at, "sign", "root", ...args);
    expect(once.signatures.map(({ signed, threshold, met }) => [signed.length, threshold, met])).toEqual([
      [1, 1, true],
      [1, 1, true],
    ]);
    const draft = at.read("repo/staged/metadata/root.json");
    expect(jsonOf(at, "sign", "root", ...args)).toMatchObject({ signatures: once.signatures });
    expect(at.read("repo/staged/metadata/root.json")).toBe(draft);
    const wrong = at.run(["sign", "root", "--dir", "repo", "-k", keyOf(at, "targets"), "--yes"]);
    refused(wrong, "ERR_KEY_UNAUTHORIZED", 12);
    const nothing = at.run(["sign", "targets", "--dir", "repo", "-k", keyOf(at, "targets"), "--yes"]);
    refused(nothing, "ERR_ROLE_UNKNOWN", 2);
  });

  test("takes a name that is a file for the file", async () => {
    const at = await small();
    copyFileSync(at.file("repo/public/metadata/1.root.json"), at.file("repo/root"));
    const made = at.ok(["sign", "repo/root", "-k", keyOf(at, "root")], { env: { TUF_LD_DIR: "repo" } });
    expect((JSON.parse(made) as { signed: { version: number } }).signed.version).toBe(1);
    expect(at.read("repo/staged/metadata/root.json")).not.toContain("proofValue");
  });

  test("takes no payload for another role, and no file of another kind", async () => {
    const at = await small();
    const add = (role: string, name: string): Ended =>
      at.run(["add-signature", role, "--in", name, "--dir", "repo"]);
    refused(add("targets", "payload.json"), "ERR_EDIT", 2);
    refused(add("root", "repo/public/metadata/timestamp.json"), "ERR_EDIT", 2);
    refused(add("root", "payload.json"), "ERR_NO_SIGNATURE", 10);
    refused(at.run(["payload", "targets", "--dir", "repo"]), "ERR_ROLE_UNKNOWN", 2);
  });

  test("a signature in one view alone does not count where both are promised", async () => {
    const at = await small();
    const { "tuf-ld-payload": _, ...plain } = at.json("payload.json");
    at.write("plain.json", plain);
    at.ok(["sign", "plain.json", "-k", keyOf(at, "root"), "--as", "classic", "-o", "plain.json"]);
    const ended = at.run(["add-signature", "root", "--in", "plain.json", "--dir", "repo"]);
    refused(ended, "ERR_NO_SIGNATURE", 10);
    expect(errorOf(ended).message).toContain("both views");
  });
});

describe.skipIf(spawnSync("script", ["--version"]).status !== 0)(
  "on a terminal (skipped without `script`)",
  () => {
    /** Answers the question as a person does. */
    function answer(at: Folder, text: string): { code: number | null; out: string } {
      const command = [process.execPath, CLI, "sign", "root", "--dir", "repo", "-k", keyOf(at, "root")];
      const { status, stdout } = spawnSync("script", ["-qec", command.join(" "), "/dev/null"], {
        cwd: at.path,
        input: text,
        encoding: "utf8",
      });
      return { code: status, out: stdout };
    }

    test("the question is asked, and only yes signs", async () => {
      const at = await small();
      const draft = at.read("repo/staged/metadata/root.json");
      for (const no of ["n\n", "\n", "yesterday\n"]) {
        const { code, out } = answer(at, no);
        expect(out).toContain("Sign root, version 2? [y/N]");
        expect(out).toContain("not signed");
        expect(code).toBe(1);
      }
      expect(at.read("repo/staged/metadata/root.json")).toBe(draft);
      const { code, out } = answer(at, "y\n");
      expect(out).toMatch(/signed with key [0-9a-f]{12}/);
      expect(code).toBe(0);
    });
  },
);

describe("the role that a payload is signed for", () => {
  /** A repository with a delegated role whose draft is in a payload, and whose key is that of another role too. */
  async function delegated(): Promise<Folder> {
    const at = await small();
    at.ok(["key", "show", "eve.pem", "--as", "pem"]);
    for (const role of ["team", "other"])
      inRepo(at, "delegate", role, "--paths", `${role}/*`, "--key", at.file("eve.pem"), "-q");
    inRepo(at, "payload", "team", "-o", "team.json", "-q");
    return at;
  }
  const signed = (...args: string[]) => ["sign", "team.json", "-k", "eve.pem", "-o", "out.json", ...args];
  const domainOf = (at: Folder) => at.json<{ proof: { domain: string }[] }>("out.json").proof[0]?.domain;

  test("is not taken from the payload: without a terminal it must be given, --yes or not", async () => {
    const at = await delegated();
    for (const args of [[], ["--yes"], ["--yes", "--quiet"]]) {
      const ended = at.run(signed(...args));
      refused(ended, "ERR_USAGE", 2);
      expect(ended.err).toContain("--role");
    }
    expect(at.run(signed()).err).toContain('for the role "team", as its bearer says');
  });

  test("is the one that the signer names, and a payload that was changed on the way is refused", async () => {
    const at = await delegated();
    at.ok(signed("--yes", "--role", "team"));
    expect(domainOf(at)).toBe("urn:tuf-ld:role:team");
    inRepo(at, "add-signature", "team", "--in", at.file("out.json"));
    const file = at.json<PayloadFile>("team.json");
    at.write("team.json", { ...file, "tuf-ld-payload": { ...file["tuf-ld-payload"], role: "other" } });
    at.write("out.json", "untouched");
    refused(at.run(signed("--yes", "--role", "team")), "ERR_EDIT", 2);
    expect(at.read("out.json")).toBe("untouched");
  });

  test.skipIf(!hasTerminal)(
    "is typed on a terminal; another name, or the end of input, signs nothing",
    async () => {
      const at = await delegated();
      const typing = (text: string) => onTerminal(at.path, signed(), [["type the name of the role", text]]);
      expect(typing("team\r").code).toBe(0);
      expect(domainOf(at)).toBe("urn:tuf-ld:role:team");
      at.write("out.json", "untouched");
      expect(typing("other\r")).toMatchObject({ code: 2, shown: expect.stringContaining("ERR_EDIT") });
      expect(typing("\u0004")).toMatchObject({ code: 1, shown: expect.stringContaining("not signed") });
      expect(at.read("out.json")).toBe("untouched");
    },
  );
});
