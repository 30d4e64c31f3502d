/// <reference types="node" />
/**
 * What people see: colours where a terminal wants them, tables, and reports.
 * @module
 */
import { styleText } from "node:util";
import type { Finding } from "../proof/finding.ts";
import type { Report, Step } from "../report/report.ts";

type Style = Parameters<typeof styleText>[0];

/** Styles text for a stream, unless NO_COLOR is set or the stream is not a terminal. */
export function style(format: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const wanted = process.env["FORCE_COLOR"] !== undefined || stream.isTTY === true;
  const refused = (process.env["NO_COLOR"] ?? "") !== "";
  return wanted && !refused ? styleText(format, text) : text;
}

/** A value as the JSON that `--json` prints. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Rows as aligned columns; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
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
  return `${[...report.steps.flatMap(renderStep), `${report.subject}: ${verdict}`].join("\n")}\n`;
}

function renderStep(step: Step): string[] {
  const [colour, mark] = MARKS[step.outcome];
  const suffix = step.outcome === "not run" ? " (not run)" : count(step);
  const lines = [`${style(colour, mark)} ${step.title}${suffix}`];
  for (const finding of step.findings ?? []) lines.push(`    ${renderFinding(finding)}`);
  if (step.reason !== undefined) lines.push(`    ${style("red", step.reason.code)} ${step.reason.message}`);
  return lines;
}

function count({ facts }: Step): string {
  if (typeof facts["valid"] === "number") {
    return `: ${facts["valid"]} of ${facts["of"]} keys, need ${facts["threshold"]} (policy: ${facts["policy"]})`;
  }
  return typeof facts["expires"] === "string" ? `: ${facts["expires"]}, judged at ${facts["at"]}` : "";
}

function renderFinding({ view, outcome, keyName, reason }: Finding): string {
  const kind = view === "classic" ? "signature" : "proof";
  const who = keyName.length > 64 ? `${keyName.slice(0, 61)}...` : keyName;
  return `${outcome.padEnd(7)} ${view} ${kind} by ${who}${reason === undefined ? "" : `: ${reason.message}`}`;
}
