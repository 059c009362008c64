/**
 * How tools, calls and results are written as text when the chat template cannot do it itself.
 *
 * The four parts of an agent template and the texts of `hermes`, `react_en` and `qwen_en` follow ms-swift
 * (swift/agent_template). One difference: arguments are written as JSON everywhere; ms-swift writes Python's
 * repr (single quotes) in react and qwen texts, which no parser of those formats reads back.
 * Leaves out the other 29 templates of ms-swift: each is one more entry of the table.
 */
import { fail } from "../base/errors.ts";
import { didYouMean } from "../base/suggest.ts";
import { parseJson } from "../formats/json-text.ts";
import { parseCall, pythonJson, type ToolCall } from "./tool-call.ts";

/** Results that follow a call: a turn of their own, or inside the assistant's turn, which then goes on. */
export type Observation =
  | { readonly as: "user"; readonly text: string }
  | { readonly as: "inline"; readonly assistantSuffix: string; readonly text: string };

export interface AgentTemplate {
  /** The system text that offers `tools`; `system` is the conversation's own, "" if none. */
  readonly tools: (tools: readonly unknown[], system: string) => string;
  /** The assistant text of one or more parallel calls. */
  readonly calls: (calls: readonly ToolCall[]) => string;
  /** The text of the results; `assistant` is the assistant text before them. */
  readonly observation: (results: readonly string[], assistant: string) => Observation;
  /** The calls in a generated reply; empty when there are none. */
  readonly parse: (reply: string) => ToolCall[];
  /** Texts at which generation must stop, since the environment speaks next. */
  readonly stops: readonly string[];
}

interface Keywords {
  readonly action: string;
  readonly input: string;
  readonly result: string;
}

const react: Keywords = { action: "Action:", input: "Action Input:", result: "Observation:" };
const flower: Keywords = { action: "✿FUNCTION✿:", input: "✿ARGS✿:", result: "✿RESULT✿:" };

function keywordCalls(words: Keywords, calls: readonly ToolCall[]): string {
  const lines = calls.map((c) => `${words.action} ${c.name}\n${words.input} ${pythonJson(c.arguments)}\n`);
  return lines.join("") + words.result;
}

function isKeywordText(words: Keywords, text: string): boolean {
  return text.includes(words.action) && text.includes(words.input);
}

function keywordObservation(words: Keywords, results: readonly string[], assistant: string): Observation {
  if (!isKeywordText(words, assistant)) return { as: "inline", assistantSuffix: "", text: results.join("") };
  const assistantSuffix = assistant.endsWith(words.result) ? "" : (assistant.endsWith("\n") ? "" : "\n") + words.result;
  const text = results
    .map((result, i) => (i > 0 ? words.result : "") + result + (result.endsWith("\n") ? "" : "\n"))
    .join("");
  return { as: "inline", assistantSuffix, text };
}

function keywordParse(words: Keywords, reply: string): ToolCall[] {
  const calls: ToolCall[] = [];
  const marks = [words.action, words.input, words.result].map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  // Split keeps the marks: [before, mark, text, mark, text, ...].
  const parts = reply.split(new RegExp(`(${marks.join("|")})`));
  let name: string | undefined;
  for (let i = 1; i + 1 < parts.length; i += 2) {
    const [mark, text] = [parts[i], parts[i + 1] ?? ""];
    if (mark === words.action && name === undefined) {
      name = text.trim();
    } else if (mark === words.input && name !== undefined) {
      calls.push({ name, arguments: parseArguments(text) });
      name = undefined;
    }
  }
  return calls;
}

/** Text that is not JSON stays text: what the model wrote, for the caller to judge. */
function parseArguments(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text.trim();
  }
}

interface Described {
  readonly name: string;
  readonly human: string;
  readonly description: string;
  readonly parameters: string;
}

function describe(tool: unknown): Described {
  const outer = (tool ?? {}) as Readonly<Record<string, unknown>>;
  const inner = ("type" in outer && "function" in outer ? outer["function"] : outer) as Readonly<
    Record<string, unknown>
  >;
  const name = inner["name_for_model"] ?? inner["name"];
  // OpenAI's schema lets a tool be without a description.
  const description = inner["description"] ?? inner["description_for_model"] ?? "";
  if (typeof name !== "string" || typeof description !== "string") {
    fail("E_TEXT_TOOLS", { what: `A tool needs a name, and texts alone; found ${pythonJson(tool).slice(0, 200)}.` });
  }
  const human = inner["name_for_human"];
  const parameters = inner["parameters"] ?? {};
  return {
    name,
    human: typeof human === "string" && human !== "" ? human : name,
    description,
    parameters: typeof parameters === "string" ? parameters : pythonJson(parameters),
  };
}

function wrap(tool: unknown): unknown {
  const bare = typeof tool === "object" && tool !== null && !("type" in tool) && !("function" in tool);
  return bare ? { type: "function", function: tool } : tool;
}

const jsonHint = "Format the arguments as a JSON object.";

const hermes: AgentTemplate = {
  tools: (tools, system) => `${system}

# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
${tools.map((tool) => pythonJson(wrap(tool))).join("\n")}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>`,
  calls: (calls) =>
    calls.map((c) => `<tool_call>\n${pythonJson({ name: c.name, arguments: c.arguments })}\n</tool_call>`).join("\n"),
  observation: (results, assistant) =>
    isKeywordText(react, assistant)
      ? keywordObservation(react, results, assistant)
      : { as: "user", text: results.map((r) => `<tool_response>\n${r}\n</tool_response>`).join("\n") },
  parse: (reply) => {
    const blocks = [...reply.matchAll(/<tool_call>(.+?)<\/tool_call>/gs)].flatMap(
      ([, text]) => parseCall(text ?? "") ?? [],
    );
    return blocks.length > 0 ? blocks : keywordParse(react, reply);
  },
  stops: [],
};

const reactEn: AgentTemplate = {
  // The conversation's own system text is not used by this format.
  tools: (tools) => {
    const list = tools.map(describe);
    const texts = list.map(
      (t) =>
        `${t.name}: Call this tool to interact with the ${t.human} API. What is the ${t.human} API useful for? ` +
        `${t.description} Parameters: ${t.parameters} ${jsonHint}`,
    );
    return `Answer the following questions as best you can. You have access to the following tools:

${texts.join("\n\n")}

Use the following format:

Question: the input question you must answer
Thought: you should always think about what to do
Action: the action to take, should be one of [${list.map((t) => t.name).join(",")}]
Action Input: the input to the action
Observation: the result of the action
... (this Thought/Action/Action Input/Observation can be repeated zero or more times)
Thought: I now know the final answer
Final Answer: the final answer to the original input question

Begin!
`;
  },
  calls: (calls) => keywordCalls(react, calls),
  observation: (results, assistant) => keywordObservation(react, results, assistant),
  parse: (reply) => keywordParse(react, reply),
  stops: [react.result],
};

const qwenEn: AgentTemplate = {
  tools: (tools, system) => {
    const list = tools.map(describe);
    const texts = list.map(
      (t) => `### ${t.human}\n\n${t.name}: ${t.description} Parameters: ${t.parameters} ${jsonHint}`,
    );
    return `${system}

# Tools

## You have access to the following tools:

${texts.join("\n\n")}

## When you need to call a tool, please insert the following command in your reply, which can be called zero or multiple times according to your needs:

✿FUNCTION✿: The tool to use, should be one of [${list.map((t) => t.name).join(",")}]
✿ARGS✿: The input of the tool
✿RESULT✿: Tool results
✿RETURN✿: Reply based on tool results. Images need to be rendered as ![](url)`;
  },
  calls: (calls) => keywordCalls(flower, calls),
  observation: (results, assistant) => keywordObservation(flower, results, assistant),
  parse: (reply) => {
    const calls = keywordParse(flower, reply);
    return calls.length > 0 ? calls : keywordParse(react, reply);
  },
  stops: [flower.result],
};

const table = { hermes, qwen_en: qwenEn, react_en: reactEn } as const satisfies Record<string, AgentTemplate>;

export const agentTemplateNames: readonly string[] = Object.keys(table);

/** Throws E_TEXT_AGENT_TEMPLATE for an unknown name. */
export function agentTemplate(name: string): AgentTemplate {
  if (Object.hasOwn(table, name)) return table[name as keyof typeof table];
  return fail("E_TEXT_AGENT_TEMPLATE", {
    what: `There is no agent template ${JSON.stringify(name)}.${didYouMean(name, agentTemplateNames)}`,
    fix: `Use one of ${agentTemplateNames.join(", ")}.`,
  });
}
