/**
 * A model: facts about it, blocks that run one after another, and the matrix that turns the last hidden states into
 * logits. Nothing here or after asks which family a model is of.
 */
import { internal } from "../base/errors.ts";
import {
  add,
  concat,
  div,
  expand,
  matmul,
  mul,
  reduceSumSquare,
  scalar,
  sqrt,
  tanh,
  unsqueeze,
  type Tensor,
} from "../tensor/index.ts";
import { biasSpec } from "./access.ts";
import { createScope, type Access, type LinearModule, type Scope } from "./scope.ts";

/** What the rest of the house needs to know of a model, whatever its architecture. */
export interface Facts {
  /** As config.json says it; for messages only. */
  readonly modelType: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  /** The longest sequence the model was made for. */
  readonly maxPositions: number;
  /** The output head is the embedding table. */
  readonly tied: boolean;
  readonly bosTokenId: number | undefined;
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | undefined;
}

/** Named tensors that flow from block to block: the inputs, `hidden`, and what a family adds. */
export type Values = Readonly<Record<string, Tensor>>;

/** int32 [batch, time]; positions are places in the sequence, from 0, and restart at each packed segment. */
export interface TokenInputs {
  readonly inputIds: Tensor;
  readonly positions: Tensor;
}

/** The tap of the embeddings of tokens, below the path of their table. */
export const EMBEDDED = "embedded";

export interface Block {
  /** Where its tensors lie in a checkpoint, for example "model.layers.0". */
  readonly path: string;
  readonly run: (scope: Scope, values: Values) => Values;
}

/** logits = cap * tanh(scale * (hidden Wᵀ + bias) / cap); without cap, scale * (hidden Wᵀ + bias). */
export interface Head {
  /** W [vocab, hidden]; its weight is the embedding table's when tied. */
  readonly module: LinearModule;
  /** Rows of W are divided by their lengths (Baichuan 2). */
  readonly normalized?: boolean | undefined;
  readonly scale?: number | undefined;
  readonly softcap?: number | undefined;
}

/** What the load-balancing loss wants to know of a mixture of experts (layers/router-loss.ts). */
export interface RouterFacts {
  readonly experts: number;
  readonly perToken: number;
  /** Weight of the loss in training by config.json; 0 where it does not ask for it (`output_router_logits`). */
  readonly coefficient: number;
}

export interface Model {
  readonly facts: Facts;
  readonly router?: RouterFacts | undefined;
  /** Stored tensors that generation and training leave out: heads that predict further tokens. */
  readonly leavesOut?: ((name: string) => boolean) | undefined;
  readonly blocks: readonly Block[];
  readonly head: Head;
  /** The same architecture with another vocabulary or an own head: what adapters and merges may change. */
  readonly withFacts: (changes: Partial<Pick<Facts, "vocabSize" | "tied">>) => Model;
}

export function valueOf(values: Values, name: string): Tensor {
  return values[name] ?? internal(`no value "${name}"; there are ${Object.keys(values).join(", ")}`);
}

/** A block that changes the hidden states [batch, time, hidden] alone. */
export function hiddenBlock(path: string, run: (scope: Scope, hidden: Tensor, values: Values) => Tensor): Block {
  return { path, run: (scope, values) => ({ ...values, hidden: run(scope, valueOf(values, "hidden"), values) }) };
}

/** Every block in turn. */
export function runBlocks(model: Model, access: Access, inputs: Values): Values {
  return model.blocks.reduce((values, block) => block.run(createScope(access, block.path), values), inputs);
}

/** Hidden states [batch, time, hidden] before the head. */
export function finalHidden(model: Model, access: Access, inputs: TokenInputs): Tensor {
  return valueOf(runBlocks(model, access, { ...inputs }), "hidden");
}

/** What logits become after the product with the head's matrix. */
export function finishLogits({ scale, softcap }: Head, product: Tensor): Tensor {
  const scaled = scale === undefined || scale === 1 ? product : mul(product, scale);
  return softcap === undefined ? scaled : mul(tanh(mul(scaled, 1 / softcap)), softcap);
}

function headMatrix({ module, normalized = false }: Head, access: Access): Tensor {
  const matrix = access.matrix(module); // [vocab, hidden]
  return normalized ? div(matrix, sqrt(reduceSumSquare(matrix, [1]))) : matrix;
}

/** hidden [..., hidden] -> logits [..., vocab] */
export function headLogits({ head }: Model, access: Access, hidden: Tensor): Tensor {
  const product = matmul(hidden, headMatrix(head, access), { transB: true });
  const bias = biasSpec(head.module);
  return finishLogits(head, bias === undefined ? product : add(product, access.weight(bias)));
}

/**
 * What losses multiply that never hold all logits: hidden matrixᵀ is what {@link finishLogits} finishes. A bias is one
 * more column of the matrix, which meets a one.
 */
export function headProduct(
  { head }: Model,
  access: Access,
  hidden: Tensor,
): { readonly hidden: Tensor; readonly matrix: Tensor } {
  const matrix = headMatrix(head, access);
  const bias = biasSpec(head.module);
  if (bias === undefined) return { hidden, matrix };
  const ones = expand(scalar(1, hidden.dtype), [...hidden.shape.slice(0, -1), 1]);
  return {
    hidden: concat([hidden, ones], hidden.shape.length - 1),
    matrix: concat([matrix, unsqueeze(access.weight(bias), [1])], 1),
  };
}
