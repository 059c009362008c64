/** docs/models.md: the table of families, with what each was compared on. */
import { readFileSync } from "node:fs";
import { families } from "../../src/models/families/index.ts";
import { swiftTypes } from "./swift-types.ts";

const intro = `# Models

<!-- Made from the source; change it there and run \`UPDATE_DOCS=1 npx vitest run --project unit test/docs\`. -->

What \`--model\` takes, by \`model_type\` of config.json. Every family is compared with transformers: logits of small models
of its class within 1e-4, full and over a cache, with padding and packing, beyond its window; and the gradient of every
tensor with PyTorch's. Full training and LoRA work on all of them. Where transformers has no class of a family, because
its code lies beside its weights, the reference is written in PyTorch from that code (\`test/oracles/remote_code.py\`).

Mixtures of experts compute every expert on every token and weigh what was not chosen with 0: exact, at experts / chosen
times the multiplications of a model that gathers each expert's tokens (sixteen times for 8 of 128). Their router's
load-balancing loss is compared, too.

A setting of config.json that changes what a model computes and is not here stops the load, with its name.

| \`model_type\` | models | classes | compared on |
|---|---|---|---|`;

interface Golden {
  readonly cases: readonly { readonly name: string; readonly config: { readonly model_type: string } }[];
}

function golden(): Golden {
  const path = new URL("../golden/models/decoder-logits.json", import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as Golden;
}

/** Names of the recorded models of a family. */
export function comparedModels(modelType: string): readonly string[] {
  const { cases } = golden();
  return cases.filter(({ config }) => config.model_type === modelType).map(({ name }) => name);
}

/** Their config.json. */
export function comparedConfigs(modelType: string): readonly object[] {
  return golden()
    .cases.map(({ config }) => config)
    .filter((config) => config.model_type === modelType);
}

function coverage(): string {
  const loading = swiftTypes.filter(({ loads }) => loads !== undefined);
  const rows = swiftTypes.map(({ type, loads, reason }) =>
    loads === undefined ? `| \`${type}\` | no: ${reason} |` : `| \`${type}\` | \`${loads[0]}\`, \`${loads[1]}\` |`,
  );
  return `
## Counted against ms-swift

Of the ${swiftTypes.length} language types of ms-swift 4.6, ${loading.length} load. A test reads a config.json of each. A type is a class
of models with its chat template; weights that are quantized (FP8, MXFP4) need an unquantized copy.

| type of ms-swift | loads as |
|---|---|
${rows.join("\n")}
`;
}

export function modelsPage(): Promise<string> {
  const rows = families.map(
    ({ modelType, covers, architectures }) =>
      `| \`${modelType}\` | ${covers} | ${architectures.map((name) => `\`${name}\``).join(", ")} | ${comparedModels(modelType).join("; ")} |`,
  );
  return Promise.resolve(`${[intro, ...rows].join("\n")}\n${coverage()}`);
}
