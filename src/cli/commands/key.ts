/// <reference types="node" />
/**
 * `tuf-ld key gen` and `tuf-ld key show`.
 * @module
 */
import { type Command, Option } from "commander";
import { didKey, didKeyUrl } from "../../key/didKey.ts";
import { publicKeyToJwk } from "../../key/jwk.ts";
import { toMultikeyDocument } from "../../key/multikey.ts";
import { parsePublicKeyAny } from "../../key/parse.ts";
import { privateKeyToEncryptedPem, unsafePrivateKeyToPlainPem } from "../../key/pemPrivateKey.ts";
import { generateKey } from "../../key/privateKey.ts";
import type { PublicKey } from "../../key/publicKey.ts";
import { publicKeyToPem } from "../../key/spki.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import { toVerificationKey2020 } from "../../key/verificationKey2020.ts";
import { decodeUtf8 } from "../../encoding/utf8.ts";
import { TufLdError } from "../../errors.ts";
import { readInput, writeOutput } from "../io.ts";
import { newPassphrase, readPrivateKey } from "../keys.ts";
import { toJson } from "../output.ts";

const TYPES = { ed25519: "Ed25519", p256: "P-256", p384: "P-384" } as const;
const FORMATS = ["tuf", "pem", "jwk", "multikey", "did", "key2020"] as const;
type Format = (typeof FORMATS)[number];

interface GenOptions {
  readonly type: keyof typeof TYPES;
  readonly out?: string;
  readonly unsafePlain?: boolean;
  readonly json?: boolean;
}

export function registerKey(program: Command): void {
  const key = program.command("key").description("make and show keys");
  key
    .command("gen")
    .description("make a private key, encrypted with a passphrase")
    .addOption(new Option("--type <type>", "kind of key").choices(Object.keys(TYPES)).default("ed25519"))
    .option("-o, --out <file>", "write the private key here, readable by you alone; default: stdout")
    .option("--unsafe-plain", "do not encrypt the private key")
    .option("--json", "print the public key as JSON (needs --out)")
    .addHelpText(
      "after",
      `
The passphrase is asked for, or taken from TUF_LD_PASSPHRASE. The file is PKCS #8 in PEM, as OpenSSL reads it.

Examples:
  tuf-ld key gen -o root-1.pem
  tuf-ld key gen --type p256 -o ci.pem --json`,
    )
    .action(async ({ type, out, unsafePlain, json }: GenOptions, command: Command) => {
      if (json && out === undefined) command.error("error: --json needs --out, or the two outputs would mix");
      const passphrase = unsafePlain ? undefined : await newPassphrase();
      const made = await generateKey(TYPES[type]);
      const pem =
        passphrase === undefined ? unsafePrivateKeyToPlainPem(made) : await privateKeyToEncryptedPem(made, passphrase);
      await writeOutput(out, pem, { mode: 0o600, exclusive: true });
      if (json) return writeOutput(undefined, toJson({ file: out, ...describe(made.publicKey) }));
      const { keyid, did } = describe(made.publicKey);
      process.stderr.write(`${out === undefined ? "" : `private key in ${out}\n`}keyid ${keyid}\n${did ?? ""}\n`);
      return undefined;
    });
  key
    .command("show")
    .description("show a public or private key's public value in every format")
    .argument("<file>", "PEM, JWK, Multikey, did:key, Ed25519VerificationKey2020 or TUF key object; - for stdin")
    .addOption(new Option("--as <format>", "print this format alone").choices(FORMATS))
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  tuf-ld key show root-1.pem\n  tuf-ld key show root-1.pem --as tuf > key.json")
    .action(async (path: string, { as, json }: { as?: Format; json?: boolean }) => {
      const publicKey = await readAnyKey(path);
      if (as !== undefined) return writeOutput(undefined, await format(publicKey, as, json === true));
      const described = { ...describe(publicKey), tuf: toTufKey(publicKey), jwk: publicKeyToJwk(publicKey) };
      if (json) return writeOutput(undefined, toJson({ ...described, pem: publicKeyToPem(publicKey) }));
      const { type, keyid, did, verificationMethod, tuf, jwk } = described;
      const lines = [
        ["type", type],
        ["TUF keyid", keyid],
        ["TUF key", JSON.stringify(tuf)],
        ["JWK", JSON.stringify(jwk)],
        ...(did === undefined ? [] : [["did:key", did], ["proof method", verificationMethod ?? ""]]),
      ];
      const text = lines.map(([name = "", value]) => `${name.padEnd(13)} ${value}\n`).join("");
      return writeOutput(undefined, `${text}${publicKeyToPem(publicKey)}`);
    });
}

/** Reads the public value of any key file, private ones included. */
async function readAnyKey(path: string): Promise<PublicKey> {
  const text = decodeUtf8(await readInput(path), false);
  if (/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text)) return (await readPrivateKey(path)).publicKey;
  try {
    return (await parsePublicKeyAny(text)).publicKey;
  } catch (error) {
    if (!(error instanceof TufLdError) || error.code !== "ERR_KEY") throw error;
    // A private JWK or a secret Multikey.
    return (await readPrivateKey(path).catch(() => Promise.reject(error))).publicKey;
  }
}

function describe(key: PublicKey): { type: string; keyid: string; did?: string; verificationMethod?: string } {
  const keyid = tufKeyid(toTufKey(key));
  if (key.type === "RSA") return { type: key.type, keyid };
  return { type: key.type, keyid, did: didKey(key), verificationMethod: didKeyUrl(key) };
}

async function format(key: PublicKey, as: Format, json: boolean): Promise<string> {
  switch (as) {
    case "tuf":
      return toJson(toTufKey(key));
    case "jwk":
      return toJson(publicKeyToJwk(key));
    case "multikey":
      return toJson(toMultikeyDocument(key));
    case "key2020":
      return toJson(await toVerificationKey2020(key));
    case "pem":
      return json ? toJson(publicKeyToPem(key)) : publicKeyToPem(key);
    case "did":
      return json ? toJson(didKey(key)) : `${didKey(key)}\n`;
  }
}
