/**
 * The test vectors of vc-di-ecdsa: every intermediate value of ecdsa-rdfc-2019 and ecdsa-jcs-2019, on both curves.
 * ECDSA signs with a random number, so a signature of ours is another one and is verified instead of compared.
 * @module
 */
import { describe, expect, test } from "vitest";
import { createHash } from "#platform";
import { encodeHex } from "../../../src/encoding/hex.ts";
import { parseDidKey } from "../../../src/key/didKey.ts";
import { privateKeyFromMultikey } from "../../../src/key/multikey.ts";
import type { JsonObject } from "../../../src/metadata/file.ts";
import { checkDocument } from "../../../src/proof/foreign/check.ts";
import { parseDocumentProof } from "../../../src/proof/foreign/proofShape.ts";
import { hashForms, SecuredDocument } from "../../../src/proof/foreign/securedDocument.ts";
import { signDocument } from "../../../src/proof/foreign/sign.ts";
import { allSuites } from "../../../src/suite/registry.ts";

const ROOT = "../../../../shared/data/vc-di-ecdsa/TestVectors/";
const files = import.meta.glob<string>("../../../../shared/data/vc-di-ecdsa/TestVectors/**/*", {
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

const at = new Date("2023-03-01T00:00:00Z");

describe.skipIf(!present)("vc-di-ecdsa (skipped without ../shared/data)", () => {
  describe.each([
    ["ecdsa-rdfc-2019", "P-256", "sha256", ""],
    ["ecdsa-rdfc-2019", "P-384", "sha384", ""],
    ["ecdsa-jcs-2019", "P-256", "sha256", "JCS"],
    ["ecdsa-jcs-2019", "P-384", "sha384", "JCS"],
  ] as const)("%s with %s", (name, curve, digest, infix) => {
    const suffix = curve.replace("-", "");
    const file = (part: string, extension = "txt"): string =>
      `${name}-${suffix.toLowerCase()}/${part}${infix}ECDSA${suffix}.${extension}`;
    const hash = (text: string): string => {
      const incremental = createHash(digest);
      incremental.update(text);
      return incremental.digestHex();
    };
    const suite = allSuites.get(name);
    const signed = (): JsonObject => json(file("signed", "json"));

    test("every intermediate value is reproduced byte for byte", async () => {
      const secured = new SecuredDocument(signed());
      const proof = parseDocumentProof(secured.proofs[0] as JsonObject, suite, signed()["@context"]);
      const forms = await secured.forms(proof.configuration, [], suite, digest);
      expect({ "@context": signed()["@context"], ...proof.configuration }).toEqual(
        json(file("proofConfig", "json")),
      );
      expect(forms.document).toBe(raw(file("canonDoc")));
      expect(forms.configuration).toBe(raw(file("proofCanon")));
      expect(hash(forms.document)).toBe(raw(file("docHash")));
      expect(hash(forms.configuration)).toBe(raw(file("proofHash")));
      expect(encodeHex(hashForms(forms, digest))).toBe(raw(file("combinedHash")));
      expect(encodeHex(suite.decodeSignature(proof.value))).toBe(raw(file("sigHex")));
      expect(proof.value).toBe(raw(file("sigBTC58")));
    });

    test("the signed document is found valid, and not once a member was changed", async () => {
      expect(await checkDocument(signed(), { at })).toMatchObject([{ outcome: "valid", suite: suite.id }]);
      expect(await checkDocument({ ...signed(), id: "urn:x:changed" }, { at })).toMatchObject([
        { outcome: "invalid", reason: { code: "ERR_SIGNATURE" } },
      ]);
    });

    test("the unsigned document, signed with the key of the vectors, gets the same proof but for its value", async () => {
      const { secretKeyMultibase, publicKeyMultibase } = json(`${suffix.toLowerCase()}KeyPair.json`);
      const signer = await privateKeyFromMultikey(secretKeyMultibase as string);
      const [proof] = [signed()["proof"]].flat() as [JsonObject];
      expect(signer.publicKey.id).toBe(parseDidKey(proof["verificationMethod"] as string).id);
      expect(proof["verificationMethod"]).toContain(publicKeyMultibase);
      const ours = await signDocument(json("unsigned.json"), signer, {
        suite,
        created: new Date(proof["created"] as string),
      });
      const { proofValue: _, ...configuration } = [ours["proof"]].flat()[0] as JsonObject;
      const { proofValue: __, ...expected } = proof;
      expect(configuration).toEqual(expected);
      expect(await checkDocument(ours, { at })).toMatchObject([{ outcome: "valid" }]);
    });
  });

  test.each(["p256", "p384"])(
    "the employment authorization of %s is found valid, contexts and all",
    async (curve) => {
      const signed = json(`ecdsa-rdfc-2019-${curve}/employ/signedECDSA${curve.toUpperCase()}.json`);
      expect(await checkDocument(signed, { at })).toMatchObject([{ outcome: "valid" }]);
    },
  );
});
