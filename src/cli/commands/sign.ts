/// <reference types="node" />
/**
 * `tuf-ld sign`: adds linked proofs or classic signatures to a document and leaves those it has alone.
 * @module
 */
import { type Command, Option } from "commander";
import { TufLdError } from "../../errors.ts";
import type { PrivateKey } from "../../key/privateKey.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import { type MetadataFile, serializeMetadata } from "../../metadata/file.ts";
import { addSignature } from "../../proof/classicSignature.ts";
import { addProof } from "../../proof/linkedProof.ts";
import { keyidsOf } from "../../proof/roleKeys.ts";
import { allSuites } from "../../suite/registry.ts";
import type { Suite } from "../../suite/suite.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import { readDocument } from "../documents.ts";
import { writeOutput } from "../io.ts";
import { readPrivateKey } from "../keys.ts";
import { collect, parseDate } from "../options.ts";
import { toJson } from "../output.ts";

interface Options {
  readonly key: readonly string[];
  readonly suite?: string;
  readonly as: "linked" | "classic" | "both";
  readonly role?: string;
  readonly keyid?: string;
  readonly created?: Date;
  readonly out?: string;
  readonly json?: boolean;
}

export function registerSign(program: Command): void {
  program
    .command("sign")
    .description("sign TUF metadata or a credential; other signatures stay as they are")
    .argument("<file>", "TUF metadata in any form, or a JSON-LD document; - for stdin")
    .requiredOption("-k, --key <file>", "private key; may be given several times", collect)
    .option("--suite <name>", "suite of the linked proof, by name or URI; default: by the kind of key")
    .addOption(
      new Option("--as <view>", "which view of TUF metadata to sign").choices(["linked", "classic", "both"]).default("linked"),
    )
    .option("--role <name>", "the role the file speaks for; needed for delegated targets metadata")
    .option("--keyid <id>", "classic: the keyid under which metadata lists the key")
    .option("--created <date>", "when the proof says it was made; default: now", parseDate)
    .option("-o, --out <file>", "write here instead of stdout; may be the input file")
    .option("--json", "print what was done as JSON (needs --out)")
    .addHelpText(
      "after",
      `
A linked proof is bound to the role: it counts for no other. Targets metadata does not say which role it is, so
name it with --role, "targets" for the top level.

Examples:
  tuf-ld sign root.json --key root-1.pem -o root.json
  tuf-ld sign 3.targets.json --role targets --key a.pem --key b.pem --as both -o 3.targets.json
  tuf-ld sign credential.json --key issuer.pem --suite eddsa-rdfc-2022`,
    )
    .action(async (path: string, options: Options, command: Command) => {
      const { out, json } = options;
      if (json && out === undefined) command.error("error: --json needs --out, or the two outputs would mix");
      const suite = options.suite === undefined ? undefined : linkedSuite(options.suite);
      const document = await readDocument(path);
      const signers: PrivateKey[] = [];
      for (const file of options.key) signers.push(await readPrivateKey(file));
      if (document.kind === "foreign") {
        const { signDocument } = await import("../../proof/foreign/sign.ts");
        let signed: object = document.document;
        for (const signer of signers) {
          const { created } = options;
          signed = await signDocument(signed, signer, {
            ...(suite === undefined ? {} : { suite }),
            ...(created === undefined ? {} : { created }),
          });
        }
        await writeOutput(out, toJson(signed));
      } else {
        const role = roleOf(document.file, options.role, command);
        let file = document.file;
        for (const signer of signers) file = await signMetadata(file, signer, role, suite, options);
        await writeOutput(out, serializeMetadata(file, file.linked ? "file" : "classic"));
      }
      if (json) await writeOutput(undefined, toJson({ ok: true, out, keys: signers.map(nameOf) }));
      else process.stderr.write(`signed with ${signers.map(nameOf).join(", ")}\n`);
    });
}

async function signMetadata(
  file: MetadataFile,
  signer: PrivateKey,
  role: string,
  suite: Suite | undefined,
  { as, created, keyid }: Options,
): Promise<MetadataFile> {
  let signed = file;
  if (as !== "linked") {
    const id = keyid ?? listedKeyid(file, signer, role);
    signed = await addSignature(signed, signer, id === undefined ? {} : { keyid: id });
  }
  if (as === "classic") return signed;
  return addProof(signed, signer, role, {
    ...(suite === undefined ? {} : { suite }),
    ...(created === undefined ? {} : { created }),
  });
}

/** Root metadata lists its own keys, perhaps under a keyid that is not the hash we would compute. */
function listedKeyid(file: MetadataFile, signer: PrivateKey, role: string): string | undefined {
  if (file.signed._type !== "root") return undefined;
  const keys = delegatedKeys(file.signed, role);
  return keys === undefined ? undefined : keyidsOf(keys, signer.publicKey)[0];
}

/** The role that a file speaks for: only targets metadata leaves it open. */
function roleOf(file: MetadataFile, given: string | undefined, command: Command): string {
  const type = file.signed._type;
  if (type === "targets") {
    return given ?? command.error('error: targets metadata needs --role NAME ("targets" for the top level)');
  }
  if (given !== undefined && given !== type) command.error(`error: this is ${type} metadata, not "${given}"`);
  return type;
}

function linkedSuite(name: string): Suite {
  const suite = allSuites.get(name);
  if (suite.view === "linked") return suite;
  throw new TufLdError("ERR_SUITE_UNKNOWN", `${name} is a suite of classic signatures; use --as classic`, { suite: name });
}

function nameOf({ publicKey }: PrivateKey): string {
  return tufKeyid(toTufKey(publicKey));
}
