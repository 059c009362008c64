/**
 * What one key of a recipe is: a zod schema with its help text, unit, source and other names. Everything that
 * shows keys to people (help, docs/arguments.md, error messages, JSON schema) reads it back through `fieldInfo`.
 */
import * as z from "zod";
import { internal } from "../base/errors.ts";

/** What is said about a key beside its type. */
export interface FieldNotes {
  /** Unit of the number, for example "tokens". */
  readonly unit?: string;
  /** Whose word and default it is: "ms-swift", "transformers", "PEFT", a paper. */
  readonly source?: string;
  /** Other spellings that are accepted. */
  readonly aliases?: readonly string[];
  /** Other spellings of values, each to the value. */
  readonly valueAliases?: Readonly<Record<string, string>>;
  /** What is taken when the key is absent and the schema has no constant default. */
  readonly otherwise?: string;
  /** Lets what a recipe brings run or reach a machine: a recipe cannot say it of itself, the command line alone can. */
  readonly consent?: true;
}

/** Gives a schema its text. The first sentence is what one-line help shows. */
export function field<Schema extends z.ZodType>(schema: Schema, description: string, notes: FieldNotes = {}): Schema {
  return schema.meta({ description, ...notes }) as Schema;
}

/** The same key with another default; its text stays. */
export function redefault<Schema extends z.ZodDefault>(schema: Schema, value: z.output<Schema>): Schema {
  const notes = schema.meta();
  return (schema.unwrap() as z.ZodType).default(value).meta(notes ?? {}) as unknown as Schema;
}

export type FieldKind = "integer" | "number" | "string" | "boolean" | "choice" | "list" | "map" | "any";

export interface FieldInfo extends FieldNotes {
  readonly key: string;
  readonly kind: FieldKind;
  /** Kind of the entries of a list. */
  readonly item?: FieldKind;
  /** Allowed words of a choice or of a list's entries. */
  readonly choices?: readonly string[];
  readonly description: string;
  /** The constant default; undefined when there is none. */
  readonly default?: unknown;
  readonly required: boolean;
  /** "a whole number, at least 1": for messages. */
  readonly expected: string;
}

interface Unwrapped {
  readonly schema: z.core.$ZodType;
  readonly default?: unknown;
  readonly required: boolean;
}

function unwrap(schema: z.core.$ZodType): Unwrapped {
  if (schema instanceof z.ZodOptional) return { ...unwrap(schema.unwrap()), required: false };
  if (schema instanceof z.ZodDefault) {
    return { ...unwrap(schema.unwrap()), required: false, default: schema.def.defaultValue };
  }
  // What reads the value first; null stands for a key that is absent.
  if (schema instanceof z.ZodPipe) return unwrap(schema.in as z.core.$ZodType);
  if (schema instanceof z.ZodNullable) return unwrap(schema.unwrap());
  return { schema, required: true };
}

function kindOf(schema: z.core.$ZodType): FieldKind {
  if (schema instanceof z.ZodNumber) return schema.format === "safeint" ? "integer" : "number";
  if (schema instanceof z.ZodString) return "string";
  if (schema instanceof z.ZodBoolean) return "boolean";
  if (schema instanceof z.ZodEnum) return "choice";
  if (schema instanceof z.ZodArray) return "list";
  if (schema instanceof z.ZodRecord) return "map";
  if (schema instanceof z.ZodLiteral) return kindOfLiteral(schema);
  return "any";
}

function kindOfLiteral({ value }: z.ZodLiteral): FieldKind {
  return typeof value === "boolean" ? "boolean" : typeof value === "number" ? "number" : "string";
}

const boundWords = {
  minimum: "at least",
  exclusiveMinimum: "above",
  maximum: "at most",
  exclusiveMaximum: "below",
} as const;

function boundsOf(schema: z.core.$ZodType): string {
  const json = z.toJSONSchema(schema);
  const parts: string[] = [];
  for (const [key, words] of Object.entries(boundWords)) {
    const value = json[key as keyof typeof boundWords];
    if (typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER) parts.push(`${words} ${value}`);
  }
  return parts.length === 0 ? "" : ` ${parts.join(" and ")}`;
}

function expectedText(kind: FieldKind, schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => JSON.stringify(value)).join(" or ");
  switch (kind) {
    case "integer":
      return `a whole number${boundsOf(schema)}`;
    case "number":
      return `a number${boundsOf(schema)}`;
    case "string":
      return "a text";
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${(schema as z.ZodEnum).options.join(", ")}`;
    case "map":
      return `a map of texts, as JSON {"from": "to"} on the command line`;
    case "any":
      return schema instanceof z.ZodUnion
        ? schema.options
            .map((option) => unwrap(option as z.core.$ZodType).schema)
            .map((option) => expectedText(kindOf(option), option))
            .join(", or ")
        : "a value as the description says";
    case "list": {
      const item = (schema as z.ZodArray).element;
      return `a list, each entry ${expectedText(kindOf(item), item)}`;
    }
  }
}

/** Reads a key's schema back as data. */
export function fieldInfo(key: string, schema: z.core.$ZodType): FieldInfo {
  const { schema: inner, required, default: constant } = unwrap(schema);
  const kind = kindOf(inner);
  const item = inner instanceof z.ZodArray ? inner.element : undefined;
  const choice = inner instanceof z.ZodEnum ? inner : item instanceof z.ZodEnum ? item : undefined;
  const { description, unit, source, aliases, valueAliases, otherwise, consent } = (schema as z.ZodType).meta() ?? {};
  if (description === undefined) internal(`the key ${key} has no description`);
  return {
    key,
    kind,
    ...(item === undefined ? {} : { item: kindOf(item) }),
    ...(choice === undefined ? {} : { choices: choice.options as string[] }),
    description,
    ...(unit === undefined ? {} : { unit: unit as string }),
    ...(source === undefined ? {} : { source: source as string }),
    ...(aliases === undefined ? {} : { aliases: aliases as readonly string[] }),
    ...(valueAliases === undefined ? {} : { valueAliases: valueAliases as Readonly<Record<string, string>> }),
    ...(otherwise === undefined ? {} : { otherwise: otherwise as string }),
    ...(consent === undefined ? {} : { consent: true }),
    ...(constant === undefined ? {} : { default: constant }),
    required,
    expected: expectedText(kind, inner),
  };
}
