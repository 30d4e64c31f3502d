/**
 * Trusting a repository with a look at it, listing what is trusted, and forgetting it.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Simulator } from "../support/simulator/repository.ts";
import { type Person, person, put, server } from "./clientWorld.ts";
import { type Ended, errorOf } from "./tufLd.ts";

const AT = ["--at", "2026-06-02"];
const ended = (result: Ended): [number | null, string] => [result.code, errorOf(result).code];

/** A repository on a server, and somebody who has its root in a file. */
async function world() {
  const repository = await Simulator.create();
  repository.addTarget("targets", "app.txt", "the application");
  await repository.publishAll();
  const origin = await server();
  put(origin, repository.files);
  const user = person();
  user.at.write("root.json", repository.rootBytes(1));
  return { repository, origin, user, base: `${origin.base}/` };
}

const ROOT = ["--root", "root.json"];

describe("trust looks at the repository:", () => {
  test("metadata is found below the URL, which is said and kept", async () => {
    const { user, base } = await world();
    const { code, err, out } = await user.run("trust", base, ...ROOT, "--name", "r");
    expect([code, err]).toEqual([0, expect.stringContaining(`the metadata is at ${base}metadata/`)]);
    expect(out).toContain(`metadata    ${base}metadata/\n`);
    expect(out).toContain(`targets     ${base}targets/\n`);
    await user.ok("refresh", ...AT);
    // Again with the same URL it is the same place.
    await user.ok("trust", base, ...ROOT, "--name", "r");
  });

  test("a folder's and a file: URL's metadata is found as well", async () => {
    const { user, base, repository } = await world();
    await user.ok("trust", base, ...ROOT, "--name", "r");
    for (const [path, bytes] of repository.files) {
      const file = user.at.file(`copy/${path}`);
      mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
      writeFileSync(file, bytes);
    }
    for (const given of [
      "copy",
      `file://${user.at.file("copy")}`,
      `file://${user.at.file("copy/metadata/")}`,
    ]) {
      const { metadataUrls } = await user.json<{ metadataUrls: string[] }>(
        "trust",
        given,
        ...ROOT,
        "--name",
        "f",
      );
      expect(metadataUrls).toEqual([`file://${user.at.file("copy")}/metadata/`]);
    }
  });

  test("a URL without a repository is refused with both places named, and nothing is kept", async () => {
    const { user, origin } = await world();
    const result = await user.run("trust", `${origin.base}/nowhere`, ...ROOT);
    expect(ended(result)).toEqual([20, "ERR_FILE_NOT_FOUND"]);
    for (const place of ["/nowhere/timestamp.json", "/nowhere/metadata/timestamp.json"])
      expect(errorOf(result).message).toContain(origin.base + place);
    expect(existsSync(user.at.file("home"))).toBe(false);
    await user.ok("trust", `${origin.base}/nowhere`, ...ROOT, "--offline");
  });

  test("a server that is down is refused, and --offline pins the root all the same", async () => {
    const { user, origin } = await world();
    await origin.close();
    const result = await user.run("trust", origin.base, ...ROOT, "--name", "r");
    expect(ended(result)).toEqual([20, "ERR_NETWORK"]);
    expect(errorOf(result).message).toContain("nobody answers at this address and port");
    expect(errorOf(result).hint).toContain("is the server running?");
    await user.ok("trust", origin.base, ...ROOT, "--name", "r", "--offline");
    expect(ended(await user.run("trust", origin.base, "--tofu", "--offline"))).toEqual([2, "ERR_USAGE"]);
  });

  test("the root of another repository is refused, and the hint says so", async () => {
    const { user, base } = await world();
    const other = await Simulator.create();
    await other.rotate("timestamp");
    await other.write("root");
    user.at.write("other.json", other.rootBytes(1));
    const result = await user.run("trust", base, "--root", "other.json", "--name", "r");
    expect(ended(result)).toEqual([10, "ERR_NO_SIGNATURE"]);
    expect(errorOf(result).message).toContain(`${base}metadata/timestamp.json`);
    expect(errorOf(result).hint).toContain("your root is not that of this repository");
    expect(existsSync(user.at.file("home/r"))).toBe(false);
  });

  test("what has expired is said, and does not keep anybody from pinning the root", async () => {
    const { user, base, repository } = await world();
    repository.timestamp.expires = "2020-01-01T00:00:00Z";
    await repository.write("timestamp");
    const origin = await server();
    put(origin, repository.files);
    const { code, err } = await user.run("trust", `${origin.base}/`, ...ROOT, "--name", "r");
    expect([code, err]).toEqual([0, expect.stringContaining('"timestamp" of this repository expired')]);
    expect(base).not.toBe(origin.base);
  });

  test("a mirror that is down is told of, and the others do", async () => {
    const { user, base, origin } = await world();
    const other = await server();
    await other.close();
    const { code, err } = await user.run("trust", base, ...ROOT, "--mirror", other.base, "--name", "r");
    expect([code, err]).toEqual([0, expect.stringContaining("")]);
    expect(user.at.json<{ metadataUrls: string[] }>("home/r/repository.json").metadataUrls).toEqual([
      `${origin.base}/metadata/`,
      `${other.base}/`,
    ]);
  });
});

describe("a name that is trusted already", () => {
  test("does not come to mean another URL without --replace", async () => {
    const { user, base, repository } = await world();
    await user.ok("trust", base, ...ROOT, "--name", "r");
    const other = await server();
    put(other, repository.files);
    const again = ["trust", `${other.base}/metadata/`, ...ROOT, "--name", "r"];
    const result = await user.run(...again);
    expect(ended(result)).toEqual([2, "ERR_USAGE"]);
    expect(errorOf(result).message).toContain(`at ${base}metadata/`);
    expect(errorOf(result).message).toContain("--replace");
    const urls = () => user.at.json<{ metadataUrls: string[] }>("home/r/repository.json").metadataUrls;
    expect(urls()).toEqual([`${base}metadata/`]);
    await user.ok(...again, "--replace");
    expect(urls()).toEqual([`${other.base}/metadata/`]);
  });

  test("keeps what must be signed, unless that is asked for anew", async () => {
    const { user, base } = await world();
    const policy = () =>
      user.at.json<{ policy: { default: string } }>("home/r/repository.json").policy.default;
    await user.ok("trust", base, ...ROOT, "--name", "r", "--require", "classic");
    await user.ok("trust", base, ...ROOT, "--name", "r");
    expect(policy()).toBe("classic");
    await user.ok("trust", base, ...ROOT, "--name", "r", "--require", "either");
    expect(policy()).toBe("either");
  });
});

interface Listed {
  readonly ok: boolean;
  readonly repositories: {
    readonly name: string;
    readonly root: { version: number; pinned: number; expires: string };
    readonly timestamp: { version: number; expires: string } | null;
    readonly refreshed: string | null;
    readonly error?: { code: string };
  }[];
}

describe("repos", () => {
  const list = (user: Person): Promise<Listed> => user.json<Listed>("repos");

  test("lists what is trusted, before and after a refresh", async () => {
    const { user, base, repository } = await world();
    expect(await list(user)).toMatchObject({ ok: true, repositories: [] });
    expect(await user.ok("repos")).toContain("no repository is trusted");
    await user.ok("trust", base, ...ROOT, "--name", "r");
    expect((await list(user)).repositories).toMatchObject([
      { name: "r", root: { version: 1, pinned: 1 }, timestamp: null, refreshed: null },
    ]);
    await user.ok("refresh", ...AT);
    const [after] = (await list(user)).repositories;
    expect(after?.timestamp).toEqual({
      version: repository.timestamp.version,
      expires: repository.timestamp.expires,
    });
    expect(after?.refreshed).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(await user.ok("repos")).toMatch(/^name .*\nr +1 .*\/metadata\/\n$/);
  });

  test("says of a repository that is damaged here what is wrong, and lists the others", async () => {
    const { user, base } = await world();
    await user.ok("trust", base, ...ROOT, "--name", "a");
    await user.ok("trust", base, ...ROOT, "--name", "b");
    user.at.write("home/a/repository.json", "null");
    const result = await user.run("repos", "--json");
    expect(ended(result)).toEqual([18, "ERR_SHAPE"]);
    expect(errorOf(result).hint).toContain("tuf-ld untrust a");
    expect((JSON.parse(result.out) as Listed).repositories).toMatchObject([
      { name: "a", error: { code: "ERR_SHAPE" } },
      { name: "b", root: { version: 1 } },
    ]);
  });
});

describe("untrust", () => {
  test("forgets a repository with all that is kept of it, and no other", async () => {
    const { user, base } = await world();
    for (const name of ["a", "b"]) {
      await user.ok("trust", base, ...ROOT, "--name", name);
      await user.ok("refresh", "--repo", name, ...AT);
    }
    expect(ended(await user.run("untrust", "a"))).toEqual([2, "ERR_USAGE"]);
    expect(await user.json("untrust", "a", "--yes")).toEqual({ ok: true, name: "a", forgotten: true });
    expect(readdirSync(user.at.file("home"))).toEqual(["b"]);
    const again = await user.run("untrust", "a", "--yes");
    expect(ended(again)).toEqual([17, "ERR_NO_TRUSTED_ROOT"]);
    expect(errorOf(again).message).toContain("trusted are b");
  });

  test("takes a name, and never leads out of the folder of trusted repositories", async () => {
    const { user, base } = await world();
    await user.ok("trust", base, ...ROOT, "--name", "a");
    mkdirSync(user.at.file("outside"));
    for (const name of ["../outside", ".", "..", ""])
      expect(ended(await user.run("untrust", name, "--yes"))).toEqual([17, "ERR_NO_TRUSTED_ROOT"]);
    expect(existsSync(user.at.file("outside"))).toBe(true);
    expect(existsSync(user.at.file("home/a/repository.json"))).toBe(true);
  });

  test("forgets a repository whose files are damaged", async () => {
    const { user, base } = await world();
    await user.ok("trust", base, ...ROOT, "--name", "a");
    user.at.write("home/a/repository.json", "");
    await user.ok("untrust", "a", "--yes");
    expect(existsSync(user.at.file("home/a"))).toBe(false);
  });
});
