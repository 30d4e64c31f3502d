/**
 * The TypeScript types of the four roles, computed from the table of terms.
 *
 * They are the classic shapes. Members that the specification does not define may be present at run time at
 * every level; they are kept and signed, and read only through `unrecognizedOf`.
 * @module
 */
import type { JsonValue } from "../document/json.ts";
import type { HEADER, SHAPES, ShapeName } from "./terms.ts";

type Table = typeof SHAPES;

type ValueOf<M> = M extends { is: "string" | "dateTime" }
  ? string
  : M extends { is: "integer" }
    ? number
    : M extends { is: "boolean" }
      ? boolean
      : M extends { is: "set" }
        ? readonly string[]
        : M extends { is: "json" }
          ? Readonly<Record<string, JsonValue>>
          : M extends { is: "nest"; members: infer N }
            ? { readonly [K in keyof N]?: string } & Readonly<Record<string, JsonValue | undefined>>
            : M extends { is: "node"; of: infer S extends ShapeName }
              ? ShapeOf<S>
              : M extends { is: "list"; of: infer S extends ShapeName }
                ? readonly ShapeOf<S>[]
                : M extends { is: "map"; of: infer S extends ShapeName }
                  ? Readonly<Record<string, ShapeOf<S>>>
                  : never;

type MembersOf<M> = {
  readonly [K in keyof M as M[K] extends { required: true } ? K : never]: ValueOf<M[K]>;
} & {
  readonly [K in keyof M as M[K] extends { required: false } ? K : never]?: ValueOf<M[K]>;
};

/** The type of a shape. */
export type ShapeOf<S extends ShapeName> = MembersOf<Table[S]["members"]> &
  (Table[S] extends { type: infer T } ? { readonly _type: T } & MembersOf<typeof HEADER> : unknown);

export type Root = ShapeOf<"Root">;
export type Timestamp = ShapeOf<"Timestamp">;
export type Snapshot = ShapeOf<"Snapshot">;
export type Targets = ShapeOf<"Targets">;
export type TufKey = ShapeOf<"Key">;
export type Role = ShapeOf<"Role">;
export type MetaFile = ShapeOf<"MetaFile">;
export type TargetFile = ShapeOf<"TargetFile">;
export type Delegations = ShapeOf<"Delegations">;
export type DelegatedRole = ShapeOf<"DelegatedRole">;
export type SuccinctRoles = ShapeOf<"SuccinctRoles">;

/** The `signed` part of any metadata file. */
export type Signed = Root | Timestamp | Snapshot | Targets;
