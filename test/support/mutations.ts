/**
 * One change to a JSON document, of the kinds that make two readers disagree.
 * @module
 */
import fc from "fast-check";
import type { JsonValue } from "../../src/document/json.ts";
import { json, name } from "./arbitraries.ts";

type Entries = Record<string, JsonValue>;
type Container = Entries | JsonValue[];

/** A member of an object or an element of an array. */
interface Place {
  readonly within: Container;
  readonly key: string;
}

/** What to do, where (numbers are taken modulo the number of places), and with what. */
export interface Mutation {
  readonly kind: keyof typeof KINDS;
  readonly at: number;
  readonly other: number;
  readonly name: string;
  readonly value: JsonValue;
}

/** Names that a JSON-LD processor, a TUF client or our own adapter might take for something else. */
const TELLING_NAMES = [
  ..."unrecognized order tuf:path path tuf:unrecognized https://w3id.org/tuf-ld#version".split(" "),
  ..."@id @type @included @context @graph @nest @reverse @none @index @value @list @set @json".split(" "),
  ..."id type proof signed signatures __proto__ constructor toJSON hasOwnProperty".split(" "),
  ..."_type spec_version version expires consistent_snapshot keys roles meta targets delegations".split(" "),
  ..."keytype scheme keyval public keyids threshold length hashes sha224 sha256 sha384 sha512 custom".split(
    " ",
  ),
  ..."name terminating paths path_hash_prefixes succinct_roles bit_length name_prefix keyid sig".split(" "),
  ..."Ed25519Signature2020 DataIntegrityProof ClassicSignature ClassicEnvelope domain created nonce".split(
    " ",
  ),
];

/** Text that stands in the JSON as it is, without quotes. */
const raw = (text: string): string => `RAW<${text}>`;
const RAW = /"RAW<([^>]*)>"/g;
/** Stands for a member name that the object has already. */
const REPEATED = "REPEATED<>";

/** Members that take values of one type: the other one is the easiest to mistake for the first. */
const COUNTERPARTS: ReadonlyMap<string, string> = new Map(
  [
    ["paths", "path_hash_prefixes"],
    ["sha256", "sha512"],
    ["sha224", "sha384"],
    ["version", "length"],
    ["keytype", "scheme"],
    ["name", "name_prefix"],
    ["public", "private"],
    ["hashes", "custom"],
    ["threshold", "bit_length"],
    ["terminating", "consistent_snapshot"],
    ["roles", "succinct_roles"],
  ].flatMap(([a, b]) => [
    [a, b],
    [b, a],
  ]) as [string, string][],
);

const KINDS = {
  replace: (place: Place, { value }: Mutation) => put(place, value),
  nullify: (place: Place) => put(place, null),
  edit: (place: Place, { other }: Mutation) => put(place, edited(get(place), other)),
  retype: (place: Place, { other }: Mutation) => put(place, retyped(get(place), other)),
  respell: (place: Place, { other }: Mutation) => put(place, respelled(get(place), other)),
  wrap: (place: Place, { other, name: key }: Mutation) => put(place, wrapped(get(place), other, key)),
  remove: (place: Place) => remove(place),
  rename: (place: Place, { name: key }: Mutation) => {
    const value = get(place);
    remove(place);
    put({ within: place.within, key }, value);
  },
  exchange: (place: Place) => {
    const key = COUNTERPARTS.get(place.key);
    if (key === undefined) return;
    const value = get(place);
    remove(place);
    put({ within: place.within, key }, value);
  },
  empty: (place: Place) => {
    const value = get(place);
    if (typeof value === "object" && value !== null) put(place, Array.isArray(value) ? [] : {});
  },
  repeat: (place: Place, { value }: Mutation) => put({ within: place.within, key: REPEATED }, value),
  add: (place: Place, { name: key, value }: Mutation) => put({ within: inside(place), key }, value),
  append: (place: Place, { value }: Mutation) => {
    const within = inside(place);
    if (Array.isArray(within)) within.push(value);
  },
  double: (place: Place) => {
    if (Array.isArray(place.within)) place.within.push(structuredClone(get(place)));
  },
  lift: (place: Place, { other }: Mutation) => {
    // hashes.sha256 becomes sha256: what @nest means to a JSON-LD processor.
    const within = get(place);
    if (typeof within !== "object" || within === null) return;
    const key = pick(Object.keys(within), other);
    if (key === undefined) return;
    const value = get({ within, key });
    remove({ within, key });
    put({ within: place.within, key }, value);
  },
  sink: (place: Place, { name: key }: Mutation) => {
    const value = get(place);
    remove(place);
    put({ within: place.within, key }, { [place.key]: value });
  },
} as const;

// fast-check prefers small numbers, which would be the first members time and again.
const number = fc.noBias(fc.nat());

/** One random mutation. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...(Object.keys(KINDS) as (keyof typeof KINDS)[])),
  at: number,
  other: number,
  name: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...TELLING_NAMES) }, name),
  value: fc.oneof(
    json,
    fc.constantFrom<JsonValue[]>(null, [], {}, "", 0, 1, "1", true, "true", [[]], [null], { "@value": "x" }),
    fc.constantFrom("1.0", "-0", "1e2", "9007199254740993", "01").map(raw),
  ),
});

/** Two places of the document change their values. */
export interface Swap {
  readonly at: number;
  readonly other: number;
}

export const swap: fc.Arbitrary<Swap> = fc.record({ at: number, other: number });

/**
 * The JSON text of a changed copy of the document, which may be no valid JSON. Where the change would change
 * nothing, it is made at one of the next places.
 */
export function mutated(document: Entries, change: Mutation | Swap): string {
  const original = JSON.stringify(document);
  for (let at = change.at; at < change.at + 50; at++) {
    const text = mutatedAt(document, { ...change, at });
    if (text !== original) return text;
  }
  return original;
}

function mutatedAt(document: Entries, change: Mutation | Swap): string {
  const copy = structuredClone(document);
  const places = placesOf(copy);
  const place = pick(places, change.at) as Place;
  if ("kind" in change) KINDS[change.kind](place, change);
  else {
    // Siblings more often than strangers: they are of one type, so more of the results are valid.
    const siblings = places.filter(({ within }) => within === place.within);
    const other = pick(change.other % 3 === 0 ? places : siblings, change.other) as Place;
    const [a, b] = [get(place), get(other)].map((value) => structuredClone(value)) as [JsonValue, JsonValue];
    put(place, b);
    put(other, a);
  }
  return JSON.stringify(copy).replaceAll(RAW, "$1").replaceAll(`"${REPEATED}"`, JSON.stringify(place.key));
}

function placesOf(within: Container): Place[] {
  return Object.entries(within).flatMap(([key, value]) => [
    { within, key },
    ...(typeof value === "object" && value !== null ? placesOf(value) : []),
  ]);
}

function edited(value: JsonValue, how: number): JsonValue {
  if (typeof value === "number") return how % 2 === 0 ? value + 1 : -value;
  if (typeof value === "boolean") return !value;
  if (typeof value !== "string") return value;
  const edits = [
    `${value} `,
    `${value}\u0000`,
    ` ${value}`,
    value.slice(1),
    value.toUpperCase(),
    value.toLowerCase(),
    value.normalize("NFD"),
    value.replace("Z", "+00:00"),
    value.replace("Z", ".0Z"),
    `_:${value}`,
    `${value}"`,
    `${value}\\`,
    `\ufeff${value}`,
  ];
  return pick(edits, how) as string;
}

function retyped(value: JsonValue, how: number): JsonValue {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const number = Number.isSafeInteger(Number(text)) ? Number(text) : 1;
  const types: JsonValue[] = [text, [value], { 0: value }, number, text === "true", [], {}];
  if (Array.isArray(value)) types.push({ ...value }, value[0] ?? null);
  else if (typeof value === "object" && value !== null) types.push(Object.values(value), Object.keys(value));
  return pick(types, how) as JsonValue;
}

/** A number as another text would spell it. */
function respelled(value: JsonValue, how: number): JsonValue {
  if (typeof value !== "number") return value;
  return raw(
    pick([`${value}.0`, `${value}e0`, `${value}0e-1`, `0${value}`, `+${value}`, `"${value}"`], how) as string,
  );
}

function wrapped(value: JsonValue, how: number, key: string): JsonValue {
  const keyword = pick(
    [key, "@value", "@id", "@list", "@set", "@json", "@graph", "unrecognized"],
    how,
  ) as string;
  return { [keyword]: value };
}

/** The container at a place, or the one around it. */
function inside(place: Place): Container {
  const value = get(place);
  return typeof value === "object" && value !== null ? value : place.within;
}

function get({ within, key }: Place): JsonValue {
  return (within as Entries)[key] as JsonValue;
}

/** As JSON.parse would: `__proto__` is a member like any other. */
function put({ within, key }: Place, value: JsonValue): void {
  if (Array.isArray(within) && !/^\d+$/.test(key)) within.push(value);
  else Object.defineProperty(within, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove({ within, key }: Place): void {
  if (Array.isArray(within)) within.splice(Number(key), 1);
  else delete within[key];
}

function pick<T>(from: readonly T[], index: number): T | undefined {
  return from[index % from.length];
}
