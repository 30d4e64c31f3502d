/**
 * Completion, asked for as the shells ask.
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { folder } from "./tufLd.ts";

const has = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;

describe.skipIf(!has("bash"))("in bash (skipped without it)", () => {
  /** The words that bash offers after these, the last of which is being typed. */
  function offered(...words: string[]): string[] {
    const at = folder();
    mkdirSync(at.file("keys"));
    at.write("a file.json", "");
    at.write("root.json", "");
    at.write("_tuf-ld", at.ok(["completion", "bash"]));
    const script = `source ./_tuf-ld; complete -p tuf-ld >/dev/null || exit 9
      COMP_WORDS=(tuf-ld "$@"); COMP_CWORD=$#; _tuf_ld 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const out = execFileSync("bash", ["--norc", "-c", script, "bash", ...words], {
      cwd: at.path,
      encoding: "utf8",
    });
    return out.split("\n").filter(Boolean).sort();
  }

  test("commands, then subcommands", () => {
    expect(offered("")).toEqual(
      expect.arrayContaining([
        "canonize",
        "completion",
        "convert",
        "inspect",
        "key",
        "sign",
        "suites",
        "verify",
      ]),
    );
    expect(offered("ver")).toEqual(["verify"]);
    expect(offered("key", "")).toEqual(expect.arrayContaining(["gen", "show"]));
    expect(offered("key", "g")).toEqual(["gen"]);
  });

  test("options of the command at hand", () => {
    expect(offered("verify", "--re")).toEqual(expect.arrayContaining(["--require"]));
    expect(offered("key", "gen", "--u")).toEqual(["--unsafe-plain"]);
    expect(offered("inspect", "root.json", "--t")).toEqual(["--tree"]);
  });

  test("values of options: choices, files, or nothing", () => {
    expect(offered("verify", "--require", "")).toEqual(["both", "classic", "either", "linked"]);
    expect(offered("verify", "--require", "=", "li")).toEqual(["linked"]);
    expect(offered("key", "gen", "--type", "p")).toEqual(["p256", "p384"]);
    expect(offered("completion", "")).toEqual(["bash", "fish", "zsh"]);
    expect(offered("verify", "--root", "ro")).toEqual(["root.json"]);
    expect(offered("verify", "--via", "targets", "=", "ro")).toEqual(["root.json"]);
    expect(offered("sign", "-k", "k")).toEqual(["keys"]);
    expect(offered("verify", "--at", "")).toEqual([]);
  });

  test("files, also those with spaces and those called like a command", () => {
    expect(offered("inspect", "a")).toEqual(["a file.json"]);
    expect(offered("inspect", "key", "-")).toEqual(expect.arrayContaining(["--tree"]));
    expect(offered("inspect", "key", "k")).toEqual(["keys"]);
  });
});

describe.skipIf(!has("zsh"))("in zsh (skipped without it)", () => {
  test("the script defines a function that zsh accepts", () => {
    const at = folder();
    at.write("_tuf-ld", at.ok(["completion", "zsh"]));
    const script = "autoload -Uz compinit; compinit -u -D; source ./_tuf-ld; print $_comps[tuf-ld]";
    expect(execFileSync("zsh", ["-f", "-c", script], { cwd: at.path, encoding: "utf8" })).toBe("_tuf_ld\n");
  });
});

describe.skipIf(!has("fish"))("in fish (skipped without it)", () => {
  test("fish offers commands, options, choices and files", () => {
    const at = folder();
    at.write("root.json", "");
    at.write("c.fish", at.ok(["completion", "fish"]));
    const offered = (line: string): string[] => {
      const script = `source c.fish; complete -C '${line}'`;
      const out = execFileSync("fish", ["--no-config", "-c", script], { cwd: at.path, encoding: "utf8" });
      return out.split("\n").flatMap((each) => each.split("\t")[0] || []);
    };
    expect(offered("tuf-ld ver")).toEqual(["verify"]);
    expect(offered("tuf-ld key ")).toEqual(expect.arrayContaining(["gen", "show"]));
    expect(offered("tuf-ld verify --requ")).toEqual(["--require"]);
    expect(offered("tuf-ld verify --require ")).toEqual(["both", "classic", "either", "linked"]);
    expect(offered("tuf-ld verify --root ro")).toEqual(["root.json"]);
  });
});

test("--json lists every command with its options, for other tools", () => {
  const words = JSON.parse(folder().ok(["completion", "fish", "--json"])) as {
    path: string;
    options: object[];
  }[];
  expect(words.find(({ path }) => path === "verify")?.options).toContainEqual({
    flags: ["--require"],
    description: expect.any(String),
    value: ["either", "classic", "linked", "both"],
  });
});
