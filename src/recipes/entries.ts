/**
 * Where the values of a recipe come from. Each source gives entries: a key as it was written, its value, and the
 * place a mistake is reported at. Later sources win key by key (args.json, then the YAML file, then flags).
 */

export interface Entry {
  /** As the person wrote it: "lora-rank", "lora_rank", "loraRank". */
  readonly key: string;
  readonly value: unknown;
  /** Values that came as words of a command line and take the type of their key. */
  readonly words?: readonly string[];
  /** The place of the key, or of the value at a path below it: [] is the whole value, [0] the first of a list. */
  readonly where: (path?: readonly PropertyKey[]) => string;
}

export interface Source {
  readonly entries: readonly Entry[];
  /** Keys that the recipe lacks are passed over instead of reported (args.json of another verb or version). */
  readonly lenient?: boolean;
  /** Whether the values are those of a file, which may be a stranger's: it consents to nothing. */
  readonly fromFile?: boolean;
}

/** Entries of a plain object, for example the argument of `sft({...})`. */
export function objectSource(object: object, name: string): Source {
  return {
    entries: (Object.entries(object) as [string, unknown][])
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ({ key, value, where: (path = []) => [name, key, ...path.map(String)].join(".") })),
  };
}

/** Entries of an args.json; foreign keys in it are ignored. */
export function savedSource(object: Readonly<Record<string, unknown>>, file: string): Source {
  const entries = Object.entries(object)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => ({ key, value, where: () => `${file}, ${key}` }));
  return { entries, lenient: true, fromFile: true };
}
