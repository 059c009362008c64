/** How relations between persons or things are written into rows. Names of the keys are Data-Juicer's. */

export interface Relation {
  readonly relation_source_entity: string;
  readonly relation_target_entity: string;
  readonly relation_description: string;
  readonly relation_keywords: readonly string[];
  readonly relation_strength: number | null;
}

/** What equals an earlier one in every part is left out. */
export function distinct<T>(values: readonly T[]): readonly T[] {
  const seen = new Map(values.map((value) => [JSON.stringify(value), value] as const).toReversed());
  return [...seen.values()].toReversed();
}
