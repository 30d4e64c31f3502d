/**
 * Sigstore's production repository, served over loopback HTTP as of 2026-08-22: as it is, and as a copy that
 * carries linked proofs of ours.
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Files, filesBelow, type Person, person, put, server, sharedData } from "./clientWorld.ts";
import { resign, type Views } from "./resigned.ts";
import { errorOf } from "./tufLd.ts";

const folder = sharedData("sigstore-repository");
const multirepo = sharedData("go-tuf-multirepo");
const AT = ["--at", "2026-08-22"];
const DELEGATED = "registry.npmjs.org/keys.json";

const data: Files = folder === undefined ? new Map() : filesBelow(folder);
const metadata: Files = new Map(
  [...data].filter(([path]) => path.startsWith("metadata/")).map(([path, bytes]) => [path.slice(9), bytes]),
);
/** The content of every target, by its path without the hash. */
const contents: Files = new Map(
  [...data]
    .filter(([path]) => path.startsWith("targets/"))
    .map(([path, bytes]) => [path.slice(8).replace(/(^|\/)[0-9a-f]{64}\./, "$1"), bytes]),
);
const NEWEST = { root: 15, timestamp: 762, snapshot: 165, targets: 14 };

/** From root 5 on the chain verifies. */
const from5 = (): Files =>
  new Map([...metadata].filter(([name]) => !name.endsWith("root.json") || Number.parseInt(name, 10) >= 5));

interface Got {
  readonly files: readonly { path: string; received: number; role: string }[];
}
interface Explained {
  readonly ok: boolean;
  readonly steps: readonly { id: string; outcome: string; facts: Record<string, unknown> }[];
}

/** A server of Sigstore's repository and somebody who trusts its root 5. */
async function sigstore() {
  const origin = await server();
  put(origin, data);
  const user = person();
  user.at.write("5.root.json", metadata.get("5.root.json") as Uint8Array);
  await user.ok("trust", `${origin.base}/metadata`, "--root", "5.root.json", "--name", "sigstore");
  return { origin, user };
}

async function expectAllTargets(user: Person, out: string, ...options: string[]): Promise<void> {
  const { files } = await user.json<Got>("get", ...contents.keys(), "-o", out, ...AT, ...options);
  expect(files.map(({ path }) => path)).toEqual([...contents.keys()]);
  for (const [path, bytes] of contents) {
    expect(new Uint8Array(readFileSync(join(user.at.file(out), path))), path).toEqual(bytes);
  }
}

describe.skipIf(folder === undefined)("Sigstore's repository (skipped without ../shared/data)", () => {
  test("a client that trusts root 5 comes to root 15, in classic mode, following every root between", async () => {
    const { origin, user } = await sigstore();
    // `trust` has looked at the chain as well.
    const before = origin.requests.length;
    const { roles } = await user.json<{ roles: { role: string; version: number; policy: string }[] }>(
      "refresh",
      ...AT,
      "--require",
      "classic",
    );
    expect(roles.map(({ role, version, policy }) => [role, version, policy])).toEqual(
      Object.entries(NEWEST).map(([role, version]) => [role, version, "classic"]),
    );
    expect(user.trusted("sigstore")).toEqual(NEWEST);
    const paths = origin.requests.slice(before).map(({ path }) => path);
    const asked = paths.filter((path) => path.endsWith(".root.json"));
    expect(asked).toEqual(Array.from({ length: 11 }, (_, index) => `/metadata/${index + 6}.root.json`));
  });

  test("every target arrives byte for byte, the delegated one included, and is not downloaded twice", async () => {
    const { user } = await sigstore();
    await expectAllTargets(user, "out", "--require", "classic");
    const { files } = await user.json<Got>("get", ...contents.keys(), "-o", "out", ...AT);
    expect(files.every(({ received }) => received === 0)).toBe(true);
    expect(files.find(({ path }) => path === DELEGATED)?.role).toBe("registry.npmjs.org");
  });

  test("the list has every target and says whose keys may sign for it", async () => {
    const { user } = await sigstore();
    const { targets } = await user.json<{
      targets: { path: string; role: string; threshold: number; of: number }[];
    }>("list", ...AT);
    expect(targets.map(({ path }) => path).sort()).toEqual([...contents.keys()].sort());
    expect(targets.find(({ path }) => path === "rekor.pub")).toMatchObject({
      role: "targets",
      threshold: 3,
      of: 5,
    });
    expect(targets.find(({ path }) => path === DELEGATED)).toMatchObject({
      role: "registry.npmjs.org",
      delegations: ["targets", "registry.npmjs.org"],
      threshold: 1,
      of: 1,
    });
    const text = await user.ok("list", "*.pub", "registry.npmjs.org/", ...AT);
    expect(text.trimEnd().split("\n")).toHaveLength(5);
    expect(text).toMatch(/^ +178 {2}rekor\.pub +targets \(3 of 5 keys\)$/m);
  });

  test("an explanation leads from the pinned root over each role with its keys to the file", async () => {
    const { user } = await sigstore();
    const { ok, steps } = await user.json<Explained>("explain", DELEGATED, ...AT);
    expect(ok).toBe(true);
    expect(steps.map(({ id }) => id)).toEqual([
      "pinned",
      "root",
      "timestamp",
      "snapshot",
      "targets",
      "registry.npmjs.org",
      "target",
    ]);
    expect(steps[0]?.facts).toMatchObject({ version: 5 });
    expect(steps[1]?.facts).toMatchObject({
      version: 15,
      threshold: 3,
      of: 5,
      expires: "2026-11-20T13:58:18Z",
    });
    const text = await user.ok("explain", DELEGATED, ...AT);
    expect(text).toMatch(/"root" version 15 .*need 3.*expires 2026-11-20/);
    expect(text).toContain(`${DELEGATED}: verified`);
    const late = await user.run("explain", DELEGATED, "--at", "2027-01-01");
    expect(late.code).toBe(14);
    expect(late.out).toContain("NOT verified");
  });

  test("a file at hand is the target that it should be, or is refused with the reason", async () => {
    const { user } = await sigstore();
    user.at.write("mine.pub", contents.get("rekor.pub") as Uint8Array);
    user.at.write("other.pub", (contents.get("rekor.pub") as Uint8Array).slice().fill(65, 50, 51));
    const verify = (file: string, target: string) => user.run("verify", file, "--target", target, ...AT);
    expect((await verify("mine.pub", "rekor.pub")).out).toContain("mine.pub: verified");
    const changed = await verify("other.pub", "rekor.pub");
    expect([changed.code, errorOf(changed).code]).toEqual([16, "ERR_HASH_MISMATCH"]);
    const unknown = await verify("mine.pub", "nobody.pub");
    expect([unknown.code, errorOf(unknown).code]).toEqual([11, "ERR_TARGET_NOT_FOUND"]);
  });

  test("offline and cached runs answer from what was verified, and ask nobody", async () => {
    const { origin, user } = await sigstore();
    await user.ok("get", "rekor.pub", DELEGATED, "-o", "out", ...AT);
    const asked = origin.requests.length;
    for (const mode of ["--offline", "--cached"]) {
      await user.ok("refresh", mode, ...AT);
      await user.ok("get", "rekor.pub", DELEGATED, "-o", "out", mode, ...AT);
    }
    expect(origin.requests).toHaveLength(asked);
    const late = await user.run("refresh", "--offline", "--at", "2027-01-01");
    expect([late.code, errorOf(late).code]).toEqual([14, "ERR_EXPIRED"]);
  });

  test("a client that requires linked proofs trusts nothing here beyond the pinned root", async () => {
    const { user } = await sigstore();
    for (const policy of ["linked", "both"]) {
      const { code, err } = await user.run("refresh", ...AT, "--require", policy);
      expect([code, /ERR_[A-Z_]+/.exec(err)?.[0]]).toEqual(
        policy === "linked" ? [10, "ERR_NO_SIGNATURE"] : [12, "ERR_THRESHOLD_UNMET"],
      );
      expect(user.trusted("sigstore")).toMatchObject({ timestamp: 0, snapshot: 0, targets: 0 });
      expect(user.trusted("sigstore").root).toBeLessThanOrEqual(5);
    }
  });

  test("a mirror is byte for byte what was served, and serves another client offline by file: URLs", async () => {
    const { origin, user } = await sigstore();
    const made = await user.json("mirror", "copy", ...AT);
    expect(made).toMatchObject({ ok: true, targets: 12 });
    const copy = filesBelow(user.at.file("copy"));
    for (const [path, bytes] of data) {
      const isOld = /\/[1-4]\.root\.json$/.test(path);
      if (!isOld) expect(copy.get(path), path).toEqual(bytes);
    }
    expect([...copy.keys()].filter((path) => !data.has(path))).toEqual(["metadata/root.json"]);
    expect(await user.json("mirror", "copy", ...AT)).toMatchObject({ received: 0 });

    await origin.close();
    const other = person();
    other.at.write("5.root.json", metadata.get("5.root.json") as Uint8Array);
    await other.ok("trust", user.at.file("copy"), "--root", "5.root.json");
    await expectAllTargets(other, "out");
    expect(other.trusted("copy")).toEqual(NEWEST);
  });

  test("a mirror of single targets has them, and the roles on the way to them, alone", async () => {
    const { user } = await sigstore();
    await user.ok("mirror", "copy", "rekor.pub", ...AT);
    const names = [...filesBelow(user.at.file("copy")).keys()];
    expect(names.filter((name) => name.startsWith("targets/"))).toHaveLength(1);
    expect(names).not.toContain("metadata/8.registry.npmjs.org.json");
    const missing = await user.run("mirror", "copy", "*.rpm", ...AT);
    expect([missing.code, errorOf(missing).code]).toEqual([11, "ERR_TARGET_NOT_FOUND"]);
  });

  test("an edited target is not delivered", async () => {
    const { origin, user } = await sigstore();
    const path = [...data.keys()].find((name) => name.endsWith(".rekor.pub")) as string;
    origin.origin.put(`/${path}`, (data.get(path) as Uint8Array).slice().fill(65, 50, 51));
    const { code, err } = await user.run("get", "rekor.pub", "-o", "out", ...AT);
    expect([code, err.includes("ERR_HASH_MISMATCH")]).toEqual([16, true]);
    expect([...filesBelow(user.at.file("out")).keys()]).toEqual([]);
  });
});

describe.skipIf(folder === undefined)(
  "with linked proofs added by us (skipped without ../shared/data)",
  () => {
    const copies = new Map<Views, Promise<Files>>();
    const copyOf = (views: Views): Promise<Files> => {
      const made = copies.get(views) ?? resign(from5(), views);
      copies.set(views, made);
      return made;
    };

    async function resigned(views: Views, ...options: string[]) {
      const copy = await copyOf(views);
      const origin = await server();
      put(origin, data);
      put(origin, copy, "/metadata/");
      const user = person();
      const sha256 = createHash("sha256")
        .update(copy.get("5.root.json") as Uint8Array)
        .digest("hex");
      const root = ["--root-sha256", sha256, "--root-version", "5"];
      await user.ok("trust", `${origin.base}/metadata/`, ...root, "--name", "copy", ...options);
      return { origin, user };
    }

    test.each([
      ["classic", "both"],
      ["linked", "both"],
      ["linked", "linked"],
      ["both", "both"],
      ["either", "linked"],
    ] as const)("a client that requires %s gets every target from a copy with %s", async (policy, views) => {
      const { user } = await resigned(views, "--require", policy);
      await expectAllTargets(user, "out");
      expect(user.trusted("copy")).toEqual(NEWEST);
      const { steps } = await user.json<Explained>("explain", DELEGATED, ...AT);
      expect(steps.filter(({ facts }) => "policy" in facts).map(({ facts }) => facts["policy"])).toEqual(
        Array.from({ length: 5 }, () => policy),
      );
    });

    test("a copy without classic signatures is refused by clients that require them", async () => {
      const { user } = await resigned("linked");
      for (const [policy, exit] of [
        ["classic", 10],
        ["both", 12],
      ] as const) {
        expect((await user.run("refresh", ...AT, "--require", policy)).code).toBe(exit);
      }
    });

    test("a policy for one role is stricter than that for the others", async () => {
      const { origin, user } = await resigned("both");
      const stripped = JSON.parse(
        new TextDecoder().decode(origin.origin.files.get("/metadata/timestamp.json")?.bytes),
      );
      delete stripped.proof;
      delete stripped["@context"];
      origin.origin.put("/metadata/timestamp.json", new TextEncoder().encode(JSON.stringify(stripped)));
      await user.ok("refresh", ...AT, "--require", "timestamp=classic", "--require", "both");
      const { code, err } = await user.run("refresh", ...AT, "--require", "timestamp=linked");
      expect([code, err.includes('"timestamp"')]).toEqual([10, true]);
    });

    test("a mirror of it serves a client that requires both, offline", async () => {
      const { origin, user } = await resigned("both");
      await user.ok("mirror", "copy", ...AT, "--require", "both");
      await origin.close();
      const other = person();
      const root = user.at.file("copy/metadata/5.root.json");
      await other.ok("trust", user.at.file("copy"), "--root", root, "--require", "both");
      await expectAllTargets(other, "out");
    });
  },
);

describe.skipIf(folder === undefined || multirepo === undefined)(
  "go-tuf's example of TAP 4 (skipped without ../shared/data)",
  () => {
    /** Somebody who got the map and the roots from the example's repository, and Sigstore where the map says. */
    async function example() {
      const origin = await server();
      put(origin, data, "/sigstore/");
      put(origin, filesBelow(join(multirepo as string, "repository")), "/");
      const user = person();
      const root = join(multirepo as string, "client/root.json");
      await user.ok("trust", `${origin.base}/metadata/`, "--root", root, "--name", "bootstrap");
      const files = ["map.json", "sigstore-tuf-root/root.json", "staging/root.json"];
      await user.ok("get", ...files, "-o", "roots", "--at", "2026-08-22");
      const map = user.at.read("roots/map.json");
      user.at.write(
        "map.json",
        map.replaceAll("https://tuf-repo-cdn.sigstore.dev", `${origin.base}/sigstore/metadata/`),
      );
      return { origin, user, map: ["--map", "map.json", "--roots", "roots", ...AT] };
    }

    test("targets come from the repositories that the map names for them, two of them where it asks for two", async () => {
      const { user, map } = await example();
      const { files } = await user.json<{ files: { path: string; repositories: string[] }[] }>(
        "get",
        "rekor.pub",
        "trusted_root.json",
        "fulcio.crt.pem",
        "-o",
        "out",
        ...map,
      );
      expect(files.map(({ path, repositories }) => [path, repositories])).toEqual([
        ["rekor.pub", ["sigstore-tuf-root", "staging"]],
        ["trusted_root.json", ["staging"]],
        ["fulcio.crt.pem", ["staging"]],
      ]);
      expect(user.at.read("out/rekor.pub")).toBe(new TextDecoder().decode(contents.get("rekor.pub")));
      const listed = await user.json<{ targets: { path: string }[] }>("list", ...map);
      // No entry of the map matches a path with a slash.
      expect(listed.targets.map(({ path }) => path)).toHaveLength(11);
      const { ok, steps } = await user.json<Explained>("explain", "rekor.pub", ...map);
      expect([ok, steps.at(-1)?.facts]).toMatchObject([true, { agreeing: ["sigstore-tuf-root", "staging"] }]);
    });

    test("a repository that gives no answer ends the search where the map asks for two, and no later entry decides", async () => {
      const { origin, user, map } = await example();
      const edited = JSON.parse(user.at.read("map.json"));
      edited.repositories.staging = [`${origin.base}/nothing/`];
      user.at.write("map.json", edited);
      // Where there is no newer root, the pinned one decides, and it expired in 2023: that is no answer. So the entry for
      // everything else, which asks one repository, does not decide either, though *.pub is not terminating.
      for (const terminating of [false, true]) {
        edited.mapping[1].terminating = terminating;
        user.at.write("map.json", edited);
        const { code, err } = await user.run("get", "rekor.pub", "-o", "out", ...map);
        expect([code, /ERR_EXPIRED: staging: /.test(err)]).toEqual([14, true]);
      }
    });

    test("a repository of the map that nobody has trusted is named", async () => {
      const { user } = await example();
      const { code, err } = await user.run("get", "rekor.pub", "--map", "map.json", ...AT);
      expect([code, errorOf({ code, err, out: "" }).code]).toEqual([17, "ERR_NO_TRUSTED_ROOT"]);
      expect(err).toContain("sigstore-tuf-root");
    });
  },
);
