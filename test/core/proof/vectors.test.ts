/**
 * The test vectors of vc-di-eddsa: every intermediate value, every signature, sets and chains.
 * @module
 */
import { describe, expect, test } from "vitest";
import { createHash } from "#platform";
import { createContextLoader } from "../../../src/document/loader.ts";
import { encodeHex } from "../../../src/encoding/hex.ts";
import { privateKeyFromMultikey } from "../../../src/key/multikey.ts";
import type { PrivateKey } from "../../../src/key/privateKey.ts";
import type { JsonObject } from "../../../src/metadata/file.ts";
import { checkDocument } from "../../../src/proof/foreign/check.ts";
import { parseDocumentProof } from "../../../src/proof/foreign/proofShape.ts";
import { hashForms, SecuredDocument } from "../../../src/proof/foreign/securedDocument.ts";
import { type SignDocumentOptions, signDocument } from "../../../src/proof/foreign/sign.ts";
import { allSuites } from "../../../src/suite/registry.ts";

const ROOT = "../../../../shared/data/vc-di-eddsa/TestVectors/";
const files = import.meta.glob<string>("../../../../shared/data/vc-di-eddsa/TestVectors/**/*", {
  query: "?raw",
  import: "default",
  eager: true,
});
const present = Object.keys(files).length > 0;
const raw = (path: string): string => {
  const content = files[ROOT + path];
  if (content === undefined) throw new Error(`no vector ${path}`);
  return content;
};
const json = (path: string): JsonObject => JSON.parse(raw(path));

const loader = createContextLoader(new Map());
const at = new Date("2023-03-01T00:00:00Z");

const sha256 = (text: string): Uint8Array => {
  const hash = createHash("sha256");
  hash.update(text);
  return hash.digest();
};
const proofsOf = (document: JsonObject): JsonObject[] => [document["proof"]].flat() as JsonObject[];
const suiteOf = ({ type, cryptosuite }: JsonObject) => allSuites.get((cryptosuite ?? type) as string);

/** The canonical forms behind one proof of a signed document. */
async function formsOf(document: JsonObject, index = 0) {
  const secured = new SecuredDocument(document, { loader });
  const proof = secured.proofs[index] as JsonObject;
  const suite = suiteOf(proof);
  const { configuration, previous, value } = parseDocumentProof(proof, suite, document["@context"]);
  const forms = await secured.forms(configuration, secured.indexesOf(previous), suite, "sha256");
  return { forms, configuration, suite, value, input: hashForms(forms, "sha256") };
}

/** The private key behind a verification method, from any of the files of keys. */
async function signerOf(verificationMethod: string): Promise<PrivateKey> {
  const pairs = [
    json("keyPair.json"),
    ...(Object.values(json("proof-set-chain/multiKeyPairs.json")) as JsonObject[]),
  ];
  const pair = pairs.find(({ publicKeyMultibase }) => verificationMethod.endsWith(`#${publicKeyMultibase}`));
  return privateKeyFromMultikey(pair?.["privateKeyMultibase"] as string);
}

/** The options with which one of the vectors' proofs was made. */
function optionsOf(proof: JsonObject): SignDocumentOptions {
  const { id, created, proofPurpose, previousProof } = proof as Readonly<Record<string, string>>;
  return {
    loader,
    suite: suiteOf(proof),
    created: new Date(created as string),
    proofPurpose: proofPurpose as string,
    ...(id === undefined ? {} : { proofId: id }),
    ...(previousProof === undefined ? {} : { previousProof }),
  };
}

describe.skipIf(!present)("vc-di-eddsa, one proof (skipped without ../shared/data)", () => {
  describe.each([
    ["Ed25519Signature2020", "EdSig"],
    ["eddsa-rdfc-2022", "DataInt"],
    ["eddsa-jcs-2022", "JCS"],
  ])("%s", (folder, suffix) => {
    const file = (name: string, extension = "txt"): string => `${folder}/${name}${suffix}.${extension}`;

    test("every intermediate value is reproduced byte for byte", async () => {
      const signed = json(file("signed", "json"));
      const { forms, configuration, suite, value, input } = await formsOf(signed);
      expect({ "@context": signed["@context"], ...configuration }).toEqual(json(file("proofConfig", "json")));
      expect(forms.document).toBe(raw(file("canonDoc")));
      expect(forms.configuration).toBe(raw(file("proofCanon")));
      expect(encodeHex(sha256(forms.document))).toBe(raw(file("docHash")));
      expect(encodeHex(sha256(forms.configuration))).toBe(raw(file("proofHash")));
      expect(encodeHex(input)).toBe(raw(file("combinedHash")));
      expect(encodeHex(suite.decodeSignature(value))).toBe(raw(file("sigHex")));
      expect(value).toBe(raw(file("sigBTC58")));
    });

    test("the unsigned document becomes the signed one, signature included", async () => {
      const signed = json(file("signed", "json"));
      const [proof] = proofsOf(signed) as [JsonObject];
      const signer = await signerOf(proof["verificationMethod"] as string);
      expect(await signDocument(json("unsigned.json"), signer, optionsOf(proof))).toEqual(signed);
    });

    test("the signed document is found valid", async () => {
      const findings = await checkDocument(json(file("signed", "json")), { loader, at });
      expect(findings).toMatchObject([{ outcome: "valid", suite: allSuites.get(folder).id, previous: [] }]);
    });
  });
});

describe.skipIf(!present)("vc-di-eddsa, sets and chains (skipped without ../shared/data)", () => {
  const NAMES = ["signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"] as const;
  const PREVIOUS = {
    signedProofSet1: [[]],
    signedProofSet2: [[], []],
    signedProofChain1: [[], [], [0, 1]],
    signedProofChain2: [[], [], [0, 1], [2]],
  } as const;

  test.each(NAMES)(
    "every member of %s is found valid, and follows the proofs that it names",
    async (name) => {
      const findings = await checkDocument(json(`proof-set-chain/${name}.json`), { loader, at });
      expect(findings.map(({ outcome }) => outcome)).toEqual(PREVIOUS[name].map(() => "valid"));
      expect(findings.map(({ previous }) => previous)).toEqual(PREVIOUS[name]);
    },
  );

  test.each(NAMES)("%s is made again from the unsigned document, proof after proof", async (name) => {
    const signed = json(`proof-set-chain/${name}.json`);
    let document = json("proof-set-chain/unsigned.json");
    for (const proof of proofsOf(signed)) {
      const signer = await signerOf(proof["verificationMethod"] as string);
      document = await signDocument(document, signer, optionsOf(proof));
    }
    expect(proofsOf(document)).toEqual(proofsOf(signed));
  });

  test("the ten proofs of the four documents are all of them", () => {
    const counts = NAMES.map((name) => proofsOf(json(`proof-set-chain/${name}.json`)).length);
    expect(counts).toEqual([1, 2, 3, 4]);
  });

  test.each([
    ["signedProofSet1", 0, "proofSetConfig1", "proofSetConfigSigned1"],
    ["signedProofSet2", 1, "proofSetConfig2", "proofSetConfigSigned2"],
    ["signedProofChain1", 2, "proofChainConfig1", "proofChainConfigSigned1"],
    ["signedProofChain2", 3, "proofChainConfig2", "proofChainConfigSigned2"],
  ] as const)(
    "the configuration of the last proof of %s is the vectors' own",
    async (name, index, config, signed) => {
      const document = json(`proof-set-chain/${name}.json`);
      const { configuration } = await formsOf(document, index);
      const { "@context": _, ...expected } = json(`proof-set-chain/${config}.json`);
      expect(configuration).toEqual(expected);
      const { "@context": __, ...expectedProof } = json(`proof-set-chain/${signed}.json`);
      expect(proofsOf(document)[index]).toEqual(expectedProof);
    },
  );

  test.each([
    ["signedProofChain1", 2, "proofChainTempDoc1"],
    ["signedProofChain2", 3, "proofChainTempDoc2"],
  ] as const)(
    "the last proof of %s, number %i from 0, signs the document of %s",
    async (name, index, temporary) => {
      const { forms } = await formsOf(json(`proof-set-chain/${name}.json`), index);
      const document = json(`proof-set-chain/${temporary}.json`);
      const all = [...proofsOf(document).keys()];
      expect(await new SecuredDocument(document, { loader }).canonicalDocument(all)).toBe(forms.document);
    },
  );
});

describe.skipIf(!present)("vc-di-eddsa, employment authorization (skipped without ../shared/data)", () => {
  const folder = "eddsa-rdfc-2022/employ";

  test("every intermediate value is reproduced byte for byte, under the pinned context citizenship/v4rc1", async () => {
    const signed = json(`${folder}/signedDataInt.json`);
    const { forms, configuration, suite, value, input } = await formsOf(signed);
    const named = { "@context": signed["@context"], ...configuration };
    expect(named).toEqual(json(`${folder}/proofConfigDataInt.json`));
    expect(forms.document).toBe(raw(`${folder}/canonDocDataInt.txt`));
    expect(forms.configuration).toBe(raw(`${folder}/proofCanonDataInt.txt`));
    expect(encodeHex(sha256(forms.document))).toBe(raw(`${folder}/docHashDataInt.txt`));
    expect(encodeHex(sha256(forms.configuration))).toBe(raw(`${folder}/proofHashDataInt.txt`));
    expect(encodeHex(input)).toBe(raw(`${folder}/combinedHashDataInt.txt`));
    expect(encodeHex(suite.decodeSignature(value))).toBe(raw(`${folder}/sigHexDataInt.txt`));
    expect(value).toBe(raw(`${folder}/sigBTC58DataInt.txt`));
  });

  test("the unsigned document becomes the signed one, signature included, which is found valid", async () => {
    const signed = json(`${folder}/signedDataInt.json`);
    const [proof] = proofsOf(signed) as [JsonObject];
    const signer = await signerOf(proof["verificationMethod"] as string);
    expect(await signDocument(json("employmentAuth.json"), signer, optionsOf(proof))).toEqual(signed);
    expect(await checkDocument(signed, { at })).toMatchObject([{ outcome: "valid" }]);
  });
});
