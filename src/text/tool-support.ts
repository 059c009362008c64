/**
 * What a chat template does with `tools`, `tool_calls` and role `tool`, found by rendering probes: templates
 * differ in whether arguments must be an object or JSON text, and whether content beside calls is null or "".
 */
import { isTunesmithError } from "../base/errors.ts";
import type { RenderOptions } from "./chat-template.ts";
import type { TemplateMessage, ToolSupport } from "./turns.ts";

type Render = (messages: readonly TemplateMessage[], options?: RenderOptions) => string;

const user: TemplateMessage = { role: "user", content: "Q" };
const tool = {
  type: "function",
  function: {
    name: "probe_tool",
    description: "A probe.",
    parameters: {
      type: "object",
      properties: { probe_key: { type: "string", description: "A value." } },
      required: ["probe_key"],
    },
  },
};

export function findToolSupport(render: Render): ToolSupport {
  const failures = new Set<string>();
  const attempt = (messages: readonly TemplateMessage[], tools: readonly unknown[] | null): string => {
    try {
      return render(messages, { tools });
    } catch (error) {
      if (!isTunesmithError(error, "E_TEXT_TEMPLATE_RENDER")) throw error;
      failures.add(error.what);
      return "";
    }
  };
  const offers = attempt([user], [tool]).includes("probe_tool");
  const given = offers ? [tool] : null;
  const forms = (["object", "string"] as const).flatMap((kind) =>
    ([null, ""] as const).map((content) => ({ arguments: kind, content })),
  );
  const value = { probe_key: "probe_value" };
  const call = (form: (typeof forms)[number], id = "call00000"): TemplateMessage => ({
    role: "assistant",
    content: form.content,
    tool_calls: [
      {
        id,
        type: "function",
        function: { name: "probe_call", arguments: form.arguments === "object" ? value : JSON.stringify(value) },
      },
    ],
  });
  const calls = forms.find((form) => {
    const text = attempt([user, call(form)], given);
    // An escaped quote tells that arguments given as text were turned into JSON once more.
    return text.includes("probe_call") && text.includes("probe_value") && !text.includes('\\"probe_key');
  });
  const result: TemplateMessage = {
    role: "tool",
    content: "probe_result",
    tool_call_id: "call00000",
    name: "probe_call",
  };
  const before = calls === undefined ? { role: "assistant" as const, content: "A" } : call(calls);
  const results = calls !== undefined && attempt([user, before, result], given).includes("probe_result");
  return {
    tools: offers,
    calls,
    anyId: calls !== undefined && attempt([user, call(calls, "call_Ab1-2345678901")], given) !== "",
    results,
    failures: [...failures],
  };
}
