/**
 * The data model of verifiable credentials 2.0: the inputs of the W3C's own suite, signed and verified, and the rules
 * of sections 4 and 5 one by one.
 * @module
 */
import { beforeAll, describe, expect, test } from "vitest";
import { createHash } from "#platform";
import { encodeBase64 } from "../../../src/encoding/base64.ts";
import { concatBytes } from "../../../src/encoding/bytes.ts";
import { encodeMultibase } from "../../../src/encoding/multibase.ts";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import type { PrivateKey } from "../../../src/key/privateKey.ts";
import type { JsonObject } from "../../../src/metadata/file.ts";
import { signDocument } from "../../../src/proof/foreign/sign.ts";
import { type CheckCredentialOptions, checkCredential } from "../../../src/report/checkCredential.ts";
import { checkSigned } from "../../../src/report/checkSigned.ts";
import { eddsaJcs2022, eddsaRdfc2022 } from "../../../src/suite/linked.ts";
import { AT, CREATED, credential, newIssuer, oldCredential } from "../../support/credentials.ts";
import { signUnchecked } from "../../support/signUnchecked.ts";

const files = import.meta.glob<JsonObject>("../../../../shared/data/vc-data-model-2.0/*.json", {
  import: "default",
  eager: true,
});
const inputs = Object.entries(files).map(
  ([path, input]) => [path.replace(/^.*\/|\.json$/g, ""), input] as const,
);
const credentials = inputs.filter(([name]) => name.startsWith("credential-"));
const fails = (name: string): boolean => /-fail(-or-inject)?$/.test(name);

let key: PrivateKey;
let did: string;
beforeAll(async () => {
  ({ key, did } = await newIssuer());
});

const YEAR = 365 * 86_400_000;
const around = (years: number): string =>
  `${new Date(AT.getTime() + years * YEAR).toISOString().slice(0, 19)}Z`;

/** The suite leaves the issuer to the implementation under test, writes dates in words, and brings a proof along. */
function prepared(name: string, input: JsonObject): JsonObject {
  const { proof: _, ...given } = structuredClone(input);
  const text = JSON.stringify(given).replaceAll("PAST DATE", around(-1)).replaceAll("FUTURE DATE", around(1));
  const document = JSON.parse(text) as JsonObject;
  const { issuer } = document;
  if (name === "credential-no-issuer-fail") return document;
  if (issuer === undefined) return { ...document, issuer: did };
  return JSON.stringify(issuer) === "{}" ? { ...document, issuer: { id: did } } : document;
}

/** Judged within the credential's own period, and with its status left aside: no list is at hand. */
async function isOk(document: JsonObject): Promise<boolean> {
  const { validFrom, validUntil } = document;
  const at = new Date(Math.max(AT.getTime(), Date.parse(String(validFrom ?? AT.toISOString())) || 0));
  const ended = typeof validUntil === "string" && Date.parse(validUntil) <= at.getTime();
  const when = ended ? new Date(Date.parse(validUntil) - 500) : at;
  const options = { at: when, issuerKeys: [key.publicKey], checkStatus: async () => true };
  const report = await checkCredential(document, options);
  const other = await checkSigned(document, { at: when, keys: [key.publicKey] });
  expect(other.ok).toBe(false);
  return report.ok;
}

describe.skipIf(inputs.length === 0)("the W3C suite's inputs (skipped without ../shared/data)", () => {
  test("there are 71 credentials, 34 that conform and 37 that do not", () => {
    const failing = credentials.filter(([name]) => fails(name)).length;
    expect([credentials.length, credentials.length - failing, failing]).toEqual([71, 34, 37]);
  });

  test.each(credentials.filter(([name]) => fails(name)))(
    "%s is not signed, and not verified by who signed it all the same",
    async (name, input) => {
      // What is wrong here is the proof that comes along, and not the credential.
      if (name === "credential-proof-missing-type-fail") {
        const report = await checkCredential({
          ...prepared(name, input),
          proof: input["proof"] as JsonObject,
        });
        expect(report).toMatchObject({ ok: false, failure: { reason: { code: "ERR_NO_SIGNATURE" } } });
        return;
      }
      const document = prepared(name, input);
      for (const suite of [eddsaJcs2022, eddsaRdfc2022]) {
        await expect(signDocument(document, key, { suite, created: CREATED })).rejects.toMatchObject({
          name: "TufLdError",
        });
        const forced = await signUnchecked(document, key, suite).catch(() => undefined);
        if (suite === eddsaJcs2022) expect(forced).toBeDefined();
        if (forced !== undefined) expect(await isOk(forced)).toBe(false);
      }
    },
  );

  test.each(credentials.filter(([name]) => !fails(name)))(
    "%s is signed and verified, over RDF unless it has an inline context",
    async (name, input) => {
      const document = prepared(name, input);
      expect(await isOk(await signDocument(document, key, { suite: eddsaJcs2022, created: CREATED }))).toBe(
        true,
      );
      const signed = signDocument(document, key, { suite: eddsaRdfc2022, created: CREATED });
      const inline = [document["@context"]].flat().some((entry) => typeof entry === "object");
      if (inline) await expect(signed).rejects.toMatchObject({ code: "ERR_CONTEXT" });
      else expect(await isOk(await signed)).toBe(true);
    },
  );

  test.each(inputs.filter(([name]) => name.startsWith("presentation-")))(
    "%s is neither signed as an assertion nor verified: presentations are not judged here",
    async (_, input) => {
      for (const suite of [eddsaJcs2022, eddsaRdfc2022]) {
        await expect(signDocument(input, key, { suite })).rejects.toMatchObject({ name: "TufLdError" });
        const forced = await signUnchecked(input, key, suite).catch(() => undefined);
        if (forced !== undefined) expect(await isOk(forced)).toBe(false);
      }
    },
  );
});

const TYPE = "https://example.org/#T";
describe("a rule", () => {
  const rules: readonly (readonly [string, object, string])[] = [
    ["an empty subject", { credentialSubject: {} }, "/credentialSubject"],
    ["no subject in a list", { credentialSubject: [] }, "/credentialSubject"],
    ["an empty subject among others", { credentialSubject: [{ id: "urn:x" }, {}] }, "/credentialSubject/1"],
    ["a subject that is a string", { credentialSubject: "did:example:subject" }, "/credentialSubject"],
    ["a subject whose id is no URL", { credentialSubject: { id: "a" } }, "/credentialSubject/id"],
    ["an id that is no URL", { id: "a b" }, "/id"],
    ["an issuer that is no URL", { issuer: "me" }, "/issuer"],
    ["validUntil before validFrom", { validUntil: "2025-01-01T00:00:00Z" }, "/validUntil"],
    ["evidence that is a string", { evidence: "urn:x" }, "/evidence"],
    ["a status whose type is empty", { credentialStatus: { type: [] } }, "/credentialStatus/type"],
    ["a schema without id", { credentialSchema: { type: TYPE } }, "/credentialSchema/id"],
    [
      "the second terms without type",
      { termsOfUse: [{ type: TYPE }, { id: "urn:x" }] },
      "/termsOfUse/1/type",
    ],
    ["a refresh service without type", { refreshService: { id: "urn:x" } }, "/refreshService/type"],
    ["a related resource without digest", { relatedResource: { id: "urn:x" } }, "/relatedResource/0"],
    ["a related resource without id", { relatedResource: { digestSRI: "sha256-x" } }, "/relatedResource/id"],
    [
      "a digest of another length",
      { relatedResource: { id: "urn:x", digestSRI: "sha256-AAAA" } },
      "/relatedResource/0/digestSRI",
    ],
    [
      "a multihash of another kind",
      { relatedResource: { id: "urn:x", digestMultibase: "uEQ" } },
      "/relatedResource/0/digestMultibase",
    ],
  ];
  test.each(rules)("about %s: it is not signed, and not verified", async (_, members, path) => {
    for (const make of [credential, oldCredential]) {
      if (make === oldCredential && path === "/validUntil") continue;
      const document = make(did, members);
      for (const suite of [eddsaJcs2022, eddsaRdfc2022])
        await expect(signDocument(document, key, { suite })).rejects.toMatchObject({
          code: expect.any(String),
        });
      const forced = await signUnchecked(document, key, eddsaJcs2022);
      expect(await checkCredential(forced, { at: AT, issuerKeys: [key.publicKey] })).toMatchObject({
        ok: false,
        failure: { id: "shape", reason: { code: "ERR_SHAPE" }, facts: { path } },
      });
    }
  });

  test("more than 64 contexts are refused before any is processed", async () => {
    const context = ["https://www.w3.org/ns/credentials/v2", ...Array(64).fill({ a: "urn:a" })];
    const signed = await signUnchecked(credential(did), key, eddsaJcs2022);
    const { failure } = await checkCredential({ ...signed, "@context": context }, { at: AT });
    expect(failure?.reason).toMatchObject({
      code: "ERR_LIMIT",
      message: expect.stringContaining("65 contexts"),
    });
  });

  test("inline contexts have at most 2,000 values in all", async () => {
    const make = (count: number): JsonObject => {
      const terms = Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, "urn:t"]));
      return credential(did, { "@context": ["https://www.w3.org/ns/credentials/v2", terms, { a: "urn:a" }] });
    };
    const options = { suite: eddsaJcs2022, created: CREATED };
    // Two objects and one more term.
    const most = await signDocument(make(1_997), key, options);
    expect((await checkCredential(most, { at: AT, issuerKeys: [key.publicKey] })).ok).toBe(true);
    await expect(signDocument(make(1_998), key, options)).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "contextValues" },
    });
  });
});

describe("related resources", () => {
  const content = encodeUtf8("the resource\n");
  const digest = (algorithm: "sha256" | "sha384" | "sha512"): Uint8Array => {
    const hash = createHash(algorithm);
    hash.update(content);
    return hash.digest();
  };
  const sri = (algorithm: "sha256" | "sha384" | "sha512"): string =>
    `${algorithm}-${encodeBase64(digest(algorithm))}`;
  const multihash = (base: "z" | "u"): string =>
    encodeMultibase(base, concatBytes(Uint8Array.of(0x12, 0x20), digest("sha256")));
  const url = "https://example.org/resource";
  const other = "https://example.org/other";
  const zero = `sha256-${encodeBase64(new Uint8Array(32))}`;
  const check = async (resource: object, resources?: ReadonlyMap<string, Uint8Array>) => {
    const signed = await signDocument(credential(did, { relatedResource: resource }), key, {
      created: CREATED,
    });
    const options: CheckCredentialOptions = { at: AT, issuerKeys: [key.publicKey] };
    return checkCredential(signed, resources === undefined ? options : { ...options, resources });
  };
  const given = new Map([[url, content]]);

  test.each([
    ["digestSRI", () => ({ digestSRI: sri("sha256") })],
    ["the strongest digestSRI of several", () => ({ digestSRI: `${zero} ${sri("sha384")}` })],
    ["one of two digestSRI", () => ({ digestSRI: `${zero} ${sri("sha256")}` })],
    ["digestMultibase in base58", () => ({ digestMultibase: multihash("z") })],
    ["digestMultibase in base64url", () => ({ digestMultibase: multihash("u") })],
    ["both", () => ({ digestSRI: sri("sha512"), digestMultibase: multihash("u") })],
  ] as const)("with the digest that was signed (%s) one passes", async (_, members) => {
    const report = await check({ id: url, ...members() }, given);
    expect(report.failure).toBeUndefined();
    expect(report.ok).toBe(true);
  });

  test.each([
    ["digestSRI", () => ({ digestSRI: zero })],
    [
      "a strongest digestSRI",
      () => ({ digestSRI: `${sri("sha256")} sha384-${encodeBase64(new Uint8Array(48))}` }),
    ],
    ["one of two members", () => ({ digestSRI: zero, digestMultibase: multihash("u") })],
  ] as const)("with another digest (%s) it is refused", async (_, members) => {
    expect(await check({ id: url, ...members() }, given)).toMatchObject({
      ok: false,
      failure: { id: "resources", reason: { code: "ERR_HASH_MISMATCH" } },
    });
  });

  test("one that is not given is not run and never passed, and the others are judged", async () => {
    const both = [
      { id: url, digestSRI: sri("sha256") },
      { id: other, digestSRI: zero },
    ];
    const state = ({ ok, steps }: Awaited<ReturnType<typeof check>>): unknown => [
      ok,
      ...steps.filter(({ id }) => /resources/i.test(id)).map(({ id, outcome }) => `${id} ${outcome}`),
    ];
    expect(state(await check(both))).toEqual([false, "resources not run"]);
    expect(state(await check(both, given))).toEqual([false, "resources passed", "otherResources not run"]);
    const wrong = new Map([[other, content]]);
    expect(state(await check(both, wrong))).toEqual([false, "resources failed", "otherResources not run"]);
  });

  test("one cannot be hidden from the check in another spelling", async () => {
    const signed = await signDocument(
      credential(did, { relatedResource: { id: url, digestSRI: zero } }),
      key,
      {
        created: CREATED,
      },
    );
    const { relatedResource, ...rest } = signed;
    const hidden = {
      ...rest,
      "https://www.w3.org/2018/credentials#relatedResource": relatedResource as JsonObject,
    };
    const report = await checkCredential(hidden, { at: AT, issuerKeys: [key.publicKey] });
    expect(report.findings).toMatchObject([{ outcome: "valid" }]);
    expect(report).toMatchObject({ ok: false, failure: { id: "content", reason: { code: "ERR_SHAPE" } } });
  });
});
