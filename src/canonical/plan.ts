/**
 * A shape compiled for the direct writer: its members in the order in which their N-Quads lines sort.
 *
 * All lines of one subject begin with the same label, so they sort by predicate; the predicates of a shape are
 * known, so they are sorted once, here.
 * @module
 */
import { sortByCodePoint } from "../encoding/codePoint.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { membersOf, NAMESPACE, type PropertyName, SHAPES, type ShapeName } from "../vocabulary/terms.ts";
import { TYPED } from "./nquads.ts";

/**
 * One predicate of a shape and where its objects come from. A line is the subject's label, `open`, the escaped
 * value (or the object's label), `close`; both are UTF-8.
 */
export type Step = { readonly open: Uint8Array; readonly close: Uint8Array } & (
  | { readonly from: "type" | "key" | "position" | "unrecognized" }
  | { readonly from: "literal" | "set" | "json"; readonly name: string }
  | { readonly from: "nest"; readonly name: string; readonly inner: string }
  | ChildStep
);

/** A predicate whose objects are blank nodes. */
export type ChildStep = { readonly open: Uint8Array; readonly close: Uint8Array } & {
  readonly from: "node" | "map" | "list";
  readonly name: string;
  readonly plan: () => Plan;
};

/** The compiled shape. */
export interface Plan {
  readonly shape: ShapeName;
  readonly steps: readonly Step[];
  /** Those of the steps that lead to blank nodes. */
  readonly childSteps: readonly ChildStep[];
}

type Make = (predicate: string) => Step;

const RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const LINE_END = encodeUtf8(" .\n");
const plans = new Map<string, Plan>();

/** The plan of a shape; `index` is the property that holds an entry's key, or `order` for a list's entries. */
export function planOf(shape: ShapeName, index?: PropertyName): Plan {
  const id = `${shape} ${index}`;
  let plan = plans.get(id);
  if (plan === undefined) {
    plan = compile(shape, index);
    plans.set(id, plan);
  }
  return plan;
}

function compile(shape: ShapeName, index: PropertyName | undefined): Plan {
  const makers = new Map<string, Make>();
  const put = (property: PropertyName, make: Make): void => {
    makers.set(`<${NAMESPACE}${property}>`, make);
  };
  const literal = (predicate: string, suffix = ""): { open: Uint8Array; close: Uint8Array } => ({
    open: encodeUtf8(` ${predicate} "`),
    close: encodeUtf8(`"${suffix} .\n`),
  });
  if ("type" in SHAPES[shape]) {
    makers.set(`<${RDF_TYPE}>`, (predicate) => ({
      from: "type",
      open: encodeUtf8(` ${predicate} <${NAMESPACE}${shape}>`),
      close: LINE_END,
    }));
  }
  put("unrecognized", (predicate) => ({ from: "unrecognized", ...literal(predicate, TYPED.json) }));
  if (index === "order")
    put(index, (predicate) => ({ from: "position", ...literal(predicate, TYPED.integer) }));
  else if (index !== undefined) put(index, (predicate) => ({ from: "key", ...literal(predicate) }));
  for (const [name, member] of membersOf(shape)) {
    switch (member.is) {
      case "nest":
        for (const [inner, { property }] of Object.entries(member.members)) {
          put(property, (predicate) => ({ from: "nest", name, inner, ...literal(predicate) }));
        }
        break;
      case "node":
      case "map":
      case "list": {
        const { is: from, of } = member;
        const below = from === "map" ? member.index : from === "list" ? "order" : undefined;
        const plan = (): Plan => planOf(of, below);
        put(member.property, (predicate) => ({
          from,
          name,
          plan,
          open: encodeUtf8(` ${predicate} `),
          close: LINE_END,
        }));
        break;
      }
      case "set":
      case "json": {
        const { is: from } = member;
        put(member.property, (predicate) => ({
          from,
          name,
          ...literal(predicate, from === "json" ? TYPED.json : ""),
        }));
        break;
      }
      default: {
        const suffix = member.is === "string" ? "" : TYPED[member.is];
        put(member.property, (predicate) => ({ from: "literal", name, ...literal(predicate, suffix) }));
      }
    }
  }
  const steps = sortByCodePoint([...makers.keys()]).map((predicate) =>
    (makers.get(predicate) as Make)(predicate),
  );
  return { shape, steps, childSteps: steps.filter((step) => "plan" in step) };
}
