/**
 * The client's commands against small repositories of our own: whom to trust, what to keep, and how it fails.
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { OriginServer } from "../support/httpServer.ts";
import { Simulator, type SimulatorOptions } from "../support/simulator/repository.ts";
import { filesBelow, person, put, server } from "./clientWorld.ts";
import { type Ended, errorOf } from "./tufLd.ts";

/** The simulated repositories are valid around this time. */
const AT = ["--at", "2026-06-02"];
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const ended = (result: Ended): [number | null, string] => [result.code, errorOf(result).code];

/** A repository with two targets, one of them delegated, on a server, and somebody who has its root in a file. */
async function world(options: SimulatorOptions = {}) {
  const repository = await Simulator.create(options);
  repository.addTarget("targets", "app.txt", "the application");
  await repository.delegate("targets", { name: "team/a", paths: ["team/*"] });
  repository.addTarget("team/a", "team/tool.txt", "the tool");
  await repository.publishAll();
  const origin = await server();
  const publish = (): void => put(origin, repository.files);
  publish();
  const user = person();
  user.at.write("root.json", repository.rootBytes(1));
  const url = `${origin.base}/metadata/`;
  return { repository, origin, publish, user, url };
}

async function trusting(options: SimulatorOptions = {}) {
  const made = await world(options);
  await made.user.ok("trust", made.url, "--root", "root.json", "--name", "repo");
  return made;
}

/** A server for the role team/a decodes its slash, as servers do. */
function decodeNames({ origin }: { origin: OriginServer }): void {
  for (const [path, { bytes }] of [...origin.origin.files]) {
    if (path.includes("team/a.json")) origin.origin.put(path.replace("team/a.json", "team%2Fa.json"), bytes);
  }
}

describe("trust", () => {
  test("pins the root of a file, keeps what was decided and shows it", async () => {
    const { user, url, repository, origin } = await world({ view: "both" });
    const shown = await user.json(
      "trust",
      url,
      "--root",
      "root.json",
      "--require",
      "both",
      "--require",
      "root=either",
    );
    const name = new URL(url).host.replace(":", "-");
    const targets = `${origin.base}/targets/`;
    const root = { version: 1, sha256: sha256(repository.rootBytes(1)), expires: repository.root.expires };
    const policy = { default: "both", roles: { root: "either" } };
    const checked = { root: 1, timestamp: 2 };
    expect(shown).toEqual({
      ok: true,
      name,
      metadataUrls: [url],
      targetsUrls: [targets],
      policy,
      root,
      checked: expect.objectContaining(checked),
    });
    expect(user.at.json(`home/${name}/repository.json`)).toMatchObject({ metadataUrls: [url], policy });
    expect(new Uint8Array(readFileSync(user.at.file(`home/${name}/1.root.json`)))).toEqual(
      repository.rootBytes(1),
    );
    // Metadata was looked at, and no targets.
    expect(origin.requests.map(({ path }) => path).filter((path) => path.includes("targets"))).toEqual([]);
  });

  test("targets are sought below a base that is not called metadata, or where --targets-url says", async () => {
    const { user } = await world();
    const urls = async (...args: string[]) =>
      (
        await user.json<{ targetsUrls: string[] }>(
          "trust",
          ...args,
          "--root",
          "root.json",
          "--replace",
          "--offline",
        )
      ).targetsUrls;
    expect(await urls("https://a.example")).toEqual(["https://a.example/targets/"]);
    expect(await urls("https://a.example/x/metadata")).toEqual(["https://a.example/x/targets/"]);
    expect(
      await urls(
        "https://a.example/",
        "--targets-url",
        "https://files.example",
        "--mirror",
        "https://b.example/metadata",
      ),
    ).toEqual(["https://files.example/", "https://b.example/targets/"]);
  });

  test("a fetched root is pinned only if it has the hash that was asked for", async () => {
    const { user, url, repository } = await world();
    const right = sha256(repository.rootBytes(1));
    const wrong = await user.run("trust", url, "--root-sha256", "0".repeat(64));
    expect(ended(wrong)).toEqual([16, "ERR_HASH_MISMATCH"]);
    expect(existsSync(user.at.file("home"))).toBe(false);
    expect(await user.json("trust", url, "--root-sha256", right.toUpperCase())).toMatchObject({
      root: { sha256: right },
    });
  });

  test("root.json is asked for where there is no 1.root.json", async () => {
    const { user, url, origin, repository } = await world();
    origin.origin.files.delete("/metadata/1.root.json");
    origin.origin.put("/metadata/root.json", repository.rootBytes(1));
    await user.ok("trust", url, "--root-sha256", sha256(repository.rootBytes(1)));
    origin.origin.files.delete("/metadata/root.json");
    expect(ended(await user.run("trust", url, "--tofu"))).toEqual([20, "ERR_FILE_NOT_FOUND"]);
  });

  test("trust on first use takes what comes, with a warning and the hash, even with --quiet", async () => {
    const { user, url, repository } = await world();
    const { code, err } = await user.run("trust", url, "--tofu", "--quiet");
    expect(code).toBe(0);
    expect(err).toContain("warning: trusted on first use");
    expect(err).toContain(sha256(repository.rootBytes(1)));
  });

  test("without a root, or with two ways to get one, it is a usage error", async () => {
    const { user, url } = await world();
    expect(ended(await user.run("trust", url))).toEqual([2, "ERR_USAGE"]);
    expect(ended(await user.run("trust", url, "--root", "root.json", "--tofu"))).toEqual([2, "ERR_USAGE"]);
    expect(ended(await user.run("trust", "ftp://a.example", "--root", "root.json"))).toEqual([
      2,
      "ERR_USAGE",
    ]);
    expect(ended(await user.run("trust", `${url}?a=b`, "--root", "root.json"))).toEqual([2, "ERR_USAGE"]);
    expect(ended(await user.run("trust", url, "--root", "root.json", "--name", "../x"))).toEqual([
      2,
      "ERR_USAGE",
    ]);
    expect(existsSync(user.at.file("home"))).toBe(false);
  });

  test("a root that its own keys did not sign, or that is none, is not pinned", async () => {
    const { user, url, repository } = await world();
    const edited = JSON.parse(new TextDecoder().decode(repository.rootBytes(1)));
    edited.signed.expires = "2999-01-01T00:00:00Z";
    user.at.write("edited.json", edited);
    expect(ended(await user.run("trust", url, "--root", "edited.json"))).toEqual([12, "ERR_THRESHOLD_UNMET"]);
    user.at.write("timestamp.json", repository.bytes("metadata/timestamp.json"));
    expect(ended(await user.run("trust", url, "--root", "timestamp.json"))).toEqual([18, "ERR_SHAPE"]);
    expect(existsSync(user.at.file("home"))).toBe(false);
  });

  test("another root under the same name needs --replace, and then nothing of the old one is kept", async () => {
    const { user, url } = await trusting();
    await user.ok("refresh", ...AT);
    const other = await Simulator.create();
    await other.rotate("timestamp");
    await other.write("root");
    user.at.write("other.json", other.rootBytes(1));
    const again = ["trust", url, "--root", "other.json", "--name", "repo"];
    expect(ended(await user.run(...again))).toEqual([2, "ERR_USAGE"]);
    expect(user.trusted("repo").timestamp).toBeGreaterThan(0);
    // Its keys are not those that signed what is there, and what was trusted before stays.
    expect(ended(await user.run(...again, "--replace"))).toEqual([10, "ERR_NO_SIGNATURE"]);
    expect(user.trusted("repo").timestamp).toBeGreaterThan(0);
    await user.ok(...again, "--replace", "--offline");
    expect(user.trusted("repo").timestamp).toBe(0);
    // The same root again changes what is decided, and keeps what was accepted.
    await user.ok(
      "trust",
      url,
      "--root",
      "other.json",
      "--name",
      "repo",
      "--require",
      "classic",
      "--offline",
    );
  });
});

describe("which repository", () => {
  test("without any, every command says that no root is trusted", async () => {
    const user = person();
    for (const args of [["refresh"], ["get", "a"], ["list"], ["explain", "a"], ["mirror", "m"]]) {
      const result = await user.run(...args);
      expect(ended(result)).toEqual([17, "ERR_NO_TRUSTED_ROOT"]);
      expect(errorOf(result).hint).toContain("tuf-ld trust URL --root FILE");
    }
    user.at.write("a.txt", "a");
    expect(ended(await user.run("verify", "a.txt", "--target", "a"))).toEqual([17, "ERR_NO_TRUSTED_ROOT"]);
  });

  test("of several, one is named or given by its URL", async () => {
    const { user, url, origin } = await trusting();
    put(origin, new Map([...origin.origin.files].map(([path, { bytes }]) => [path, bytes])), "/second");
    await user.ok("trust", `${origin.base}/second/metadata/`, "--root", "root.json", "--name", "second");
    expect(ended(await user.run("refresh", ...AT))).toEqual([2, "ERR_USAGE"]);
    expect(await user.json("refresh", "--repo", "second", ...AT)).toMatchObject({ repository: "second" });
    expect(await user.json("refresh", "--repo", url, ...AT)).toMatchObject({ repository: "repo" });
    expect(ended(await user.run("refresh", "--repo", "third", ...AT))).toEqual([17, "ERR_NO_TRUSTED_ROOT"]);
  });

  test("damage to what was decided is found, and nothing is guessed", async () => {
    const { user } = await trusting();
    const path = user.at.file("home/repo/repository.json");
    const intact = readFileSync(path, "utf8");
    const refused = async (text: string): Promise<[number | null, string]> => {
      writeFileSync(path, text);
      return ended(await user.run("refresh", ...AT));
    };
    expect(await refused(intact.slice(0, 40))).toEqual([18, "ERR_JSON_SYNTAX"]);
    expect(await refused(intact.replace('"metadataUrls"', '"metadataurls"'))).toEqual([18, "ERR_SHAPE"]);
    expect(await refused(intact.replace('"either"', '"neither"'))).toEqual([18, "ERR_SHAPE"]);
    expect(await refused(intact.replace('"root":', '"root": 1, "root":'))).toEqual([18, "ERR_JSON_SYNTAX"]);
    writeFileSync(path, intact);
    writeFileSync(user.at.file("home/repo/1.root.json"), "{}");
    expect(ended(await user.run("refresh", ...AT))).toEqual([16, "ERR_HASH_MISMATCH"]);
    rmSync(user.at.file("home/repo/1.root.json"));
    expect(ended(await user.run("refresh", ...AT))).toEqual([17, "ERR_NO_TRUSTED_ROOT"]);
  });
});

describe("refresh, get and list", () => {
  test("a target lands under its own path, and its name goes to stdout alone", async () => {
    const made = await trusting();
    decodeNames(made);
    const { out, err } = await made.user.run("get", "team/tool.txt", "app.txt", "-o", "out", ...AT);
    expect([out, err]).toEqual(["out/team/tool.txt\nout/app.txt\n", ""]);
    expect(made.user.at.read("out/team/tool.txt")).toBe("the tool");
    await made.user.ok("get", "app.txt", ...AT);
    expect(made.user.at.read("app.txt")).toBe("the application");
  });

  test("nothing is downloaded if one of the targets does not exist", async () => {
    const { user } = await trusting();
    expect(ended(await user.run("get", "app.txt", "nope.txt", "-o", "out", ...AT))).toEqual([
      11,
      "ERR_TARGET_NOT_FOUND",
    ]);
    expect(existsSync(user.at.file("out"))).toBe(false);
  });

  test("an older timestamp is refused as a rollback, with exit code 15, and what is trusted stays", async () => {
    const { user, repository, publish } = await trusting();
    await user.ok("refresh", ...AT);
    const before = user.trusted("repo");
    repository.timestamp.version -= 1;
    await repository.write("timestamp");
    publish();
    expect(ended(await user.run("refresh", ...AT))).toEqual([15, "ERR_ROLLBACK"]);
    expect(user.trusted("repo")).toEqual(before);
  });

  test("a path that leads out of the folder is not written", async () => {
    const { user, repository, publish } = await trusting();
    repository.addTarget("targets", "../evil.txt", "evil");
    await repository.publishAll();
    publish();
    expect(ended(await user.run("get", "../evil.txt", "-o", "out", ...AT))).toEqual([21, "ERR_STORAGE"]);
    expect(existsSync(user.at.file("evil.txt"))).toBe(false);
  });

  test("control characters in names of targets do not reach the terminal", async () => {
    const made = await trusting();
    const { user, repository, publish } = made;
    repository.targets.targets["\u001b[2Jx"] = { length: 1, hashes: { sha256: "ab".repeat(32) } };
    await repository.publish("targets");
    publish();
    decodeNames(made);
    const { out } = await user.run("list", "*", ...AT);
    expect(out).toContain("\\u001b[2Jx");
    expect(out).not.toContain("\u001b");
  });

  test("a broken mirror is reported on stderr and in JSON, and the next one serves", async () => {
    const { user, url, origin, repository } = await world();
    put(origin, repository.files, "/second/");
    origin.origin.put("/metadata/timestamp.json", new TextEncoder().encode("{"));
    await user.ok(
      "trust",
      url,
      "--mirror",
      `${origin.base}/second/metadata/`,
      "--root",
      "root.json",
      "--name",
      "repo",
    );
    const { code, err, out } = await user.run("refresh", "--json", "--quiet", ...AT);
    expect(code).toBe(0);
    expect(err).toMatch(/^warning: a mirror failed: ERR_JSON_SYNTAX .*\/metadata\/timestamp\.json\)$/m);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({ failedMirrors: [{ reason: { code: "ERR_JSON_SYNTAX" } }] });
  });

  test("a deadline ends a command that waits, and names where it waited", async () => {
    const { user, origin } = await trusting();
    origin.odd.set("/metadata/timestamp.json", () => undefined);
    const result = await user.run("refresh", "--deadline", "1", ...AT);
    expect(ended(result)).toEqual([20, "ERR_NETWORK"]);
    expect(result.err).toContain("/metadata/timestamp.json");
    expect(result.err).toContain("the deadline of 1 s has passed");
  });

  test("interrupted, it ends with 130 and half a file under no name; the next run continues it", async () => {
    const { user, repository, origin, publish } = await trusting();
    const bytes = repository.addTarget("targets", "big.bin", "x".repeat(400_000));
    await repository.publishAll();
    publish();
    const path = `/targets/${sha256(bytes)}.big.bin`;
    origin.odd.set(path, (_, response) => {
      response.writeHead(200, {
        "content-length": String(bytes.length),
        etag: origin.origin.files.get(path)?.etag ?? "",
      });
      response.write(bytes.subarray(0, 250_000));
    });
    const child = user.at.start(["get", "big.bin", "-o", "out", ...AT], {
      TUF_LD_HOME: user.at.file("home"),
    });
    const closed = new Promise((resolve) => child.on("close", resolve));
    const part = (): string | undefined =>
      existsSync(user.at.file("out"))
        ? readdirSync(user.at.file("out")).find((name) => name.endsWith(".part"))
        : undefined;
    await expect.poll(() => part() && readFileSync(user.at.file(`out/${part()}`)).length).toBe(250_000);
    child.kill("SIGINT");
    expect(await closed).toBe(130);
    expect(existsSync(user.at.file("out/big.bin"))).toBe(false);
    origin.odd.delete(path);
    const { files } = await user.json<{ files: { received: number }[] }>(
      "get",
      "big.bin",
      "-o",
      "out",
      ...AT,
    );
    expect(files.map(({ received }) => received)).toEqual([150_000]);
    expect(readdirSync(user.at.file("out"))).toEqual(["big.bin"]);
  });

  test("with --json an error is JSON on stdout too", async () => {
    const { user } = await trusting();
    const { code, out } = await user.run("get", "nope.txt", "--json", ...AT);
    expect([code, JSON.parse(out)]).toMatchObject([
      11,
      { ok: false, error: { code: "ERR_TARGET_NOT_FOUND" } },
    ]);
  });
});

describe("mirror", () => {
  test.each([true, false])(
    "a copy works offline, role names with slashes included (consistent: %s)",
    async (consistent) => {
      const made = await trusting({ consistent });
      decodeNames(made);
      await made.user.ok("mirror", "copy", ...AT);
      await made.origin.close();
      const other = person();
      other.at.write("root.json", made.repository.rootBytes(1));
      await other.ok("trust", made.user.at.file("copy"), "--root", "root.json");
      await other.ok("get", "app.txt", "team/tool.txt", ...AT);
      expect(other.at.read("team/tool.txt")).toBe("the tool");
    },
  );

  test("a corrupt target file ends it, and the copy stays the old one", async () => {
    const made = await trusting();
    const { user, repository, origin, publish } = made;
    decodeNames(made);
    await user.ok("mirror", "copy", ...AT);
    const before = filesBelow(user.at.file("copy"));
    const bytes = repository.addTarget("targets", "new.txt", "new");
    await repository.publishAll();
    publish();
    decodeNames(made);
    origin.origin.put(`/targets/${sha256(bytes)}.new.txt`, new TextEncoder().encode("bad"));
    expect(ended(await user.run("mirror", "copy", ...AT))).toEqual([16, "ERR_HASH_MISMATCH"]);
    expect(filesBelow(user.at.file("copy"))).toEqual(before);
    publish();
    await user.ok("mirror", "copy", ...AT);
    const after = filesBelow(user.at.file("copy"));
    expect([after.get("metadata/timestamp.json"), after.size > before.size]).toEqual([
      repository.bytes("metadata/timestamp.json"),
      true,
    ]);
  });

  test("a newer copy is not replaced by an older state", async () => {
    const made = await trusting();
    const { user, repository, publish, url } = made;
    decodeNames(made);
    const late = person();
    late.at.write("root.json", repository.rootBytes(1));
    await late.ok("trust", url, "--root", "root.json");
    await late.ok("list", ...AT);
    await repository.publishAll();
    publish();
    decodeNames(made);
    const copy = user.at.file("copy");
    await user.ok("mirror", copy, ...AT);
    expect(ended(await late.run("mirror", copy, "app.txt", "--offline", ...AT))).toEqual([
      15,
      "ERR_ROLLBACK",
    ]);
  });
});
