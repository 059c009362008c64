/** docs/tuners.md: the table of tuners with the settings that each reads. */
import { tuners } from "../../src/models/tuners/index.ts";

const intro = `# Tuners

<!-- Made from the source; change it there and run \`UPDATE_DOCS=1 npx vitest run --project unit test/docs\`. -->

What \`sft\` and \`pt\` train, by \`--tuner-type\`. Those with a PEFT type are written as \`adapter_config.json\` and
\`adapter_model.safetensors\` under the names that PEFT gives, and are read from there; the others write a whole model. Of
each, logits (with the adapter, and merged by \`merge-lora\`) and twenty steps of training are compared with PyTorch and
PEFT. A setting that the chosen tuner does not read is refused; those in bold must stay when a run goes on.
docs/arguments.md says what the settings mean.

| \`tuner_type\` | trains | PEFT type | learning rate | settings |
|---|---|---|---|---|
`;

export function tunersPage(): string {
  const rows = [...tuners.values()].map(({ name, about, peft, learningRate, fixed, free }) => {
    const settings = [...fixed.map((key) => `**${key}**`), ...free].join(", ");
    return `| \`${name}\` | ${about} | ${peft?.type ?? ""} | ${learningRate} | ${settings} |`;
  });
  return `${intro}${rows.join("\n")}\n`;
}
