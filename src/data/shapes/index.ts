/** All shapes a row may have, the first that matches decides. */
import { alpacaShape } from "./alpaca.ts";
import { messagesShape } from "./messages.ts";
import { queryResponseShape } from "./query-response.ts";
import { shareGptShape } from "./sharegpt.ts";
import type { Shape } from "./shape.ts";
import { textShape } from "./text.ts";

export const shapes: readonly Shape[] = [messagesShape, shareGptShape, alpacaShape, queryResponseShape, textShape];
