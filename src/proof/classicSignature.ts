/**
 * Classic signatures: adding one, and checking each by itself (TUF 4.2).
 * @module
 */
import { TufLdError } from "../errors.ts";
import type { Signer } from "../key/signer.ts";
import { toTufKey, tufKeyid } from "../key/tufKey.ts";
import type { ClassicSignature, MetadataFile } from "../metadata/file.ts";
import { allSuites, defaultSuites, type SuiteSet } from "../suite/registry.ts";
import type { Signed } from "../vocabulary/types.ts";
import { DocumentDigests } from "./digests.ts";
import { type Finding, reasonOf } from "./finding.ts";
import type { CheckOptions } from "./linkedProof.ts";
import type { RoleKeys } from "./roleKeys.ts";

/** Options of `addSignature`. */
export interface AddSignatureOptions {
  /** The name under which metadata lists the key. Default: the keyid of the key as we write it. */
  readonly keyid?: string;
  /** Of this very file, for a caller who signs it several times. */
  readonly digests?: DocumentDigests;
}

/**
 * Signs the classic view and returns the file with the signature added. An earlier one under the same keyid is
 * replaced; proofs and other signatures stay as they are.
 *
 * @throws ERR_KEY when the signer does not sign what its public key verifies
 */
export async function addSignature<S extends Signed>(
  file: MetadataFile<S>,
  signer: Signer,
  options: AddSignatureOptions = {},
): Promise<MetadataFile<S>> {
  const tufKey = toTufKey(signer.publicKey);
  const keyid = options.keyid ?? tufKeyid(tufKey);
  const suite = allSuites.forScheme(tufKey.scheme);
  if (suite === undefined) {
    throw new TufLdError("ERR_SUITE_UNKNOWN", `no suite signs with ${tufKey.scheme}`, {
      suite: tufKey.scheme,
    });
  }
  const raw = await suite.sign(signer, (options.digests ?? new DocumentDigests(file.signed)).classicBytes());
  const added: ClassicSignature = { keyid, sig: suite.encodeSignature(raw) };
  return { ...file, signatures: [...file.signatures.filter((entry) => entry.keyid !== keyid), added] };
}

/**
 * What a signature is, without the members that TUF lets anyone add: no view signs those, so whoever carries a file
 * can write anything into them.
 */
export function onlySignature({ keyid, sig }: ClassicSignature): ClassicSignature {
  return { keyid, sig };
}

/** Checks every classic signature of a file by itself, for a role. Never throws for what the file says. */
export async function checkSignatures(
  file: MetadataFile,
  role: RoleKeys,
  options: CheckOptions = {},
  digests: DocumentDigests = new DocumentDigests(file.signed),
): Promise<Finding[]> {
  const { suites = defaultSuites } = options;
  const findings: Finding[] = [];
  for (const [index, signature] of file.signatures.entries()) {
    findings.push({ view: "classic", index, ...(await checkSignature(signature, role, suites, digests)) });
  }
  return findings;
}

async function checkSignature(
  { keyid, sig }: ClassicSignature,
  role: RoleKeys,
  suites: SuiteSet,
  digests: DocumentDigests,
): Promise<Omit<Finding, "view" | "index">> {
  const entry = role.byKeyid.get(keyid);
  if (entry === undefined) {
    const message = `the keyid ${keyid} is not one of the keys of the role "${role.name}"`;
    return { outcome: "ignored", keyName: keyid, reason: { code: "ERR_KEY_UNAUTHORIZED", message } };
  }
  if (entry.key === undefined) return { outcome: "ignored", keyName: keyid, reason: entry.reason };
  const { key, scheme } = entry;
  const suite = suites.forScheme(scheme);
  if (suite === undefined) {
    const reason = {
      code: "ERR_SUITE_UNKNOWN",
      message: `the scheme "${scheme}" is not accepted here`,
    } as const;
    return { outcome: "ignored", keyName: keyid, key: key.id, reason };
  }
  const about = { keyName: keyid, key: key.id, suite: suite.id };
  if (sig === "") {
    // Signing tools leave an empty `sig` for those who have not signed yet.
    const reason = { code: "ERR_PROOF_SHAPE", message: "the signature is an empty placeholder" } as const;
    return { outcome: "ignored", ...about, reason };
  }
  try {
    if (await suite.verify(key, digests.classicBytes(), suite.decodeSignature(sig))) {
      return { outcome: "valid", ...about };
    }
    const message = `the ${suite.name} signature is not this key's over this document`;
    return { outcome: "invalid", ...about, reason: { code: "ERR_SIGNATURE", message } };
  } catch (error) {
    return { outcome: "invalid", ...about, reason: reasonOf(error) };
  }
}
