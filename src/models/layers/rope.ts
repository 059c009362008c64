/** Rotary position embedding (Su et al. 2021): pairs of numbers of each head turn by an angle that grows with position. */
import {
  cast,
  concat,
  constant,
  cos,
  greaterOrEqual,
  mul,
  reduceMax,
  reshape,
  rotary,
  sin,
  slice,
  transpose,
  unsqueeze,
  where,
  type Dim,
  type Tensor,
} from "../../tensor/index.ts";
import { divDims, mulDims } from "../../tensor/shape.ts";

/** Worked out: the graph only multiplies positions by these. */
export interface RopeConfig {
  /** As config.json names it; for messages only. */
  readonly type: string;
  readonly theta: number;
  /** Radians per position, one for each pair that turns: [turning / 2], turning at most headDim. */
  readonly inverseFrequencies: readonly number[];
  /**
   * Frequencies of rows that reach further than `beyond` positions (LongRoPE). transformers looks at the longest row
   * of a batch; here each row is as it is alone.
   */
  readonly long?: { readonly inverseFrequencies: readonly number[]; readonly beyond: number };
  /** Scales cosines and sines (YaRN, LongRoPE); 1 elsewhere. */
  readonly attentionFactor: number;
  /** Multiplies scores of latent attention (DeepSeek's YaRN); absent: 1. */
  readonly scoreFactor?: number;
  /** Pairs are neighbours, 2i and 2i + 1 (Cohere, GLM), instead of i and i + turning/2. */
  readonly interleaved?: boolean;
}

interface Angles {
  /** [batch, time, turning/2] */
  readonly cosines: Tensor;
  readonly sines: Tensor;
}

export interface RotateOptions {
  /** int32 [batch, time] */
  readonly positions: Tensor;
  readonly headDim: number;
}

/** x [batch, time, heads * headDim]; numbers of a head after the first `turning` stay. */
export function rotate(x: Tensor, rope: RopeConfig, { positions, headDim }: RotateOptions): Tensor {
  const { cosines, sines } = anglesOf(rope, positions);
  const turning = 2 * rope.inverseFrequencies.length;
  const turn = (y: Tensor): Tensor =>
    rope.interleaved === true
      ? regroup(rotary(regroup(y, [turning / 2, 2]), cosines, sines), [2, turning / 2])
      : rotary(y, cosines, sines);
  if (turning === headDim) return turn(x);
  const [batch, time, width] = x.shape as [Dim, Dim, Dim];
  const heads = divDims(width, headDim) as Dim;
  const split = reshape(x, [batch, time, heads, headDim]);
  const flat = reshape(slice(split, 3, 0, turning), [batch, time, mulDims(heads, turning)]);
  const turned = reshape(turn(flat), [batch, time, heads, turning]);
  return reshape(concat([turned, slice(split, 3, turning, headDim)], 3), x.shape);
}

/** x [batch, time, n * a * b] with the two innermost axes changed in place. */
function regroup(x: Tensor, [a, b]: readonly [number, number]): Tensor {
  const [batch, time, width] = x.shape as [Dim, Dim, Dim];
  const heads = divDims(width, a * b) as Dim;
  return reshape(transpose(reshape(x, [batch, time, heads, a, b]), [0, 1, 2, 4, 3]), x.shape);
}

/** All layers of a pass share their angles: one for each pair of positions and frequencies. */
const made = new WeakMap<Tensor, Map<RopeConfig, Angles>>();

function anglesOf(rope: RopeConfig, positions: Tensor): Angles {
  const known = made.get(positions) ?? new Map<RopeConfig, Angles>();
  made.set(positions, known);
  const angles = known.get(rope) ?? computeAngles(rope, positions);
  known.set(rope, angles);
  return angles;
}

function computeAngles(rope: RopeConfig, positions: Tensor): Angles {
  const places = unsqueeze(cast(positions, "float32"), [2]); // [batch, time, 1]
  const angles = mul(places, frequenciesOf(rope, places));
  const scaled = (x: Tensor): Tensor => (rope.attentionFactor === 1 ? x : mul(x, rope.attentionFactor));
  return { cosines: scaled(cos(angles)), sines: scaled(sin(angles)) };
}

/** [turning/2], or [batch, 1, turning/2] where long rows have their own; places [batch, time, 1] */
function frequenciesOf({ inverseFrequencies, long }: RopeConfig, places: Tensor): Tensor {
  const vector = (values: readonly number[]): Tensor => constant(values, "float32", [values.length]);
  if (long === undefined) return vector(inverseFrequencies);
  const isLong = greaterOrEqual(reduceMax(places, [1]), long.beyond); // [batch, 1, 1]
  return where(isLong, vector(long.inverseFrequencies), vector(inverseFrequencies));
}
