/** For tests: a model that gives answers one after the other, or by what it is asked, and remembers what it was asked. */
import type { ChatMessage, CompleteOptions, OperatorTools } from "../tools.ts";
import { fixtureTools } from "./all-rows.ts";

export interface Asked {
  readonly messages: readonly ChatMessage[];
  readonly options: CompleteOptions;
}

export interface FakeModel {
  readonly tools: OperatorTools;
  readonly asked: readonly Asked[];
}

export function fakeModel(answers: readonly string[] | ((messages: readonly ChatMessage[]) => string)): FakeModel {
  const asked: Asked[] = [];
  const complete: OperatorTools["complete"] = (messages, options = {}) => {
    asked.push({ messages: [...messages], options });
    const answer = typeof answers === "function" ? answers(messages) : answers[asked.length - 1];
    return answer === undefined
      ? Promise.reject(new Error(`asked ${asked.length} times, there are fewer answers`))
      : Promise.resolve(answer);
  };
  return { tools: { ...fixtureTools, complete }, asked };
}

/** All that was said to the model at one time. */
export const saidTo = ({ messages }: Asked): string => messages.map(({ content }) => content).join("\n---\n");
