/**
 * Whether a metadata file may be trusted, and why: chains from a root, and keys trusted as they are.
 * @module
 */
import { describe, expect, test } from "vitest";
import { type MetadataFile, parseMetadata } from "../../../src/metadata/file.ts";
import type { Report } from "../../../src/report/report.ts";
import { type MetadataQuestion, verifyByKeys, verifyMetadata } from "../../../src/report/verifyMetadata.ts";
import { Ed25519Signature2020 } from "../../../src/suite/linked.ts";
import { suiteSet } from "../../../src/suite/registry.ts";
import type { Root, Targets } from "../../../src/vocabulary/types.ts";
import {
  AT,
  rootFor,
  signed,
  targetsDocument,
  timestampDocument,
  unsigned,
} from "../../support/signedFiles.ts";
import { roleOf, trusted } from "../../support/testKeys.ts";

const LATE = new Date("2036-01-01T00:00:00Z");

/** Each step as its id and outcome, with the code of a failure. */
function outline({ steps }: Report): string[] {
  return steps.map(
    ({ id, outcome, reason }) => `${id} ${outcome}${reason === undefined ? "" : ` ${reason.code}`}`,
  );
}

/** The root of `rootFor` in another version, signed by these keys. */
async function rootVersion(
  version: number,
  names: Parameters<typeof rootFor>[0],
  signers: Parameters<typeof rootFor>[0] = names,
  members: Partial<Root> = {},
): Promise<MetadataFile<Root>> {
  return signed({ ...rootFor(names).signed, version, ...members }, "root", signers);
}

describe("verifyMetadata", () => {
  test("a file that the root's key signed in both views passes every step, in order", async () => {
    const file = await signed(timestampDocument(), "timestamp", ["alice"]);
    const report = await verifyMetadata({
      root: rootFor(["alice"]),
      file,
      role: "timestamp",
      policy: "both",
      at: AT,
    });
    expect(report).toMatchObject({ ok: true, subject: "timestamp version 7" });
    expect(report.failure).toBeUndefined();
    expect(outline(report)).toEqual([
      "root-expiry passed",
      "type passed",
      "signatures passed",
      "expiry passed",
    ]);
  });

  test.each(["classic", "linked"] as const)(
    "a file with %s signatures alone fails the policy both",
    async (view) => {
      const file = await signed(timestampDocument(), "timestamp", ["alice"], view);
      const question = { root: rootFor(["alice"]), file, role: "timestamp", at: AT } as const;
      const both = await verifyMetadata({ ...question, policy: "both" });
      expect(both).toMatchObject({
        ok: false,
        failure: { id: "signatures", reason: { code: "ERR_THRESHOLD_UNMET" } },
      });
      expect(await verifyMetadata({ ...question, policy: "either" })).toMatchObject({ ok: true });
      expect(await verifyMetadata({ ...question, policy: view })).toMatchObject({ ok: true });
      const other = view === "classic" ? "linked" : "classic";
      expect(await verifyMetadata({ ...question, policy: other })).toMatchObject({
        ok: false,
        failure: { reason: { code: "ERR_NO_SIGNATURE" } },
      });
    },
  );

  test("one key short of the threshold is refused, and the facts say by how much", async () => {
    const file = await signed(timestampDocument(), "timestamp", ["alice"]);
    const report = await verifyMetadata({
      root: rootFor(["alice", "bob"], 2),
      file,
      role: "timestamp",
      at: AT,
    });
    expect(report.failure).toMatchObject({
      reason: { code: "ERR_THRESHOLD_UNMET" },
      facts: { valid: 1, of: 2, threshold: 2, policy: "either" },
    });
    expect(outline(report).at(-1)).toBe("expiry not run");
  });

  test("a suite that is not accepted counts for nothing", async () => {
    const file = await signed(timestampDocument(), "timestamp", ["alice"], "classic");
    const suites = suiteSet(Ed25519Signature2020);
    const report = await verifyMetadata({
      root: rootFor(["alice"]),
      file,
      role: "timestamp",
      suites,
      at: AT,
    });
    expect(report.failure).toMatchObject({ reason: { code: "ERR_NO_SIGNATURE" } });
  });

  test("an expired root speaks for nobody, and the rest is not run", async () => {
    const file = await signed({ ...timestampDocument(), expires: "2040-01-01T00:00:00Z" }, "timestamp", [
      "alice",
    ]);
    const report = await verifyMetadata({ root: rootFor(["alice"]), file, role: "timestamp", at: LATE });
    expect(outline(report)).toEqual([
      "root-expiry failed ERR_EXPIRED",
      "type not run",
      "signatures not run",
      "expiry not run",
    ]);
  });

  test("a file expires at its instant, not after it", async () => {
    const file = await signed({ ...timestampDocument(), expires: AT.toISOString() }, "timestamp", ["alice"]);
    const question = { root: rootFor(["alice"]), file, role: "timestamp" };
    expect(await verifyMetadata({ ...question, at: AT })).toMatchObject({
      ok: false,
      failure: { id: "expiry", reason: { code: "ERR_EXPIRED" } },
    });
    expect((await verifyMetadata({ ...question, at: new Date(AT.getTime() - 1) })).ok).toBe(true);
  });

  test("a file of another type than the role asks for is refused before its signatures are looked at", async () => {
    const file = await signed(timestampDocument(), "timestamp", ["alice"]);
    const report = await verifyMetadata({ root: rootFor(["alice"]), file, role: "snapshot", at: AT });
    expect(outline(report).slice(1)).toEqual([
      "type failed ERR_SHAPE",
      "signatures not run",
      "expiry not run",
    ]);
    const asRoot = await verifyMetadata({ root: rootFor(["alice"]), file, role: "root", at: AT });
    expect(asRoot.failure).toMatchObject({ id: "type" });
  });

  test("a role that nobody delegates to is refused", async () => {
    const file = await signed(targetsDocument(), "other", ["alice"]);
    const report = await verifyMetadata({ root: rootFor(["alice"]), file, role: "other", at: AT });
    expect(report.failure).toMatchObject({ id: "signatures", reason: { code: "ERR_KEY_UNAUTHORIZED" } });
  });

  describe("through targets", () => {
    const root = rootFor(["alice"]);
    const below = { ...targetsDocument(), version: 9 };

    async function ask(
      question: Partial<MetadataQuestion> & Pick<MetadataQuestion, "file">,
    ): Promise<Report> {
      const targets = await signed(targetsDocument(), "targets", ["alice"]);
      return verifyMetadata({
        root,
        via: [{ role: "targets", file: targets }],
        role: "first",
        at: AT,
        ...question,
      });
    }

    test("a delegated role is verified by the keys of its delegator", async () => {
      const report = await ask({ file: await signed(below, "first", ["bob"]) });
      expect(report).toMatchObject({ ok: true, subject: "first version 9" });
      expect(report.steps.map(({ id }) => id)).toEqual([
        ...["root-expiry", "type", "signatures", "expiry"],
        ...["type", "signatures", "expiry"],
      ]);
    });

    test("a key of the root does not sign for a role that it has no part in", async () => {
      const report = await ask({ file: await signed(below, "first", ["alice"]) });
      expect(report.failure).toMatchObject({ id: "signatures", reason: { code: "ERR_NO_SIGNATURE" } });
    });

    test("the linked proofs of one role do not pass for another with the same keys", async () => {
      const report = await ask({ file: await signed(below, "second", ["bob"], "linked") });
      expect(report.failure?.findings).toMatchObject([{ reason: { code: "ERR_PROOF_DOMAIN" } }]);
    });

    test("a link that is not signed fails before what hangs on it", async () => {
      const via = [{ role: "targets", file: unsigned(targetsDocument()) }];
      const report = await ask({ via, file: await signed(below, "first", ["bob"]) });
      expect(outline(report).slice(1, 4)).toEqual([
        "type passed",
        "signatures failed ERR_NO_SIGNATURE",
        "expiry not run",
      ]);
    });

    test("a delegated role may be called like a top-level one and is still one of targets", async () => {
      const delegator: Targets = {
        ...targetsDocument(),
        delegations: {
          keys: roleOf(["bob"]).keys,
          roles: [{ name: "timestamp", ...roleOf(["bob"]).role, terminating: false, paths: ["*"] }],
        },
      };
      const via = [{ role: "targets", file: await signed(delegator, "targets", ["alice"]) }];
      const report = await ask({ via, role: "timestamp", file: await signed(below, "timestamp", ["bob"]) });
      expect(report.ok).toBe(true);
    });
  });

  describe("from root to root", () => {
    test("a newer root needs its own keys too", async () => {
      const root = rootFor(["alice"]);
      const both = await rootVersion(2, ["bob"], ["alice", "bob"]);
      const report = await verifyMetadata({ root, file: both, role: "root", policy: "both", at: AT });
      expect(outline(report)).toEqual([
        "type passed",
        "signatures passed",
        "signatures-own passed",
        "version passed",
        "root-expiry passed",
      ]);
      const old = await rootVersion(2, ["bob"], ["alice"]);
      expect((await verifyMetadata({ root, file: old, role: "root", at: AT })).failure?.id).toBe(
        "signatures-own",
      );
      const own = await rootVersion(2, ["bob"], ["bob"]);
      expect((await verifyMetadata({ root, file: own, role: "root", at: AT })).failure?.id).toBe(
        "signatures",
      );
    });

    test("an expired root is accepted on the way to a newer one, and nowhere else", async () => {
      const expired = { expires: "2026-01-02T00:00:00Z" };
      const root = await rootVersion(1, ["alice"], [], expired);
      const second = await rootVersion(2, ["alice"], ["alice"], expired);
      const third = await rootVersion(3, ["alice"]);
      const via = [{ role: "root", file: second }];
      expect(await verifyMetadata({ root, via, file: third, role: "root", at: AT })).toMatchObject({
        ok: true,
      });
      const last = await verifyMetadata({ root, file: second, role: "root", at: AT });
      expect(last.failure).toMatchObject({ id: "root-expiry", reason: { code: "ERR_EXPIRED" } });
      const file = await signed(timestampDocument(), "timestamp", ["alice"]);
      const below = await verifyMetadata({ root, via, file, role: "timestamp", at: AT });
      expect(below.failure).toMatchObject({ id: "root-expiry" });
      const chain = [...via, { role: "root", file: third }];
      expect((await verifyMetadata({ root, via: chain, file, role: "timestamp", at: AT })).ok).toBe(true);
    });

    test("an older root is a rollback, and a root from further ahead does not follow", async () => {
      const root = await rootVersion(5, ["alice"]);
      const ask = async (version: number): Promise<string | undefined> => {
        const file = await rootVersion(version, ["alice"]);
        return (await verifyMetadata({ root, file, role: "root", at: AT })).failure?.reason?.code;
      };
      expect(await ask(4)).toBe("ERR_ROLLBACK");
      expect(await ask(6)).toBeUndefined();
      expect(await ask(7)).toBe("ERR_VERSION_MISMATCH");
    });

    test("the trusted root itself is verified, another root of its version is not", async () => {
      const root = await rootVersion(5, ["alice"]);
      const same = await verifyMetadata({ root, file: root, role: "root", at: AT });
      expect(outline(same)).toEqual(["type passed", "signatures passed", "root-expiry passed"]);
      const twin = await rootVersion(5, ["alice"], ["alice"], { expires: "2037-01-01T00:00:00Z" });
      const report = await verifyMetadata({ root, file: twin, role: "root", at: AT });
      expect(report.failure).toMatchObject({ id: "version", reason: { code: "ERR_VERSION_MISMATCH" } });
      const tampered = { ...root, signed: { ...root.signed, expires: "2037-01-01T00:00:00Z" } };
      const refused = await verifyMetadata({ root, file: tampered, role: "root", at: AT });
      expect(refused.failure).toMatchObject({ id: "signatures", reason: { code: "ERR_THRESHOLD_UNMET" } });
    });

    test("a root cannot come after targets", async () => {
      const targets = await signed(targetsDocument(), "targets", ["alice"]);
      const via = [
        { role: "targets", file: targets },
        { role: "root", file: await rootVersion(2, ["alice"]) },
      ];
      const file = await signed(timestampDocument(), "timestamp", ["alice"]);
      const report = await verifyMetadata({ root: rootFor(["alice"]), via, file, role: "timestamp", at: AT });
      expect(report.ok).toBe(false);
      expect(report.failure).toMatchObject({ id: "type", reason: { code: "ERR_SHAPE" } });
    });
  });
});

describe("verifyByKeys", () => {
  test("enough of the trusted keys are enough, without a root", async () => {
    const file = await signed(timestampDocument(), "timestamp", ["alice", "bob"], "linked");
    const keys = trusted("timestamp", ["alice", "bob"], 2);
    const report = await verifyByKeys({ file, keys, policy: "linked", at: AT });
    expect(outline(report)).toEqual(["type passed", "signatures passed", "expiry passed"]);
  });

  test("other keys, another role and a passed date are refused", async () => {
    const file = await signed(timestampDocument(), "timestamp", ["alice"]);
    const ask = async (keys: Parameters<typeof verifyByKeys>[0]["keys"], at = AT) =>
      (await verifyByKeys({ file, keys, at })).failure?.reason?.code;
    expect(await ask(trusted("timestamp", ["bob"]))).toBe("ERR_NO_SIGNATURE");
    expect(await ask(trusted("snapshot", ["alice"]))).toBe("ERR_SHAPE");
    expect(await ask(trusted("timestamp", ["alice"]), LATE)).toBe("ERR_EXPIRED");
    expect(await ask(trusted("timestamp", ["alice"]))).toBeUndefined();
  });
});

const texts: Record<string, string> = import.meta.glob(
  "../../../../shared/data/sigstore-repository/metadata/*.json",
  { query: "?raw", import: "default", eager: true },
);
const file = (name: string): MetadataFile =>
  parseMetadata(
    new TextEncoder().encode(texts[`../../../../shared/data/sigstore-repository/metadata/${name}`]),
  );
const root = (version: number): MetadataFile<Root> => file(`${version}.root.json`) as MetadataFile<Root>;
const DAY = new Date("2026-08-22T00:00:00Z");

describe.skipIf(Object.keys(texts).length === 0)(
  "Sigstore's repository (skipped without the shared data)",
  () => {
    test.each([5, 6, 7, 8, 9, 10, 11, 12, 13, 14])(
      "root %i leads to the next one, in time for it",
      async (version) => {
        const next = root(version + 1);
        const at = new Date(Date.parse(next.signed.expires) - 1);
        const report = await verifyMetadata({
          root: root(version),
          file: next,
          role: "root",
          policy: "classic",
          at,
        });
        expect(outline(report).filter((line) => !line.endsWith("passed"))).toEqual([]);
        expect(report.ok).toBe(true);
      },
    );

    test("ten roots in one chain lead to the timestamp of that day", async () => {
      const via = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((version) => ({
        role: "root",
        file: root(version),
      }));
      const report = await verifyMetadata({
        root: root(5),
        via,
        file: file("timestamp.json"),
        role: "timestamp",
        at: DAY,
      });
      expect(report).toMatchObject({ ok: true, subject: "timestamp version 762" });
      const short = await verifyMetadata({
        root: root(5),
        via: via.slice(1),
        file: file("timestamp.json"),
        role: "timestamp",
        at: DAY,
      });
      expect(short.failure?.reason?.code).toBe("ERR_VERSION_MISMATCH");
    });

    test("the expired root 14 leads to root 15 on that day, and speaks for no targets any more", async () => {
      expect((await verifyMetadata({ root: root(14), file: root(15), role: "root", at: DAY })).ok).toBe(true);
      const report = await verifyMetadata({
        root: root(14),
        file: file("14.targets.json"),
        role: "targets",
        at: DAY,
      });
      expect(report.failure).toMatchObject({ id: "root-expiry" });
    });

    test("a delegated role is reached through targets, by classic signatures alone", async () => {
      const question = {
        root: root(15),
        via: [{ role: "targets", file: file("14.targets.json") as MetadataFile<Targets> }],
        file: file("8.registry.npmjs.org.json"),
        role: "registry.npmjs.org",
        at: DAY,
      };
      expect((await verifyMetadata({ ...question, policy: "classic" })).ok).toBe(true);
      expect((await verifyMetadata({ ...question, policy: "both" })).failure?.reason?.code).toBe(
        "ERR_THRESHOLD_UNMET",
      );
      expect((await verifyMetadata({ ...question, policy: "linked" })).failure?.reason?.code).toBe(
        "ERR_NO_SIGNATURE",
      );
    });
  },
);
