/**
 * Key files, their formats, and passphrases.
 * @module
 */
import { readdirSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hasTerminal, onTerminal } from "./terminal.ts";
import { errorOf, folder } from "./tufLd.ts";

const SECRET = { TUF_LD_PASSPHRASE: "correct horse" };

describe("key gen", () => {
  test.each(["ed25519", "p256", "p384"])("makes an encrypted %s key that its owner alone reads", (type) => {
    const at = folder();
    const { code, out, err } = at.run(["key", "gen", "--type", type, "-o", "k.pem"], { env: SECRET });
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toMatch(
      /^private key {2}k\.pem \(encrypted\)\npublic key {3}k\.pub\nTUF keyid {4}[0-9a-f]{64}\ndid:key {6}did:key:z/,
    );
    expect(at.read("k.pem")).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    expect(statSync(at.file("k.pem")).mode & 0o777).toBe(0o600);
    expect(readdirSync(at.path)).toEqual(["k.pem", "k.pub"]);
  });

  test("writes the key to stdout when there is no file, and the rest to stderr", () => {
    const { code, out, err } = folder().run(["key", "gen"], { env: SECRET });
    expect(code).toBe(0);
    expect(out).toMatch(
      /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n[\s\S]*-----END ENCRYPTED PRIVATE KEY-----\n$/,
    );
    expect(err).toContain("TUF keyid");
  });

  test("never overwrites a file, and says so before it asks for a passphrase", () => {
    const at = folder();
    at.write("k.pem", "precious");
    const ended = at.run(["key", "gen", "-o", "k.pem"]);
    expect(ended.code).toBe(21);
    expect(errorOf(ended)).toMatchObject({ code: "ERR_STORAGE", message: "k.pem: it exists already" });
    expect(at.run(["key", "gen", "-o", "k.pem"], { env: SECRET }).code).toBe(21);
    expect(at.read("k.pem")).toBe("precious");
    expect(readdirSync(at.path)).toEqual(["k.pem"]);
  });

  test("without a passphrase and a terminal there is no key", () => {
    const at = folder();
    for (const env of [{}, { TUF_LD_PASSPHRASE: "" }]) {
      const ended = at.run(["key", "gen", "-o", "k.pem"], { env });
      expect(ended.code).toBe(1);
      expect(errorOf(ended)).toMatchObject({
        code: "ERR_PASSPHRASE",
        hint: expect.stringContaining("TUF_LD_PASSPHRASE"),
      });
    }
    expect(readdirSync(at.path)).toEqual([]);
  });

  test("--unsafe-plain writes a key that nothing protects but its mode, and says so", () => {
    const at = folder();
    const { code, err } = at.run(["key", "gen", "--unsafe-plain", "-o", "k.pem"]);
    expect(code).toBe(0);
    expect(err).toContain("(not encrypted)");
    expect(at.read("k.pem")).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(statSync(at.file("k.pem")).mode & 0o777).toBe(0o600);
  });

  test("--json describes the public key on stdout and keeps the secret in the file", () => {
    const at = folder();
    const made = JSON.parse(at.ok(["key", "gen", "-o", "k.pem", "--json"], { env: SECRET })) as Record<
      string,
      string
    >;
    expect(made).toMatchObject({ ok: true, file: "k.pem", type: "Ed25519" });
    expect(JSON.stringify(made)).not.toContain("PRIVATE");
    const shown = JSON.parse(at.ok(["key", "show", "k.pem", "--json"], { env: SECRET })) as Record<
      string,
      string
    >;
    expect(shown["keyid"]).toBe(made["keyid"]);
    expect(shown["did"]).toBe(made["did"]);
  });
});

describe("key show", () => {
  test("every format it prints, it reads back as the same key", () => {
    const at = folder();
    at.ok(["key", "gen", "--unsafe-plain", "-o", "k.pem"]);
    const whole = at.ok(["key", "show", "k.pem"]);
    for (const format of ["tuf", "pem", "jwk", "multikey", "did", "key2020"]) {
      at.write(`k.${format}`, at.ok(["key", "show", "k.pem", "--as", format]));
      expect(at.ok(["key", "show", `k.${format}`]), format).toBe(whole);
      expect(at.ok(["key", "show", "-"], { input: at.read(`k.${format}`) }), format).toBe(whole);
      expect(() => JSON.parse(at.ok(["key", "show", "k.pem", "--as", format, "--json"]))).not.toThrow();
    }
  });

  test.each([
    ["text that is no key", "hello\n"],
    ["an empty file", ""],
    ["binary", new Uint8Array([0, 255, 254, 3])],
    ["JSON that is no key", "{}"],
    ["JSON that is broken", "{"],
    ["a truncated PEM", "-----BEGIN PRIVATE KEY-----\nMC4CAQ"],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
  ])("%s is refused as malformed, with the name of the file", (_, content) => {
    const at = folder();
    at.write("k.pem", content);
    const ended = at.run(["key", "show", "k.pem"]);
    expect(ended.code).toBe(18);
    expect(errorOf(ended)).toMatchObject({ code: "ERR_KEY", message: expect.stringMatching(/^k\.pem: /) });
  });

  test("a wrong passphrase ends with 1 and ERR_PASSPHRASE", () => {
    const at = folder();
    at.ok(["key", "gen", "-o", "k.pem"], { env: SECRET });
    const ended = at.run(["key", "show", "k.pem"], { env: { TUF_LD_PASSPHRASE: "battery staple" } });
    expect(ended.code).toBe(1);
    expect(errorOf(ended)).toMatchObject({
      code: "ERR_PASSPHRASE",
      message: expect.stringMatching(/^k\.pem: the passphrase does not decrypt/),
    });
    expect(at.run(["key", "show", "k.pem"]).code).toBe(1);
  });
});

describe.skipIf(!hasTerminal)("the passphrase prompt (skipped without python3)", () => {
  test("asks twice for a new key, shows nothing of what is typed, and asks once to read it", () => {
    const at = folder();
    const made = onTerminal(
      at.path,
      ["key", "gen", "-o", "k.pem"],
      [
        ["Passphrase for the new key", "s3cret\r"],
        ["The same again", "s3cret\r"],
      ],
    );
    expect(made.code).toBe(0);
    expect(made.shown).not.toContain("s3cret");
    const read = onTerminal(
      at.path,
      ["key", "show", "k.pem", "--as", "did"],
      [["Passphrase of k.pem", "s3cret\r"]],
    );
    expect(read.code).toBe(0);
    expect(read.shown).toMatch(/did:key:z6Mk/);
    expect(at.ok(["key", "show", "k.pem"], { env: { TUF_LD_PASSPHRASE: "s3cret" } })).toContain("Ed25519");
  });

  test("asks again when the two differ or the passphrase is empty", () => {
    const at = folder();
    const { code, shown } = onTerminal(
      at.path,
      ["key", "gen", "-o", "k.pem"],
      [
        ["Passphrase for the new key", "\r"],
        ["protects nothing", ""],
        ["Passphrase for the new key", "one\r"],
        ["The same again", "two\r"],
        ["the two differ", ""],
        ["Passphrase for the new key", "three\r"],
        ["The same again", "three\r"],
      ],
    );
    expect({ code, shown }).toMatchObject({ code: 0 });
    at.ok(["key", "show", "k.pem"], { env: { TUF_LD_PASSPHRASE: "three" } });
  });

  test("a wrong passphrase may be typed twice; the third ends with 1 and ERR_PASSPHRASE", () => {
    const at = folder();
    at.ok(["key", "gen", "-o", "k.pem"], { env: SECRET });
    const again = ["try again", ""] as [string, string];
    const typed = (text: string): [string, string] => ["Passphrase of k.pem", `${text}\r`];
    const wrong = onTerminal(
      at.path,
      ["key", "show", "k.pem"],
      [typed("one"), again, typed("two"), again, typed("three")],
    );
    expect(wrong.code).toBe(1);
    expect(wrong.shown).toContain("ERR_PASSPHRASE");
    const right = onTerminal(
      at.path,
      ["key", "show", "k.pem"],
      [typed("one"), again, typed("two"), again, typed(SECRET.TUF_LD_PASSPHRASE)],
    );
    expect(right.code).toBe(0);
    expect(right.shown).not.toContain("ERR_PASSPHRASE");
  });

  test.each([
    ["a new key", ["key", "gen", "-o", "new.pem"], "Passphrase for the new key"],
    ["a key that is read", ["key", "show", "k.pem"], "Passphrase of k.pem"],
  ])("Ctrl-D at the prompt for %s ends with ERR_PASSPHRASE, and leaves nothing behind", (_, args, prompt) => {
    const at = folder();
    at.ok(["key", "gen", "-o", "k.pem"], { env: SECRET });
    const { code, shown } = onTerminal(at.path, args, [[prompt, "\u0004"]]);
    expect({ code, shown }).toEqual({ code: 1, shown: expect.stringContaining("ERR_PASSPHRASE") });
    expect(readdirSync(at.path)).toEqual(["k.pem", "k.pub"]);
  });

  test("Ctrl-C at the prompt ends with 130 and leaves nothing behind", () => {
    const at = folder();
    const { code, shown } = onTerminal(
      at.path,
      ["key", "gen", "-o", "k.pem"],
      [["Passphrase for the new key", "\u0003"]],
    );
    expect(code).toBe(130);
    expect(shown).not.toMatch(/at .*\.js:\d+/);
    expect(readdirSync(at.path)).toEqual([]);
  });
});
