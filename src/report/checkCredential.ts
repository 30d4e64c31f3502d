/**
 * May this credential be believed, and why?
 *
 * Loads jsonld.js when it runs: keep it out of what only reads TUF metadata.
 * @module
 */
import { TufLdError } from "../errors.ts";
import { parseBareDidKey } from "../key/didKey.ts";
import type { PublicKey } from "../key/publicKey.ts";
import type { JsonObject } from "../metadata/file.ts";
import {
  type CheckDocumentOptions,
  checkSecured,
  type DocumentFinding,
  hasTextProof,
} from "../proof/foreign/check.ts";
import { assertInTime, assertStated, type Credential, parseCredential } from "../proof/foreign/credential.ts";
import { assertTerms, entriesOf } from "../proof/foreign/credentialRules.ts";
import { assertResource, resourceIds } from "../proof/foreign/relatedResource.ts";
import { SecuredDocument } from "../proof/foreign/securedDocument.ts";
import { defaultSuites } from "../suite/registry.ts";
import type { Suite } from "../suite/suite.ts";
import { proofsStep } from "./proofsStep.ts";
import { type PlannedStep, type Report, runSteps, type Step, type StepResult } from "./report.ts";

/** What is asked of a credential. */
export interface CheckCredentialOptions extends CheckDocumentOptions {
  /** Keys of issuers that the caller trusts. Without them nobody is trusted and the report is not ok. */
  readonly issuerKeys?: readonly PublicKey[];
  /**
   * The issuer's identifier. Needed for an issuer that is not a did:key, because any holder of a trusted key
   * could write any other name into a credential.
   */
  readonly issuer?: string;
  /** Each of these suites must have a valid proof by the issuer, so that none can be stripped. Default: none. */
  readonly requiredSuites?: readonly Suite[];
  /** Content of related resources by URL (VC 2.0 5.3). One that is listed and not here is not checked. */
  readonly resources?: ReadonlyMap<string, Uint8Array>;
  /** Resolves whether a credential that has a `credentialStatus` still stands. Without it that is not checked. */
  readonly checkStatus?: (credential: JsonObject) => Promise<boolean>;
}

/** The answer about a credential. */
export interface CredentialReport extends Report {
  readonly issuer?: string;
  readonly version?: Credential["version"];
  /** What was found about each proof, also of those that are not the issuer's. */
  readonly findings: readonly DocumentFinding[];
}

/** In the order in which the report shows them; a step that cannot run is `not run` and the report not ok. */
const STEPS = [
  "shape",
  "proofs",
  "signer",
  "issuer",
  "content",
  "suites",
  "validity",
  "resources",
  "otherResources",
  "status",
] as const;

/**
 * Answers for a credential: it has the shape of VC 1.1 or 2.0, its issuer's key signed it, the caller trusts
 * that issuer, its members are what was signed, every required suite is there, and it is valid at `at`. Never
 * throws for what the document says: the report has the reason.
 *
 * @example
 * const report = await checkCredential(credential, { issuerKeys: [parseDidKey("did:key:z6Mk…#z6Mk…")] });
 */
export async function checkCredential(
  document: object,
  options: CheckCredentialOptions = {},
): Promise<CredentialReport> {
  const question = new Question(document, options);
  const planned = question.steps();
  const ran = await runSteps("credential", planned.filter(({ run }) => run !== undefined) as PlannedStep[]);
  const skipped = planned
    .filter(({ run }) => run === undefined)
    .map(({ id, title, why }): Step => ({ id, title, outcome: "not run", facts: { why: why ?? "" } }));
  const rank = ({ id }: Step): number => STEPS.indexOf(id as (typeof STEPS)[number]);
  const steps = [...ran.steps, ...skipped].sort((a, b) => rank(a) - rank(b));
  const { credential, findings } = question;
  return {
    ...ran,
    ok: ran.ok && skipped.length === 0,
    steps,
    findings,
    ...(credential === undefined ? {} : { issuer: credential.issuer, version: credential.version }),
  };
}

interface MaybeStep extends Omit<PlannedStep, "run"> {
  readonly id: (typeof STEPS)[number];
  readonly run?: PlannedStep["run"] | undefined;
  /** Why it cannot run. */
  readonly why?: string;
}

class Question {
  credential: Credential | undefined;
  findings: readonly DocumentFinding[] = [];
  readonly #document: object;
  readonly #options: CheckCredentialOptions;
  readonly #at: Date;
  #secured: SecuredDocument | undefined;
  /** The valid proofs by the issuer's keys. */
  #issuers: readonly DocumentFinding[] = [];

  constructor(document: object, options: CheckCredentialOptions) {
    this.#document = document;
    this.#at = options.at ?? new Date();
    this.#options = { ...options, at: this.#at };
  }

  steps(): readonly MaybeStep[] {
    const { issuerKeys, requiredSuites = [], checkStatus } = this.#options;
    const resources = this.#resourceSteps();
    const status: MaybeStep = { id: "status", title: "its issuer has not revoked it" };
    const { credentialStatus } = Object(this.#document) as JsonObject;
    const steps: MaybeStep[] = [
      { id: "shape", title: "it is a verifiable credential", run: () => this.#shape() },
      { id: "proofs", title: "a proof of it is valid", run: () => this.#proofs() },
      { id: "signer", title: "its issuer's key signed it", run: () => this.#signer() },
      issuerKeys === undefined
        ? { id: "issuer", title: "its issuer is trusted", why: "no issuer was named as trusted" }
        : { id: "issuer", title: "its issuer is trusted", run: () => this.#issuer(issuerKeys) },
      { id: "content", title: "what its members say was signed", run: () => this.#content() },
      { id: "suites", title: "it is signed with accepted suites", run: () => this.#suites(requiredSuites) },
      { id: "validity", title: "it is valid at this time", run: () => this.#validity() },
      ...resources,
    ];
    if (entriesOf(credentialStatus).length === 0) return steps;
    if (checkStatus === undefined)
      return [...steps, { ...status, why: "no checker of its status was given" }];
    return [...steps, { ...status, run: () => this.#status(checkStatus) }];
  }

  #shape(): StepResult {
    this.#secured = new SecuredDocument(this.#document, this.#options);
    if (!hasTextProof(this.#secured, this.#options.suites)) this.#secured.unsignedMembers();
    this.credential = parseCredential(this.#secured.body);
    const { version, issuer } = this.credential;
    return { facts: { version, issuer } };
  }

  async #proofs(): Promise<StepResult> {
    const findings = await checkSecured(this.#known().secured, this.#options);
    this.findings = findings;
    return proofsStep(findings, "the credential");
  }

  #signer(): StepResult {
    const { issuer } = this.#known().credential;
    const { issuerKeys = [] } = this.#options;
    const keys = issuer.startsWith("did:key:") ? [parseBareDidKey(issuer)] : issuerKeys;
    const valid = this.findings.filter(({ outcome }) => outcome === "valid");
    this.#issuers = valid.filter(({ key }) => keys.some(({ id }) => id === key));
    const facts = { issuer, keys: [...new Set(this.#issuers.map(({ keyName }) => keyName))] };
    if (this.#issuers.length > 0) return { facts };
    const message = `${valid.map(({ keyName }) => keyName).join(", ")} signed, which is no key of the issuer ${issuer}`;
    return { facts, error: { code: "ERR_KEY_UNAUTHORIZED", message } };
  }

  #issuer(issuerKeys: readonly PublicKey[]): StepResult {
    const { issuer } = this.#known().credential;
    const { issuer: expected } = this.#options;
    const facts = { issuer, ...(expected === undefined ? {} : { expected }) };
    const error = (message: string): StepResult => ({
      facts,
      error: { code: "ERR_KEY_UNAUTHORIZED", message },
    });
    if (expected !== undefined && issuer !== expected)
      return error(`the issuer is ${issuer}, not ${expected}`);
    if (expected === undefined && !issuer.startsWith("did:key:")) {
      return error(`the issuer ${issuer} is a name and not a key: say which issuer you expect`);
    }
    const trusted = this.#issuers.some(({ key }) => issuerKeys.some(({ id }) => id === key));
    return trusted ? { facts } : error(`the key of the issuer ${issuer} is not among those that you trust`);
  }

  async #content(): Promise<StepResult> {
    const { credential, secured } = this.#known();
    // JCS signs the text of every member; RDF signs statements, which can be spelled in many ways.
    const byText = this.#issuers.some(({ suite }) => this.#suite(suite)?.canonicalization.name === "JCS");
    if (byText) await assertTerms(secured.body, secured.loader);
    else assertStated(credential, await secured.canonicalDocument());
    return { facts: { covered: byText ? "text" : "statements" } };
  }

  #suites(required: readonly Suite[]): StepResult {
    const used = new Set(this.#issuers.map(({ suite }) => this.#suite(suite)));
    const facts = {
      used: [...used].map((suite) => suite?.name ?? ""),
      required: required.map(({ name }) => name),
    };
    const missing = required.find((suite) => !used.has(suite));
    if (missing === undefined) return { facts };
    const message = `a proof of the suite ${missing.name} by the issuer is required, and there is no valid one`;
    return { facts, error: { code: "ERR_NO_SIGNATURE", message } };
  }

  #validity(): StepResult {
    const { credential } = this.#known();
    assertInTime(credential, this.#at);
    return { facts: { at: this.#at.toISOString(), ...Object.fromEntries(credential.dates) } };
  }

  /** Resources are judged if they are given; those that are not are never passed. */
  #resourceSteps(): readonly MaybeStep[] {
    const { resources: given = new Map<string, Uint8Array>() } = this.#options;
    const ids = resourceIds(Object(this.#document) as object);
    const missing = ids.filter((id) => !given.has(id));
    const step: MaybeStep = { id: "resources", title: "its related resources are those that were signed" };
    const steps: MaybeStep[] = [];
    if (missing.length < ids.length) steps.push({ ...step, run: () => this.#resources(given) });
    if (missing.length > 0) {
      const id = steps.length === 0 ? "resources" : "otherResources";
      const title = steps.length === 0 ? step.title : "so are the other related resources";
      steps.push({ id, title, why: `not given: ${missing.slice(0, 20).join(", ")}` });
    }
    return steps;
  }

  #resources(given: ReadonlyMap<string, Uint8Array>): StepResult {
    const checked: string[] = [];
    for (const resource of this.#known().credential.resources) {
      const content = given.get(resource.id);
      if (content === undefined) continue;
      assertResource(resource, content);
      checked.push(resource.id);
    }
    return { facts: { checked } };
  }

  async #status(checkStatus: (credential: JsonObject) => Promise<boolean>): Promise<StepResult> {
    if (await checkStatus(this.#document as JsonObject)) return {};
    return { error: { code: "ERR_CREDENTIAL_STATUS", message: "its issuer has revoked or suspended it" } };
  }

  #suite(id: string | undefined): Suite | undefined {
    return (this.#options.suites ?? defaultSuites).suites.find((suite) => suite.id === id);
  }

  /** What the first step read; the steps after it run only if it passed. */
  #known(): { readonly secured: SecuredDocument; readonly credential: Credential } {
    if (this.#secured === undefined || this.credential === undefined) {
      throw new TufLdError("ERR_SHAPE", "not a credential", { path: "", reason: "not a credential" });
    }
    return { secured: this.#secured, credential: this.credential };
  }
}
