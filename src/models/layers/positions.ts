/** Absolute positions, added to the embeddings before the first layer; and the slopes of ALiBi. */
import { add, cast, concat, constant, cos, gather, mul, sin, unsqueeze } from "../../tensor/index.ts";
import { hiddenBlock, valueOf, type Block } from "../model.ts";

export interface PositionTable {
  readonly name: string;
  readonly positions: number;
  readonly hiddenSize: number;
  /** Rows that come before the one of position 0. */
  readonly offset?: number;
}

/** A table of learned positions. */
export function learnedPositions({ name, positions, hiddenSize, offset = 0 }: PositionTable): Block {
  return hiddenBlock(name, (scope, hidden, values) => {
    const table = scope.weight("weight", [positions + offset, hiddenSize]);
    const places = cast(valueOf(values, "positions"), "int64");
    return add(hidden, gather(table, offset === 0 ? places : add(places, offset)));
  });
}

/** Sines in the first half of the width, cosines in the second, wavelengths from 2π to 10000 * 2π (tensor2tensor). */
export function sinusoidalPositions({ name, hiddenSize, offset = 0 }: Omit<PositionTable, "positions">): Block {
  const half = hiddenSize / 2;
  const frequencies = Array.from({ length: half }, (_, i) => 10000 ** (-i / (half - 1)));
  return hiddenBlock(name, (_, hidden, values) => {
    const places = add(cast(valueOf(values, "positions"), "float32"), offset);
    const angles = mul(unsqueeze(places, [2]), constant(frequencies, "float32", [half]));
    return add(hidden, concat([sin(angles), cos(angles)], 2));
  });
}

/**
 * Slopes of ALiBi (Press et al. 2022): powers of 2^(-8/n) for n heads; where n is no power of two, those of the power
 * below it, then every second one of the power above.
 */
export function alibiSlopes(heads: number, steepest = 8): readonly number[] {
  const below = 2 ** Math.floor(Math.log2(heads));
  const powers = (count: number, of: number, every: number): readonly number[] =>
    Array.from({ length: count }, (_, i) => Math.fround(2 ** ((-steepest * (every * i + 1)) / of)));
  return [...powers(below, below, 1), ...powers(heads - below, 2 * below, 2)];
}
