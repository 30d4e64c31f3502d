/// <reference types="node" />
/**
 * Why is this target to be believed?
 * @module
 */
import { printReport } from "../answer.ts";
import type { ExplainOptions } from "../commands/explain.ts";
import { withSession } from "../session.ts";
import { openSource } from "../targetSource.ts";

export async function explain(target: string, options: ExplainOptions): Promise<void> {
  const report = await withSession(options, async (session) =>
    (await openSource(options, session)).explain(target),
  );
  await printReport(report, options, "client");
}
