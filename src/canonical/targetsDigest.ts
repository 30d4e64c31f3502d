/**
 * The digest of targets metadata out of its OLPC canonical JSON: the same bytes as the direct writer's, which tests
 * hold it to.
 *
 * A publisher changes one entry of a thousand. What the lines of the others say stands in the text already, so it is
 * copied from there, and nobody has to make values of the text first.
 * @module
 */
import { decodeUtf8 } from "../encoding/utf8.ts";
import { DOCUMENT_SHAPES } from "../vocabulary/terms.ts";
import type { Targets } from "../vocabulary/types.ts";
import { digestDrafted } from "./direct.ts";
import { type Entries, type Group, type Subject, writeLines } from "./lines.ts";
import { type ChildStep, type Plan, planOf, type Step } from "./plan.ts";
import { listNode, type Nodes, SELF, writeAnonymousChildren } from "./tree.ts";
import type { Utf8Writer } from "./utf8Writer.ts";

/** Targets metadata without delegations as text, and where its entries lie in it. Offsets are in bytes. */
export interface TargetsColumns {
  /** OLPC canonical JSON without a backslash or DEL, so that strings stand in it as they stand in N-Quads. */
  readonly bytes: Uint8Array;
  /** What the document says beside its targets. */
  readonly header: Pick<Targets, "spec_version" | "version" | "expires">;
  /** Where an entry begins: the quotation mark that opens its name. */
  readonly starts: ArrayLike<number>;
  /** The quotation mark that closes its name. */
  readonly nameEnds: ArrayLike<number>;
  /** Behind the brace that closes it. */
  readonly ends: ArrayLike<number>;
  /** Whether an entry is {@link PLAIN}. */
  readonly plain: ArrayLike<boolean>;
}

/** What stands in a plain entry: `"NAME":{"hashes":{"sha256":"` 64 digits `"},"length":` digits `}`. */
export const PLAIN = { beforeHash: '":{"hashes":{"sha256":"', hashLength: 64, beforeLength: '"},"length":' };

/** The SHA-256 digest of the canonical N-Quads. @throws ERR_LIMIT beyond 1 GiB of text */
export function digestTargets(columns: TargetsColumns): Uint8Array {
  return digestDrafted((out) => draftTargets(columns, out));
}

/** As `draftNodes` does it from values. */
function draftTargets(
  { bytes, header, starts, nameEnds, ends, plain }: TargetsColumns,
  out: Utf8Writer,
): Nodes {
  const plan = planOf(DOCUMENT_SHAPES.targets);
  const step = plan.childSteps.find(({ name }) => name === "targets") as ChildStep;
  const below = step.plan();
  const steps = below.steps.filter(isOfPlain);
  const group: Group = { step, size: 0, numbers: [] };
  const nodes: Nodes = { ends: [], ownEnds: [], within: [], subjects: [] };
  for (let index = 0; index < starts.length; index++) {
    const name = (starts[index] as number) + 1;
    const nameEnd = nameEnds[index] as number;
    const end = ends[index] as number;
    if (plain[index]) writePlain(steps, bytes, name, nameEnd, end, out);
    else writeLines(subjectOf(below, bytes, name, nameEnd, end), SELF, writeAnonymousChildren, out);
    listNode(nodes, group, undefined, out);
  }
  const entries: Entries = { _type: "targets", ...header, targets: {} };
  const subject: Subject = { plan, entries, key: "", position: 0, groups: [group] };
  writeLines(subject, SELF, writeAnonymousChildren, out);
  listNode(nodes, undefined, subject, out);
  return nodes;
}

function isOfPlain(step: Step): boolean {
  if (step.from === "literal") return step.name === "length";
  return step.from === "key" || (step.from === "nest" && step.inner === "sha256");
}

function writePlain(
  steps: readonly Step[],
  bytes: Uint8Array,
  name: number,
  nameEnd: number,
  end: number,
  out: Utf8Writer,
): void {
  const hash = nameEnd + PLAIN.beforeHash.length;
  const hashEnd = hash + PLAIN.hashLength;
  for (const step of steps) {
    out.ascii(SELF);
    out.bytes(step.open);
    if (step.from === "key") out.range(bytes, name, nameEnd);
    else if (step.from === "nest") out.range(bytes, hash, hashEnd);
    else out.range(bytes, hashEnd + PLAIN.beforeLength.length, end - 1);
    out.bytes(step.close);
  }
}

/** An entry with custom data, other hashes, or members without a term. */
function subjectOf(plan: Plan, bytes: Uint8Array, name: number, nameEnd: number, end: number): Subject {
  const key = decodeUtf8(bytes.subarray(name, nameEnd), true);
  const entries = JSON.parse(decodeUtf8(bytes.subarray(nameEnd + 2, end), true)) as Entries;
  return { plan, entries, key, position: 0, groups: undefined };
}
