/**
 * Keys as other tools write them: each is read, or named together with the command that converts it.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Ended, errorOf, type Folder, folder } from "./tufLd.ts";

const CASES = fileURLToPath(new URL("../../../shared/cases/", import.meta.url));
const skipped = existsSync(CASES) ? "" : " (skipped: ../shared/cases is not here)";
const inCase = (name: string): string => `${CASES}${name}`;
/** The keyid of the key in all Ed25519 files of the cases. */
const ED25519 = "48e0c42f35095876d12e2bb763316793fbcfd1bad7e1cf6bb5bec01bc54570b5";
const has = (command: string): boolean => spawnSync(command, ["-V"]).error === undefined;

const show = (at: Folder, ...args: string[]): { type: string; keyid: string } =>
  JSON.parse(at.ok(["key", "show", ...args, "--json"]));

function refused(ended: Ended, message: RegExp, code = "ERR_KEY", exit = 18): void {
  expect([errorOf(ended).code, ended.code, errorOf(ended).message]).toEqual([
    code,
    exit,
    expect.stringMatching(message),
  ]);
}

describe.skipIf(skipped !== "")(`the cases${skipped}`, () => {
  test.each([
    "09-pem/edcomment.pub",
    "09-pem/edoneline.pub",
    "09-pem/edtext.pub",
    "09-pem/edtrail.pub",
    "10-key-documents/did.json",
    "10-key-documents/fleetroots.json",
    "10-key-documents/jwk.json",
    "10-key-documents/jwk2020.json",
    "10-key-documents/jwks.json",
    "10-key-documents/vk2018.json",
    "18-misleading-key-errors/securesystemslib.json",
  ])("`key show` reads %s", (name) => {
    expect(show(folder(), inCase(name))).toMatchObject({ type: "Ed25519", keyid: ED25519 });
  });

  test("`key show` reads a P-256 key after its EC PARAMETERS, and both keys of a file of two", () => {
    const at = folder();
    const ec = show(at, inCase("09-pem/ecparam-public.pem"));
    expect(ec.type).toBe("P-256");
    const two = JSON.parse(at.ok(["key", "show", inCase("09-pem/two.pub"), "--json"]));
    expect(two.keys.map(({ keyid }: { keyid: string }) => keyid)).toEqual([ED25519, ec.keyid]);
    expect(at.ok(["key", "show", inCase("09-pem/two.pub")])).toMatch(/^key 1\n[\s\S]*\nkey 2\n/);
  });

  test("where one key is needed, a file of two is refused and says how to name one", () => {
    const at = folder();
    const two = inCase("09-pem/two.pub");
    refused(at.run(["key", "show", two, "--as", "pem"]), /holds 2 keys: "1", "2".*two\.pub#1/);
    expect(show(at, `${two}#2`).type).toBe("P-256");
    refused(at.run(["key", "show", `${two}#3`]), /no key "3", but "1", "2"/);
  });

  test.each(["jwk.json", "jwk2020.json", "did.json", "jwks.json"])(
    "a credential of did:web is verified by %s",
    (name) => {
      const of = inCase("10-key-documents/");
      const args = ["--issuer", `${of}${name}`, "--issuer-id", "did:web:example.org"];
      expect(folder().ok(["verify", `${of}credential.json`, ...args])).toContain("credential: verified");
    },
  );

  test("a key of securesystemslib in JSON whose halves do not belong together is refused for that", () => {
    const at = folder();
    at.write("f.json", { signed: {}, signatures: [] });
    const key = inCase("18-misleading-key-errors/securesystemslib.json");
    refused(
      at.run(["sign", unsignedIn(at), "-k", key, "--as", "classic"]),
      /public part is not that of the private/,
    );
  });
});

/** A timestamp to sign. */
function unsignedIn(at: Folder): string {
  const header = { _type: "timestamp", spec_version: "1.0.34", version: 1, expires: "2100-01-01T00:00:00Z" };
  return at.write("timestamp.json", {
    signatures: [],
    signed: { ...header, meta: { "snapshot.json": { version: 1 } } },
  });
}

const signWith = (at: Folder, key: string, env = {}): Ended =>
  at.run(["sign", unsignedIn(at), "-k", key, "--as", "classic", "-o", "signed.json"], { env });

function keyidThatSigned(at: Folder): string | undefined {
  return at.json<{ signatures: { keyid: string }[] }>("signed.json").signatures[0]?.keyid;
}

describe("documents of keys", () => {
  test("a DID document lends only keys that may assert something, and the ids of its methods name them", () => {
    const at = folder();
    const method = (name: string): object => {
      at.ok(["key", "gen", "--unsafe-plain", "-o", `${name}.pem`]);
      const jwk = JSON.parse(at.ok(["key", "show", `${name}.pem`, "--as", "jwk"]));
      return { id: `#${name}`, type: "JsonWebKey", controller: "did:web:a.example", publicKeyJwk: jwk };
    };
    const verificationMethod = ["one", "two", "login"].map(method);
    const assertionMethod = ["#one", "did:web:a.example#two"];
    at.write("did.json", { id: "did:web:a.example", verificationMethod, assertionMethod });
    const { out, err } = at.run(["key", "show", "did.json"]);
    expect(out).toContain("key 1: did:web:a.example#one\n");
    expect(out).toContain("key 2: did:web:a.example#two\n");
    expect(out).not.toContain("key 3");
    expect(err).toMatch(/"did:web:a\.example#login" is not read: .*assertionMethod/);
    const { keyid } = show(at, "two.pem");
    expect(show(at, "did.json#two").keyid).toBe(keyid);
    expect(show(at, "did.json#did:web:a.example#two").keyid).toBe(keyid);
    refused(at.run(["key", "show", "did.json#login"]), /assertionMethod/);
    refused(at.run(["key", "show", "did.json", "--as", "did"]), /holds 3 keys/);
  });

  test("private keys in JSON sign: JWK sets, TUF keys, and verification methods of every kind", async () => {
    const at = folder();
    at.ok(["key", "gen", "--unsafe-plain", "-o", "k.pem"]);
    const { keyid } = show(at, "k.pem");
    const { privateKeyFromPem } = await import("../../src/key/pemPrivateKey.ts");
    const { privateKeyToJwk } = await import("../../src/key/jwk.ts");
    const { privateKeyToMultikey } = await import("../../src/key/multikey.ts");
    const { toTufKey } = await import("../../src/key/tufKey.ts");
    const { encodeMultibase } = await import("../../src/encoding/multibase.ts");
    const key = await privateKeyFromPem(at.read("k.pem"));
    const jwk = privateKeyToJwk(key);
    const { d: _, ...publicKeyJwk } = jwk;
    const tuf = toTufKey(key.publicKey);
    const seed = Buffer.from(jwk["d"] ?? "", "base64url");
    const base58 = (bytes: Uint8Array): string => encodeMultibase("z", new Uint8Array(bytes)).slice(1);
    const secretKeyMultibase = privateKeyToMultikey(key);
    const publicKeyMultibase = at.ok(["key", "show", "k.pem", "--as", "did"]).trim().slice("did:key:".length);
    const both = base58(Buffer.concat([seed, key.publicKey.bytes]));
    for (const [name, document] of Object.entries({
      jwk,
      set: { keys: [jwk] },
      tuf: { ...tuf, keyval: { ...tuf.keyval, private: seed.toString("hex") } },
      multikey: { type: "Multikey", publicKeyMultibase, secretKeyMultibase },
      key2020: {
        type: "Ed25519VerificationKey2020",
        publicKeyMultibase,
        privateKeyMultibase: secretKeyMultibase,
      },
      key2018: {
        type: "Ed25519VerificationKey2018",
        publicKeyBase58: base58(key.publicKey.bytes),
        privateKeyBase58: both,
      },
      webKey: { type: "JsonWebKey", publicKeyJwk, secretKeyJwk: jwk },
      webKey2020: { type: "JsonWebKey2020", publicKeyJwk, privateKeyJwk: jwk },
    })) {
      at.write("key.json", document);
      expect([name, signWith(at, "key.json").err]).toEqual([name, `signed with key ${keyid}\n`]);
      expect([name, keyidThatSigned(at)]).toEqual([name, keyid]);
    }
    at.write("key.json", { keys: [jwk, { ...jwk, kid: "other" }] });
    refused(signWith(at, "key.json"), /holds 2 keys: "1", "other"/);
    expect(signWith(at, "key.json#other").code).toBe(0);
    at.write("key.json", { type: "Ed25519Signature2099" });
    refused(signWith(at, "key.json"), /no private key of a known format/);
    refused(at.run(["key", "show", "key.json"]), /of the type Ed25519Signature2099/);
    refused(
      signWith(at, at.write("old", `${"0".repeat(32)}@@@@100000@@@@00@@@@00@@@@00`)),
      /securesystemslib/,
    );
  });
});

describe.skipIf(!has("openssl"))("private keys that OpenSSL wrote (skipped without openssl)", () => {
  const openssl = (at: Folder, ...args: string[]): void => {
    execFileSync("openssl", args, { cwd: at.path, stdio: "pipe" });
  };

  test("EC PRIVATE KEY after EC PARAMETERS, and RSA PRIVATE KEY, are read as they are", () => {
    const at = folder();
    openssl(at, "ecparam", "-name", "prime256v1", "-genkey", "-out", "ec.pem");
    expect(at.read("ec.pem")).toMatch(/^-----BEGIN EC PARAMETERS-----/);
    openssl(at, "pkcs8", "-topk8", "-nocrypt", "-in", "ec.pem", "-out", "ec8.pem");
    expect(signWith(at, "ec.pem").code).toBe(0);
    expect(keyidThatSigned(at)).toBe(show(at, "ec8.pem").keyid);
    openssl(at, "genrsa", "-traditional", "-out", "rsa.pem", "2048");
    expect(at.read("rsa.pem")).toContain("BEGIN RSA PRIVATE KEY");
    openssl(at, "rsa", "-in", "rsa.pem", "-RSAPublicKey_out", "-out", "rsa1.pub");
    expect(at.read("rsa1.pub")).toContain("BEGIN RSA PUBLIC KEY");
    expect(show(at, "rsa1.pub")).toEqual(show(at, "rsa.pem"));
  });

  test("what is encrypted in another way is named, and the command that is named converts it", () => {
    const at = folder();
    openssl(at, "genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "k.pem");
    const { keyid } = show(at, "k.pem");
    const pass = ["-passout", "pass:x"];
    openssl(
      at,
      "pkcs8",
      "-topk8",
      "-scrypt",
      "-scrypt_N",
      "1024",
      "-in",
      "k.pem",
      "-out",
      "scrypt.pem",
      ...pass,
    );
    openssl(at, "pkcs8", "-topk8", "-v2", "des3", "-in", "k.pem", "-out", "3des.pem", ...pass);
    openssl(at, "ec", "-aes256", "-in", "k.pem", "-out", "traditional.pem", ...pass);
    const env = { TUF_LD_PASSPHRASE: "x" };
    for (const [name, what, code, exit] of [
      ["scrypt.pem", /encrypted with scrypt/, "ERR_UNSUPPORTED", 1],
      ["3des.pem", /encrypted with 3DES/, "ERR_UNSUPPORTED", 1],
      ["traditional.pem", /EC PRIVATE KEY that is encrypted in the way of before PKCS #8/, "ERR_KEY", 18],
    ] as const) {
      const ended = signWith(at, name, env);
      refused(ended, what, code, exit);
      expect(ended.err).toContain("openssl pkcs8 -topk8 -in FILE -out NEW.pem");
      expect(ended.err).not.toContain("Node 20");
      openssl(at, "pkcs8", "-topk8", "-in", name, "-out", "new.pem", "-passin", "pass:x", ...pass);
      expect(signWith(at, "new.pem", env).code).toBe(0);
      expect(keyidThatSigned(at)).toBe(keyid);
    }
  });
});

describe.skipIf(!has("ssh-keygen"))("keys of OpenSSH (skipped without ssh-keygen)", () => {
  const made = (at: Folder, type: string, name: string, passphrase = "", ...args: string[]): void => {
    const all = ["-q", "-t", type, "-N", passphrase, "-C", `${name}@example.org`, "-f", name, ...args];
    execFileSync("ssh-keygen", all, { cwd: at.path, stdio: "pipe" });
  };

  test.each([
    ["ed25519", "Ed25519", []],
    ["ecdsa", "P-256", []],
    ["ecdsa", "P-384", ["-b", "384"]],
    ["rsa", "RSA", ["-b", "2048"]],
  ])("%s keys are read, the public and the private one alike, as %s", (type, name, args) => {
    const at = folder();
    made(at, type, "id", "", ...args);
    expect(at.read("id")).toContain("BEGIN OPENSSH PRIVATE KEY");
    const key = show(at, "id");
    expect(key.type).toBe(name);
    expect(show(at, "id.pub")).toEqual({ ...key, name: "id@example.org" });
    expect(signWith(at, "id").code).toBe(0);
    expect(keyidThatSigned(at)).toBe(key.keyid);
  });

  test("several public keys in one file are named by their comments", () => {
    const at = folder();
    for (const name of ["a", "b"]) made(at, "ed25519", name);
    at.write("all.pub", `# ours\n${at.read("a.pub")}\n${at.read("b.pub")}`);
    expect(at.ok(["key", "show", "all.pub#b@example.org"])).toBe(at.ok(["key", "show", "b.pub"]));
    refused(
      at.run(["key", "show", "all.pub", "--as", "did"]),
      /holds 2 keys: "a@example\.org", "b@example\.org"/,
    );
  });

  test("an encrypted one needs its passphrase, and one that would take too long is not tried", () => {
    const at = folder();
    made(at, "ed25519", "id", "correct horse");
    refused(signWith(at, "id"), /needs a passphrase/, "ERR_PASSPHRASE", 1);
    refused(signWith(at, "id", { TUF_LD_PASSPHRASE: "x" }), /does not decrypt/, "ERR_PASSPHRASE", 1);
    expect(signWith(at, "id", { TUF_LD_PASSPHRASE: "correct horse" }).code).toBe(0);
    // The number of rounds stands after the salt of 16 bytes.
    const bytes = Buffer.from(at.read("id").replace(/-----.*-----|\n/g, ""), "base64");
    const place = bytes.indexOf("bcrypt") + "bcrypt".length + 4 + 4 + 16;
    bytes.writeUInt32BE(1_001, place);
    const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${bytes.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
    refused(signWith(at, at.write("slow", text), { TUF_LD_PASSPHRASE: "x" }), /1001 rounds/, "ERR_LIMIT");
    at.write("cut", `-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n`);
    refused(signWith(at, "cut"), /cut off/);
  });
});
