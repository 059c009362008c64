/**
 * The Parquet schema of JSON rows: texts, booleans, whole numbers, numbers, lists and structs, nested as they are, so
 * that other programs see columns and not texts. What is of several types in one place becomes JSON text.
 */
import type { SchemaElement } from "hyparquet";

export type ColumnType =
  | { readonly kind: "null" | "boolean" | "integer" | "number" | "text" | "json" }
  | { readonly kind: "list"; readonly item: ColumnType }
  | { readonly kind: "struct"; readonly fields: Readonly<Record<string, ColumnType>> };

/** Structs with more fields than this are maps in truth, whose keys are data. */
const STRUCT_FIELDS = 100;

export function typeOf(value: unknown): ColumnType {
  if (value === null || value === undefined) return { kind: "null" };
  if (typeof value === "boolean") return { kind: "boolean" };
  if (typeof value === "number") return { kind: Number.isSafeInteger(value) ? "integer" : "number" };
  if (typeof value === "string") return { kind: "text" };
  if (Array.isArray(value)) {
    return { kind: "list", item: value.map(typeOf).reduce(unite, { kind: "null" } as ColumnType) };
  }
  const fields = Object.entries(value).map(([name, inner]) => [name, typeOf(inner)] as const);
  return fields.length > STRUCT_FIELDS ? { kind: "json" } : { kind: "struct", fields: Object.fromEntries(fields) };
}

/** The narrowest type that holds the values of both. */
export function unite(a: ColumnType, b: ColumnType): ColumnType {
  if (a.kind === "null") return b;
  if (b.kind === "null") return a;
  if (a.kind === "list" && b.kind === "list") return { kind: "list", item: unite(a.item, b.item) };
  if (a.kind === "struct" && b.kind === "struct") {
    const fields = new Map(Object.entries(a.fields));
    for (const [name, type] of Object.entries(b.fields)) {
      const known = fields.get(name);
      fields.set(name, known === undefined ? type : unite(known, type));
    }
    return fields.size > STRUCT_FIELDS ? { kind: "json" } : { kind: "struct", fields: Object.fromEntries(fields) };
  }
  if (a.kind === b.kind) return a;
  const kinds = new Set([a.kind, b.kind]);
  return kinds.has("integer") && kinds.has("number") ? { kind: "number" } : { kind: "json" };
}

/** Elements of the schema in the order of the file: a parent before its children. */
export function schemaOf(columns: Readonly<Record<string, ColumnType>>): SchemaElement[] {
  const entries = Object.entries(columns);
  return [{ name: "root", num_children: entries.length }, ...entries.flatMap(([name, type]) => elementsOf(name, type))];
}

const leaves = {
  boolean: { type: "BOOLEAN" },
  integer: { type: "INT64" },
  number: { type: "DOUBLE" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  null: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  json: { type: "BYTE_ARRAY", converted_type: "JSON" },
} as const;

function elementsOf(name: string, type: ColumnType): SchemaElement[] {
  if (type.kind === "list") {
    return [
      { name, repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...elementsOf("element", type.item),
    ];
  }
  if (type.kind === "struct" && Object.keys(type.fields).length > 0) {
    const children = Object.entries(type.fields).flatMap(([field, inner]) => elementsOf(field, inner));
    return [{ name, repetition_type: "OPTIONAL", num_children: Object.keys(type.fields).length }, ...children];
  }
  // Parquet has no struct without fields.
  const leaf = type.kind === "struct" ? leaves.json : leaves[type.kind];
  return [{ name, repetition_type: "OPTIONAL", ...leaf }];
}

/** A value as the writer wants it for its type. */
export function toParquet(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "integer":
      return BigInt(value as number);
    case "list":
      return (value as readonly unknown[]).map((item) => toParquet(item, type.item));
    case "struct": {
      const object = value as Readonly<Record<string, unknown>>;
      const fields = Object.entries(type.fields);
      if (fields.length === 0) return object;
      return Object.fromEntries(fields.map(([name, inner]) => [name, toParquet(object[name], inner)]));
    }
    default:
      return value;
  }
}
