/**
 * Prints what the demo does and runs it: sentences, headings, commands with their output.
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../dist/bin/tuf-ld.js", import.meta.url));
const WIDTH = 120;

const colours = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code, text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);

export class Stage {
  #environment;
  #started = Date.now();
  #steps = 0;
  #commands = 0;
  folder = mkdtempSync(join(tmpdir(), "tuf-ld-demo-"));

  constructor(environment) {
    const colour = colours ? { FORCE_COLOR: "1" } : { NO_COLOR: "1", FORCE_COLOR: "0" };
    this.#environment = { ...process.env, ...environment, ...colour };
  }

  /** A sentence for the person who watches. */
  say = (text) => {
    console.log(
      `\n${text
        .replaceAll(/\s*\n\s*/g, " ")
        .replaceAll(/(.{1,90})(\s|$)/g, "$1\n")
        .trimEnd()}`,
    );
  };

  step = (title) => {
    this.#steps += 1;
    console.log(`\n${paint("1;36", `${this.#steps}. ${title}`)}`);
  };

  /** Writes a file of the demo. */
  write = (name, content) => {
    writeFileSync(join(this.folder, name), content);
  };

  /**
   * Prints and runs `tuf-ld <line>`, where `> FILE` at the end sends stdout to a file.
   * @param line words separated by spaces; none of the demo's has a space of its own
   * @param announced how it must end: its exit code, a text that it shows; `lines` and `verdict` shorten what is printed
   * @returns stdout
   */
  run = (line, { exit = 0, shows, lines, verdict = false } = {}) => {
    this.#commands += 1;
    console.log(`\n${paint("2", "$")} ${paint("1", `tuf-ld ${line}`)}`);
    const { status, stdout, stderr } = this.#spawn(line);
    const [, file] = line.split(" > ");
    if (verdict) print(`...\n${stdout.trimEnd().split("\n").at(-1)}\n`);
    else if (file === undefined) print(stdout, lines);
    print(stderr);
    if (exit !== 0) console.log(paint("2", `(exit code ${status})`));
    if (status !== exit) throw new Error(`tuf-ld ended with ${status}, and not with ${exit}`);
    if (shows !== undefined && !`${stdout}${stderr}`.includes(shows))
      throw new Error(`no "${shows}" was shown`);
    return stdout;
  };

  /** Runs a command without a word. */
  quietly = (line) => this.#spawn(line).stdout;

  #spawn(line) {
    const [words, file] = line.split(" > ");
    const result = spawnSync(process.execPath, [CLI, ...words.split(" ")], {
      cwd: this.folder,
      env: this.#environment,
      encoding: "utf8",
    });
    if (result.error) throw result.error;
    if (file !== undefined) this.write(file, result.stdout);
    return result;
  }

  /** Something that the demo found out by itself. */
  check = (holds, sentence) => {
    if (!holds) throw new Error(`this does not hold: ${sentence}`);
    console.log(`${paint("32", "✓")} ${sentence}`);
  };

  end() {
    const seconds = ((Date.now() - this.#started) / 1000).toFixed(1);
    console.log(
      `\n${paint("1;32", "Everything ended as announced")}: ${this.#commands} commands in ${seconds} s.`,
    );
  }

  fail(error) {
    console.error(`\n${paint("1;31", "The demo failed")}: ${error.message}`);
    process.exitCode = 1;
  }
}

/** Output, indented; of long output the first lines. */
function print(text, limit = Number.POSITIVE_INFINITY) {
  if (text === "") return;
  const all = text.split("\n").slice(0, text.endsWith("\n") ? -1 : undefined);
  for (const line of all.slice(0, limit)) {
    // Escape sequences take no room, and a cut one would paint the rest of the screen.
    console.log(
      `  ${line.length > WIDTH && !line.includes("\u001b") ? `${line.slice(0, WIDTH - 3)}...` : line}`,
    );
  }
  if (all.length > limit) console.log(paint("2", `  ... and ${all.length - limit} lines more`));
}
