/**
 * The cases that must be refused: an accepted case, what an attacker does to it, and the code of the refusal.
 *
 * `edit` changes a copy of the JSON; `text` changes the text. `parse: true`: the file cannot be read at all;
 * otherwise one finding has the code and `policy` is not met.
 * @module
 */
import { encodeBase64url } from "../../dist/encoding/base64.js";
import { decodeHex, encodeHex } from "../../dist/encoding/hex.js";
import { decodeMultibase, encodeMultibase } from "../../dist/encoding/multibase.js";
import { tufLdContext } from "../../dist/vocabulary/index.js";
import { keys, trust } from "./keys.mjs";

/** The file cannot be read. */
const unreadable = (name, code, title, change, from = "targets") => ({
  name: `refused-${name}`,
  title,
  from,
  form: "file",
  parse: true,
  code,
  policy: "either",
  ...change,
});

/** The file can be read and has an entry that does not count. */
const uncounted = (name, code, title, change, from = "targets") => ({
  ...unreadable(name, code, title, change, from),
  parse: false,
  policy: change.policy ?? "linked",
});

const proof = (change) => ({ edit: (file) => change(file.proof[0], file) });
const replaceAll = (search, replacement) => ({ text: (text) => text.replace(search, replacement) });

/** Adds the group order to the second half of an Ed25519 signature: the same equation, another encoding. */
function malleate(signature) {
  const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = [...signature.subarray(32)].reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n) + ORDER;
  return Uint8Array.from([
    ...signature.subarray(0, 32),
    ...Array.from({ length: 32 }, (_, index) => Number((s >> BigInt(8 * index)) & 255n)),
  ]);
}

const SYNTAX = "ERR_JSON_SYNTAX";

const syntax = [
  unreadable(
    "duplicate-member",
    SYNTAX,
    "a member twice: readers take the first or the last",
    replaceAll('"version": 3', '"version": 4,\n    "version": 3'),
  ),
  unreadable(
    "duplicate-member-escaped",
    SYNTAX,
    "a member twice, once written with an escape",
    replaceAll('"version": 3', '"\\u0076ersion": 4,\n    "version": 3'),
  ),
  unreadable(
    "integer-with-fraction",
    SYNTAX,
    "1.0 for 1",
    replaceAll('"threshold": 2', '"threshold": 2.0'),
    "targets-with-delegations",
  ),
  unreadable("integer-with-exponent", SYNTAX, "3e0 for 3", replaceAll('"version": 3', '"version": 3e0')),
  unreadable(
    "unsafe-integer",
    "ERR_SHAPE",
    "2^53 + 1, which many readers round to 2^53",
    replaceAll('"length": 6', '"length": 9007199254740993'),
  ),
  unreadable(
    "negative-zero",
    SYNTAX,
    "-0 for 0",
    replaceAll('"length": 0', '"length": -0'),
    "large-integers",
  ),
  unreadable(
    "lone-surrogate",
    SYNTAX,
    "half of a character",
    replaceAll('"readme.txt"', '"readme\\ud800.txt"'),
  ),
  unreadable(
    "member-named-proto",
    SYNTAX,
    "a target named __proto__ vanishes in JavaScript readers",
    replaceAll('"readme.txt"', '"__proto__"'),
  ),
  unreadable("byte-order-mark", SYNTAX, "a byte order mark", { text: (text) => `\ufeff${text}` }),
  unreadable("truncated", SYNTAX, "the last hundred bytes are missing", {
    text: (text) => text.slice(0, -100),
  }),
];

const shape = "ERR_SHAPE";
const linkedForm = (edit) => ({ form: "linked", edit });

const shapes = [
  unreadable("integer-as-string", shape, '"3" for 3 has the same canonical form', {
    edit: (file) => {
      file.signed.version = "3";
    },
  }),
  unreadable("null-member", shape, "a member that is null has no triples", {
    edit: (file) => {
      file.signed.delegations = null;
    },
  }),
  unreadable("keyword-as-target-path", shape, "JSON-LD drops an index key that looks like a keyword", {
    edit: (file) => {
      file.signed.targets["@none"] = file.signed.targets["readme.txt"];
    },
  }),
  unreadable(
    "repeated-keyid",
    shape,
    "a keyid twice is one triple",
    {
      edit: (file) => {
        file.signed.roles.timestamp.keyids.push(file.signed.roles.timestamp.keyids[0]);
      },
    },
    "root",
  ),
  unreadable(
    "emptied-hashes",
    shape,
    "`hashes: {}` for no `hashes`",
    {
      edit: (file) => {
        file.signed.meta["project c.json"].hashes = {};
      },
    },
    "snapshot-with-hashes",
  ),
  unreadable(
    "repeated-role",
    shape,
    "two delegated roles of one name",
    {
      edit: (file) => {
        file.signed.delegations.roles[1].name = "releases";
      },
    },
    "targets-with-delegations",
  ),
  unreadable(
    "paths-and-prefixes",
    shape,
    "a delegated role with both `paths` and `path_hash_prefixes`",
    {
      edit: (file) => {
        file.signed.delegations.roles[0].path_hash_prefixes = ["00"];
      },
    },
    "targets-with-delegations",
  ),
  unreadable("major-version-2", shape, "a `spec_version` that this client does not know", {
    edit: (file) => {
      file.signed.spec_version = "2.0.0";
    },
  }),
  unreadable("context-without-proof", shape, "`@context` without `proof`", {
    edit: (file) => {
      delete file.proof;
    },
  }),
  unreadable(
    "linked-extra-member",
    shape,
    "a linked document with a member that has no term, which JSON-LD drops",
    linkedForm((document) => {
      document.extra = 1;
    }),
  ),
  unreadable(
    "linked-compact-iri",
    shape,
    "a linked document that states what no reader of the JSON looks for",
    linkedForm((document) => {
      document["tuf:version"] = 4;
    }),
  ),
  unreadable(
    "linked-included",
    shape,
    "a linked document with `@included` nodes",
    linkedForm((document) => {
      document["@included"] = [{ version: 4 }];
    }),
  ),
  unreadable(
    "linked-identifier",
    shape,
    "a linked document with an `@id`",
    linkedForm((document) => {
      document["@id"] = "urn:x";
    }),
  ),
  unreadable(
    "linked-nested-context",
    shape,
    "a linked document with a context inside",
    linkedForm((document) => {
      document.targets["readme.txt"]["@context"] = {};
    }),
  ),
  unreadable(
    "linked-unrecognized-override",
    shape,
    "`unrecognized` gives a member that has a term another value",
    linkedForm((document) => {
      document.unrecognized = { version: 4 };
    }),
  ),
  unreadable(
    "linked-swapped-entries",
    shape,
    "entries swapped in the array but not in `order`: the same graph",
    linkedForm((document) => {
      document.delegations.roles.reverse();
    }),
    "targets-with-delegations",
  ),
];

// Without `@version`: its value 1.1 is not an integer, and the JSON alone would be refused.
const { "@version": _, ...inlined } = structuredClone(tufLdContext["@context"]);
[inlined.version, inlined.spec_version] = [inlined.spec_version, inlined.version];

const contexts = [
  unreadable("inline-context", "ERR_CONTEXT", "our context inlined, with two terms swapped", {
    edit: (file) => {
      file["@context"][0] = inlined;
    },
  }),
  unreadable("appended-context", "ERR_CONTEXT", "one more context at the end", {
    edit: (file) => {
      file["@context"].push("https://example.org/context");
    },
  }),
  unreadable("reordered-contexts", "ERR_CONTEXT", "the pinned contexts in another order", {
    edit: (file) => {
      file["@context"].reverse();
    },
  }),
  unreadable("single-context", "ERR_CONTEXT", "our context alone", {
    edit: (file) => {
      file["@context"] = file["@context"][0];
    },
  }),
];

const PROOF_SHAPE = "ERR_PROOF_SHAPE";
const SIGNATURE = "ERR_SIGNATURE";

const proofs = [
  uncounted(
    "wrong-domain",
    "ERR_PROOF_DOMAIN",
    "a valid proof for another role that has the same key; the classic signature cannot tell",
    { role: "other" },
  ),
  uncounted(
    "edited-domain",
    SIGNATURE,
    "a proof for another role, its `domain` edited to fit",
    {
      role: "targets",
      ...proof((p) => {
        p.domain = "urn:tuf-ld:role:targets";
      }),
    },
    "odd-role-name",
  ),
  uncounted(
    "missing-domain",
    PROOF_SHAPE,
    "a proof without `domain` would count for every role",
    proof((p) => {
      delete p.domain;
    }),
  ),
  uncounted("moved-proof", SIGNATURE, "the proof of another document of the same role", {
    edit: (file, others) => {
      file.proof = others("targets-with-delegations").proof;
    },
  }),
  uncounted(
    "other-purpose",
    PROOF_SHAPE,
    "a proof for authentication",
    proof((p) => {
      p.proofPurpose = "authentication";
    }),
  ),
  uncounted(
    "extra-proof-member",
    PROOF_SHAPE,
    "a proof with a member that nobody acts on",
    proof((p) => {
      p.extra = "x";
    }),
  ),
  uncounted(
    "previous-proof",
    PROOF_SHAPE,
    "proof chains have no meaning in TUF",
    proof((p) => {
      p.previousProof = "urn:uuid:1";
    }),
  ),
  uncounted(
    "edited-created",
    SIGNATURE,
    "`created` is signed",
    proof((p) => {
      p.created = "2026-01-02T00:00:00Z";
    }),
  ),
  uncounted(
    "expired-proof",
    "ERR_PROOF_EXPIRED",
    "the proof's own `expires` has passed",
    { at: "2031-01-01T00:00:00Z" },
    "proof-with-every-member",
  ),
  uncounted("unauthorized-key", "ERR_KEY_UNAUTHORIZED", "valid signatures by a key that is not the role's", {
    trust: trust("mallory"),
    policy: "either",
  }),
  uncounted("borrowed-verification-method", SIGNATURE, "the proof names another key of the role", {
    trust: trust("alice bob"),
    ...proof((p) => {
      p.verificationMethod = keys.bob.published.verificationMethod;
    }),
  }),
  uncounted(
    "mismatched-fragment",
    "ERR_KEY",
    "a did:key with the fragment of another key",
    proof((p) => {
      p.verificationMethod = `${p.verificationMethod.split("#")[0]}#${keys.bob.published.verificationMethod.split("#")[1]}`;
    }),
  ),
  uncounted(
    "unknown-suite",
    "ERR_SUITE_UNKNOWN",
    "a suite that nobody knows",
    proof((p) => {
      p.type = "NoSignature2020";
    }),
  ),
  uncounted(
    "suite-not-accepted",
    "ERR_SUITE_UNKNOWN",
    "a suite that this verifier does not accept",
    { suites: undefined },
    "suite-Ed25519Signature2018",
  ),
  uncounted(
    "renamed-suite",
    SIGNATURE,
    "the proof says another suite than it was made with",
    proof((p) => {
      p.cryptosuite = "eddsa-jcs-2022";
    }),
    "suite-eddsa-rdfc-2022",
  ),
  uncounted(
    "other-multibase",
    PROOF_SHAPE,
    "the same bytes in base64url",
    proof((p) => {
      p.proofValue = encodeMultibase(
        "u",
        decodeMultibase(p.proofValue, PROOF_SHAPE, { bases: ["z"], maxBytes: 64 }),
      );
    }),
  ),
  uncounted(
    "malleable-signature",
    SIGNATURE,
    "S + L: RFC 8032 refuses it, some libraries do not",
    proof((p) => {
      p.proofValue = encodeMultibase(
        "z",
        malleate(decodeMultibase(p.proofValue, PROOF_SHAPE, { bases: ["z"], maxBytes: 64 })),
      );
    }),
  ),
  uncounted(
    "jws-other-header",
    PROOF_SHAPE,
    "a JWS whose header says another algorithm",
    proof((p) => {
      const [, , signature] = p.jws.split(".");
      p.jws = `${encodeBase64url(new TextEncoder().encode('{"alg":"none","b64":false,"crit":["b64"]}'))}..${signature}`;
    }),
    "suite-Ed25519Signature2018",
  ),
  uncounted(
    "classic-signature-as-proof",
    SIGNATURE,
    "the classic signature's bytes as a proof value",
    proof((p, file) => {
      p.proofValue = encodeMultibase("z", decodeHex(file.signatures[0].sig, PROOF_SHAPE));
    }),
  ),
  uncounted("proof-as-classic-signature", SIGNATURE, "the proof's bytes as a classic signature", {
    policy: "classic",
    edit: (file) => {
      file.signatures[0].sig = encodeHex(
        decodeMultibase(file.proof[0].proofValue, PROOF_SHAPE, { bases: ["z"], maxBytes: 64 }),
      );
    },
  }),
  uncounted(
    "stripped-proof",
    SIGNATURE,
    "one of two proofs removed, the other forged",
    {
      policy: "both",
      edit: (file) => {
        file.proof.pop();
        file.proof[0].proofValue = file.proof[0].proofValue.replace(/.$/, (last) =>
          last === "2" ? "3" : "2",
        );
      },
    },
    "threshold-met-in-both-views",
  ),
];

const documents = [
  uncounted(
    "reordered-delegations",
    SIGNATURE,
    "the order of delegated roles is signed",
    {
      policy: "either",
      edit: (file) => {
        file.signed.delegations.roles.reverse();
      },
    },
    "targets-with-delegations",
  ),
  uncounted("extra-member", SIGNATURE, "a member that TUF does not define is signed too", {
    policy: "either",
    edit: (file) => {
      file.signed["x-extra"] = 1;
    },
  }),
  uncounted("extra-member-deep", SIGNATURE, "and so at every level", {
    policy: "either",
    edit: (file) => {
      file.signed.targets["readme.txt"].hashes["x-hash"] = "00";
    },
  }),
  uncounted("changed-hash", SIGNATURE, "one digit of a hash", {
    policy: "either",
    edit: (file) => {
      const { hashes } = file.signed.targets["readme.txt"];
      hashes.sha256 = hashes.sha256.replace(/^./, (first) => (first === "0" ? "1" : "0"));
    },
  }),
  uncounted(
    "changed-custom",
    SIGNATURE,
    "a value deep inside `custom`",
    {
      policy: "either",
      edit: (file) => {
        file.signed.targets["file.txt"].custom.sizes.reverse();
      },
    },
    "custom-and-unrecognized-members",
  ),
];

export const refused = [...syntax, ...shapes, ...contexts, ...proofs, ...documents];
