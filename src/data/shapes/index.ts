/** All shapes a row may have; the first that matches decides. A new shape is a file here and a line in the table. */
import { alpacaShape } from "./alpaca.ts";
import { dataJuicerShape } from "./data-juicer.ts";
import { messagesShape } from "./messages.ts";
import { promptCompletionShape } from "./prompt-completion.ts";
import { queryResponseShape } from "./query-response.ts";
import { shareGptShape } from "./sharegpt.ts";
import type { Shape } from "./shape.ts";
import { textShape } from "./text.ts";

export const shapes: readonly Shape[] = [
  shareGptShape,
  messagesShape,
  promptCompletionShape,
  dataJuicerShape,
  alpacaShape,
  queryResponseShape,
  textShape,
];
