/**
 * Projects of a package index by command: a developer's submission, and what the index does with it (PEP 480).
 * @module
 */
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { errorOf, Folder } from "./tufLd.ts";

const INDEX_KEYS = [
  ...["root", "root", "targets", "targets", "claimed", "claimed"],
  ...["recently-claimed", "unclaimed", "bin", "snapshot", "timestamp"],
];

/** An index, published once, with all of its keys, and a developer with a key: made once for all tests. */
let template: Folder;

beforeAll(() => {
  template = new Folder();
  template.ok(["init", "index", "--profile", "pep480", "--bins", "2", "-q"]);
  template.ok(["key", "gen", ...INDEX_KEYS, "--dir", "index", "--unsafe-plain", "-q"]);
  template.ok(["publish", "--dir", "index"]);
  for (const name of ["dev", "second"]) {
    template.ok(["key", "gen", "-o", `${name}.pem`, "--unsafe-plain"]);
    template.write(`${name}.did`, template.ok(["key", "show", `${name}.pem`, "--as", "did"]).trim());
  }
}, 120_000);

afterAll(() => template.remove());

function world(): Folder {
  const at = new Folder();
  onTestFinished(() => at.remove());
  cpSync(template.path, at.path, { recursive: true });
  mkdirSync(at.file("dist"));
  for (const version of ["1.0", "1.1"]) at.write(`dist/example-${version}.tar.gz`, `example ${version}\n`);
  return at;
}

/** Every file below a folder, as text. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), "base64")]));
}

const sign = (at: Folder, ...args: string[]): string =>
  at.ok(["project", "sign", "Example", ...args, "--key", "dev.pem"]);
const first = (at: Folder): void => {
  sign(at, "dist/example-1.0.tar.gz", "-o", "one");
  at.ok(["accept", "example", "one", "--dir", "index", "--key", at.read("dev.did")]);
  at.ok(["publish", "--dir", "index"]);
};

describe("the developer", () => {
  test("makes a folder with the metadata, the files and the pages, and nothing else", () => {
    const at = world();
    const said = JSON.parse(sign(at, "dist/example-1.0.tar.gz", "-o", "one", "--json")) as object;
    expect(said).toMatchObject({ ok: true, project: "example", role: "project-example", version: 1 });
    expect(Object.keys(contents(at.file("one")))).toEqual([
      "metadata.json",
      "targets/packages/example/example-1.0.tar.gz",
      "targets/simple/example/index.html",
      "targets/simple/example/index.json",
    ]);
    expect(
      Object.keys(at.json<{ signed: { targets: object } }>("one/metadata.json").signed.targets),
    ).toHaveLength(3);
    expect(at.ok(["inspect", "one/metadata.json"])).toContain("targets");
    expect(readdirSync(at.path).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("goes on from the version before, yanks and removes", () => {
    const at = world();
    sign(at, "dist/example-1.0.tar.gz", "-o", "one");
    sign(at, "dist/example-1.1.tar.gz", "--previous", "one", "--requires-python", ">=3.9", "-o", "two");
    sign(at, "--yank", "example-1.0.tar.gz", "--previous", "two/metadata.json", "-o", "three");
    const page = at.json<{ versions: string[]; files: Record<string, unknown>[] }>(
      "three/targets/simple/example/index.json",
    );
    expect(page.versions).toEqual(["1.0", "1.1"]);
    expect(page.files).toMatchObject([{ yanked: true }, { yanked: false, "requires-python": ">=3.9" }]);
    expect(at.json<{ signed: { version: number } }>("three/metadata.json").signed.version).toBe(3);
    sign(at, "--remove", "example-1.0.tar.gz", "--previous", "three", "-o", "four");
    expect(at.read("four/targets/simple/example/index.html")).not.toContain("example-1.0");
  });

  test("does not sign a list that a stranger has made", () => {
    const at = world();
    at.ok(["project", "sign", "example", "dist/example-1.0.tar.gz", "--key", "second.pem", "-o", "theirs"]);
    const args = ["project", "sign", "example", "--key", "dev.pem", "--previous", "theirs", "-o", "mine"];
    const refused = at.run(args);
    expect(refused.code).toBe(10);
    expect(errorOf(refused).code).toBe("ERR_NO_SIGNATURE");
    at.ok([...args, "--previous-key", at.read("second.did")]);
    const other = at.run([
      "project",
      "sign",
      "other",
      "--key",
      "second.pem",
      "--previous",
      "theirs",
      "-o",
      "x",
    ]);
    expect(errorOf(other).code).toMatch(/ERR_INPUT|ERR_NO_SIGNATURE/);
  });

  test("overwrites nothing and leaves nothing unfinished", () => {
    const at = world();
    sign(at, "dist/example-1.0.tar.gz", "-o", "one");
    const before = contents(at.path);
    const again = at.run(["project", "sign", "example", "--key", "dev.pem", "-o", "one"]);
    expect(errorOf(again)).toMatchObject({ code: "ERR_STORAGE", message: "one: it exists already" });
    const missing = at.run(["project", "sign", "example", "dist/none", "--key", "dev.pem", "-o", "two"]);
    expect(errorOf(missing).code).toBe("ERR_STORAGE");
    const name = at.run(["project", "sign", "../up", "dist/none", "--key", "dev.pem", "-o", "two"]);
    expect(errorOf(name).code).toBe("ERR_INPUT");
    const unknown = at.run(["project", "sign", "example", "--yank", "x", "--key", "dev.pem", "-o", "two"]);
    expect(unknown.code).toBe(2);
    expect(contents(at.path)).toEqual(before);
  });
});

describe("the index", () => {
  test("accepts, publishes and claims a project; its users get the files", () => {
    const at = world();
    first(at);
    expect(at.ok(["project", "list", "--dir", "index"])).toMatch(/^example +recently-claimed +1 +1 of 1$/m);
    expect(at.ok(["claim", "--all", "--dir", "index"])).toContain("1 project staged for claimed");
    at.ok(["publish", "--dir", "index"]);
    expect(JSON.parse(at.ok(["project", "list", "--dir", "index", "--json"]))).toMatchObject({
      projects: [{ project: "example", delegator: "claimed", version: 1 }],
    });
    sign(at, "dist/example-1.1.tar.gz", "--previous", "one", "--yank", "example-1.0.tar.gz", "-o", "two");
    expect(JSON.parse(at.ok(["accept", "example", "two", "--dir", "index", "--json"]))).toMatchObject({
      ok: true,
      version: 2,
      first: false,
      delegator: "claimed",
    });
    at.ok(["publish", "--dir", "index"]);
    const home = { env: { TUF_LD_HOME: at.file("home") } };
    const trust = ["trust", "index/public", "--root", "index/public/metadata/1.root.json"];
    at.ok(trust, home);
    at.ok(["get", "packages/example/example-1.1.tar.gz", "simple/example/index.html", "-o", "got"], home);
    expect(at.read("got/packages/example/example-1.1.tar.gz")).toBe("example 1.1\n");
    expect(at.read("got/simple/example/index.html")).toContain("data-yanked");
  });

  test("refuses what is spoilt, and its folder stays byte for byte what it was", () => {
    const at = world();
    first(at);
    const spoil = (name: string, edit: (folder: string) => void): string => {
      sign(at, "dist/example-1.1.tar.gz", "--previous", "one", "-o", name);
      edit(at.file(name));
      return name;
    };
    const FILE = "targets/packages/example/example-1.1.tar.gz";
    const before = contents(at.file("index"));
    for (const [name, edit, code] of [
      ["a", (folder) => rmSync(join(folder, FILE)), "ERR_SUBMISSION"],
      ["b", (folder) => writeFileSync(join(folder, FILE), "example 6.6\n"), "ERR_SUBMISSION"],
      ["c", (folder) => writeFileSync(join(folder, "targets/packages/example/extra"), ""), "ERR_SUBMISSION"],
      ["d", (folder) => writeFileSync(join(folder, "extra"), ""), "ERR_SUBMISSION"],
      [
        "e",
        (folder) => {
          rmSync(join(folder, FILE));
          symlinkSync(at.file("dist/example-1.1.tar.gz"), join(folder, FILE));
        },
        "ERR_SUBMISSION",
      ],
      [
        "f",
        (folder) => {
          rmSync(join(folder, "targets/simple"), { recursive: true });
          symlinkSync("/", join(folder, "targets/simple"));
        },
        "ERR_SUBMISSION",
      ],
      [
        "g",
        (folder) => {
          const path = join(folder, "metadata.json");
          writeFileSync(path, readFileSync(path, "utf8").replace(/"version": 2/, '"version": 2, "x": 1'));
        },
        "ERR_THRESHOLD_UNMET",
      ],
    ] as const satisfies [string, (folder: string) => void, string][]) {
      const refused = at.run(["accept", "example", spoil(name, edit), "--dir", "index"]);
      expect([name, errorOf(refused).code, refused.code]).toEqual([name, code, 12]);
      expect(contents(at.file("index"))).toEqual(before);
    }
  });

  test("takes a key for a new project, and for no other", () => {
    const at = world();
    sign(at, "dist/example-1.0.tar.gz", "-o", "one");
    expect(errorOf(at.run(["accept", "example", "one", "--dir", "index"])).message).toContain("--key");
    const key = ["--key", at.read("dev.did")];
    expect(at.run(["accept", "example", "one", "--dir", "index", ...key, "--threshold", "2"]).code).toBe(2);
    const wrong = at.run(["accept", "example", "one", "--dir", "index", "--key", at.read("second.did")]);
    expect(errorOf(wrong).code).toBe("ERR_NO_SIGNATURE");
    const other = at.run(["accept", "another", "one", "--dir", "index", ...key]);
    expect(errorOf(other)).toMatchObject({ code: "ERR_SUBMISSION" });
    expect(errorOf(other).message).toContain("another");
    at.ok(["accept", "example", "one", "--dir", "index", ...key]);
    sign(at, "--previous", "one", "-o", "two");
    expect(errorOf(at.run(["accept", "example", "two", "--dir", "index", ...key])).code).toBe(
      "ERR_SUBMISSION",
    );
    expect(errorOf(at.run(["claim", "example", "--dir", "index"])).message).toContain("not published");
    expect(at.run(["claim", "--dir", "index"]).code).toBe(2);
  });

  test("imports skip what belongs to its projects, whatever its spelling, and say so; --strict refuses it", () => {
    const at = world();
    first(at);
    const add = (...args: string[]): string[] => ["add", ...args, "--dir", "index", "--json"];
    const sha256 = "0".repeat(64);
    const paths = [
      "packages/a/a-1.zip",
      "packages/example/x.zip",
      "packages/Example/y.zip",
      "packages/z/z-1.zip",
    ];
    at.write("list.csv", paths.map((path) => `${path},6,${sha256}\n`).join(""));
    const refused = errorOf(at.run(add("--from-csv", "list.csv", "--strict")));
    expect(refused).toMatchObject({ code: "ERR_INPUT", message: expect.stringContaining("line 2") });
    expect(JSON.parse(at.ok(add("--from-csv", "list.csv")))).toMatchObject({
      added: 2,
      skipped: [{ project: "example", targets: 2 }],
    });

    const META = { "api-version": "1.1" };
    const names = ["a", "example", "z"];
    mkdirSync(at.file("mirror/simple"), { recursive: true });
    at.write("mirror/simple/index.json", { meta: META, projects: names.map((name) => ({ name })) });
    for (const name of names) {
      const file = (version: number) => ({
        filename: `${name}-${version}.zip`,
        url: "",
        size: 6,
        hashes: { sha256 },
      });
      mkdirSync(at.file(`mirror/simple/${name}`));
      at.write(`mirror/simple/${name}/index.json`, {
        meta: META,
        name,
        files: [1, 2].map(file),
        versions: [],
      });
    }
    const told = JSON.parse(at.ok(add("--from-index", "mirror"))) as object;
    expect(told).toMatchObject({
      files: 4,
      pages: 6,
      skipped: [{ project: "example", reason: expect.stringContaining("keys of its own") }],
    });
    const strict = errorOf(at.run(add("--from-index", "mirror", "--strict")));
    expect(strict).toMatchObject({ code: "ERR_INPUT", message: expect.stringMatching(/^example: /) });
    const { bins } = JSON.parse(at.ok(["status", "--dir", "index", "--json"])) as {
      bins: { pendingChanges: number };
    };
    // What came before the refusal stays.
    expect(bins.pendingChanges).toBe(2 + 10 + 4);
    at.ok(["publish", "--dir", "index"]);
    const home = { env: { TUF_LD_HOME: at.file("home") } };
    at.ok(["trust", "index/public", "--root", "index/public/metadata/1.root.json"], home);
    const listed = at.ok(["list"], home);
    expect(listed).toContain("packages/z/z-2.zip");
    expect(listed).not.toContain("example-2.zip");
  });

  test("changes the keys of a project when its developers have signed with the new one", () => {
    const at = world();
    first(at);
    const { keyids } = JSON.parse(at.ok(["project", "keys", "example", "--dir", "index", "--json"])) as {
      keyids: string[];
    };
    const old = keyids[0]?.slice(0, 8) as string;
    at.ok(["project", "keys", "example", "--add", at.read("second.did"), "--dir", "index"]);
    const early = at.run(["project", "keys", "example", "--remove", old, "--dir", "index"]);
    expect(errorOf(early).code).toBe("ERR_EDIT");
    const args = [
      "--key",
      "second.pem",
      "--previous",
      "one",
      "--previous-key",
      at.read("dev.did"),
      "-o",
      "two",
    ];
    at.ok(["project", "sign", "example", "dist/example-1.1.tar.gz", ...args]);
    at.ok(["accept", "example", "two", "--dir", "index"]);
    at.ok(["project", "keys", "example", "--remove", old, "--dir", "index"]);
    at.ok(["publish", "--dir", "index"]);
    const left = at.ok(["project", "keys", "example", "--dir", "index"]);
    expect(left).toContain("1 of 1 keys must sign");
    expect(left).not.toContain(old);
  });

  test("commands for roles refuse its projects and name the command for them, before any key is made", () => {
    const at = world();
    first(at);
    sign(at, "dist/example-1.1.tar.gz", "--previous", "one", "-o", "two");
    at.ok(["accept", "example", "two", "--dir", "index"]);
    const before = contents(at.file("index"));
    for (const args of [
      ["rotate", "project-example", "--unsafe-plain"],
      ["revoke", at.read("dev.did"), "--replace-with", at.read("second.did")],
      ["role", "threshold", "project-example", "3"],
      ["role", "add-key", "project-example", at.read("second.did")],
      ["key", "gen", "project-example", "--unsafe-plain"],
    ]) {
      const refused = errorOf(at.run([...args, "--dir", "index"]));
      expect(refused).toMatchObject({ code: "ERR_EDIT" });
      expect(refused.message).toContain("`tuf-ld project keys example`");
    }
    const signed = errorOf(
      at.run(["sign", "project-example", "--key", "dev.pem", "--dir", "index", "--yes"]),
    );
    expect(signed).toMatchObject({ code: "ERR_EDIT" });
    expect(contents(at.file("index"))).toEqual(before);
  });

  test("two developers sign one after the other", () => {
    const at = world();
    sign(at, "dist/example-1.0.tar.gz", "-o", "one");
    const both = ["--key", at.read("dev.did"), "--key", at.read("second.did"), "--threshold", "2"];
    expect(errorOf(at.run(["accept", "example", "one", "--dir", "index", ...both])).code).toBe(
      "ERR_THRESHOLD_UNMET",
    );
    const file = "one/metadata.json";
    at.ok(["sign", file, "--role", "project-example", "--as", "both", "--key", "second.pem", "-o", file]);
    at.ok(["accept", "example", "one", "--dir", "index", ...both]);
  });
});
