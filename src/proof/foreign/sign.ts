/**
 * Adding a proof to a document of foreign shape without disturbing the proofs that are there.
 * @module
 */
import { refuse } from "../../encoding/refusal.ts";
import { TufLdError } from "../../errors.ts";
import { didKeyUrl } from "../../key/didKey.ts";
import type { Signer } from "../../key/signer.ts";
import type { JsonObject } from "../../metadata/file.ts";
import { allSuites } from "../../suite/registry.ts";
import type { Suite } from "../../suite/suite.ts";
import { assertNoCredential, assertStated, looksLikeCredential, parseCredential } from "./credential.ts";
import { assertTerms } from "./credentialRules.ts";
import { MAX_PROOFS, parseDocumentProof } from "./proofShape.ts";
import { type CanonicalizationOptions, hashForms, SecuredDocument } from "./securedDocument.ts";
import { contextList, definesDataIntegrity, missingContext } from "./suiteContexts.ts";

/** Options of `signDocument`. */
export interface SignDocumentOptions extends CanonicalizationOptions {
  /**
   * Default: ecdsa-rdfc-2019 for P-256 and P-384; for Ed25519 eddsa-rdfc-2022 where the document's contexts
   * define Data Integrity, Ed25519Signature2020 elsewhere.
   */
  readonly suite?: Suite;
  /** Default `assertionMethod`. */
  readonly proofPurpose?: string;
  /** When the proof was made. Default: now, in whole seconds. */
  readonly created?: Date;
  /** When the proof stops to count, in whole seconds. Default: never. */
  readonly expires?: Date;
  /** The URL that verifiers resolve to the key. Default: the did:key URL. */
  readonly verificationMethod?: string;
  /** An `id` for the proof, so that a later one can follow it. */
  readonly proofId?: string;
  /** The id or ids of the proofs that this one follows and also signs. */
  readonly previousProof?: string | readonly string[];
  readonly domain?: string | readonly string[];
  readonly challenge?: string;
}

/**
 * Signs a document and returns it with the proof added; the document given is not changed. If the suite's terms
 * are not defined by the document's contexts, the suite's context is added at the end.
 *
 * @throws ERR_CONTEXT, also if adding the suite's context would change what an earlier proof signed;
 *   ERR_UNDEFINED_TERM, ERR_SHAPE, ERR_LIMIT, ERR_CANONICALIZATION as `canonizeReference`; ERR_SHAPE for a
 *   credential against the rules of the data model, which `checkCredential` would refuse; ERR_PROOF_CHAIN if
 *   `previousProof` names no proof; ERR_PROOF_SHAPE if `proofId` is taken; ERR_KEY as `Suite.sign`
 * @example
 * const credential = await signDocument({ "@context": [...], type: [...], issuer: didKey(key), ... }, signer);
 */
export async function signDocument(
  document: object,
  signer: Signer,
  options: SignDocumentOptions = {},
): Promise<JsonObject> {
  const before = new SecuredDocument(document, options);
  const context = before.body["@context"];
  const suite = options.suite ?? defaultSuiteFor(signer, context);
  const variant = suite.variantFor(signer.publicKey.type);
  if (suite.view !== "linked") throw new TypeError(`${suite.name} does not sign linked documents`);
  if (suite.canonicalization.name !== "JCS") before.assertFullySigned();
  if (before.proofs.length >= MAX_PROOFS) {
    const message = `the document has ${MAX_PROOFS} proofs already`;
    throw new TufLdError("ERR_LIMIT", message, { limit: "proofs", allowed: MAX_PROOFS });
  }
  const url = missingContext(suite, context);
  const extended = (
    url === undefined ? document : { ...document, "@context": [...contextList(context), url] }
  ) as JsonObject;
  const secured = url === undefined ? before : new SecuredDocument(extended, options);
  if (url !== undefined) await assertUndisturbed(before, secured, url);

  const configuration = configurationOf(suite, signer, options, secured.body["@context"]);
  if (before.proofs.some(({ id }) => id !== undefined && id === options.proofId)) {
    refuse("ERR_PROOF_SHAPE", `a proof of the document has the id ${options.proofId} already`);
  }
  const previous = secured.indexesOf([options.previousProof ?? []].flat());
  const digest = variant.digest.name === "sha384" ? "sha384" : "sha256";
  await assertVerifiable(secured, suite, digest, options.proofPurpose);
  const input = hashForms(await secured.forms(configuration, previous, suite, digest), digest);
  const value = suite.encodeSignature(await suite.sign(signer, input));
  const added: JsonObject = { ...configuration, [suite.proofMember]: value };
  // What we write we must be able to read.
  parseDocumentProof(added, suite, secured.body["@context"]);
  return { ...extended, proof: before.proofs.length === 0 ? added : [...before.proofs, added] };
}

/**
 * Refuses what no check would pass: a credential against the rules of the data model, or another document that is
 * one to a JSON-LD processor. A presentation is signed for authentication, and no rule of it is known here.
 */
async function assertVerifiable(
  secured: SecuredDocument,
  suite: Suite,
  digest: "sha256" | "sha384",
  purpose: string | undefined,
): Promise<void> {
  if (purpose === "authentication") return;
  const isText = suite.canonicalization.name === "JCS";
  if (looksLikeCredential(secured.body)) {
    const credential = parseCredential(secured.body);
    if (isText) await assertTerms(secured.body, secured.loader);
    else assertStated(credential, await secured.canonicalDocument([], digest));
  } else if (!isText) assertNoCredential(await secured.canonicalDocument([], digest));
}

function defaultSuiteFor({ publicKey }: Signer, context: unknown): Suite {
  if (publicKey.type !== "Ed25519") return allSuites.get("ecdsa-rdfc-2019");
  return allSuites.get(definesDataIntegrity(context) ? "eddsa-rdfc-2022" : "Ed25519Signature2020");
}

const seconds = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

function configurationOf(
  suite: Suite,
  signer: Signer,
  options: SignDocumentOptions,
  context: unknown,
): JsonObject {
  const { proofId, created = new Date(), expires, proofPurpose = "assertionMethod" } = options;
  const members = {
    type: suite.proofType,
    id: proofId,
    cryptosuite: suite.cryptosuite,
    created: seconds(created),
    expires: expires && seconds(expires),
    verificationMethod: options.verificationMethod ?? didKeyUrl(signer.publicKey),
    proofPurpose,
    previousProof: options.previousProof,
    domain: options.domain,
    challenge: options.challenge,
    // vc-di-eddsa 3.3.1, step 2: a JCS proof takes the document's contexts along.
    "@context": suite.canonicalization.name === "JCS" ? context : undefined,
  };
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return structuredClone(Object.fromEntries(given)) as JsonObject;
}

/**
 * Refuses a context whose addition changes what a proof that is there has signed. What was signed is compared, and
 * not the outcome of a check, so that it needs no keys and holds for every later verifier. A proof of a suite
 * that is not known here is taken to have signed the canonical RDF of the document.
 */
async function assertUndisturbed(
  before: SecuredDocument,
  after: SecuredDocument,
  url: string,
): Promise<void> {
  for (const [index, proof] of before.proofs.entries()) {
    const signed = await signedText(before, proof);
    // It was not a proof over this document before either.
    if (signed === undefined) continue;
    if ((await signedText(after, proof)) === signed) continue;
    const message = `the context ${url} cannot be added: it would change what proof ${index} signed`;
    throw new TufLdError("ERR_CONTEXT", message, { context: url });
  }
}

async function signedText(secured: SecuredDocument, proof: JsonObject): Promise<string | undefined> {
  const { type, cryptosuite } = proof;
  try {
    const suite = allSuites.forProof(
      String(type),
      cryptosuite === undefined ? undefined : String(cryptosuite),
    );
    if (suite === undefined) return await secured.canonicalDocument();
    const { configuration, previous } = parseDocumentProof(proof, suite, secured.body["@context"]);
    const forms = await secured.forms(configuration, secured.indexesOf(previous), suite, "sha256");
    return JSON.stringify(forms);
  } catch (error) {
    if (error instanceof TufLdError) return undefined;
    throw error;
  }
}
