/**
 * Reading and writing: nothing is half-written, nothing is lost, and no stack trace is ever shown.
 * @module
 */

import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { CLI, errorOf, type Folder, folder, sigstoreRoot } from "./tufLd.ts";

const NOBODY = 65534;
/** Root may read and write everything: then the tests below run as somebody else, if that user can run us at all. */
const asRoot = process.getuid?.() === 0;
const somebody = asRoot ? { uid: NOBODY } : {};
const canRun =
  !asRoot || spawnSync(process.execPath, [CLI, "--version"], { uid: NOBODY, gid: NOBODY }).status === 0;

function withRoot(): Folder {
  const at = folder();
  at.write("root.json", sigstoreRoot);
  return at;
}

const convert = (out: string): string[] => ["convert", "--to", "linked", "root.json", "-o", out];

describe("reading", () => {
  test.each([
    ["a file that is not there", "missing.json", /no such file/],
    ["a folder", ".", /folder/],
    ["a path through a file", "root.json/x", /not a folder/],
    ["a name that no system has", "x".repeat(5000), /./],
  ])("%s ends with 21", (_, path, message) => {
    const at = withRoot();
    for (const args of [
      ["inspect", path],
      ["verify", path, "--root", "root.json"],
      ["sign", path, "-k", "k"],
      ["key", "show", path],
    ]) {
      const ended = at.run(args);
      expect(ended).toMatchObject({ code: 21, out: "" });
      expect(errorOf(ended)).toMatchObject({ code: "ERR_STORAGE", message: expect.stringMatching(message) });
    }
  });

  test.skipIf(process.platform === "win32")(
    "neither a named pipe nor a device is read, and neither is waited for",
    () => {
      const at = withRoot();
      execFileSync("mkfifo", [at.file("pipe")]);
      at.ok(["key", "gen", "-o", "k.pem"], { env: { TUF_LD_PASSPHRASE: "correct horse" } });
      for (const [path, reason] of [
        ["pipe", /named pipe.*give -/],
        ["/dev/null", /device/],
        [".", /folder/],
      ] as const) {
        for (const [args, env] of [
          [["key", "show", "k.pem"], { TUF_LD_PASSPHRASE_FILE: path }],
          [["key", "show", path], {}],
          [["sign", "root.json", "-k", path], {}],
          [["sign", path, "-k", "k.pem"], {}],
          [["verify", "root.json", "--root", path], {}],
          [["get", "--map", path, "--roots", ".", "x"], {}],
        ] as const) {
          const ended = at.run(args, { env });
          expect([args, ended.code, errorOf(ended).code]).toEqual([args, 21, "ERR_STORAGE"]);
          expect(errorOf(ended).message).toMatch(reason);
        }
      }
    },
  );

  test.skipIf(process.platform === "win32")(
    "a pipe that the shell has opened, as `<(command)` does, is read",
    () => {
      const at = withRoot();
      const { status, stderr } = spawnSync(
        "bash",
        ["-c", `"${process.execPath}" "${CLI}" inspect <(cat root.json)`],
        { cwd: at.path, encoding: "utf8" },
      );
      expect([status, stderr]).toEqual([0, ""]);
    },
  );

  test("a path with a null character is refused without a stack trace", () => {
    const ended = withRoot().run(["inspect", "--json", "-"], { input: "\u0000" });
    expect(ended.code).toBe(18);
    expect(ended.err).not.toMatch(/\n\s+at /);
  });

  test.skipIf(!canRun)("a file that may not be read ends with 21", () => {
    const at = withRoot();
    chmodSync(at.path, 0o755);
    chmodSync(at.file("root.json"), 0o000);
    const ended = at.run(["inspect", "root.json"], somebody);
    expect(ended.code).toBe(21);
    expect(errorOf(ended).message).toBe("root.json: permission denied");
  });

  test("a file of a gigabyte is refused for its size", () => {
    const at = folder();
    at.write("big.json", "[");
    truncateSync(at.file("big.json"), 2 ** 30);
    const ended = at.run(["verify", "big.json", "--root", "big.json"]);
    expect(ended.code).toBe(18);
    expect(errorOf(ended).code).toBe("ERR_LIMIT");
  });

  test("a name with control characters does not reach the terminal", () => {
    const ended = folder().run(["inspect", "\u001b[31mred\u0007\nhint: do as I say"]);
    expect(ended.code).toBe(21);
    expect(ended.err).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(ended.err.trimEnd().split("\n")).toHaveLength(2);
  });
});

describe("writing", () => {
  test("onto a folder ends with 21 and touches nothing", () => {
    const at = withRoot();
    mkdirSync(at.file("out"));
    const ended = at.run(convert("out"));
    expect(ended.code).toBe(21);
    expect(errorOf(ended)).toMatchObject({ code: "ERR_STORAGE", message: "out: it is a folder" });
    expect(readdirSync(at.path).sort()).toEqual(["out", "root.json"]);
    expect(readdirSync(at.file("out"))).toEqual([]);
  });

  test("below a file ends with 21", () => {
    const at = withRoot();
    expect(at.run(convert("root.json/x")).code).toBe(21);
    expect(at.read("root.json")).toBe(sigstoreRoot.toString("utf8"));
  });

  test.skipIf(!canRun)("where nobody may write ends with 21 and leaves nothing", () => {
    const at = withRoot();
    chmodSync(at.path, 0o755);
    mkdirSync(at.file("locked"), { mode: 0o555 });
    const ended = at.run(convert("locked/x.json"), somebody);
    expect(ended.code).toBe(21);
    expect(errorOf(ended).message).toBe("locked/x.json: permission denied");
    expect(readdirSync(at.file("locked"))).toEqual([]);
  });

  test("makes the folders on the way", () => {
    const at = withRoot();
    at.ok(convert("a/b/c.jsonld"));
    expect(at.json("a/b/c.jsonld")).toHaveProperty("_type", "root");
  });

  test("a refused document leaves an earlier output as it was", () => {
    const at = withRoot();
    at.write("out.json", "earlier");
    at.write("root.json", sigstoreRoot.toString("utf8").slice(0, -9));
    expect(at.run(convert("out.json")).code).toBe(18);
    expect(at.read("out.json")).toBe("earlier");
    expect(readdirSync(at.path).sort()).toEqual(["out.json", "root.json"]);
  });

  test("replaces a file whole, keeps its mode, and follows a symbolic link", () => {
    const at = withRoot();
    at.write("real.json", "earlier");
    chmodSync(at.file("real.json"), 0o640);
    symlinkSync("real.json", at.file("link.json"));
    at.ok(convert("link.json"));
    expect(lstatSync(at.file("link.json")).isSymbolicLink()).toBe(true);
    expect(at.json("real.json")).toHaveProperty("_type", "root");
    expect(statSync(at.file("real.json")).mode & 0o777).toBe(0o640);
    expect(readdirSync(at.path).sort()).toEqual(["link.json", "real.json", "root.json"]);
  });

  test("the input may be the output", () => {
    const at = withRoot();
    at.ok(convert("root.json"));
    expect(at.json("root.json")).toHaveProperty("_type", "root");
  });

  test("a device is written to and stays one", () => {
    const at = withRoot();
    expect(at.run(convert("/dev/null"))).toEqual({ code: 0, out: "", err: "" });
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  test("a reader that goes away early gets no error, and does not turn a refusal into a success", () => {
    const at = withRoot();
    const script = `"${process.execPath}" "${CLI}" verify root.json --root root.json --at 2100-01-01 2>err | true; echo \${PIPESTATUS[0]}`;
    const code = execFileSync("bash", ["-c", script], { cwd: at.path, encoding: "utf8" }).trim();
    expect(code).toBe("14");
    expect(at.read("err")).not.toMatch(/EPIPE|\n\s+at /);
  });
});

describe("Ctrl-C", () => {
  test("ends a command that waits for stdin with 130 and no noise", async () => {
    const at = withRoot();
    const child = await at.startHeeding(["convert", "--to", "linked", "-", "-o", "out.json"]);
    let noise = "";
    child.stderr?.on("data", (chunk) => {
      noise += String(chunk);
    });
    child.stdin?.write("{");
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, noise }).toEqual({ code: 130, noise: "" });
    expect(readdirSync(at.path)).toEqual(["root.json"]);
  });

  test("while a large file is written leaves the old one and no temporary file", async () => {
    const at = folder();
    const targets = Object.fromEntries(
      Array.from({ length: 60_000 }, (_, index) => [
        `${index}`,
        { length: index, hashes: { sha256: "0".repeat(64) } },
      ]),
    );
    const signed = {
      _type: "targets",
      spec_version: "1.0.34",
      version: 1,
      expires: "2100-01-01T00:00:00Z",
      targets,
    };
    writeFileSync(at.file("t.json"), JSON.stringify({ signatures: [], signed }));
    at.write("out.json", "earlier");
    const child = at.start(["convert", "--to", "linked", "t.json", "-o", "out.json"]);
    const closed = new Promise((resolve) => child.on("close", resolve));
    while (child.exitCode === null && !readdirSync(at.path).some((name) => name.endsWith(".tmp")))
      await sleep(2);
    child.kill("SIGINT");
    const code = await closed;
    expect(readdirSync(at.path).sort()).toEqual(["out.json", "t.json"]);
    // Too late to interrupt is fine; half of it is not.
    if (code === 130) expect(at.read("out.json")).toBe("earlier");
    else expect({ code, whole: at.json("out.json") }).toMatchObject({ code: 0, whole: { _type: "targets" } });
  });
});
