/// <reference types="node" />
/**
 * Signs a payload on a machine that has no repository, after showing what the file itself says.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import { type MetadataFile, serializeMetadata } from "../../metadata/file.ts";
import { signPayload as addSignatures, type Payload } from "../../repository/signing/payload.ts";
import { type Signatures, signaturesOf } from "../../repository/signing/signing.ts";
import {
  answerTo,
  changeLines,
  confirmed,
  digestOf,
  type Section,
  shortId,
  showRequest,
  signatureLines,
} from "../ceremony.ts";
import type { SignOptions } from "../commands/sign.ts";
import { inFile } from "../documents.ts";
import { writeOutput } from "../io.ts";
import { printable, toJson } from "../output.ts";
import { UsageError } from "../usage.ts";
import { notSigned, openKeys, refuseOptions } from "./signRole.ts";

export async function signPayload(
  path: string,
  file: MetadataFile,
  payload: Payload,
  options: SignOptions,
): Promise<void> {
  refuseOptions(options, ["suite", "as", "keyid", "dir"], "a payload, which says it itself");
  const { role } = payload;
  const { signed } = file;
  if (options.role !== undefined && options.role !== role)
    throw otherRole(options.role, `its bearer says that it is for "${role}"`);
  const isWord = isBearersWord(file, options);
  const title = isWord
    ? `${signed._type} metadata, version ${signed.version}; for the role "${role}", as its bearer says`
    : `${role}, version ${signed.version}`;
  showRequest(title, signed, await sectionsOf(file, payload, options), options);
  const facts = { role, version: signed.version, digest: digestOf(signed) };
  const isMeant = isWord
    ? await isTypedRole(role, options)
    : await confirmed(`Sign this as ${role}, version ${signed.version}?`, options);
  if (!isMeant) return notSigned(facts, options);
  const signers = await openKeys(options.key);
  let done = file;
  const lines: string[] = [];
  for (const signer of signers) {
    const before = done;
    done = await inFile(path, () => addSignatures(before, payload, signer, options.created ?? new Date()));
    const keyid = shortId(tufKeyid(toTufKey(signer.publicKey)));
    lines.push(done === before ? `key ${keyid} had signed already` : `signed with key ${keyid}`);
  }
  await writeOutput(options.out, serializeMetadata(done, done.linked ? "file" : "classic"));
  const keys = signers.map(({ publicKey }) => tufKeyid(toTufKey(publicKey)));
  const signatures = await countAll(done, payload);
  if (options.json) {
    const { out } = options;
    return writeOutput(undefined, toJson({ ok: true, out, ...facts, keys, signatures }));
  }
  if (options.quiet) return;
  lines.push(...signatureLines(signatures), `\`tuf-ld add-signature ${role} --in FILE\` takes it back`);
  process.stderr.write(`${lines.map(printable).join("\n")}\n`);
}

/**
 * Whether nothing but the payload says for which role the signature is. A proof is bound to the role, so whoever
 * chooses the role decides what the signature is good for: metadata of targets can be that of any role but three.
 */
function isBearersWord({ signed }: MetadataFile, { role }: SignOptions): boolean {
  return signed._type === "targets" && role === undefined;
}

/** @throws UsageError where nobody can be asked, `--yes` or not: who says yes has not said to which role */
async function isTypedRole(role: string, { yes }: SignOptions): Promise<boolean> {
  if (yes || process.stdin.isTTY !== true)
    throw new UsageError(
      `this may be signed for any role, and "${role}" is its bearer's word alone; say with --role which role you sign for`,
    );
  const question = "Nobody has signed which role this is for. To sign it, type the name of the role:";
  const typed = (await answerTo(question)).trim();
  if (typed === "" || typed === role) return typed !== "";
  throw otherRole(typed, `its bearer says that it is for "${role}"`);
}

function otherRole(role: string, why: string): TufLdError<"ERR_EDIT"> {
  return new TufLdError("ERR_EDIT", `this is not for "${role}": ${why}`, { role, reason: why });
}

/** What is signed comes first, from the file alone; what the payload adds is said to be that. */
async function sectionsOf(file: MetadataFile, payload: Payload, options: SignOptions): Promise<Section[]> {
  const { role, replaces } = payload;
  const { signed } = file;
  const compared: Section =
    replaces === undefined
      ? ["As the payload says, this is the first version.", []]
      : [
          `What changes, if version ${replaces.version} is as the payload says:`,
          changeLines(role, replaces, signed, options),
        ];
  const who = signatureLines(await countAll(file, payload));
  return [
    ["What the file says:", changeLines(role, undefined, signed, options).slice(1)],
    compared,
    ...(who.length === 0 ? [] : [["Signed so far, as the payload says:", who] as const]),
  ];
}

async function countAll(file: MetadataFile, { signers, sign }: Payload): Promise<Signatures[]> {
  const counted: Signatures[] = [];
  for (const keys of signers) counted.push(await signaturesOf(file, keys, sign));
  return counted;
}
