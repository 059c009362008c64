/** Reads a map of arguments (of a sampler, of a schedule) by the schema of what it belongs to; each mistake is reported with its place. */
import type * as z from "zod";
import { suggest } from "../base/suggest.ts";
import { fieldInfo } from "./field.ts";
import type { Report } from "./recipe.ts";

export interface Nested {
  /** The key that holds the map. */
  readonly key: string;
  /** Whose arguments they are, for messages. */
  readonly name: string;
  readonly schema: z.ZodObject;
}

type Values = Readonly<Record<string, unknown>>;

/** The arguments with their defaults; undefined when something was reported. */
export function readNestedArgs(written: Values, nested: Nested, report: Report): Values | undefined {
  // YAML's null is an argument that is not given.
  const given = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== null));
  const parsed = nested.schema.safeParse(given);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const keys = issue.code === "unrecognized_keys" ? issue.keys : [String(issue.path[0])];
    for (const key of keys) {
      const told =
        issue.code === "unrecognized_keys" ? unknownText(nested, key) : expectedText(nested, key, issue, given[key]);
      report(nested.key, `${nested.name}.${key}: ${told}`, [key, ...issue.path.slice(1)]);
    }
  }
  return undefined;
}

function unknownText({ name, schema }: Nested, key: string): string {
  const known = Object.keys(schema.shape);
  const near = suggest(key, known);
  if (near !== undefined) return `unknown argument of ${name}; did you mean ${near}?`;
  return `unknown argument of ${name}, which ${known.length === 0 ? "has none" : `has ${known.join(", ")}`}.`;
}

function expectedText({ schema }: Nested, key: string, issue: z.core.$ZodIssue, value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return `expected ${fieldInfo(key, schema.shape[key] as z.core.$ZodType).expected}; got ${shown}.${issue.path.length > 1 ? ` The mistake is at ${issue.path.slice(1).join(", ")}.` : ""}`;
}
