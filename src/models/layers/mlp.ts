/** Feed-forward layers. */
import { gelu, mul, relu, silu, slice, type Tensor } from "../../tensor/index.ts";
import { width, type Scope } from "../scope.ts";

/** By the names of transformers' `hidden_act`. */
export const activations = {
  silu,
  swish: silu,
  gelu: (x: Tensor) => gelu(x, "none"),
  gelu_new: (x: Tensor) => gelu(x, "tanh"),
  gelu_fast: (x: Tensor) => gelu(x, "tanh"),
  gelu_pytorch_tanh: (x: Tensor) => gelu(x, "tanh"),
  relu,
  relu2: (x: Tensor) => mul(relu(x), relu(x)),
} as const satisfies Readonly<Record<string, (x: Tensor) => Tensor>>;

export type Activation = keyof typeof activations;

export function isActivation(name: unknown): name is Activation {
  return typeof name === "string" && Object.hasOwn(activations, name);
}

/** x [batch, time, hidden] -> the same shape. */
export type Mlp = (scope: Scope, x: Tensor) => Tensor;

export interface GatedMlpOptions {
  readonly intermediateSize: number;
  readonly activation: Activation;
  readonly bias?: boolean;
  /** Gate and up are one matrix of this name, gate first. */
  readonly fused?: string;
  readonly names?: GatedNames;
}

export interface GatedNames {
  readonly gate: string;
  readonly up: string;
  readonly down: string;
}

const gatedNames: GatedNames = { gate: "gate_proj", up: "up_proj", down: "down_proj" };

/** down(act(gate(x)) * up(x)) (Shazeer 2020). */
export function gatedMlp({
  intermediateSize,
  activation,
  bias = false,
  fused,
  names = gatedNames,
}: GatedMlpOptions): Mlp {
  const project = (scope: Scope, x: Tensor): readonly [Tensor, Tensor] => {
    if (fused === undefined) {
      const gate = scope.linear(x, names.gate, intermediateSize, { bias });
      return [gate, scope.linear(x, names.up, intermediateSize, { bias })];
    }
    const both = scope.linear(x, fused, 2 * intermediateSize, { bias });
    return [slice(both, 2, 0, intermediateSize), slice(both, 2, intermediateSize, 2 * intermediateSize)];
  };
  return (scope, x) => {
    const [gate, up] = project(scope, x); // [batch, time, intermediate]
    return scope.linear(mul(activations[activation](gate), up), names.down, width(x.shape), { bias });
  };
}

export interface PlainMlpOptions {
  readonly intermediateSize: number;
  readonly activation: Activation;
  readonly bias: boolean;
  /** Names of the two matrices. */
  readonly names: readonly [string, string];
  readonly layout?: "out,in" | "in,out";
}

/** down(act(up(x))) */
export function plainMlp({ intermediateSize, activation, bias, names, layout = "out,in" }: PlainMlpOptions): Mlp {
  return (scope, x) => {
    const inner = activations[activation](scope.linear(x, names[0], intermediateSize, { bias, layout }));
    return scope.linear(inner, names[1], width(x.shape), { bias, layout });
  };
}
