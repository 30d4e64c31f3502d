/// <reference types="node" />
/**
 * `tuf-ld key gen` and `tuf-ld key show`: what they take.
 * @module
 */
import { type Command, Option } from "commander";

/** Kinds of keys that `key gen` makes. */
export const KEY_TYPES = { ed25519: "Ed25519", p256: "P-256", p384: "P-384" } as const;
/** Formats that `key show` prints. */
export const KEY_FORMATS = ["tuf", "pem", "jwk", "multikey", "did", "key2020"] as const;

export interface KeyGenOptions {
  readonly type: keyof typeof KEY_TYPES;
  readonly out?: string;
  readonly unsafePlain?: boolean;
  readonly json?: boolean;
}

export interface KeyShowOptions {
  readonly as?: (typeof KEY_FORMATS)[number];
  readonly json?: boolean;
}

export function registerKey(program: Command): void {
  const key = program
    .command("key")
    .description("make and show keys")
    .addHelpText(
      "after",
      "\nExamples:\n  tuf-ld key gen -o root-1.pem\n  tuf-ld key show root-1.pem\n  tuf-ld key gen --help",
    );
  registerGen(key);
  registerShow(key);
}

function registerGen(key: Command): void {
  key
    .command("gen")
    .description("make a private key, encrypted with a passphrase")
    .addOption(new Option("--type <type>", "kind of key").choices(Object.keys(KEY_TYPES)).default("ed25519"))
    .option("-o, --out <file>", "write it to this new file, readable by you alone, instead of stdout")
    .option("--unsafe-plain", "do not encrypt the private key")
    .option("--json", "print the public key as JSON (needs --out)")
    .addHelpText(
      "after",
      `
The passphrase is asked for, or taken from TUF_LD_PASSPHRASE. The file is
PKCS #8 in PEM, as OpenSSL reads it. A file that exists is never overwritten.

Examples:
  tuf-ld key gen -o root-1.pem
  tuf-ld key gen --type p256 -o ci.pem --json
  TUF_LD_PASSPHRASE="$(pass show tuf)" tuf-ld key gen -o online.pem`,
    )
    .action(async (options: KeyGenOptions) => (await import("../actions/key.ts")).generate(options));
}

function registerShow(key: Command): void {
  key
    .command("show")
    .description("show the public value of a public or private key in every format")
    .argument(
      "<file>",
      "PEM, JWK, Multikey, did:key, Ed25519VerificationKey2020 or TUF key object; - for stdin; or a did:key itself",
    )
    .addOption(new Option("--as <format>", "print this format alone").choices(KEY_FORMATS))
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  tuf-ld key show root-1.pem\n  tuf-ld key show root-1.pem --as tuf > key.json\n  tuf-ld key show did:key:z6Mk... --as jwk",
    )
    .action(async (path: string, options: KeyShowOptions) =>
      (await import("../actions/key.ts")).show(path, options),
    );
}
