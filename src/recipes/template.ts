/** Keys that say how messages become text, and which of its tokens are trained. */
import * as z from "zod";
import { agentTemplateNames } from "../text/agent-templates.ts";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";

export const templateGroup = defineGroup("Template", {
  template: field(z.string().min(1).optional(), "Path of a Jinja file to use as chat template.", {
    source: "ms-swift",
    aliases: ["chat_template"],
    otherwise: "the checkpoint's own",
  }),
  use_chat_template: field(
    z.boolean().default(true),
    "Render messages with the chat template. Without it the texts are joined as they are.",
    { source: "ms-swift" },
  ),
  system: field(
    z.string().optional(),
    "System message of conversations that have none; a text, or the path of a .txt file.",
    { source: "ms-swift", otherwise: "what the template says" },
  ),
  agent_template: field(
    z.enum(agentTemplateNames).optional(),
    "How tools, tool calls and tool responses are written.",
    { source: "ms-swift", otherwise: "what the chat template does" },
  ),
});

export const lossScaleGroup = defineGroup("Loss", {
  loss_scale: field(
    z.string().min(1).default("default"),
    "Which tokens are trained and with what weight: default (every assistant turn), last_round or all, and chained " +
      "by +: react, hermes, qwen, agentflan, alpha_umi, ignore_empty_think, ignore_think_prefix.",
    { source: "ms-swift" },
  ),
});
