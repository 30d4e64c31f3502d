/// <reference types="node" />
/**
 * `tuf-ld verify`: may this file be trusted, and why?
 * @module
 */
import type { Command } from "commander";
import type { MetadataFile } from "../../metadata/file.ts";
import type { Policy } from "../../proof/threshold.ts";
import type { Report } from "../../report/report.ts";
import { verifyMetadata } from "../../report/verifyMetadata.ts";
import { allSuites, type SuiteSet, suiteSet } from "../../suite/registry.ts";
import type { Targets } from "../../vocabulary/types.ts";
import { type AnyDocument, readDocument, readMetadata } from "../documents.ts";
import { EXIT, exitCodeOf, hintFor } from "../exit.ts";
import { writeOutput } from "../io.ts";
import { collect, parseDate, parsePolicy } from "../options.ts";
import { renderReport, toJson } from "../output.ts";

interface Options {
  readonly root?: string;
  readonly role?: string;
  readonly via: readonly string[];
  readonly issuer: readonly string[];
  readonly require: Policy;
  readonly suite: readonly string[];
  readonly at?: Date;
  readonly json?: boolean;
}

export function registerVerify(program: Command): void {
  program
    .command("verify")
    .description("verify TUF metadata against a trusted root, or a credential against its issuer's keys")
    .argument("<file>", "TUF metadata in any form, or a credential; - for stdin")
    .option("--root <file>", "TUF metadata: the root that you trust")
    .option("--role <name>", "the role the file must speak for; default: its type")
    .option("--via <role=file>", "targets metadata between root and the role, from the top down; repeatable", collect, [])
    .option("--require <policy>", "what counts: classic, linked, either or both", parsePolicy, "either")
    .option("--issuer <file>", "credential: a public key of the issuer you trust; repeatable", collect, [])
    .option("--suite <name>", "accept this suite, and only those named; repeatable", collect, [])
    .option("--at <date>", "judge expiry at this instant; default: now", parseDate)
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      `
Examples:
  tuf-ld verify 15.root.json --root 14.root.json --at 2026-08-22
  tuf-ld verify 14.targets.json --root 15.root.json --require both
  tuf-ld verify 8.registry.npmjs.org.json --root 15.root.json --via targets=14.targets.json \\
    --role registry.npmjs.org
  tuf-ld verify credential.json --issuer issuer.pub`,
    )
    .action(async (path: string, options: Options, command: Command) => {
      const document = await readDocument(path);
      const report = await answer(document, options, command);
      await writeOutput(undefined, options.json ? toJson(report) : renderReport(report));
      if (report.ok) return;
      const code = report.failure?.reason?.code;
      process.exitCode = code === undefined ? EXIT.other : exitCodeOf(code);
      if (code === undefined) return;
      process.stderr.write(`tuf-ld: ${code}: ${report.failure?.reason?.message}\nhint: ${hintFor(code)}\n`);
    });
}

async function answer(document: AnyDocument, options: Options, command: Command): Promise<Report> {
  const { at = new Date(), require: policy } = options;
  const suites = acceptedSuites(options.suite);
  if (document.kind === "foreign") {
    if (options.issuer.length === 0) command.error("error: a credential needs --issuer FILE: whose word do you take?");
    const { verifyCredentialFile } = await import("../credential.ts");
    return verifyCredentialFile(document.document, options.issuer, at, suites);
  }
  if (options.root === undefined) return command.error("error: TUF metadata needs --root FILE: which root do you trust?");
  const root = await readMetadata(options.root, "root");
  const via: { role: string; file: MetadataFile<Targets> }[] = [];
  for (const link of options.via) {
    const [role, ...rest] = link.split("=");
    if (!role || rest.length === 0) command.error(`error: --via takes ROLE=FILE, not "${link}"`);
    via.push({ role: role as string, file: await readMetadata(rest.join("="), "targets") });
  }
  const { file } = document;
  const role = options.role ?? file.signed._type;
  return verifyMetadata({ root, via, file, role, policy, at, ...(suites === undefined ? {} : { suites }) });
}

function acceptedSuites(names: readonly string[]): SuiteSet | undefined {
  return names.length === 0 ? undefined : suiteSet(...new Set(names.map((name) => allSuites.get(name))));
}
