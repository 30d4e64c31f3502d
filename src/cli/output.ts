/// <reference types="node" />
/**
 * What people see: colours where a terminal wants them, tables, and reports.
 * @module
 */

import { styleText } from "node:util";
import { jsonText } from "../document/jsonText.ts";
import { largest } from "../encoding/lists.ts";
import type { Finding } from "../proof/finding.ts";
import type { Report, Step } from "../report/report.ts";

type Style = Parameters<typeof styleText>[0];

/** Styles text for a stream, unless NO_COLOR is set or the stream is not a terminal. */
export function style(format: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const forced = process.env["FORCE_COLOR"];
  const wanted = forced === undefined ? stream.isTTY === true : forced !== "0" && forced !== "false";
  const refused = (process.env["NO_COLOR"] ?? "") !== "";
  return wanted && !refused ? styleText(format, text) : text;
}

/** What a person is told of a refusal. */
export interface ErrorText {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Prints `tuf-ld: CODE: what happened` and a `hint:` line to stderr. */
export function printError({ code, message, hint }: ErrorText): void {
  const where = process.stderr;
  where.write(
    `tuf-ld: ${style("red", code, where)}: ${printable(message)}\n${style("bold", "hint:", where)} ${hint}\n`,
  );
}

/** What people see may come from files: no control character of theirs reaches the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A value as the JSON that `--json` prints. */
export function toJson(value: unknown): string {
  return `${jsonText(value, 2)}\n`;
}

/** Rows as aligned columns; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => largest(rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${[style("bold", lines[0] ?? ""), ...lines.slice(1)].join("\n")}\n`;
}

const MARKS = { passed: ["green", "✓"], failed: ["red", "✗"], "not run": ["gray", "–"] } as const;

/** A report for a person: one line a step, and below it what was found of each signature. */
export function renderReport(report: Report): string {
  const verdict = report.ok ? style("green", "verified") : style("red", "NOT verified");
  const lines: string[] = [];
  let shown = "";
  for (const step of report.steps) {
    const [colour, mark] = MARKS[step.outcome];
    const suffix = step.outcome === "not run" ? notRun(step) : count(step);
    lines.push(`${style(colour, mark)} ${printable(step.title)}${suffix}`);
    const findings = (step.findings ?? [])
      .flatMap((finding) => renderFinding(finding))
      .map((line) => `    ${printable(line)}`)
      .join("\n");
    // The keys of one root and of the next are mostly the same, and then so is what they signed.
    if (findings !== "") lines.push(findings === shown ? "    as above" : findings);
    if (findings !== "") shown = findings;
    const { reason } = step;
    if (reason !== undefined) lines.push(`    ${style("red", reason.code)} ${printable(reason.message)}`);
  }
  return `${[...lines, `${printable(report.subject)}: ${verdict}`].join("\n")}\n`;
}

function notRun({ facts }: Step): string {
  return typeof facts["why"] === "string" ? ` (not run: ${printable(facts["why"])})` : " (not run)";
}

function count({ facts }: Step): string {
  // A credential has no threshold: one proof is asked for, and who made it is the next step's question.
  if (typeof facts["valid"] === "number" && facts["threshold"] === undefined) {
    return `: ${facts["valid"]} of ${facts["of"]} ${facts["of"] === 1 ? "proof is" : "proofs are"} valid`;
  }
  if (typeof facts["valid"] === "number") {
    const expiry = typeof facts["expires"] === "string" ? `; expires ${facts["expires"]}` : "";
    return `: ${facts["valid"]} of ${facts["of"]} keys, need ${facts["threshold"]} (policy: ${facts["policy"]})${expiry}`;
  }
  return typeof facts["expires"] === "string" ? `: ${facts["expires"]}, judged at ${facts["at"]}` : "";
}

function renderFinding({ view, outcome, keyName, reason, notes }: Finding): readonly string[] {
  const kind = view === "classic" ? "signature" : "proof";
  const who = shortName(keyName);
  const unlisted = reason?.code === "ERR_KEY_UNAUTHORIZED" ? "not one of the role's keys" : reason?.message;
  const line = `${outcome.padEnd(7)} ${view} ${kind} by ${who}${unlisted === undefined ? "" : `: ${unlisted}`}`;
  return [line, ...(notes ?? []).map(({ message }) => `  note: ${message}`)];
}

/** Enough of a key's name to tell it from others; `--json` has all of it. */
function shortName(name: string): string {
  // A did:key URL says the same twice.
  if (name.startsWith("did:key:")) return (name.split("#")[0] ?? "").slice(0, 80);
  return name.length > 24 ? `${name.slice(0, 16)}...` : name;
}
