/**
 * Credentials under the contexts that people use most, made by stock jsonld-signatures with the contexts as their
 * packages deliver them, and verified with the pinned ones.
 * @module
 */
import { expect, test } from "vitest";
import { contextDigest, pinnedContexts } from "../../../src/document/contexts.ts";
import { createContextLoader } from "../../../src/document/loader.ts";
import { checkDocument } from "../../../src/proof/foreign/check.ts";
import { signDocument } from "../../../src/proof/foreign/sign.ts";
import { AT, CREATED, credential, newIssuer, VC1, VC2 } from "../../support/credentials.ts";
import { stockSign, stockSigner, stockVerify } from "../../support/stockProofs.ts";

const achievement = {
  id: "urn:uuid:00000000-0000-4000-8000-0000000000aa",
  type: ["Achievement"],
  name: "A badge",
  description: "What for",
  criteria: { narrative: "How" },
};
const badge = {
  type: ["VerifiableCredential", "OpenBadgeCredential"],
  credentialSubject: { type: ["AchievementSubject"], achievement },
};
const subject = { id: "did:example:subject" };
const old = { issuanceDate: "2026-01-01T00:00:00Z", validFrom: undefined, validUntil: undefined };

const KINDS: Readonly<Record<string, object>> = {
  "Open Badges 3.0.1": {
    "@context": [VC1, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"],
    ...old,
    ...badge,
  },
  "Open Badges 3.0.2": {
    "@context": [VC2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"],
    ...badge,
  },
  "Open Badges 3.0.3": {
    "@context": [VC2, "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    ...badge,
  },
  "Open Badges 3.0 under VC 1.1": {
    "@context": [VC1, "https://purl.imsglobal.org/spec/ob/v3p0/context.json"],
    ...old,
    ...badge,
  },
  "a permanent resident card": {
    "@context": [VC1, "https://w3id.org/citizenship/v1"],
    ...old,
    type: ["VerifiableCredential", "PermanentResidentCard"],
    credentialSubject: { type: ["PermanentResident", "Person"], givenName: "A", birthCountry: "B" },
  },
  "an entry of a bitstring status list": {
    credentialStatus: {
      type: "BitstringStatusListEntry",
      statusPurpose: "revocation",
      statusListIndex: "7",
      statusListCredential: "https://example.org/status/1",
    },
  },
  "an entry of a status list of 2021": {
    "@context": [VC1, "https://w3id.org/vc/status-list/2021/v1"],
    ...old,
    credentialSubject: subject,
    credentialStatus: {
      id: "https://example.org/status/1#7",
      type: "StatusList2021Entry",
      statusPurpose: "revocation",
      statusListIndex: "7",
      statusListCredential: "https://example.org/status/1",
    },
  },
  "an entry of a revocation list of 2020": {
    "@context": [VC1, "https://w3id.org/vc-revocation-list-2020/v1"],
    ...old,
    credentialSubject: subject,
    credentialStatus: {
      id: "https://example.org/status/1#7",
      type: "RevocationList2020Status",
      revocationListIndex: "7",
      revocationListCredential: "https://example.org/status/1",
    },
  },
  "the examples of VC 1.1": {
    "@context": [VC1, "https://www.w3.org/2018/credentials/examples/v1"],
    ...old,
    type: ["VerifiableCredential", "UniversityDegreeCredential"],
    credentialSubject: { degree: { type: "BachelorDegree", name: "Bachelor" } },
  },
  "the examples of VC 2.0": {
    "@context": [VC2, "https://www.w3.org/ns/credentials/examples/v2"],
    type: ["VerifiableCredential", "ExampleDegreeCredential"],
    credentialSubject: { degree: { type: "ExampleBachelorDegree", name: "Bachelor" } },
  },
  "terms that no context defines, under undefined-terms": {
    "@context": [VC2, "https://www.w3.org/ns/credentials/undefined-terms/v2"],
    credentialSubject: { anything: "A" },
  },
};

test.each(Object.keys(KINDS))("%s: theirs verifies here, and ours there", async (name) => {
  const document = (issuer: string): object =>
    JSON.parse(JSON.stringify(credential(issuer, KINDS[name] as object)));
  const stock = await stockSigner("eddsa-rdfc-2022");
  const theirs = await stockSign(document(stock.did), stock);
  expect(await checkDocument(theirs, { at: AT })).toMatchObject([{ outcome: "valid" }]);
  const { key, did } = await newIssuer();
  const ours = await signDocument(document(did), key, { created: CREATED });
  expect(await stockVerify(ours)).toMatchObject({ verified: true });
});

test("no two loaders share what a URL means, whatever was processed before", async () => {
  const url = "https://example.org/ours/v1";
  const supplied = (iri: string) => {
    const document = { "@context": { licence: iri } };
    return createContextLoader(new Map(), [{ url, document, sha256: contextDigest(document) }]);
  };
  const first = supplied("https://example.org/#first");
  const second = supplied("https://example.org/#second");
  const { key, did } = await newIssuer();
  const unsigned = credential(did, { "@context": [VC2, url] }, { licence: "A" });
  const signed = await signDocument(unsigned, key, { created: CREATED, loader: first });
  const outcome = async (options: object): Promise<unknown> =>
    (await checkDocument(signed, { at: AT, ...options }))[0]?.outcome;
  expect(await outcome({ loader: first })).toBe("valid");
  expect(await outcome({ loader: second })).toBe("invalid");
  expect(await outcome({ loader: first })).toBe("valid");
  await expect(checkDocument(signed, { at: AT })).rejects.toMatchObject({ code: "ERR_CONTEXT" });
});

test("a supplied context may repeat a pinned one, and never redefine it", async () => {
  for (const { url, sha256 } of pinnedContexts.values()) {
    const document = { "@context": {} };
    expect(() =>
      createContextLoader(new Map(), [{ url, document, sha256: contextDigest(document) }]),
    ).toThrow(expect.objectContaining({ code: "ERR_CONTEXT" }));
    const { document: pinned } = await createContextLoader(new Map()).load(url);
    const loader = createContextLoader(new Map(), [{ url, document: pinned, sha256 }]);
    expect((await loader.load(url)).document).toEqual(pinned);
  }
});
