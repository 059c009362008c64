/** All layouts. A new one is an entry here and a case in the test. */
import { writtenMessage, type Conversation, type Message } from "../../text/message.ts";
import type { RawObject } from "../shapes/shape.ts";
import { pairsOf, type Layout, type Pairs, type Written } from "./layout.ts";

const settings = ({ tools, chat_template_kwargs: kwargs }: Conversation): RawObject => ({
  ...(tools === undefined ? {} : { tools }),
  ...(kwargs === undefined ? {} : { chat_template_kwargs: kwargs }),
});

/** LLaMA-Factory's names of roles. */
const shareGptRoles: Readonly<Record<Message["role"], string>> = {
  system: "system",
  user: "human",
  assistant: "gpt",
  tool_call: "function_call",
  tool_response: "observation",
};

function shareGpt(conversation: Conversation): Written {
  const { messages } = conversation;
  const [first] = messages;
  const system = first?.role === "system" ? first.content : undefined;
  const turns = system === undefined ? messages : messages.slice(1);
  if (turns.some(({ role }) => role === "system")) return { refused: "a system message is not the first" };
  const conversations = turns.map(({ role, content, extra, ...others }) => ({
    from: shareGptRoles[role],
    value: content,
    ...others,
    ...extra,
  }));
  return { row: { ...(system === undefined ? {} : { system }), conversations, ...settings(conversation) } };
}

const ofPairs =
  (write: (pairs: Pairs) => Written) =>
  (conversation: Conversation): Written => {
    const pairs = pairsOf(conversation);
    return "refused" in pairs ? pairs : write(pairs);
  };

const optional = (key: string, value: unknown): RawObject => (value === undefined ? {} : { [key]: value });

const historyOf = ({ history }: Pairs): RawObject => (history.length === 0 ? {} : { history });

export const layouts: readonly Layout[] = [
  {
    name: "messages",
    summary: '{"messages": [{"role": "user", "content": ...}, ...]}: ms-swift, OpenAI, Hugging Face.',
    write: (conversation) => ({
      row: {
        messages: conversation.messages.map(writtenMessage),
        ...settings(conversation),
      },
    }),
  },
  {
    name: "sharegpt",
    summary: '{"conversations": [{"from": "human", "value": ...}, ...]}: ShareGPT, LLaMA-Factory.',
    write: shareGpt,
  },
  {
    name: "alpaca",
    summary: '{"instruction": ..., "input": "", "output": ...}, earlier pairs in history.',
    write: ofPairs((pairs) => ({
      row: {
        ...optional("system", pairs.system),
        instruction: pairs.query,
        input: "",
        ...optional("output", pairs.response),
        ...historyOf(pairs),
      },
    })),
  },
  {
    name: "query-response",
    summary: '{"query": ..., "response": ...}, earlier pairs in history: ms-swift.',
    write: ofPairs((pairs) => ({
      row: {
        ...optional("system", pairs.system),
        query: pairs.query,
        ...optional("response", pairs.response),
        ...historyOf(pairs),
      },
    })),
  },
  {
    name: "data-juicer",
    summary:
      '{"system": "", "instruction": "", "query": ..., "response": ..., "history": []}: Data-Juicer\'s operators.',
    write: ofPairs(({ system = "", query, response = "", history }) => ({
      row: { system, instruction: "", query, response, history },
    })),
  },
];

export const layoutNames: readonly string[] = layouts.map(({ name }) => name);
