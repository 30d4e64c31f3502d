/**
 * Checking the proofs of a document of foreign shape, each by itself, chains honoured.
 *
 * A proof covers the statements of a document and not their spelling: see `assertPinnedContexts`. Whoever acts
 * on single members of a credential wants `checkCredential`.
 * @module
 */
import { TufLdError } from "../../errors.ts";
import type { PublicKey } from "../../key/publicKey.ts";
import type { JsonObject } from "../../metadata/file.ts";
import { defaultSuites, type SuiteSet } from "../../suite/registry.ts";
import type { Suite } from "../../suite/suite.ts";
import { type Finding, type Reason, reasonOf } from "../finding.ts";
import { type DocumentProof, parseDocumentProof } from "./proofShape.ts";
import { isBareDidKey, keyOf, type ResolveKey, resolveDidKey } from "./resolveKey.ts";
import { type CanonicalizationOptions, hashForms, SecuredDocument } from "./securedDocument.ts";

/** What a check needs beside the document. */
export interface CheckDocumentOptions extends CanonicalizationOptions {
  /** The suites that the verifier accepts; a document has no say. Default: `defaultSuites`. */
  readonly suites?: SuiteSet;
  /** The instant at which `expires` of proofs and of keys is judged. Default: now. */
  readonly at?: Date;
  /** Default: did:key alone, offline. */
  readonly resolveKey?: ResolveKey;
  /** The `proofPurpose` that counts. Default `assertionMethod`. */
  readonly purpose?: string;
  /** Counts only proofs whose `domain` is, or includes, this one. */
  readonly domain?: string;
  /** Counts only proofs with this `challenge`. */
  readonly challenge?: string;
  /** Refuses what is otherwise accepted with a note; see `Finding.notes`. Default false. */
  readonly strict?: boolean;
}

/** What was found about one proof of a document. */
export interface DocumentFinding extends Finding {
  readonly view: "linked";
  /** `PublicKey.id` of the key behind the verification method, whoever's it is. */
  readonly key?: string;
  /** The verification method that the proof names; empty if it names none. */
  readonly keyName: string;
  /** The proof's own `id`. */
  readonly id?: string;
  /** When the proof says that it was made. */
  readonly created?: string;
  readonly proofPurpose?: string;
  /** Positions of the proofs that this one follows; it is valid only if they are. */
  readonly previous: readonly number[];
}

/**
 * Checks every proof of a document by itself. A proof is `valid` when its key made it over this document as it
 * stands; whether that key is to be trusted is for the caller to say, and to count by `key`, because a set may
 * hold the same proof twice.
 *
 * A proof over RDF signs no member that is `null` or `[]`: a note names these, and `strict` refuses them.
 *
 * @throws ERR_CONTEXT, ERR_UNDEFINED_TERM, ERR_SHAPE and ERR_LIMIT for a document that cannot be judged at all.
 *   Where a proof over JCS can be, what speaks against the others is the reason of each of these; so is what a
 *   JSON-LD processor finds later
 * @example
 * const findings = await checkDocument(parseJson(bytes, { numbers: "any" }));
 */
export async function checkDocument(
  document: object,
  options: CheckDocumentOptions = {},
): Promise<DocumentFinding[]> {
  return checkSecured(new SecuredDocument(document, options), options);
}

/** As `checkDocument`, for a caller that needs the canonical form too. */
export async function checkSecured(
  secured: SecuredDocument,
  options: CheckDocumentOptions,
): Promise<DocumentFinding[]> {
  if (!hasTextProof(secured, options.suites)) secured.unsignedMembers();
  const check = new Check(secured, options);
  const findings: DocumentFinding[] = [];
  for (const index of secured.proofs.keys()) findings.push(await check.finding(index));
  return findings;
}

/** Whether a proof says that it is of an accepted suite that signs the text of every member. */
export function hasTextProof({ proofs }: SecuredDocument, suites: SuiteSet = defaultSuites): boolean {
  return proofs.some((proof) => suiteOf(proof, suites)?.canonicalization.name === "JCS");
}

function suiteOf({ type, cryptosuite }: JsonObject, suites: SuiteSet): Suite | undefined {
  if (typeof type !== "string") return undefined;
  if (cryptosuite !== undefined && typeof cryptosuite !== "string") return undefined;
  return suites.forProof(type, cryptosuite);
}

type Judgement = Pick<Finding, "outcome" | "suite" | "key" | "reason" | "notes"> & {
  previous?: readonly number[];
};

const ignored = (code: Reason["code"], message: string): Judgement => ({
  outcome: "ignored",
  reason: { code, message },
});

class Check {
  readonly #secured: SecuredDocument;
  readonly #options: CheckDocumentOptions;
  readonly #suites: SuiteSet;
  readonly #at: Date;
  readonly #found = new Map<number, DocumentFinding>();
  readonly #open = new Set<number>();

  constructor(secured: SecuredDocument, options: CheckDocumentOptions) {
    this.#secured = secured;
    this.#options = options;
    this.#suites = options.suites ?? defaultSuites;
    this.#at = options.at ?? new Date();
  }

  async finding(index: number): Promise<DocumentFinding> {
    const known = this.#found.get(index);
    if (known !== undefined) return known;
    this.#options.signal?.throwIfAborted();
    const proof = this.#secured.proofs[index] as JsonObject;
    this.#open.add(index);
    const judgement = await this.#judge(proof);
    this.#open.delete(index);
    const text = (name: string): string | undefined =>
      typeof proof[name] === "string" ? proof[name] : undefined;
    const members = { id: text("id"), created: text("created"), proofPurpose: text("proofPurpose") };
    const given = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
    const keyName = text("verificationMethod") ?? "";
    const finding: DocumentFinding = { view: "linked", index, keyName, previous: [], ...given, ...judgement };
    this.#found.set(index, finding);
    return finding;
  }

  async #judge(proof: JsonObject): Promise<Judgement> {
    const { type, cryptosuite } = proof;
    const suite = suiteOf(proof, this.#suites);
    if (suite === undefined) {
      const name = [type, cryptosuite].filter((part) => typeof part === "string").join(" ");
      return ignored("ERR_SUITE_UNKNOWN", `the suite "${name}" is not accepted here`);
    }
    const about = { suite: suite.id };
    try {
      const parsed = parseDocumentProof(proof, suite, this.#secured.body["@context"]);
      const refused = this.#misplaced(parsed);
      if (refused !== undefined) return { ...about, outcome: "invalid", reason: refused };
      const { verificationMethod } = parsed;
      const key = await keyOf(verificationMethod, this.#options.resolveKey ?? resolveDidKey, this.#at);
      if (key === undefined) {
        return {
          ...about,
          ...ignored("ERR_KEY", `the verification method ${verificationMethod} is not known here`),
        };
      }
      return { ...about, key: key.id, ...(await this.#verify(parsed, key)) };
    } catch (error) {
      return { ...about, outcome: "invalid", reason: reasonOf(error) };
    }
  }

  /** Why a proof does not speak to this question at this time, whatever its signature. */
  #misplaced({ proofPurpose, domain, challenge, expires }: DocumentProof): Reason | undefined {
    const { purpose = "assertionMethod", domain: wanted, challenge: nonce } = this.#options;
    if (proofPurpose !== purpose) {
      return {
        code: "ERR_PROOF_PURPOSE",
        message: `the proof is for "${proofPurpose}", not for "${purpose}"`,
      };
    }
    if (wanted !== undefined && !domain.includes(wanted)) {
      return {
        code: "ERR_PROOF_DOMAIN",
        message: `the proof is for "${domain.join()}", not for "${wanted}"`,
      };
    }
    if (nonce !== undefined && challenge !== nonce) {
      return { code: "ERR_PROOF_DOMAIN", message: "the proof answers another challenge" };
    }
    if (expires !== undefined && Date.parse(expires) <= this.#at.getTime()) {
      return { code: "ERR_PROOF_EXPIRED", message: `the proof expired at ${expires}` };
    }
    return undefined;
  }

  async #verify(proof: DocumentProof, key: PublicKey): Promise<Judgement> {
    const { suite, configuration, value } = proof;
    const previous = this.#secured.indexesOf(proof.previous);
    // The cheap refusals come before anything is canonicalized.
    if (suite.canonicalization.name === "JCS") this.#secured.addedContexts(configuration);
    const signature = suite.decodeSignature(value);
    const digest = suite.variantFor(key.type).digest.name === "sha384" ? "sha384" : "sha256";
    for (const index of previous) {
      if (this.#open.has(index)) {
        const reason = "the proofs name each other in a circle";
        throw new TufLdError("ERR_PROOF_CHAIN", reason, { reason });
      }
      const { outcome, reason } = await this.finding(index);
      if (outcome === "valid") continue;
      const message = `it follows proof ${index}, which does not count: ${reason?.message}`;
      return { outcome, previous, reason: { code: "ERR_PROOF_CHAIN", message } };
    }
    const input = hashForms(await this.#secured.forms(configuration, previous, suite, digest), digest);
    if (await suite.verify(key, input, signature)) {
      const notes = this.#notes(proof);
      const [first] = notes;
      if (first === undefined) return { outcome: "valid", previous };
      if (this.#options.strict === true) return { outcome: "invalid", previous, reason: first };
      return { outcome: "valid", previous, notes };
    }
    const message = `the ${suite.name} signature is not this key's over this document`;
    return { outcome: "invalid", previous, reason: { code: "ERR_SIGNATURE", message } };
  }

  /** What speaks against a proof under the strict reading. */
  #notes({ suite, notes, configuration, verificationMethod }: DocumentProof): readonly Reason[] {
    const all = [...notes];
    if (isBareDidKey(verificationMethod)) {
      const message = "the verification method is a did:key without a fragment, and is read as its one key";
      all.push({ code: "ERR_KEY", message });
    }
    const isText = suite.canonicalization.name === "JCS";
    const unsigned = isText ? this.#secured.addedContexts(configuration) : this.#secured.unsignedMembers();
    if (unsigned.length === 0) return all;
    const shown = unsigned.slice(0, SHOWN).join(", ");
    const rest = unsigned.length > SHOWN ? ` and ${unsigned.length - SHOWN} more` : "";
    const why = isText ? "contexts that were added later are not signed" : "null and [] make no statement";
    return [...all, { code: "ERR_UNSIGNED_MEMBER", message: `${why}: nothing signs ${shown}${rest}` }];
  }
}

/** Members that one note names. */
const SHOWN = 20;
