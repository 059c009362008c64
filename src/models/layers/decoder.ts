/** The frame of a decoder: token embedding, layers, last norm, head. */
import { cast, gather, mul, type Tensor } from "../../tensor/index.ts";
import { EMBEDDED, hiddenBlock, valueOf, type Block, type Facts, type Head, type Model } from "../model.ts";
import type { Scope } from "../scope.ts";
import type { Norm } from "./norm.ts";

/** Names that most decoders of transformers share. */
export interface DecoderNames {
  readonly embedding: string;
  readonly layers: string;
  readonly norm: string;
  readonly head: string;
}

const standardNames: DecoderNames = {
  embedding: "model.embed_tokens",
  layers: "model.layers",
  norm: "model.norm",
  head: "lm_head",
};

export interface DecoderParts extends Pick<Model, "router" | "leavesOut"> {
  readonly facts: Facts;
  readonly names?: DecoderNames;
  /** Multiplies embeddings (Gemma, Granite). */
  readonly embeddingScale?: number | undefined;
  /** hidden [batch, time, hidden] through layer `index`; positions int32 [batch, time]. */
  readonly layer: (index: number) => (scope: Scope, hidden: Tensor, positions: Tensor) => Tensor;
  readonly norm: Norm;
  /** Blocks between the embedding and the first layer: learned positions, a norm. */
  readonly afterEmbedding?: readonly Block[];
  readonly head?: Omit<Head, "module"> & { readonly bias?: boolean };
}

export function decoder(parts: DecoderParts): Model {
  const { bias = false, ...head } = parts.head ?? {};
  const { facts, names = standardNames, embeddingScale, layer, norm, afterEmbedding = [] } = parts;
  const embedding: Block = {
    path: names.embedding,
    run: (scope, values) => {
      const table = scope.weight("weight", [facts.vocabSize, facts.hiddenSize]);
      const rows = scope.tap(EMBEDDED, gather(table, cast(valueOf(values, "inputIds"), "int64"))); // [batch, time, hidden]
      return { ...values, hidden: embeddingScale === undefined ? rows : mul(rows, embeddingScale) };
    },
  };
  const layers = Array.from({ length: facts.layers }, (_, index) => {
    const run = layer(index);
    return hiddenBlock(`${names.layers}.${index}`, (scope, hidden, values) =>
      run(scope, hidden, valueOf(values, "positions")),
    );
  });
  const dot = names.norm.lastIndexOf(".");
  const last = hiddenBlock(names.norm.slice(0, Math.max(0, dot)), (scope, hidden) =>
    norm(scope, hidden, names.norm.slice(dot + 1)),
  );
  return {
    facts,
    router: parts.router,
    leavesOut: parts.leavesOut,
    blocks: [embedding, ...afterEmbedding, ...layers, last],
    head: {
      ...head,
      module: {
        path: names.head,
        inSize: facts.hiddenSize,
        outSize: facts.vocabSize,
        weight: facts.tied ? `${names.embedding}.weight` : `${names.head}.weight`,
        bias: bias ? `${names.head}.bias` : undefined,
        layout: "out,in",
      },
    },
    withFacts: (changes) => decoder({ ...parts, facts: { ...facts, ...changes } }),
  };
}
