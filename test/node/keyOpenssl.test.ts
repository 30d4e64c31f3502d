/**
 * Key files against the openssl command: what we write it reads, and what it writes we read.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parsePublicKeyAny } from "../../src/key/parse.ts";
import {
  privateKeyFromPem,
  privateKeyToEncryptedPem,
  unsafePrivateKeyToPlainPem,
} from "../../src/key/pemPrivateKey.ts";
import { generateKey } from "../../src/key/privateKey.ts";
import { publicKeyToPem } from "../../src/key/spki.ts";

const missing = spawnSync("openssl", ["version"]).status !== 0;
const directory = mkdtempSync(join(tmpdir(), "tuf-ld-openssl-"));
afterAll(() => rmSync(directory, { recursive: true }));

const openssl = (args: string[], input?: string): string =>
  execFileSync("openssl", args, { input, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] });

const passphrase = "pass ✓ phrase";
const GENERATE: Record<string, string[]> = {
  Ed25519: ["-algorithm", "ed25519"],
  "P-256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "P-384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
  RSA: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
};

describe.skipIf(missing)("openssl (skipped where the command is missing)", () => {
  test.each(["Ed25519", "P-256", "P-384", "RSA"] as const)(
    "reads our %s keys, plain and encrypted",
    async (type) => {
      const key = await generateKey(type);
      const pub = publicKeyToPem(key.publicKey);
      expect(openssl(["pkey", "-pubout"], unsafePrivateKeyToPlainPem(key))).toBe(pub);
      expect(openssl(["pkey", "-pubin", "-pubout"], pub)).toBe(pub);
      const encrypted = await privateKeyToEncryptedPem(key, passphrase);
      expect(openssl(["pkey", "-passin", `pass:${passphrase}`, "-pubout"], encrypted)).toBe(pub);
      expect(() => openssl(["pkey", "-passin", "pass:wrong", "-pubout"], encrypted)).toThrow();
      expect(openssl(["asn1parse"], encrypted)).toContain(":0927C0"); // 600,000
    },
  );

  test.each(["Ed25519", "P-256", "P-384", "RSA"] as const)("writes %s keys that we read", async (type) => {
    const plain = openssl(["genpkey", ...(GENERATE[type] ?? [])]);
    const key = await privateKeyFromPem(plain);
    expect(key.publicKey.type).toBe(type);
    const pub = openssl(["pkey", "-pubout"], plain);
    expect(await parsePublicKeyAny(pub)).toEqual({ format: "PEM", publicKey: key.publicKey });
    expect(publicKeyToPem(key.publicKey)).toBe(pub);
  });

  test.each([
    ["its defaults", ["pkey", "-aes256"]],
    ["AES-128", ["pkey", "-aes128"]],
    ["HMAC-SHA-1", ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"]],
    ["HMAC-SHA-512", ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"]],
    ["100,000 iterations", ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", "100000"]],
  ])("an encrypted key that it wrote with %s is read with its passphrase alone", async (_, args) => {
    const plain = openssl(["genpkey", "-algorithm", "ed25519"]);
    const encrypted = openssl([...args, "-passout", `pass:${passphrase}`], plain);
    expect(encrypted).toContain("ENCRYPTED PRIVATE KEY");
    const key = await privateKeyFromPem(encrypted, passphrase);
    expect(key.toPkcs8()).toEqual((await privateKeyFromPem(plain)).toPkcs8());
    await expect(privateKeyFromPem(encrypted, "wrong")).rejects.toMatchObject({ code: "ERR_PASSPHRASE" });
  });

  test.each([
    ["scrypt", ["pkcs8", "-topk8", "-scrypt"]],
    ["3DES", ["pkcs8", "-topk8", "-v2", "des3"]],
    ["PKCS #5 version 1.5", ["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"]],
  ])("an encrypted key of a kind not read here (%s) is refused by name", async (_, args) => {
    const plain = openssl(["genpkey", "-algorithm", "ed25519"]);
    const encrypted = openssl([...args, "-passout", "pass:x"], plain);
    await expect(privateKeyFromPem(encrypted, "x")).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
  });

  test("a key of another curve is refused, encrypted or not, and not as a wrong passphrase", async () => {
    for (const algorithm of ["x25519", "ed448"]) {
      const plain = openssl(["genpkey", "-algorithm", algorithm]);
      await expect(privateKeyFromPem(plain)).rejects.toMatchObject({ code: "ERR_KEY" });
      const encrypted = openssl(["pkey", "-aes256", "-passout", "pass:x"], plain);
      await expect(privateKeyFromPem(encrypted, "x")).rejects.toMatchObject({ code: "ERR_KEY" });
    }
  });

  test("it verifies what we sign", async () => {
    const key = await generateKey("Ed25519");
    const message = new TextEncoder().encode("message");
    const file = (name: string, data: string | Uint8Array): string => {
      writeFileSync(join(directory, name), data);
      return join(directory, name);
    };
    const paths = {
      pub: file("pub.pem", publicKeyToPem(key.publicKey)),
      sig: file("sig", await key.sign(message)),
      msg: file("msg", message),
    };
    const args = [
      "pkeyutl",
      "-verify",
      "-pubin",
      "-inkey",
      paths.pub,
      "-rawin",
      "-in",
      paths.msg,
      "-sigfile",
      paths.sig,
    ];
    expect(openssl(args)).toContain("Signature Verified Successfully");
    expect(readFileSync(paths.sig)).toHaveLength(64);
  });
});
