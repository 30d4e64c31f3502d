/**
 * Credentials of other people that once failed, through the whole command: JCS judged by JCS, members that nothing
 * signs, ecdsa-jcs-2019, and what a person reads about proofs.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, errorOf, Folder, type Keys, makeRepository } from "./tufLd.ts";

const cases = fileURLToPath(new URL("../../../shared/cases/", import.meta.url));
const read = (name: string): string => readFileSync(cases + name, "utf8");
const at = new Folder();
let keys: Keys;
beforeAll(() => {
  keys = makeRepository(at);
}, 120_000);
afterAll(() => at.remove());

const NOW = ["--at", "2026-06-01"];

describe.skipIf(!existsSync(cases))("cases (skipped without ../shared/cases)", () => {
  const verify = (folder: string, file: string, ...more: string[]): Ended =>
    at.run([
      "verify",
      `${cases}${folder}/${file}`,
      "--issuer",
      read(`${folder}/issuer`).trim(),
      ...NOW,
      ...more,
    ]);

  describe("03: eddsa-jcs-2022 is judged by JCS alone", () => {
    test.each(["plain", "emptyarray", "null", "number", "inline", "unpinned"])(
      "a credential (%s) is verified without a note, strictly too",
      (name) => {
        for (const more of [[], ["--strict"]]) {
          const ended = verify("03-jcs-judged-as-jsonld", `jcs-${name}.json`, ...more);
          expect(ended).toMatchObject({
            code: 0,
            err: "",
            out: expect.stringContaining("credential: verified"),
          });
          expect(ended.out).not.toContain("note:");
        }
      },
    );

    test("a document without contexts is verified as a document", () => {
      const ended = verify("03-jcs-judged-as-jsonld", "jcs-nocontext.json");
      expect(ended).toMatchObject({ code: 0, out: expect.stringContaining("document: verified") });
      const stranger = at.run([
        "verify",
        `${cases}03-jcs-judged-as-jsonld/jcs-nocontext.json`,
        "--issuer",
        "alice.pub",
      ]);
      expect([stranger.code, errorOf(stranger).code]).toEqual([12, "ERR_KEY_UNAUTHORIZED"]);
    });
  });

  test.each([
    ["emptyarray", "/evidence"],
    ["null", "/name"],
  ])("04: what nothing signs (%s) is named, and refused with --strict", (name, pointer) => {
    const ended = verify("04-empty-array-or-null", `rdfc-${name}.json`);
    expect(ended.code).toBe(0);
    expect(ended.out).toMatch(new RegExp(`note: .*nothing signs ${pointer}$`, "m"));
    const strict = verify("04-empty-array-or-null", `rdfc-${name}.json`, "--strict");
    expect([strict.code, errorOf(strict).code]).toEqual([18, "ERR_UNSIGNED_MEMBER"]);
    expect(errorOf(strict).message).toContain(pointer);
    const json = JSON.parse(verify("04-empty-array-or-null", `rdfc-${name}.json`, "--json").out);
    expect(json.findings[0].notes).toMatchObject([{ code: "ERR_UNSIGNED_MEMBER" }]);
  });

  test("13: a person reads how many proofs are valid, and nothing undefined", () => {
    const { out } = verify("04-empty-array-or-null", "rdfc-plain.json");
    expect(out).toContain("✓ a proof of it is valid: 1 of 1 proof is valid\n");
    expect(out).not.toContain("undefined");
    expect(out).not.toContain("policy");
  });

  test("17: W3C's vector of ecdsa-jcs-2019 is verified", () => {
    const { proof } = JSON.parse(read("17-ecdsa-jcs-2019/credential.json"));
    const ended = at.run([
      "verify",
      `${cases}17-ecdsa-jcs-2019/credential.json`,
      "--issuer",
      proof.verificationMethod.split("#")[0],
      "--issuer-id",
      "https://vc.example/issuers/5678",
    ]);
    expect(ended).toMatchObject({ code: 0, err: "" });
  });
});

describe("ecdsa-jcs-2019", () => {
  const credential = (issuer: string): object => ({
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    type: ["VerifiableCredential"],
    issuer,
    credentialSubject: { id: "did:example:subject", list: [], big: 1e21 },
  });

  test("signs a credential and a plain document, and both verify", () => {
    at.write("credential.json", credential(keys.carol.did));
    at.ok(["sign", "credential.json", "-k", "carol.pem", "--suite", "ecdsa-jcs-2019", "-o", "signed.json"]);
    expect(at.run(["verify", "signed.json", "--issuer", "carol.pub"]).code).toBe(0);
    at.write("plain.json", { hello: "world" });
    at.ok(["sign", "plain.json", "-k", "carol.pem", "--suite", "ecdsa-jcs-2019", "-o", "plain.signed.json"]);
    expect(at.run(["verify", "plain.signed.json", "--issuer", "carol.pub"]).code).toBe(0);
    const named = at.run(["verify", "plain.signed.json", "--issuer", "carol.pub", "--issuer-id", "urn:x"]);
    expect(named.code).toBe(2);
    // Without contexts only JCS can sign.
    expect(errorOf(at.run(["sign", "plain.json", "-k", "carol.pem"])).code).toBe("ERR_SHAPE");
  });

  test("signs TUF metadata, and is listed among the suites", () => {
    const signed = ["-k", "carol.pem", "--suite", "ecdsa-jcs-2019", "-o", "timestamp.signed.json"];
    at.ok(["sign", "timestamp.json", ...signed]);
    const ended = at.run(["verify", "timestamp.signed.json", "--key", "carol.pub", "--require", "linked"]);
    expect(ended).toMatchObject({ code: 0, err: "" });
    expect(at.ok(["suites"])).toContain("https://w3id.org/security#ecdsa-jcs-2019");
  });

  test("--strict is for credentials and other documents, not for metadata", () => {
    expect(at.run(["verify", "timestamp.json", "--key", "carol.pub", "--strict"]).code).toBe(2);
  });
});

describe("a credential with related resources", () => {
  const resource = (digestSRI: string): object => ({
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    type: ["VerifiableCredential"],
    issuer: keys.alice.did,
    credentialSubject: { id: "did:example:subject" },
    relatedResource: { id: "https://example.org/terms.txt", digestSRI },
  });
  // printf 'terms\n' | openssl dgst -sha256 -binary | base64
  const TERMS = "sha256-LaTEGrnlgi7ccwx179iKab/86ZlP2Qz9glK5byn7fXw=";
  const GIVEN = ["--resource", "https://example.org/terms.txt=terms.txt"];
  const verify = (...more: string[]): Ended =>
    at.run(["verify", "related.json", "--issuer", "alice.pub", ...more]);

  test("is verified with the files whose digests were signed, and not without them", () => {
    at.write("terms.txt", "terms\n");
    at.write("related.json", resource(TERMS));
    at.ok(["sign", "related.json", "-k", "alice.pem", "-o", "related.json"]);
    expect(verify(...GIVEN)).toMatchObject({ code: 0, err: "" });
    const without = verify();
    expect(without.code).toBe(1);
    expect(errorOf(without).message).toContain("https://example.org/terms.txt");
    expect(verify("--unsafe-ignore-resources")).toMatchObject({
      code: 0,
      err: expect.stringContaining("warning: the credential has related resources"),
    });
    at.write("terms.txt", "other terms\n");
    const changed = verify(...GIVEN);
    expect([changed.code, errorOf(changed).code]).toEqual([16, "ERR_HASH_MISMATCH"]);
    // What was given and is wrong is never left aside.
    expect(verify(...GIVEN, "--unsafe-ignore-resources").code).toBe(16);
    for (const args of [
      ["--resource", "terms.txt"],
      [...GIVEN, ...GIVEN],
    ])
      expect(verify(...args).code).toBe(2);
  });

  test("signed by another key than its issuer's is signed with a note", () => {
    at.write("other.json", resource(TERMS));
    const ended = at.run(["sign", "other.json", "-k", "bob.pem", "-o", "other.signed.json"]);
    expect(ended).toMatchObject({
      code: 0,
      err: expect.stringContaining(`note: the issuer is ${keys.alice.did}`),
    });
    expect(at.run(["sign", "other.json", "-k", "alice.pem", "-o", "other.signed.json"]).err).not.toContain(
      "note:",
    );
  });

  test("that breaks a rule of the data model is not signed", () => {
    at.write("bad.json", { ...resource(TERMS), evidence: {} });
    for (const suite of ["eddsa-rdfc-2022", "eddsa-jcs-2022"]) {
      const ended = at.run([
        "sign",
        "bad.json",
        "-k",
        "alice.pem",
        "--suite",
        suite,
        "-o",
        "bad.signed.json",
      ]);
      expect([ended.code, errorOf(ended).code]).toEqual([18, "ERR_SHAPE"]);
      expect(errorOf(ended).message).toContain("/evidence/type");
    }
  });
});
