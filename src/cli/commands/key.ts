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
  readonly dir?: string;
  readonly keys?: string;
  readonly quiet?: boolean;
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
    .description(
      "make a private key, encrypted with a passphrase; or one for each named role of a repository",
    )
    .argument("[role...]", "keep a key for this role in keys/ of the repository and list it; repeatable")
    .addOption(new Option("--type <type>", "kind of key").choices(Object.keys(KEY_TYPES)).default("ed25519"))
    .option("-o, --out <file>", "write it to this new file, readable by you alone, instead of stdout")
    .option("--unsafe-plain", "do not encrypt the private key")
    .option("--dir <dir>", "with roles: the repository; default: $TUF_LD_DIR or the current folder")
    .option("--keys <dir>", "with roles: folder of private keys; default: keys/ in the repository")
    .option("-q, --quiet", "do not describe the keys")
    .option("--json", "print the public keys as JSON (needs --out or roles)")
    .addHelpText(
      "after",
      `
The passphrase is asked for, or taken from TUF_LD_PASSPHRASE. The file is
PKCS #8 in PEM, as OpenSSL reads it. With --out the public key is written beside
it, x.pub for x.pem: that is what others get. A file that exists is never
overwritten.

With roles, the keys are staged: \`tuf-ld publish\` makes them known. The role
"bin" stands for all hash bins. One passphrase protects all keys of a call.

In keys/, \`tuf-ld publish\` knows an encrypted key by its name, ROLE-KEYID.pem
with the first 16 digits of the keyid, or by its public key beside it: x.pub for
x.pem. A key that is not encrypted may have any name.

Examples:
  tuf-ld key gen -o root-1.pem
  tuf-ld key gen root targets snapshot timestamp
  tuf-ld key gen --type p256 -o ci.pem --json
  TUF_LD_PASSPHRASE="$(pass show tuf)" tuf-ld key gen -o online.pem`,
    )
    .action(async (roles: string[], options: KeyGenOptions) => {
      if (roles.length > 0) await (await import("../actions/roleKeys.ts")).generateFor(roles, options);
      else await (await import("../actions/key.ts")).generate(options);
    });
}

function registerShow(key: Command): void {
  key
    .command("show")
    .description("show the public value of a public or private key in every format")
    .argument(
      "<file>",
      "a key in any of the formats below; FILE#ID for one of several; - for stdin; or a did:key itself",
    )
    .addOption(new Option("--as <format>", "print this format alone").choices(KEY_FORMATS))
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Read are PEM (with text around it; PKCS #8, encrypted or not, and plain SEC 1
and PKCS #1), OpenSSH, JWK, TUF key objects, Multikey, JsonWebKey,
JsonWebKey2020, Ed25519VerificationKey2018 and 2020, and 64 hex digits; also
several of them: PEM blocks, lines of OpenSSH, JWK sets, DID documents, arrays.
All of them are shown. A command that needs one takes FILE#ID, where ID is what
the file calls the key (the id of a method or what follows # in it, the kid of
a JWK, an OpenSSH comment), or its number.

Examples:
  tuf-ld key show root-1.pem
  tuf-ld key show root-1.pem --as tuf > key.json
  tuf-ld key show did.json#key-2
  tuf-ld key show did:key:z6Mk... --as jwk`,
    )
    .action(async (path: string, options: KeyShowOptions) =>
      (await import("../actions/key.ts")).show(path, options),
    );
}
