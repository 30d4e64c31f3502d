/**
 * What the vocabulary page and the RDFS file say, read off the table of terms: each property with its domain,
 * its range and the JSON members that become it, and each class.
 * @module
 */
import { PROPERTIES, type PropertyName, SHAPE_MEANINGS } from "./meanings.ts";
import { DOCUMENT_SHAPES, type Member, membersOf, SHAPES, type ShapeName } from "./terms.ts";

/** The entries of a linked document's proof set that are ours. They are written by `metadata/file.ts`. */
const ENVELOPE_CLASSES = {
  ClassicSignature: {
    section: "4.2",
    about:
      "A classic signature, kept in the proof set of a linked document that stands alone. It signs nothing there.",
  },
  ClassicEnvelope: {
    section: "4.2",
    about:
      "Members beside signed and signatures, kept in the proof set of a linked document that stands alone.",
  },
} as const;

/** The local name of one of our classes. */
export type ClassName = ShapeName | keyof typeof ENVELOPE_CLASSES;

/** A datatype by its prefixed name, or one of our classes. */
export type Range = "xsd:string" | "xsd:integer" | "xsd:boolean" | "xsd:dateTime" | "rdf:JSON" | ClassName;

/** One place in TUF's JSON that becomes a property. */
export interface Use {
  readonly domain: ClassName;
  readonly range: Range;
  /** The member's classic name, or what else stands there, as a short phrase. */
  readonly member: string;
  /** At least one, at most one, any number: as in `1`, `0..1`, `0..*`, `1..*`. */
  readonly count: "1" | "0..1" | "0..*";
}

/** A property and everywhere it is used. */
export interface PropertyPage {
  readonly name: PropertyName;
  readonly section: string;
  readonly about: string;
  readonly uses: readonly Use[];
}

/** A class; `type` is the `_type` of a document, if it is one. */
export interface ClassPage {
  readonly name: ClassName;
  readonly section: string;
  readonly about: string;
  readonly type: string | undefined;
}

/** Every class, in the order of the table. */
export function classPages(): readonly ClassPage[] {
  const shapes = (Object.keys(SHAPES) as ShapeName[]).map((name) => {
    const { section, about } = SHAPE_MEANINGS[name];
    const type = Object.entries(DOCUMENT_SHAPES).find(([, shape]) => shape === name)?.[0];
    return { name, section, about, type };
  });
  const envelope = Object.entries(ENVELOPE_CLASSES).map(([name, { section, about }]) => ({
    name: name as keyof typeof ENVELOPE_CLASSES,
    section,
    about,
    type: undefined,
  }));
  return [...shapes, ...envelope];
}

/** Every property, in the order of the table. */
export function propertyPages(): readonly PropertyPage[] {
  const uses = new Map<PropertyName, Use[]>();
  const add = (property: PropertyName, use: Use): void => {
    uses.set(property, [...(uses.get(property) ?? []), use]);
  };
  for (const shape of Object.keys(SHAPES) as ShapeName[]) {
    for (const [name, member] of membersOf(shape)) {
      for (const [property, use] of describe(shape, name, member)) add(property, use);
    }
    add("unrecognized", { domain: shape, range: "rdf:JSON", member: "every other member", count: "0..1" });
  }
  const signature = { domain: "ClassicSignature", range: "xsd:string", count: "1" } as const;
  add("keyid", { ...signature, member: "`keyid`" });
  add("sig", { ...signature, member: "`sig`" });
  for (const domain of Object.keys(ENVELOPE_CLASSES) as (keyof typeof ENVELOPE_CLASSES)[]) {
    add("unrecognized", { domain, range: "rdf:JSON", member: "every other member", count: "0..1" });
  }
  return (Object.keys(PROPERTIES) as PropertyName[]).map((name) => {
    const { section, about } = PROPERTIES[name];
    return { name, section, about, uses: uses.get(name) ?? [] };
  });
}

/** The properties that one member becomes. */
function describe(
  domain: ShapeName,
  name: string,
  member: Member,
): readonly (readonly [PropertyName, Use])[] {
  const count = member.required ? "1" : "0..1";
  const own = { domain, member: `\`${name}\``, count } as const;
  const each = { domain, member: `each of \`${name}\``, count: "0..*" } as const;
  switch (member.is) {
    case "string":
      return [[member.property, { ...own, range: "xsd:string" }]];
    case "set":
      return [[member.property, { ...each, range: "xsd:string" }]];
    case "integer":
    case "boolean":
    case "dateTime":
      return [[member.property, { ...own, range: `xsd:${member.is}` }]];
    case "json":
      return [[member.property, { ...own, range: "rdf:JSON" }]];
    case "nest":
      return Object.entries(member.members).map(([inner, { property }]) => [
        property,
        { domain, range: "xsd:string", member: `\`${name}.${inner}\``, count: "0..1" },
      ]);
    case "node":
      return [[member.property, { ...own, range: member.of }]];
    case "map": {
      const key = `the entry's name in \`${name}\` of ${domain}`;
      const index = { domain: member.of, range: "xsd:string", member: key, count: "1" } as const;
      return [
        [member.property, { ...each, range: member.of }],
        [member.index, index],
      ];
    }
    case "list": {
      const position = `the entry's position in \`${name}\` of ${domain}; \`order\` in the linked form`;
      const order = { domain: member.of, range: "xsd:integer", member: position, count: "1" } as const;
      return [
        [member.property, { ...each, range: member.of }],
        ["order", order],
      ];
    }
  }
}
