/// <reference types="node" />
/**
 * Is the file at hand the target that a trusted repository means, and who says so?
 * @module
 */
import { ContentCheck } from "../../client/hashes.ts";
import { TufLdError } from "../../errors.ts";
import { storageError } from "../../node/files.ts";
import { reasonOf } from "../../proof/finding.ts";
import { factsOf, type Report, reportOf, type Step } from "../../report/report.ts";
import { printReport } from "../answer.ts";
import type { ClientOptions } from "../clientOptions.ts";
import type { VerifyOptions } from "../commands/verify.ts";
import { nameOfInput, openInput } from "../io.ts";
import { withSession } from "../session.ts";
import { openSource } from "../targetSource.ts";
import { UsageError } from "../usage.ts";

export async function verifyTarget(file: string, path: string, given: VerifyOptions): Promise<void> {
  const options = clientOptions(given);
  const report = await withSession(options, async (session): Promise<Report> => {
    const source = await openSource(options, session);
    const chain = await source.explain(path);
    const title = `${nameOfInput(file)} has the length and hashes of ${path}`;
    if (!chain.ok) {
      return reportOf(nameOfInput(file), [
        ...chain.steps,
        { id: "file", title, outcome: "not run", facts: {} },
      ]);
    }
    const { target } = await source.find(path);
    const check = await ContentCheck.open(nameOfInput(file), target);
    const facts = { path, length: target.length, hashes: { ...(target.hashes as Record<string, string>) } };
    let step: Step = { id: "file", title, outcome: "passed", facts };
    try {
      for await (const chunk of chunksOf(file)) check.update(chunk);
      check.end();
    } catch (error) {
      if (!(error instanceof TufLdError) || error.code === "ERR_STORAGE") throw error;
      step = { ...step, outcome: "failed", facts: { ...facts, ...factsOf(error) }, reason: reasonOf(error) };
    }
    return reportOf(nameOfInput(file), [...chain.steps, step]);
  });
  await printReport(report, options, "client");
}

/** @throws UsageError for options that ask other questions */
function clientOptions({
  root,
  role,
  via,
  key,
  threshold,
  issuer,
  issuerId,
  ...given
}: VerifyOptions): ClientOptions {
  const { unsafeIgnoreStatus, require, ...rest } = given;
  const others = {
    root,
    role,
    via: via[0],
    key: key[0],
    threshold,
    issuer: issuer[0],
    "issuer-id": issuerId,
  };
  const all = Object.entries({ ...others, "unsafe-ignore-status": unsafeIgnoreStatus });
  const first = all.find(([, value]) => value !== undefined);
  if (first !== undefined)
    throw new UsageError(`--${first[0]} and --target ask different questions: give one`);
  return { ...rest, ...(require === undefined ? {} : { require: [{ policy: require }] }) };
}

async function* chunksOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* file === "-"
      ? process.stdin
      : (await openInput(file)).createReadStream({ highWaterMark: 1 << 18 });
  } catch (error) {
    throw storageError(file, error);
  }
}
