/**
 * The settings of a repository, `tuf-ld.json`: what its metadata cannot say of itself.
 * @module
 */
import { type JsonValue, parseJson } from "../document/json.ts";
import { encodeHex } from "../encoding/hex.ts";
import { ownMember } from "../encoding/ownMember.ts";
import { concerning } from "../encoding/refusal.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import { TufLdError } from "../errors.ts";
import type { Policy } from "../proof/threshold.ts";
import type { RepositoryStorage } from "./storage.ts";

/** What files carry: classic signatures, linked proofs, or both. */
export type SignedView = Extract<Policy, "classic" | "linked" | "both">;

/** Ready-made layouts of roles. */
export const PROFILES = ["simple", "pep458", "pep480"] as const;
export type ProfileName = (typeof PROFILES)[number];

/** Hash bins: a power of two of roles, each with the target paths whose SHA-256 begins with its number. */
export interface BinLayout {
  /** The role that delegates to them. */
  readonly delegator: string;
  /** What their names begin with, before `-` and the number; also the name under which commands speak of all. */
  readonly prefix: string;
  /** The number of bins is 2 to this power; 1 to 24. */
  readonly bits: number;
  /** Whether they are delegated to in one entry (TAP 15) or in one entry each, by hash prefixes. */
  readonly succinct: boolean;
}

/** The settings. */
export interface RepositoryConfig {
  /** 32 hexadecimal digits, made at random once: under them publishers remember the repository beside their keys. */
  readonly id?: string;
  readonly profile: ProfileName;
  readonly sign: SignedView;
  readonly bins?: BinLayout;
  /** Days until new metadata of a role expires; bins stand under their prefix, all other roles under `*`. */
  readonly expiryDays: Readonly<Record<string, number>>;
  /** How long files stay that no current metadata refers to, in hours. */
  readonly keepHours: number;
  /** Whether targets files may be larger than python-tuf, tuf-js and go-tuf read by default. Default false. */
  readonly allowLarge?: boolean;
}

const NAME = "tuf-ld.json";
const FORMAT = 1;
const DEFAULT_DAYS = 90;
const ID_BYTES = 16;

/** Reads the settings. @throws ERR_NOT_A_REPOSITORY, ERR_SHAPE */
export async function readConfig(storage: RepositoryStorage): Promise<RepositoryConfig> {
  const bytes = await storage.get(NAME);
  if (bytes === undefined) {
    const message = `there is no ${NAME} here`;
    throw new TufLdError("ERR_NOT_A_REPOSITORY", message, { place: NAME });
  }
  return concerning({ file: NAME }, () => parseConfig(parseJson(bytes)));
}

/** Writes the settings. @throws ERR_STORAGE; ERR_SHAPE for settings that could not be read again */
export async function writeConfig(storage: RepositoryStorage, config: RepositoryConfig): Promise<void> {
  const bytes = encodeUtf8(`${JSON.stringify({ format: FORMAT, ...config }, undefined, 2)}\n`);
  parseConfig(parseJson(bytes));
  await storage.replace(NAME, bytes);
}

/** Whether there are settings already. */
export async function hasConfig(storage: RepositoryStorage): Promise<boolean> {
  return (await storage.get(NAME)) !== undefined;
}

/** A new repository's `id`. */
export function newRepositoryId(): string {
  return encodeHex(globalThis.crypto.getRandomValues(new Uint8Array(ID_BYTES)));
}

/** When metadata of a role that is made now expires, in whole seconds. */
export function expiryOf(config: RepositoryConfig, role: string, now: Date): string {
  return instant(new Date(now.getTime() + periodOf(config, role)));
}

/** How long metadata of a role is valid, in milliseconds. */
export function periodOf({ expiryDays }: RepositoryConfig, role: string): number {
  return (ownMember(expiryDays, role) ?? expiryDays["*"] ?? DEFAULT_DAYS) * 24 * 60 * 60 * 1000;
}

/** An instant as metadata writes it, in whole seconds. */
export function instant(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

type Entries = Readonly<Record<string, JsonValue>>;

function parseConfig(value: JsonValue): RepositoryConfig {
  const { format, id, profile, sign, bins, expiryDays, keepHours, allowLarge, ...others } = object(value, "");
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw refusal(`/${unknown}`, "is not a setting");
  if (format !== FORMAT) throw refusal("/format", `must be ${FORMAT}; another version of tuf-ld wrote this`);
  if (!PROFILES.includes(profile as ProfileName))
    throw refusal("/profile", `must be one of ${PROFILES.join(", ")}`);
  if (!["classic", "linked", "both"].includes(sign as string))
    throw refusal("/sign", "must be classic, linked or both");
  const days = object(expiryDays, "/expiryDays");
  for (const [role, count] of Object.entries(days)) positive(count, `/expiryDays/${role}`);
  if (id !== undefined && !(typeof id === "string" && /^[0-9a-f]{32}$/.test(id)))
    throw refusal("/id", "must be 32 hexadecimal digits");
  return {
    ...(id === undefined ? {} : { id }),
    profile: profile as ProfileName,
    sign: sign as SignedView,
    ...(bins === undefined ? {} : { bins: parseBins(object(bins, "/bins")) }),
    expiryDays: days as Readonly<Record<string, number>>,
    keepHours: positive(keepHours, "/keepHours"),
    ...(allowLarge === undefined ? {} : { allowLarge: flag(allowLarge, "/allowLarge") }),
  };
}

function parseBins({ delegator, prefix, bits, succinct, ...others }: Entries): BinLayout {
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw refusal(`/bins/${unknown}`, "is not a setting");
  if (typeof delegator !== "string") throw refusal("/bins/delegator", "must be a role's name");
  if (typeof prefix !== "string") throw refusal("/bins/prefix", "must be a string");
  if (typeof bits !== "number" || !Number.isInteger(bits) || bits < 1 || bits > 24)
    throw refusal("/bins/bits", "must be 1 to 24");
  if (typeof succinct !== "boolean") throw refusal("/bins/succinct", "must be true or false");
  return { delegator, prefix, bits, succinct };
}

function flag(value: JsonValue, path: string): boolean {
  if (typeof value !== "boolean") throw refusal(path, "must be true or false");
  return value;
}

function positive(value: JsonValue | undefined, path: string): number {
  // A century is as good as for ever, and keeps dates within what they can say.
  if (typeof value !== "number" || !(value > 0) || value > 36_525)
    throw refusal(path, "must be a positive number");
  return value;
}

function object(value: JsonValue | undefined, path: string): Entries {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Entries;
  throw refusal(path, "must be an object");
}

function refusal(path: string, reason: string): TufLdError<"ERR_SHAPE"> {
  return new TufLdError("ERR_SHAPE", `${NAME}: ${path || "it"} ${reason}`, { path, reason });
}
