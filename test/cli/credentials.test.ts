/**
 * Credentials through sign and verify.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ended, errorOf, Folder, type Keys, makeRepository } from "./tufLd.ts";

const at = new Folder();
let keys: Keys;
const credential = (issuer: string, members: object = {}): object => ({
  "@context": ["https://www.w3.org/ns/credentials/v2"],
  id: "urn:uuid:00000000-0000-4000-8000-00000000000a",
  type: ["VerifiableCredential"],
  issuer,
  validFrom: "2026-01-01T00:00:00Z",
  validUntil: "2027-01-01T00:00:00Z",
  credentialSubject: { id: "did:example:subject" },
  ...members,
});
const NOW = ["--at", "2026-06-01"];

beforeAll(() => {
  keys = makeRepository(at);
  at.write("unsigned.json", credential(keys.alice.did));
  at.ok(["sign", "unsigned.json", "-k", "alice.pem", "--created", "2026-01-02", "-o", "credential.json"]);
});
afterAll(() => at.remove());

const verify = (file: string, ...args: string[]): Ended => at.run(["verify", file, ...NOW, ...args]);

describe("a credential", () => {
  test("of VC 2.0 is signed and verifies by the issuer's key, as a file or a did:key", () => {
    expect(verify("credential.json", "--issuer", "alice.pub").code).toBe(0);
    expect(verify("credential.json", "--issuer", "bob.pub", "--issuer", keys.alice.did).code).toBe(0);
    const report = JSON.parse(verify("credential.json", "--issuer", keys.alice.did, "--json").out) as object;
    expect(report).toMatchObject({ ok: true, issuer: keys.alice.did, version: "2.0" });
  });

  test("of VC 1.1 with Ed25519Signature2020 and of a P-256 issuer verify too", () => {
    const old = {
      ...credential(keys.alice.did, {
        issuanceDate: "2026-01-01T00:00:00Z",
        validFrom: undefined,
        validUntil: undefined,
      }),
      "@context": ["https://www.w3.org/2018/credentials/v1"],
    };
    at.write("old.json", old);
    at.ok(["sign", "old.json", "-k", "alice.pem", "-o", "old.json"]);
    expect(verify("old.json", "--issuer", "alice.pub").code).toBe(0);
    at.write("p256.json", credential(keys.carol.did));
    at.ok(["sign", "p256.json", "-k", "carol.pem", "-o", "p256.json"]);
    expect(verify("p256.json", "--issuer", "carol.pub").code).toBe(0);
  });

  test("is refused without a proof, from another issuer, out of time, and when it was changed", () => {
    const refused = (ended: Ended): [number | null, string] => [ended.code, errorOf(ended).code];
    expect(refused(verify("unsigned.json", "--issuer", "alice.pub"))).toEqual([10, "ERR_NO_SIGNATURE"]);
    expect(refused(verify("credential.json", "--issuer", "bob.pub"))).toEqual([12, "ERR_KEY_UNAUTHORIZED"]);
    for (const date of ["2025-12-31", "2027-01-01"]) {
      const ended = at.run(["verify", "credential.json", "--issuer", "alice.pub", "--at", date]);
      expect(refused(ended)).toEqual([14, "ERR_CREDENTIAL_TIME"]);
    }
    at.write("changed.json", at.read("credential.json").replace("did:example:subject", "did:example:other"));
    expect(refused(verify("changed.json", "--issuer", "alice.pub"))).toEqual([12, "ERR_SIGNATURE"]);
    at.write("inline.json", { ...at.json<object>("credential.json"), "@context": [{ "@vocab": "urn:x#" }] });
    expect(refused(verify("inline.json", "--issuer", "alice.pub"))).toEqual([18, "ERR_CONTEXT"]);
    expect(refused(at.run(["sign", "inline.json", "-k", "alice.pem"]))).toEqual([18, "ERR_CONTEXT"]);
  });

  test("of an issuer that is a name needs that name from the person who trusts the key", () => {
    const issuer = "https://issuer.example/1";
    at.write("named.json", credential(issuer));
    at.ok(["sign", "named.json", "-k", "alice.pem", "-o", "named.json"]);
    expect(verify("named.json", "--issuer", "alice.pub").code).toBe(12);
    expect(verify("named.json", "--issuer", "alice.pub", "--issuer-id", issuer).code).toBe(0);
    expect(verify("named.json", "--issuer", "alice.pub", "--issuer-id", "https://other.example").code).toBe(
      12,
    );
  });

  test("with a status that nobody looks up is not verified, unless the person says so", () => {
    const status = { credentialStatus: { id: "urn:status:1", type: "BitstringStatusListEntry" } };
    const entry = { statusPurpose: "revocation", statusListIndex: "7", statusListCredential: "urn:list" };
    at.write(
      "status.json",
      credential(keys.alice.did, { credentialStatus: { ...status.credentialStatus, ...entry } }),
    );
    at.ok(["sign", "status.json", "-k", "alice.pem", "-o", "status.json"]);
    const ended = verify("status.json", "--issuer", "alice.pub");
    expect(ended.code).toBe(1);
    expect(ended.out).toContain("(not run: ");
    expect(errorOf(ended).message).toMatch(/^not checked: /);
    const ignored = verify("status.json", "--issuer", "alice.pub", "--unsafe-ignore-status");
    expect(ignored).toMatchObject({ code: 0, err: expect.stringContaining("warning: ") });
  });

  test("takes none of the options of metadata, and needs an issuer", () => {
    expect(verify("credential.json").code).toBe(2);
    for (const option of ["--root", "--key"]) {
      expect(verify("credential.json", "--issuer", "alice.pub", option, "root.json").code).toBe(2);
    }
    expect(verify("credential.json", "--issuer", "alice.pub", "--require", "both").code).toBe(2);
    for (const options of [
      ["--as", "both"],
      ["--role", "root"],
    ]) {
      expect(at.run(["sign", "unsigned.json", "-k", "alice.pem", ...options]).code).toBe(2);
    }
  });
});
