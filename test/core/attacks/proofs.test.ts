/**
 * L5, L6 and L7 of the threat model: proofs that are moved, weakened, stripped or claimed for another view.
 * Where stock tools let the attack pass, the test shows that they do.
 * @module
 */
import { beforeAll, describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../../../src/encoding/hex.ts";
import { decodeMultibase, encodeMultibase } from "../../../src/encoding/multibase.ts";
import { type MetadataFile, parseMetadata } from "../../../src/metadata/file.ts";
import { toLinked } from "../../../src/metadata/linkedForm.ts";
import { roleUrn } from "../../../src/proof/roleUrn.ts";
import { allSuites, defaultSuites, suiteSet } from "../../../src/suite/registry.ts";
import { TUF_CONTEXTS } from "../../../src/vocabulary/terms.ts";
import type { Targets } from "../../../src/vocabulary/types.ts";
import {
  type Editable,
  edited,
  outcomeOf,
  rootFor,
  signed,
  targetsDocument,
  textOf,
  timestampDocument,
  unsigned,
} from "../../support/signedFiles.ts";
import { stockSign, stockSigner, stockVerify } from "../../support/stockProofs.ts";
import { roleOf, testKeys } from "../../support/testKeys.ts";

const root = rootFor(["alice"]);
let file: MetadataFile<Targets>;

beforeAll(async () => {
  file = await signed(targetsDocument(), "targets", ["alice"]);
});

const linkedOnly = ({ signed: document, proof }: MetadataFile): Editable => ({
  "@context": [...TUF_CONTEXTS],
  ...toLinked(document),
  proof: structuredClone(proof),
});

const multibaseBytes = (text: string): Uint8Array =>
  decodeMultibase(text, "ERR_PROOF_SHAPE", { bases: ["z"], maxBytes: 64 });

/** The first proof is edited; nothing else is. */
async function linkedFindings(edit: (proof: Editable, json: Editable) => void, from: MetadataFile = file) {
  const outcome = await outcomeOf(
    edited(from, (json) => edit(json.proof[0], json)),
    { root, policy: "linked" },
  );
  expect(outcome.ok).toBe(false);
  return outcome.findings;
}

test("control: the untouched file verifies in both views", async () => {
  expect(await outcomeOf(textOf(file), { root, policy: "both" })).toMatchObject({ ok: true });
});

describe("L5: a proof moved to another document, purpose or role", () => {
  /** Targets metadata that gives the roles "a" and "b" to one and the same key. */
  async function twoRolesOneKey() {
    const { role, keys } = roleOf(["bob"]);
    const delegator: Targets = {
      ...targetsDocument(),
      delegations: {
        keys,
        roles: [
          { name: "a", ...role, terminating: false, paths: ["a/*"] },
          { name: "b", ...role, terminating: false, paths: ["b/*"] },
        ],
      },
    };
    const via = [{ role: "targets", file: await signed(delegator, "targets", ["alice"]) }];
    const { delegations: _, ...document } = targetsDocument();
    return { via, forA: await signed(document, "a", ["bob"]) };
  }

  test("one role's file served as another that shares its key is refused for linked", async () => {
    const { via, forA } = await twoRolesOneKey();
    for (const policy of ["linked", "both"] as const) {
      expect(await outcomeOf(textOf(forA), { root, via, role: "a", policy })).toMatchObject({ ok: true });
      const outcome = await outcomeOf(textOf(forA), { root, via, role: "b", policy });
      expect(outcome).toMatchObject({ ok: false, code: "ERR_THRESHOLD_UNMET" });
      expect(outcome.findings.at(-1)).toBe("ERR_PROOF_DOMAIN");
    }
    const noSignatures = { ...forA, signatures: [] };
    expect(await outcomeOf(textOf(noSignatures), { root, via, role: "b" })).toMatchObject({ ok: false });
  });

  test("one role's file served as another that shares its key is accepted for classic, which cannot tell", async () => {
    const { via, forA } = await twoRolesOneKey();
    for (const policy of ["classic", "either"] as const) {
      expect(await outcomeOf(textOf(forA), { root, via, role: "b", policy })).toMatchObject({ ok: true });
    }
  });

  test("a delegated role's file served as top-level targets is refused for linked", async () => {
    const forProject = await signed(targetsDocument(), "project", ["alice"]);
    const outcome = await outcomeOf(textOf(forProject), { root, policy: "linked" });
    expect(outcome).toMatchObject({ ok: false, findings: ["ERR_PROOF_DOMAIN"] });
    expect(await outcomeOf(textOf(forProject), { root, policy: "classic" })).toMatchObject({ ok: true });
  });

  test("a file of one type served as another is refused under every policy", async () => {
    const timestamp = await signed(timestampDocument(), "snapshot", ["alice"]);
    for (const policy of ["classic", "linked", "either", "both"] as const) {
      const outcome = await outcomeOf(textOf(timestamp), { root, role: "snapshot", policy });
      expect(outcome).toMatchObject({ ok: false, code: "ERR_SHAPE", findings: [] });
    }
  });

  test("a proof moved to another document of its role does not verify", async () => {
    const other = await signed({ ...targetsDocument(), version: 4 }, "targets", ["alice"]);
    expect(
      await linkedFindings((_, json) => {
        json.proof = other.proof;
      }),
    ).toEqual(["ERR_SIGNATURE"]);
  });

  const moves: [string, (proof: Editable) => void, string][] = [
    [
      "of another role with `domain` rewritten",
      (proof) => {
        proof.domain = roleUrn("targets");
      },
      "ERR_SIGNATURE",
    ],
    [
      "whose `domain` is removed",
      (proof) => {
        delete proof.domain;
      },
      "ERR_PROOF_SHAPE",
    ],
    [
      "with a list of domains",
      (proof) => {
        proof.domain = [roleUrn("targets"), proof.domain];
      },
      "ERR_PROOF_SHAPE",
    ],
    [
      "whose `domain` is a prefix",
      (proof) => {
        proof.domain = "urn:tuf-ld:role:";
      },
      "ERR_PROOF_DOMAIN",
    ],
    [
      "whose `domain` differs in case",
      (proof) => {
        proof.domain = roleUrn("Targets");
      },
      "ERR_PROOF_DOMAIN",
    ],
    [
      "for another purpose",
      (proof) => {
        proof.proofPurpose = "authentication";
      },
      "ERR_PROOF_SHAPE",
    ],
    [
      "without a purpose",
      (proof) => {
        delete proof.proofPurpose;
      },
      "ERR_PROOF_SHAPE",
    ],
    [
      "with the purpose's full IRI",
      (proof) => {
        proof.proofPurpose = "https://w3id.org/security#assertionMethod";
      },
      "ERR_PROOF_SHAPE",
    ],
    [
      "with an `id`",
      (proof) => {
        proof.id = "urn:uuid:1";
      },
      "ERR_PROOF_SHAPE",
    ],
    [
      "with `previousProof`",
      (proof) => {
        proof.previousProof = "urn:uuid:1";
      },
      "ERR_PROOF_SHAPE",
    ],
    [
      "with another `created`",
      (proof) => {
        proof.created = "2026-01-02T00:00:00Z";
      },
      "ERR_SIGNATURE",
    ],
    [
      "without `created`",
      (proof) => {
        delete proof.created;
      },
      "ERR_SIGNATURE",
    ],
    [
      "with `expires` added",
      (proof) => {
        proof.expires = "2099-01-01T00:00:00Z";
      },
      "ERR_SIGNATURE",
    ],
    [
      "with `nonce` added",
      (proof) => {
        proof.nonce = "x";
      },
      "ERR_SIGNATURE",
    ],
  ];

  test.each(moves)("a proof %s is refused", async (where, edit, code) => {
    const from = where.startsWith("of another role")
      ? await signed(targetsDocument(), "other", ["alice"])
      : file;
    expect(await linkedFindings(edit, from)).toEqual([code]);
  });

  test("stock tools take a proof without `domain`, or for any, as good for every role; we take neither", async () => {
    for (const proof of [{}, { domain: roleUrn("other") }]) {
      const signer = await stockSigner("Ed25519Signature2020", proof);
      const document = await stockSign({ "@context": [...TUF_CONTEXTS], ...toLinked(file.signed) }, signer);
      expect(await stockVerify(document)).toMatchObject({ verified: true });
      const ours = await outcomeOf(JSON.stringify(document), { root, policy: "linked" });
      expect(ours).toMatchObject({
        ok: false,
        code: proof.domain === undefined ? "ERR_THRESHOLD_UNMET" : "ERR_NO_SIGNATURE",
      });
    }
  });
});

describe("L6: a weaker suite, or a stronger proof stripped", () => {
  const ED2018 = allSuites.get("Ed25519Signature2018");

  test("a suite counts only if the verifier accepts it, whatever the document names", async () => {
    const superseded = await signed(targetsDocument(), "targets", ["alice"], "linked", { suite: ED2018 });
    const byDefault = await outcomeOf(textOf(superseded), { root, policy: "linked" });
    expect(byDefault).toMatchObject({ ok: false, code: "ERR_NO_SIGNATURE", findings: ["ERR_SUITE_UNKNOWN"] });
    const accepting = { root, policy: "linked", suites: allSuites } as const;
    expect(await outcomeOf(textOf(superseded), accepting)).toMatchObject({ ok: true });
    const others = suiteSet(...defaultSuites.suites.filter(({ name }) => name !== "Ed25519Signature2020"));
    const narrower = await outcomeOf(textOf(file), { root, policy: "linked", suites: others });
    expect(narrower).toMatchObject({ ok: false, code: "ERR_NO_SIGNATURE", findings: ["ERR_SUITE_UNKNOWN"] });
  });

  test("a classic scheme counts only if the verifier accepts it", async () => {
    const suites = suiteSet(...defaultSuites.suites.filter(({ scheme }) => scheme !== "ed25519"));
    const outcome = await outcomeOf(textOf(file), { root, policy: "classic", suites });
    expect(outcome).toMatchObject({ ok: false, code: "ERR_NO_SIGNATURE", findings: ["ERR_SUITE_UNKNOWN"] });
  });

  const renamings: [string, (proof: Editable) => void, string][] = [
    [
      "an unknown type",
      (proof) => {
        proof.type = "NoSignature2020";
      },
      "ERR_SUITE_UNKNOWN",
    ],
    [
      "an unknown cryptosuite",
      (proof) => {
        proof.type = "DataIntegrityProof";
        proof.cryptosuite = "none";
      },
      "ERR_SUITE_UNKNOWN",
    ],
    [
      "a type of the same meaning, spelt as an IRI",
      (proof) => {
        proof.type = "https://w3id.org/security#Ed25519Signature2020";
      },
      "ERR_SUITE_UNKNOWN",
    ],
    [
      "a list of types",
      (proof) => {
        proof.type = ["Ed25519Signature2020"];
      },
      "ERR_SUITE_UNKNOWN",
    ],
    [
      "no type",
      (proof) => {
        delete proof.type;
      },
      "ERR_SUITE_UNKNOWN",
    ],
    [
      "a cryptosuite beside a type of its own",
      (proof) => {
        proof.cryptosuite = "eddsa-rdfc-2022";
      },
      "ERR_SUITE_UNKNOWN",
    ],
    [
      "the name of an object's own member",
      (proof) => {
        proof.type = "constructor";
      },
      "ERR_SUITE_UNKNOWN",
    ],
    [
      "the JCS suite",
      (proof) => {
        proof.type = "DataIntegrityProof";
        proof.cryptosuite = "eddsa-jcs-2022";
      },
      "ERR_SIGNATURE",
    ],
    [
      "the RDFC suite",
      (proof) => {
        proof.type = "DataIntegrityProof";
        proof.cryptosuite = "eddsa-rdfc-2022";
      },
      "ERR_SIGNATURE",
    ],
    [
      "the suite of another curve",
      (proof) => {
        proof.type = "DataIntegrityProof";
        proof.cryptosuite = "ecdsa-rdfc-2019";
      },
      "ERR_KEY",
    ],
  ];

  test.each(renamings)("a proof that now names %s does not count", async (_, edit, code) => {
    expect(await linkedFindings(edit)).toEqual([code]);
  });

  test("a hybrid of two curves from which either proof is stripped misses its threshold", async () => {
    const hybridRoot = rootFor(["alice", "pat"], 2);
    const hybrid = await signed(targetsDocument(), "targets", ["alice", "pat"], "linked");
    expect(await outcomeOf(textOf(hybrid), { root: hybridRoot })).toMatchObject({ ok: true });
    for (const index of [0, 1]) {
      const text = edited(hybrid, (json) => json.proof.splice(index, 1));
      expect(await outcomeOf(text, { root: hybridRoot })).toMatchObject({
        ok: false,
        code: "ERR_THRESHOLD_UNMET",
      });
      const stripped = linkedOnly(hybrid);
      stripped.proof.splice(index, 1);
      expect(await stockVerify(stripped)).toMatchObject({ verified: true });
    }
  });

  test("stock tools verify a set of which only the first proof is good; we count what is good", async () => {
    const hybridRoot = rootFor(["alice", "bob"], 2);
    const two = await signed(targetsDocument(), "targets", ["alice", "bob"], "linked");
    const forge = (json: Editable) => {
      json.proof[1].proofValue = json.proof[0].proofValue;
    };
    const document = linkedOnly(two);
    forge(document);
    expect(await stockVerify(document)).toMatchObject({ verified: true });
    const ours = await outcomeOf(edited(two, forge), { root: hybridRoot });
    expect(ours).toMatchObject({ ok: false, findings: ["valid", "ERR_SIGNATURE"] });
  });

  test("a view stripped from a file is missed by a policy that asks for it", async () => {
    const noProof = edited(file, (json) => {
      json.proof = [];
    });
    const noSignature = edited(file, (json) => {
      json.signatures = [];
    });
    const classicForm = textOf(file, "classic");
    for (const text of [noProof, classicForm]) {
      expect(await outcomeOf(text, { root, policy: "linked" })).toMatchObject({ code: "ERR_NO_SIGNATURE" });
      expect(await outcomeOf(text, { root, policy: "both" })).toMatchObject({ code: "ERR_THRESHOLD_UNMET" });
      expect(await outcomeOf(text, { root, policy: "either" })).toMatchObject({ ok: true });
    }
    expect(await outcomeOf(noSignature, { root, policy: "classic" })).toMatchObject({
      code: "ERR_NO_SIGNATURE",
    });
    expect(await outcomeOf(noSignature, { root, policy: "both" })).toMatchObject({
      code: "ERR_THRESHOLD_UNMET",
    });
  });
});

describe("L7: a signature claimed for the other view", () => {
  test("a classic signature's bytes are no proof, and a proof's bytes no classic signature", async () => {
    expect(
      await linkedFindings((proof, json) => {
        proof.proofValue = encodeMultibase("z", decodeHex(json.signatures[0].sig, "ERR_PROOF_SHAPE"));
      }),
    ).toEqual(["ERR_SIGNATURE"]);
    const text = edited(file, (json) => {
      json.signatures[0].sig = encodeHex(multibaseBytes(json.proof[0].proofValue));
    });
    expect((await outcomeOf(text, { root, policy: "classic" })).findings).toEqual(["ERR_SIGNATURE"]);
  });

  test("a classic file that is converted has no linked proof, and its signature still counts as classic", async () => {
    const classic = await signed(targetsDocument(), "targets", ["alice"], "classic");
    const linked = textOf(parseMetadata(new TextEncoder().encode(textOf(classic, "classic"))), "linked");
    expect(await outcomeOf(linked, { root, policy: "linked" })).toMatchObject({
      code: "ERR_NO_SIGNATURE",
      findings: [],
    });
    expect(await outcomeOf(linked, { root, policy: "classic" })).toMatchObject({ ok: true });
  });

  test("a linked document that is converted has no classic signature", async () => {
    const linked = await signed(targetsDocument(), "targets", ["alice"], "linked");
    const classic = textOf(parseMetadata(new TextEncoder().encode(textOf(linked, "linked"))), "classic");
    for (const policy of ["classic", "linked", "either", "both"] as const) {
      expect(await outcomeOf(classic, { root, policy })).toMatchObject({
        ok: false,
        code: "ERR_NO_SIGNATURE",
      });
    }
  });

  test("an edited linked document that is converted verifies in no view", async () => {
    const evil = edited(
      file,
      (json) => {
        json.version = 4;
      },
      "linked",
    );
    const back = textOf(parseMetadata(new TextEncoder().encode(evil)));
    for (const policy of ["classic", "linked", "either", "both"] as const) {
      expect(await outcomeOf(back, { root, policy })).toMatchObject({
        ok: false,
        code: "ERR_THRESHOLD_UNMET",
      });
    }
  });

  test("a file that also has the members of a linked document is judged, and read, by `signed` alone", async () => {
    const genuine = toLinked(file.signed);
    const evil = edited(file, (json) => {
      Object.assign(json, genuine);
      json.signed.version = 4;
    });
    for (const policy of ["classic", "linked", "either", "both"] as const) {
      expect(await outcomeOf(evil, { root, policy })).toMatchObject({ ok: false });
    }
  });

  test("a proof dressed as a ClassicSignature, and the reverse, do not count", async () => {
    const { keyid } = testKeys.alice;
    const dressed = edited(
      file,
      (json) => {
        const sig = encodeHex(multibaseBytes(json.proof[0].proofValue));
        json.proof = [{ type: "ClassicSignature", keyid, sig }];
      },
      "linked",
    );
    expect(await outcomeOf(dressed, { root })).toMatchObject({ ok: false, findings: ["ERR_SIGNATURE"] });
    const other = edited(unsigned(file.signed), (json) => {
      json.proof = [{ type: "ClassicSignature", keyid, sig: file.signatures[0]?.sig }];
    });
    // In a file, classic signatures stand in `signatures` and nowhere else: it has no linked view, and no signature.
    expect(await outcomeOf(other, { root })).toMatchObject({ ok: false, code: "ERR_NO_SIGNATURE" });
    expect(await outcomeOf(other, { root, policy: "linked" })).toMatchObject({
      ok: false,
      code: "ERR_SHAPE",
    });
  });
});
