/**
 * sign and verify: policies, thresholds, roles, chains, and every way to be refused.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  AFTER_EXPIRY,
  type Ended,
  errorOf,
  Folder,
  folder,
  type Keys,
  makeRepository,
  sigstoreRoot,
  sigstoreVersion,
  WHILE_VALID,
} from "./tufLd.ts";

const repository = new Folder();
let keys: Keys;
beforeAll(() => {
  keys = makeRepository(repository);
  const both = ["-k", "alice.pem", "-k", "bob.pem"];
  repository.ok(["sign", "root.json", ...both, "--as", "both", "-o", "root.signed.json"]);
  repository.ok(["sign", "targets.json", "--role", "targets", ...both, "--as", "both", "-o", "both.json"]);
  repository.ok([
    "sign",
    "targets.json",
    "--role",
    "targets",
    ...both,
    "--as",
    "classic",
    "-o",
    "classic.json",
  ]);
  repository.ok(["sign", "targets.json", "--role", "targets", ...both, "-o", "linked.json"]);
  repository.ok([
    "sign",
    "targets.json",
    "--role",
    "targets",
    "-k",
    "alice.pem",
    "--as",
    "both",
    "-o",
    "one.json",
  ]);
  repository.ok([
    "sign",
    "team.json",
    "--role",
    "team/a",
    "-k",
    "bob.pem",
    "--as",
    "both",
    "-o",
    "team.signed.json",
  ]);
  repository.write("sigstore.json", sigstoreRoot);
});
afterAll(() => repository.remove());

const verify = (...args: string[]): Ended => repository.run(["verify", ...args]);
const against = (file: string, ...args: string[]): Ended => verify(file, "--root", "root.json", ...args);

interface Report {
  readonly ok: boolean;
  readonly subject: string;
  readonly steps: readonly { readonly id: string; readonly outcome: string }[];
  readonly error?: { readonly code: string; readonly hint: string };
}

describe("verify", () => {
  test.each([
    ["both.json", "classic", 0],
    ["both.json", "linked", 0],
    ["both.json", "either", 0],
    ["both.json", "both", 0],
    ["classic.json", "classic", 0],
    ["classic.json", "linked", 10],
    ["classic.json", "either", 0],
    ["classic.json", "both", 12],
    ["linked.json", "classic", 10],
    ["linked.json", "linked", 0],
    ["linked.json", "either", 0],
    ["linked.json", "both", 12],
    ["one.json", "classic", 12],
    ["one.json", "linked", 12],
    ["one.json", "either", 12],
    ["one.json", "both", 12],
    ["targets.json", "either", 10],
  ])("%s under --require %s ends with %i", (file, policy, code) => {
    const ended = against(file, "--require", policy);
    expect(ended.code).toBe(code);
    expect(ended.out).toContain(
      code === 0 ? "targets version 1: verified" : "targets version 1: NOT verified",
    );
    expect(errorOf(ended).code).toBe({ 0: "", 10: "ERR_NO_SIGNATURE", 12: "ERR_THRESHOLD_UNMET" }[code]);
    if (code === 0) expect(ended.err).toBe("");
    else expect(errorOf(ended).hint).not.toBe("");
  });

  test("prints a report that a person can follow", () => {
    const ended = against("one.json", "--require", "linked", "--at", "2026-01-01");
    expect(
      ended.out,
    ).toBe(`✓ root version 1 has not expired: 2100-01-01T00:00:00Z, judged at 2026-01-01T00:00:00.000Z
✓ targets version 1 is metadata of type targets
✗ targets version 1 is signed by enough of the keys that root version 1 names: 1 of 2 keys, need 2 (policy: linked)
    valid   linked proof by ${keys.alice.did}
    ERR_THRESHOLD_UNMET 1 of the 2 keys of "targets" made a valid linked proof, 2 must
– targets version 1 has not expired (not run)
targets version 1: NOT verified
`);
  });

  test("--json prints the same report for programs, with the error of a refusal", () => {
    const good = against("both.json", "--json");
    expect(JSON.parse(good.out) as Report).toMatchObject({ ok: true, subject: "targets version 1" });
    const bad = against("one.json", "--json");
    const report = JSON.parse(bad.out) as Report;
    expect(report).toMatchObject({ ok: false, error: { ...errorOf(bad) } });
    expect(report.steps.map(({ outcome }) => outcome)).toEqual(["passed", "passed", "failed", "not run"]);
  });

  test("reads the file from stdin", () => {
    const input = repository.read("both.json");
    expect(repository.run(["verify", "-", "--root", "root.json"], { input }).code).toBe(0);
    const twice = repository.run(["verify", "-", "--root", "-"], { input });
    expect(twice.code).toBe(21);
    expect(errorOf(twice).message).toMatch(/^stdin: .*already/);
  });

  test("a linked document verifies like the file it came from", () => {
    const input = repository.ok(["convert", "--to", "linked", "both.json"]);
    expect(repository.run(["verify", "-", "--root", "root.json", "--require", "both"], { input }).code).toBe(
      0,
    );
  });

  test("a byte that was changed after signing ends with 12, in either view", () => {
    const at = folder();
    at.write("root.json", repository.read("root.json"));
    at.write("t.json", repository.read("both.json").replace('"length": 6', '"length": 7'));
    for (const policy of ["classic", "linked", "both", "either"]) {
      const ended = at.run(["verify", "t.json", "--root", "root.json", "--require", policy]);
      expect(ended.code).toBe(12);
      expect(ended.out).toContain("is not this key's over this document");
      expect(errorOf(ended).message).toContain("not valid for this document");
    }
  });

  test("a file for another role ends with 18 if its type shows it, and with 12 if only the proof does", () => {
    expect(against("both.json", "--role", "timestamp").code).toBe(18);
    const other = against("team.signed.json", "--role", "targets", "--require", "linked");
    expect(other.code).toBe(12);
    expect(other.out).toContain("urn:tuf-ld:role:team%2Fa");
  });

  test("a role that the root does not know ends with 12", () => {
    const ended = against("both.json", "--role", "nobody");
    expect(ended.code).toBe(12);
    expect(errorOf(ended).code).toBe("ERR_KEY_UNAUTHORIZED");
  });

  test("a delegated role is reached with --via", () => {
    const via = ["--via", "targets=both.json", "--role", "team/a"];
    expect(against("team.signed.json", ...via, "--require", "both").code).toBe(0);
    expect(against("team.signed.json", "--via", "targets=targets.json", "--role", "team/a").code).toBe(10);
    expect(against("team.signed.json", "--via", "targets=root.json", "--role", "team/a").code).toBe(18);
    for (const link of ["both.json", "=both.json", "targets="]) {
      expect(against("team.signed.json", "--via", link).code).toBe(2);
    }
  });

  test("expired metadata ends with 14, and --at judges it as of its time", () => {
    const at = ["--at", WHILE_VALID];
    const sigstore = (...args: string[]): Ended =>
      verify("sigstore.json", "--root", "sigstore.json", ...args);
    expect(sigstore("--require", "classic", ...at).code).toBe(0);
    const late = sigstore("--at", AFTER_EXPIRY);
    expect(late.code).toBe(14);
    expect(errorOf(late)).toMatchObject({ code: "ERR_EXPIRED", hint: expect.stringContaining("--at") });
    expect(against("both.json", "--at", "2100-01-01").code).toBe(14);
    expect(against("both.json", "--at", "2099-12-31T23:59:59Z").code).toBe(0);
  });

  test("a newer root needs its own keys too, an older one is a rollback, and versions are not skipped", () => {
    const at = folder();
    for (const name of ["alice", "bob", "carol"]) at.write(`${name}.pem`, repository.read(`${name}.pem`));
    const { signed } = repository.json<{ signed: { roles: object; keys: object } }>("root.json");
    const write = (version: number, signers: string[], role: object = {}): void => {
      const listed = { ...signed.keys, [keys.carol.keyid]: keys.carol.tuf };
      const roles = {
        ...signed.roles,
        root: { keyids: [keys.alice.keyid, keys.bob.keyid], threshold: 2, ...role },
      };
      at.write(`${version}.json`, { signatures: [], signed: { ...signed, version, keys: listed, roles } });
      const given = signers.flatMap((name) => ["-k", `${name}.pem`]);
      at.ok(["sign", `${version}.json`, ...given, "--as", "both", "-o", `${version}.json`]);
    };
    write(1, ["alice", "bob"]);
    write(2, ["alice", "bob"]);
    write(3, ["alice", "bob"], { keyids: [keys.carol.keyid], threshold: 1 });
    const run = (file: string, root: string, ...args: string[]) =>
      at.run(["verify", file, "--root", root, ...args]);
    expect(run("2.json", "1.json", "--require", "both").code).toBe(0);
    expect(run("1.json", "2.json").code).toBe(15);
    expect(errorOf(run("1.json", "2.json")).code).toBe("ERR_ROLLBACK");
    const lacking = run("3.json", "2.json");
    expect(lacking.code).toBe(10);
    expect(lacking.out).toContain("✗ root version 3 is signed by enough of its own keys");
    at.ok(["sign", "3.json", "-k", "carol.pem", "-o", "3.json"]);
    expect(run("3.json", "2.json").code).toBe(0);
    const skipped = run("3.json", "1.json");
    expect(errorOf(skipped)).toMatchObject({
      code: "ERR_VERSION_MISMATCH",
      hint: expect.stringContaining("--via root="),
    });
    expect(run("3.json", "1.json", "--via", "root=2.json").code).toBe(0);
  });

  test("--suite accepts only what it names", () => {
    expect(against("linked.json", "--suite", "Ed25519Signature2020").code).toBe(0);
    expect(against("linked.json", "--suite", "https://w3id.org/security#Ed25519Signature2020").code).toBe(0);
    expect(against("linked.json", "--suite", "eddsa-rdfc-2022").code).toBe(10);
    const unknown = against("linked.json", "--suite", "rot13");
    expect(unknown.code).toBe(2);
    expect(errorOf(unknown)).toMatchObject({
      code: "ERR_SUITE_UNKNOWN",
      hint: expect.stringContaining("tuf-ld suites"),
    });
  });

  test("keys can be trusted without a root, as files or by name", () => {
    const by = (...args: string[]): number | null => verify("both.json", ...args).code;
    expect(by("--key", "alice.pub", "--key", "bob.pub", "--require", "both")).toBe(0);
    expect(by("--key", keys.alice.did)).toBe(0);
    expect(by("--key", "alice.pub", "--key", "alice.pem")).toBe(0);
    expect(by("--key", "alice.pub", "--key", "carol.pub")).toBe(12);
    expect(by("--key", "alice.pub", "--key", "carol.pub", "--threshold", "1")).toBe(0);
    expect(by("--key", "carol.pub")).toBe(10);
    expect(by("--key", "alice.pub", "--threshold", "2")).toBe(2);
    expect(by("--key", "alice.pub", "--root", "root.json")).toBe(2);
    expect(by("--root", "root.json", "--threshold", "1")).toBe(2);
    expect(by("--key", "did:key:z6MkBroken")).toBe(18);
    expect(by("--key", "missing.pub")).toBe(21);
  });

  test("Sigstore's own keys count under the keyids that its root gives them", () => {
    const { signed } = JSON.parse(sigstoreRoot.toString("utf8")) as {
      signed: { keys: Record<string, object>; roles: { root: { keyids: string[] } } };
    };
    const given = signed.roles.root.keyids.flatMap((keyid, index) => {
      return ["--key", repository.write(`sigstore-${index}.key`, signed.keys[keyid] ?? {})];
    });
    const ended = verify("sigstore.json", ...given, "--threshold", "3", "--at", WHILE_VALID);
    expect(ended.code).toBe(0);
    expect(ended.out).toContain(`root version ${sigstoreVersion}: verified`);
  });

  test.each<[string, string[]]>([
    ["nothing that is trusted", ["both.json"]],
    ["an issuer for metadata", ["both.json", "--root", "root.json", "--issuer", "alice.pub"]],
    ["a chain for trusted keys", ["both.json", "--key", "alice.pub", "--via", "targets=both.json"]],
  ])("%s is a usage error", (_, args) => {
    const ended = verify(...args);
    expect(ended.code).toBe(2);
    expect(errorOf(ended).code).toBe("ERR_USAGE");
  });

  test("a root that is none, is missing or is broken names the file", () => {
    repository.write("broken.json", "{");
    expect(errorOf(verify("both.json", "--root", "both.json")).message).toMatch(/^both\.json: /);
    expect(verify("both.json", "--root", "both.json").code).toBe(18);
    expect(errorOf(verify("both.json", "--root", "broken.json")).message).toMatch(
      /^broken\.json: line 1, column 2/,
    );
    expect(verify("both.json", "--root", "missing.json").code).toBe(21);
  });
});

describe("sign", () => {
  test("adds to what is there and leaves it alone", () => {
    const at = folder();
    makeRepository(at);
    at.write("root.json", sigstoreRoot);
    const before = JSON.parse(sigstoreRoot.toString("utf8")) as Record<string, unknown>;
    const { err } = at.run(["sign", "root.json", "-k", "alice.pem", "-o", "once.json"]);
    expect(err).toMatch(/note: this root does not list the key [0-9a-f]{64}/);
    at.ok(["sign", "once.json", "-k", "carol.pem", "-o", "once.json"]);
    const after = at.json<{ signed: object; signatures: object; proof: Record<string, string>[] }>(
      "once.json",
    );
    expect(after).toMatchObject(before);
    expect(after.proof.map(({ type }) => type)).toEqual(["Ed25519Signature2020", "DataIntegrityProof"]);
    expect(at.ok(["verify", "once.json", "--root", "root.json", "--at", WHILE_VALID])).toContain("verified");
  });

  test("names the role in the proof, and asks for it where the file does not say", () => {
    const at = folder();
    makeRepository(at);
    const ended = at.run(["sign", "targets.json", "-k", "alice.pem"]);
    expect(ended.code).toBe(2);
    expect(errorOf(ended).message).toContain("--role");
    expect(at.run(["sign", "root.json", "-k", "alice.pem", "--role", "snapshot"]).code).toBe(2);
    const signed = JSON.parse(at.ok(["sign", "team.json", "-k", "alice.pem", "--role", "team/a"])) as {
      proof: { domain: string }[];
    };
    expect(signed.proof[0]?.domain).toBe("urn:tuf-ld:role:team%2Fa");
  });

  test("takes a suite by name or URI, and the date from --created", () => {
    const at = folder();
    makeRepository(at);
    const args = ["sign", "root.json", "-k", "alice.pem", "--created", "2026-02-03T04:05:06Z"];
    const proofOf = (suite: string): unknown => JSON.parse(at.ok([...args, "--suite", suite]));
    const proof = { cryptosuite: "eddsa-rdfc-2022", created: "2026-02-03T04:05:06Z" };
    expect(proofOf("eddsa-rdfc-2022")).toMatchObject({ proof: [proof] });
    expect(proofOf("https://w3id.org/security#Ed25519Signature2018")).toMatchObject({
      proof: [{ jws: expect.any(String) }],
    });
    expect(at.run([...args, "--suite", "rot13"]).code).toBe(2);
    expect(at.run([...args, "--suite", "tuf-ed25519"]).code).toBe(2);
    expect(at.run(["sign", "root.json", "-k", "carol.pem", "--suite", "eddsa-rdfc-2022"]).code).toBe(18);
  });

  test("--keyid names the key in a classic signature", () => {
    const at = folder();
    makeRepository(at);
    const args = ["sign", "timestamp.json", "-k", "alice.pem", "--keyid", "hsm-1"];
    expect(JSON.parse(at.ok([...args, "--as", "classic"]))).toMatchObject({
      signatures: [{ keyid: "hsm-1" }],
    });
    expect(at.run(args).code).toBe(2);
    expect(at.run([...args, "-k", "bob.pem", "--as", "classic"]).code).toBe(2);
    expect(
      at.run(["sign", "timestamp.json", "-k", "alice.pem", "--as", "classic", "--suite", "eddsa-rdfc-2022"])
        .code,
    ).toBe(2);
  });

  test("--json tells what was done; without it stderr does", () => {
    const at = folder();
    const { alice } = makeRepository(at);
    const out = at.ok(["sign", "root.json", "-k", "alice.pem", "-o", "s.json", "--json"]);
    expect(JSON.parse(out)).toEqual({ ok: true, out: "s.json", keys: [alice.keyid] });
    const {
      code,
      err,
      out: document,
    } = at.run(["sign", "-", "-k", "alice.pem"], { input: at.read("root.json") });
    expect({ code, err }).toEqual({ code: 0, err: `signed with key ${alice.keyid}\n` });
    expect(JSON.parse(document)).toHaveProperty("proof");
  });

  test("an encrypted key needs its passphrase: without a terminal, from TUF_LD_PASSPHRASE", () => {
    const at = folder();
    makeRepository(at);
    const env = { TUF_LD_PASSPHRASE: "open sesame" };
    at.ok(["key", "gen", "-o", "locked.pem"], { env });
    const args = ["sign", "timestamp.json", "-k", "locked.pem", "-o", "s.json"];
    const ended = at.run(args);
    expect(ended.code).toBe(1);
    expect(errorOf(ended)).toMatchObject({
      code: "ERR_PASSPHRASE",
      message: expect.stringMatching(/^locked\.pem: /),
    });
    expect(at.run(args, { env: { TUF_LD_PASSPHRASE: "wrong" } }).code).toBe(1);
    expect(at.run(args, { env }).code).toBe(0);
  });

  test("a public key does not sign", () => {
    const at = folder();
    makeRepository(at);
    const ended = at.run(["sign", "timestamp.json", "-k", "alice.pub"]);
    expect(ended.code).toBe(18);
    expect(errorOf(ended)).toMatchObject({
      code: "ERR_KEY",
      message: expect.stringMatching(/^alice\.pub: /),
    });
  });
});
