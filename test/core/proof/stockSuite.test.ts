import { Ed25519VerificationKey2020 } from "@digitalbazaar/ed25519-verification-key-2020";
import jsigs from "jsonld-signatures";
import { expect, test } from "vitest";
import { metadataFromJson, metadataToJson } from "../../../src/metadata/file.ts";
import { createEd25519Signature2020, type StockSuite } from "../../../src/proof/foreign/stockSuite.ts";
import { draft } from "../../support/documents.ts";
import {
  type StockKeyPair,
  stockDocumentLoader,
  stockSign,
  stockSigner,
  stockVerify,
} from "../../support/stockProofs.ts";

const purpose = () => new jsigs.purposes.AssertionProofPurpose();
const unsigned = () => {
  const { proof: _, ...rest } = metadataToJson(
    metadataFromJson({ signed: draft("targets"), signatures: [] }),
    "linked",
  );
  return rest;
};

async function signer(): Promise<StockKeyPair> {
  const pair = await (
    Ed25519VerificationKey2020 as unknown as { generate(): Promise<StockKeyPair> }
  ).generate();
  pair.controller = `did:key:${pair.fingerprint()}`;
  pair.id = `${pair.controller}#${pair.fingerprint()}`;
  return pair;
}

async function sign(suite: StockSuite): Promise<object> {
  return jsigs.sign(unsigned(), { suite, purpose: purpose(), documentLoader: stockDocumentLoader });
}

async function verify(document: object): Promise<boolean> {
  const suite = await createEd25519Signature2020();
  const options = { suite, purpose: purpose(), documentLoader: stockDocumentLoader };
  return (await jsigs.verify(structuredClone(document), options)).verified;
}

test("what the reference suite signs with our writer inside, the stock suite verifies", async () => {
  const signed = await sign(await createEd25519Signature2020({ key: await signer() }));
  expect(await stockVerify(signed)).toMatchObject({ verified: true });
});

test("what the stock suite signs, the reference suite verifies with our writer inside", async () => {
  const signed = await stockSign(unsigned(), await stockSigner("Ed25519Signature2020"));
  expect(await verify(signed)).toBe(true);
});

test("a changed document is refused with our writer inside, too", async () => {
  const signed = { ...(await stockSign(unsigned(), await stockSigner("Ed25519Signature2020"))), version: 99 };
  expect(await verify(signed)).toBe(false);
});

test("a linked document that is not of the closed shape is refused, not canonicalized some other way", async () => {
  const signed = await stockSign(unsigned(), await stockSigner("Ed25519Signature2020"));
  expect(await verify({ ...signed, "https://w3id.org/tuf-ld#path": "more" })).toBe(false);
});

test("what a document holds under `signed` is not judged in its place", async () => {
  const honest = await stockSign(unsigned(), await stockSigner("Ed25519Signature2020"));
  const { proof } = honest as { proof?: unknown };
  const inside = { signed: draft("targets"), signatures: [] };
  // Control: the document under `signed` is the one that was signed.
  expect(unsigned()).toEqual(
    (({ proof: _, ...rest }) => rest)(metadataToJson(metadataFromJson(inside), "linked")),
  );
  expect(await verify({ ...unsigned(), version: 99, ...inside, proof })).toBe(false);
});
