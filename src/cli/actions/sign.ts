/// <reference types="node" />
/**
 * Adds linked proofs or classic signatures to a document and leaves those it has alone.
 * @module
 */
import { type ContextLoader, createContextLoader } from "../../document/loader.ts";
import { TufLdError } from "../../errors.ts";
import { didKey } from "../../key/didKey.ts";
import type { PrivateKey } from "../../key/privateKey.ts";
import { toTufKey, tufKeyid } from "../../key/tufKey.ts";
import { type JsonObject, type MetadataFile, serializeMetadata } from "../../metadata/file.ts";
import { addSignature } from "../../proof/classicSignature.ts";
import { addProof } from "../../proof/linkedProof.ts";
import { keyidsOf } from "../../proof/roleKeys.ts";
import { payloadOf } from "../../repository/signing/payload.ts";
import { allSuites } from "../../suite/registry.ts";
import type { Suite } from "../../suite/suite.ts";
import { delegatedKeys } from "../../trust/delegation.ts";
import type { SignOptions } from "../commands/sign.ts";
import { readContexts } from "../contexts.ts";
import { inFile, readDocument } from "../documents.ts";
import { assertWritable, writeOutput } from "../io.ts";
import { readPrivateKey } from "../keys.ts";
import { givenContext } from "../options.ts";
import { printable, toJson } from "../output.ts";
import { UsageError } from "../usage.ts";
import { signPayload } from "./signPayload.ts";
import { isRole, refuseOptions, signRole } from "./signRole.ts";

export async function sign(path: string, options: SignOptions): Promise<void> {
  if (await isRole(path, options)) {
    refuseContexts(options);
    return signRole(path, options);
  }
  const { out, json, as } = options;
  const toStdout = out === undefined || out === "-";
  if (json && toStdout) throw new UsageError("--json needs --out FILE, or the two outputs would mix");
  const suite = options.suite === undefined ? undefined : linkedSuite(options.suite);
  if (as === "classic" && suite !== undefined)
    throw new UsageError("--suite is for linked proofs, not for --as classic");
  if (options.keyid !== undefined && (as === undefined || as === "linked"))
    throw new UsageError("--keyid is for classic signatures: add --as classic or --as both");
  if (options.keyid !== undefined && options.key.length > 1)
    throw new UsageError("--keyid goes with one --key");
  await assertWritable(out);
  const document = await readDocument(path, suite?.canonicalization.name === "JCS");
  if (document.kind === "tuf") refuseContexts(options);
  const payload = document.kind === "tuf" ? await inFile(path, () => payloadOf(document.file)) : undefined;
  if (document.kind === "tuf" && payload !== undefined)
    return signPayload(path, document.file, payload, options);
  refuseOptions(options, ["full", "yes", "dir"], "this file: it is for roles of a repository and payloads");
  if (document.kind === "foreign") assertForeignOptions(options);
  const role = document.kind === "tuf" ? roleOf(document.file, options.role) : "";
  const signers: PrivateKey[] = [];
  for (const file of options.key) signers.push(await readPrivateKey(file));
  if (document.kind === "foreign") {
    const loader = createContextLoader(new Map(), await readContexts(options));
    const signed = await inFile(path, () => signForeign(document.document, signers, suite, loader, options));
    await writeOutput(out, toJson(signed));
  } else {
    let { file } = document;
    for (const signer of signers)
      file = await inFile(path, () => signMetadata(file, signer, role, suite, options));
    // A document keeps its form; a first proof makes a file of a classic one.
    const form = document.form === "classic" && file.linked ? "file" : document.form;
    const written = inFile(path, () => serializeMetadata(file, form));
    await writeOutput(out, written);
    for (const signer of signers) warnUnlisted(file, signer, role);
  }
  const keys = signers.map(({ publicKey }) => tufKeyid(toTufKey(publicKey)));
  if (json) return writeOutput(undefined, toJson({ ok: true, out, keys }));
  if (options.quiet) return;
  for (const keyid of keys) process.stderr.write(`signed with key ${keyid}\n`);
}

function assertForeignOptions({ as, role, keyid }: SignOptions): void {
  const given = Object.entries({ as, role, keyid }).find(([, value]) => value !== undefined);
  if (given !== undefined)
    throw new UsageError(`--${given[0]} is for TUF metadata, and this is another document`);
}

function refuseContexts(options: SignOptions): void {
  const given = Object.entries(givenContext(options)).find(([, value]) => value !== undefined);
  if (given !== undefined)
    throw new UsageError(`--${given[0]} is for other documents, and this is TUF metadata`);
}

async function signForeign(
  document: JsonObject,
  signers: readonly PrivateKey[],
  suite: Suite | undefined,
  loader: ContextLoader,
  { created }: SignOptions,
): Promise<JsonObject> {
  const { signDocument } = await import("../../proof/foreign/sign.ts");
  let signed = document;
  for (const signer of signers) {
    signed = await signDocument(signed, signer, {
      loader,
      ...(suite === undefined ? {} : { suite }),
      ...(created === undefined ? {} : { created }),
    });
    warnOtherIssuer(signed, signer);
  }
  return signed;
}

/** A proof by another key than that of a did:key issuer may stand beside the issuer's, and alone is seldom meant. */
function warnOtherIssuer({ issuer }: JsonObject, signer: PrivateKey): void {
  const id = typeof issuer === "object" && issuer !== null ? Reflect.get(issuer, "id") : issuer;
  if (typeof id !== "string" || !id.startsWith("did:key:") || id === didKey(signer.publicKey)) return;
  process.stderr.write(
    `note: the issuer is ${printable(id)}, and this key is another: without a proof by the issuer's key nobody verifies it\n`,
  );
}

async function signMetadata(
  file: MetadataFile,
  signer: PrivateKey,
  role: string,
  suite: Suite | undefined,
  { as = "linked", created, keyid }: SignOptions,
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

/** Signing with a key that does not count is allowed (the next root may list it), but seldom meant. */
function warnUnlisted(file: MetadataFile, signer: PrivateKey, role: string): void {
  if (file.signed._type !== "root" || listedKeyid(file, signer, role) !== undefined) return;
  const keyid = tufKeyid(toTufKey(signer.publicKey));
  process.stderr.write(
    `note: this root does not list the key ${keyid} for "${role}"; under it, it counts for nothing\n`,
  );
}

/** The role that a file speaks for: only targets metadata leaves it open. */
function roleOf(file: MetadataFile, given: string | undefined): string {
  const type = file.signed._type;
  if (type === "targets") {
    if (given !== undefined) return given;
    throw new UsageError('targets metadata needs --role NAME ("targets" for the top level)');
  }
  if (given !== undefined && given !== type) throw new UsageError(`this is ${type} metadata, not "${given}"`);
  return type;
}

function linkedSuite(name: string): Suite {
  const suite = allSuites.get(name);
  if (suite.view === "linked") return suite;
  throw new TufLdError("ERR_SUITE_UNKNOWN", `${name} is a suite of classic signatures; use --as classic`, {
    suite: name,
  });
}
