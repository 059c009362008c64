/**
 * Reads config.json key by key and remembers which keys were read and what was wrong, so that all trouble is
 * reported at once and a key nobody read is noticed.
 */

export type JsonObject = Readonly<Record<string, unknown>>;

export interface ConfigProblem {
  readonly key: string;
  readonly message: string;
  /** "value": missing or malformed. "unsupported": well-formed, but means math that is not here. "unknown": nobody reads it. */
  readonly kind: "value" | "unsupported" | "unknown";
}

export interface ConfigReader {
  readonly json: JsonObject;
  readonly problems: readonly ConfigProblem[];
  readonly isRead: (key: string) => boolean;
  readonly report: (problem: ConfigProblem) => void;
  /** The value, null read as absent. Marks the key as read. */
  readonly take: (key: string) => unknown;
  readonly integer: (key: string, options?: NumberOptions) => number;
  readonly optionalInteger: (key: string, options?: NumberOptions) => number | undefined;
  readonly number: (key: string, options?: NumberOptions) => number;
  readonly boolean: (key: string, fallback: boolean) => boolean;
  /** One id, a list of ids or nothing. */
  readonly ids: (key: string, fallback: readonly number[]) => readonly number[];
  readonly object: (key: string) => JsonObject | undefined;
}

export interface NumberOptions {
  /** Used when the key is absent; without it the key is required. */
  readonly fallback?: number;
  readonly min?: number;
  readonly max?: number;
}

/** Larger than any size of a model; keeps arithmetic on sizes exact. */
const LARGEST = 2 ** 31;

/** `prefix` is put before keys in messages, for objects inside config.json. */
export function createConfigReader(json: JsonObject, prefix = ""): ConfigReader {
  const read = new Set<string>();
  const problems: ConfigProblem[] = [];
  const report = (problem: ConfigProblem): void => {
    problems.push({ ...problem, key: prefix + problem.key });
  };
  const take = (key: string): unknown => {
    read.add(key);
    const value = Object.hasOwn(json, key) ? json[key] : undefined;
    return value === null ? undefined : value;
  };
  const bad = (key: string, wanted: string): void =>
    report({ key, kind: "value", message: `is ${showValue(json[key])}, wants ${wanted}` });

  const numeric = (
    key: string,
    { fallback, min = 0, max = LARGEST }: NumberOptions,
    whole: boolean,
  ): number | undefined => {
    const value = take(key);
    if (value === undefined) return fallback;
    const wanted = `${whole ? "a whole number" : "a number"} from ${min} to ${max}`;
    const fits = typeof value === "number" && (whole ? Number.isSafeInteger(value) : Number.isFinite(value));
    if (fits && value >= min && value <= max) return value;
    bad(key, wanted);
    return fallback ?? min;
  };
  const required = (key: string, options: NumberOptions, whole: boolean): number => {
    const value = numeric(key, options, whole);
    if (value !== undefined) return value;
    report({ key, kind: "value", message: "is missing" });
    return options.min ?? 1;
  };

  return {
    json,
    problems,
    isRead: (key) => read.has(key),
    report,
    take,
    integer: (key, options = {}) => required(key, { min: 1, ...options }, true),
    optionalInteger: (key, options = {}) => numeric(key, options, true),
    number: (key, options = {}) => required(key, options, false),
    boolean: (key, fallback) => {
      const value = take(key);
      if (value === undefined) return fallback;
      if (typeof value !== "boolean") bad(key, "true or false");
      return value === true;
    },
    ids: (key, fallback) => {
      const value = take(key);
      if (value === undefined) return fallback;
      const list: readonly unknown[] = Array.isArray(value) ? value : [value];
      // -1 is how early Llama checkpoints say that there is no such token.
      if (list.length > 0 && list.every((id) => id === -1)) return [];
      if (list.length <= 1000 && list.every(isId)) return list;
      bad(key, "a token id or a list of them");
      return fallback;
    },
    object: (key) => {
      const value = take(key);
      if (value === undefined || isJsonObject(value)) return value;
      bad(key, "an object");
      return undefined;
    },
  };
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value < LARGEST;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as a message shows it: JSON, cut when long. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? "absent";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/**
 * The same config where a key may have several names (transformers' attribute_map): the first that is there counts, and
 * two of them must not say different things.
 */
export function withNames(reader: ConfigReader, names: Readonly<Record<string, readonly string[]>>): ConfigReader {
  const found = new Map<string, string>();
  for (const [key, others] of Object.entries(names)) {
    const there = [...others, key].filter((name) => Object.hasOwn(reader.json, name));
    const [first, ...rest] = there;
    if (first !== undefined) found.set(key, first);
    for (const other of rest) {
      const same = JSON.stringify(reader.take(other)) === JSON.stringify(reader.json[first as string]);
      if (!same) reader.report({ key: other, kind: "value", message: `differs from ${first}, which means the same` });
    }
  }
  const nameOf = (key: string): string => found.get(key) ?? names[key]?.[0] ?? key;
  return {
    ...reader,
    json: { ...reader.json, ...Object.fromEntries([...found].map(([key, name]) => [key, reader.json[name]])) },
    isRead: (key) => reader.isRead(nameOf(key)),
    report: (problem) => reader.report({ ...problem, key: nameOf(problem.key) }),
    take: (key) => reader.take(nameOf(key)),
    integer: (key, options) => reader.integer(nameOf(key), options),
    optionalInteger: (key, options) => reader.optionalInteger(nameOf(key), options),
    number: (key, options) => reader.number(nameOf(key), options),
    boolean: (key, fallback) => reader.boolean(nameOf(key), fallback),
    ids: (key, fallback) => reader.ids(nameOf(key), fallback),
    object: (key) => reader.object(nameOf(key)),
  };
}
