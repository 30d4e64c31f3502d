/**
 * Classic signatures of repositories in the field: Sigstore's (ECDSA, hex and PEM keys), python-tuf's
 * (Ed25519, RSA) and go-tuf's.
 * @module
 */
import { describe, expect, test } from "vitest";
import { olpc } from "../../../src/classic/olpc.ts";
import type { JsonValue } from "../../../src/document/json.ts";
import { encodeUtf8 } from "../../../src/encoding/utf8.ts";
import { fromTufKey } from "../../../src/key/tufKey.ts";
import { allSuites } from "../../../src/suite/registry.ts";

interface Root {
  signed: {
    _type: string;
    keys: Record<string, { keytype: string; scheme: string; keyval: Record<string, JsonValue> }>;
  } & Record<string, JsonValue>;
  signatures: { keyid: string; sig: string }[];
}

const files: Record<string, string> = {
  ...import.meta.glob("../../../../shared/data/sigstore-repository/metadata/*.root.json", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
  ...import.meta.glob("../../../../shared/data/python-tuf/**/*root*.json", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
  ...import.meta.glob("../../../../shared/data/go-tuf-multirepo/**/*.root.json", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
};
const roots = Object.entries(files).map(([path, text]) => ({ path, root: JSON.parse(text) as Root }));

/** How each signature of a root does under the root's own keys. */
async function verdicts({ signed, signatures }: Root): Promise<string[]> {
  const input = encodeUtf8(olpc(signed));
  return Promise.all(
    signatures.map(async ({ keyid, sig }) => {
      const key = signed.keys[keyid];
      if (!key) return "key of an earlier root";
      if (sig === "") return "not signed";
      const publicKey = fromTufKey(key);
      const suite = allSuites.forScheme(key.scheme);
      if (!publicKey || !suite) return `unknown ${key.keytype}`;
      const verified = await suite.verify(publicKey, input, suite.decodeSignature(sig));
      return `${key.keytype} ${verified ? "verified" : "wrong"}`;
    }),
  );
}

describe.skipIf(roots.length === 0)("roots in the shared data (skipped without it)", () => {
  test("every key is read, but those of Sigstore's OIDC kind", () => {
    let read = 0;
    for (const { root } of roots) {
      for (const key of Object.values(root.signed.keys)) {
        if (fromTufKey(key)) read++;
        else expect(key.keytype).toBe("sigstore-oidc");
      }
    }
    expect(read).toBeGreaterThan(100);
  });
  test.each(roots)("no signature of $path is wrong under its own keys", async ({ root }) => {
    const all = await verdicts(root);
    expect(all.filter((verdict) => verdict.endsWith("wrong") || verdict.startsWith("unknown"))).toEqual([]);
    expect(all.some((verdict) => verdict.endsWith("verified"))).toBe(true);
  });
  test("each kind of key was really used, and a changed byte fails them all", async () => {
    const all = (await Promise.all(roots.map(({ root }) => verdicts(root)))).flat();
    for (const keytype of ["ed25519", "rsa", "ecdsa", "ecdsa-sha2-nistp256"]) {
      expect(all).toContain(`${keytype} verified`);
    }
    const changed = roots.map(({ root }) => verdicts({ ...root, signed: { ...root.signed, version: 99 } }));
    const verified = (await Promise.all(changed)).flat().filter((verdict) => verdict.endsWith("verified"));
    expect(verified).toEqual([]);
  });
});
