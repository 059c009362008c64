/**
 * What a method of merging is: one tensor of every model to one tensor. Names, defaults and arithmetic are those of
 * mergekit, so that a user's settings mean the same here; sums are in float64.
 */

/** Settings of all methods; each says which it reads. */
export interface MergeNumbers {
  /** One for each model. */
  readonly weights: readonly number[];
  /** Share of the entries of a task vector that is kept, one for each model. */
  readonly density: readonly number[];
  /** Factor on the sum of the task vectors. */
  readonly lambda: number;
  /** Divide by the sum of the weights. */
  readonly normalize: boolean;
  /** Place between the first model (0) and the second (1). */
  readonly t: number;
  readonly seed: number;
}

export interface MergeInputs extends MergeNumbers {
  /** The tensor's name: with the seed, the address of random numbers. */
  readonly name: string;
  readonly models: readonly Float32Array[];
}

interface Common {
  /** The settings that change its result; any other is refused when given. */
  readonly reads: readonly (keyof MergeNumbers)[];
  /** Whether `normalize` is on unless said otherwise. */
  readonly normalize: boolean;
  readonly minModels: number;
  readonly maxModels: number;
}

/** A method that looks at the models alone. */
export interface PlainMethod extends Common {
  readonly base: false;
  readonly merge: (inputs: MergeInputs) => Float32Array;
}

/** A method on task vectors: what each model added to a base that they share. */
export interface TaskMethod extends Common {
  readonly base: true;
  readonly merge: (inputs: MergeInputs & { readonly base: Float32Array }) => Float32Array;
}

export type MergeMethod = PlainMethod | TaskMethod;
