/**
 * The chat template of a checkpoint: where it comes from, what it writes, and what ends an assistant turn.
 *
 * Sources, in this order: the one given by the caller, chat_template.jinja, tokenizer_config.json (a text or a
 * list of named ones), and ChatML written here when the checkpoint has none. The template travels in the
 * checkpoint that is trained with it, so that serving renders what training rendered.
 *
 * What ends a turn is found by rendering a probe, once, and is shared by training (the stop token is part of the
 * trained span) and generation (it stops there). Spans are found in spans.ts.
 */
import { fail, isTunesmithError } from "../base/errors.ts";
import { compileTemplate, hasGenerationTags, type CompiledTemplate } from "./jinja.ts";
import { didYouMean } from "../base/suggest.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { findToolSupport } from "./tool-support.ts";
import type { TemplateMessage, ToolSupport } from "./turns.ts";

export interface RenderOptions {
  readonly tools?: readonly unknown[] | null;
  readonly addGenerationPrompt?: boolean;
  /** Extra variables of the template. */
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/** What the template writes right after an assistant's words. */
export interface Stop {
  /** Text up to and with the end-of-turn token, "" when the template writes nothing there. */
  readonly text: string;
  /** Ids that end a turn: the end-of-turn token and the end-of-sequence token. */
  readonly ids: readonly number[];
  /** Texts that end a turn, when the vocabulary has no single token for it. */
  readonly strings: readonly string[];
}

export interface ChatTemplate {
  readonly source: string;
  /** The file it was read from, "given" or "default". */
  readonly origin: string;
  readonly render: (messages: readonly TemplateMessage[], options?: RenderOptions) => string;
  /** As render, with {@link marks} around every `{% generation %}` block; undefined without such blocks. */
  readonly renderMarked: ((messages: readonly TemplateMessage[], options?: RenderOptions) => string) | undefined;
  /** What `add_generation_prompt` adds after a user message. */
  readonly generationPrompt: string;
  readonly stop: Stop;
  /** End-of-turn tokens that some turns of this template have instead of the usual one. */
  readonly otherStops: readonly string[];
  readonly toolSupport: () => ToolSupport;
  /** To be shown once. */
  readonly notices: readonly string[];
}

/** Noncharacter neighbours at the end of Unicode's last private plane; no font or data set uses them. */
export const marks = {
  open: "\u{10FFF0}",
  close: "\u{10FFF1}",
  contentOpen: "\u{10FFF2}",
  contentClose: "\u{10FFF3}",
} as const;

const markPattern = /[\u{10FFF0}-\u{10FFF3}]/u;

export interface LoadTemplateOptions {
  /** A Jinja text to use instead of the checkpoint's own. */
  readonly source?: string;
  /** Which of several named templates; default "default". */
  readonly name?: string;
  /** The date that templates with a date write. Keep it over a run's resumptions. Default: now. */
  readonly now?: Date;
}

/** Throws E_TEXT_TEMPLATE_* and E_TEXT_TEMPLATE_NAME. */
export function loadChatTemplate(tokenizer: Tokenizer, options: LoadTemplateOptions = {}): ChatTemplate {
  const { source, origin, notices } = choose(tokenizer, options);
  const where = `chat template (${origin})`;
  const now = options.now ?? new Date();
  const plain = compileTemplate(source, { where, now });
  const marked = hasGenerationTags(source)
    ? compileTemplate(source, { where, now, generationMarks: [marks.open, marks.close] })
    : undefined;
  const renderWith =
    (compiled: CompiledTemplate) =>
    (messages: readonly TemplateMessage[], { tools, addGenerationPrompt = false, kwargs = {} }: RenderOptions = {}) =>
      compiled.render({
        ...tokenizer.specialTokens,
        ...kwargs,
        messages,
        tools: tools ?? null,
        documents: kwargs["documents"] ?? null,
        add_generation_prompt: addGenerationPrompt,
      });
  const render = renderWith(plain);
  const { generationPrompt, stop, otherStops } = probe(render, tokenizer);
  let support: ToolSupport | undefined;
  return {
    source,
    origin,
    render,
    renderMarked: marked === undefined ? undefined : renderWith(marked),
    generationPrompt,
    stop,
    otherStops,
    toolSupport: () => (support ??= findToolSupport(render)),
    notices,
  };
}

/** Throws E_TEXT_MESSAGES when a text holds one of the marks, which would then be taken for ours. */
export function refuseMarks(value: unknown): void {
  if (markPattern.test(JSON.stringify(value) ?? "")) {
    fail("E_TEXT_MESSAGES", {
      what: "The conversation holds one of the private-use characters U+10FFF0 to U+10FFF3, which are reserved.",
      fix: "Remove these characters from the data.",
    });
  }
}

function choose(
  tokenizer: Tokenizer,
  { source, name }: LoadTemplateOptions,
): Pick<ChatTemplate, "source" | "origin" | "notices"> {
  if (source !== undefined) return { source, origin: "given", notices: [] };
  const known = [...tokenizer.chatTemplates.keys()];
  const found = tokenizer.chatTemplates.get(name ?? "default");
  if (found !== undefined) return { source: found.source, origin: found.file, notices: [] };
  if (name !== undefined || known.length > 0) {
    fail("E_TEXT_TEMPLATE_NAME", {
      what:
        name === undefined
          ? `The checkpoint has ${known.length} chat templates and none is called "default".`
          : `The checkpoint has no chat template called ${JSON.stringify(name)}.${didYouMean(name, known)}`,
      fix: known.length > 0 ? `Choose one of ${known.join(", ")}.` : "Leave the name away.",
    });
  }
  return defaultTemplate(tokenizer);
}

/** ChatML; the end of a turn is a token the model can really produce. */
function defaultTemplate(tokenizer: Tokenizer): Pick<ChatTemplate, "source" | "origin" | "notices"> {
  const native = tokenizer.tokenToId("<|im_start|>") !== undefined && tokenizer.tokenToId("<|im_end|>") !== undefined;
  if (!native && tokenizer.eosId === undefined) {
    fail("E_TEXT_TEMPLATE_NAME", {
      what: "The checkpoint has no chat template, and no end-of-sequence token that a default template could end a turn with.",
      fix: "Give a template with --chat-template, or train without one: --use-chat-template false.",
    });
  }
  const end = native ? "'<|im_end|>'" : "eos_token";
  const source = [
    tokenizer.addBos ? "{{- bos_token }}" : "",
    "{%- for message in messages %}",
    `    {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + ${end} + '\\n' }}`,
    "{%- endfor %}",
    "{%- if add_generation_prompt %}",
    "    {{- '<|im_start|>assistant\\n' }}",
    "{%- endif %}",
    "",
  ].join("\n");
  const closing = native ? "<|im_end|>" : `the end-of-sequence token ${tokenizer.specialTokens.eos_token ?? ""}`;
  return {
    source,
    origin: "default",
    notices: [
      `the checkpoint has no chat template; using ChatML with turns ended by ${closing}, and saving it with the model`,
    ],
  };
}

type Render = ChatTemplate["render"];

/** Renders one question and one answer to learn the header, the stop and the end-of-turn tokens. */
function probe(render: Render, tokenizer: Tokenizer): Pick<ChatTemplate, "generationPrompt" | "stop" | "otherStops"> {
  const question: TemplateMessage = { role: "user", content: "Q" };
  const answer: TemplateMessage = { role: "assistant", content: `${marks.contentOpen}A${marks.contentClose}` };
  const attempt = (tools: readonly unknown[] | null) => ({
    before: render([question], { tools }),
    prompt: render([question], { tools, addGenerationPrompt: true }),
    whole: render([question, answer], { tools }),
  });
  let texts: ReturnType<typeof attempt>;
  try {
    texts = attempt(null);
  } catch (error) {
    if (!isTunesmithError(error, "E_TEXT_TEMPLATE_RENDER")) throw error;
    // Templates of tool models may refuse to render without tools.
    texts = attempt([probeTool]);
  }
  const { before, prompt, whole } = texts;
  const at = whole.indexOf(marks.contentClose);
  if (at < 0) {
    fail("E_TEXT_TEMPLATE_RENDER", { what: "The chat template does not write the assistant's text." });
  }
  const tail = whole.slice(at + marks.contentClose.length);
  const specials = [...new Set([tokenizer.specialTokens.eos_token ?? "", ...tokenizer.specialTexts])].filter(
    (text) => text !== "",
  );
  const first = specials
    .map((text) => ({ text, at: tail.indexOf(text) }))
    .filter((found) => found.at >= 0)
    .sort((a, b) => a.at - b.at || b.text.length - a.text.length)[0];
  const eos = tokenizer.eosId === undefined ? [] : [tokenizer.eosId];
  const generationPrompt = prompt.startsWith(before) ? prompt.slice(before.length) : "";
  const otherStops = specials.filter((text) => !prompt.includes(text));
  if (first === undefined) {
    const text = tail.trimEnd();
    const ids = text === "" ? [] : tokenizer.encode(text.trim());
    const single = ids.length === 1 ? ids : [];
    const strings = text === "" || single.length === 1 ? [] : [text.trim()];
    return { generationPrompt, stop: { text, ids: [...new Set([...single, ...eos])], strings }, otherStops };
  }
  const id = tokenizer.tokenToId(first.text);
  const ids = [...new Set([...(id === undefined ? [] : [id]), ...eos])];
  return {
    generationPrompt,
    stop: { text: tail.slice(0, first.at + first.text.length), ids, strings: [] },
    otherStops,
  };
}

const probeTool = {
  type: "function",
  function: {
    name: "probe",
    description: "A probe.",
    parameters: { type: "object", properties: { x: { type: "string", description: "A value." } }, required: ["x"] },
  },
};
