/**
 * One row of a dataset as a conversation: its columns are named, its shape is recognised, its messages are drafted
 * and checked. Errors name file, line and field, because most failed runs are a row like this.
 *
 * Tools stay the JSON they were: no keys are added to make rows alike.
 */
import { fail } from "../base/errors.ts";
import { keepTexts } from "../formats/json-text.ts";
import type { Conversation, Message } from "../text/message.ts";
import { mediaColumns, readColumns, standardColumns } from "./columns.ts";
import { shapes } from "./shapes/index.ts";
import {
  asList,
  asObject,
  columnsOf,
  isObject,
  isProblem,
  show,
  type DraftMessage,
  type MediaKind,
  type Purpose,
  type RawObject,
  type RowProblem,
} from "./shapes/shape.ts";
import { unreadOf, type Unread } from "./unread.ts";
import { hasLoneSurrogate, loneSurrogate, validateMessages } from "./validate.ts";

export type { Purpose, RawObject, RowProblem } from "./shapes/shape.ts";

export interface Row {
  readonly conversation: Conversation;
  /** "train.jsonl:12" */
  readonly origin: string;
  /** Columns that are no part of the conversation (label, channel, rejected_response, images, ...). */
  readonly extra: RawObject;
  /** Place of its dataset among those that were given. */
  readonly dataset?: number;
  /** What nothing reads of it. Keys of messages are the chat template's to read, and not among them. */
  readonly unread?: readonly Unread[];
}

export interface RowOptions {
  readonly origin: string;
  readonly purpose: Purpose;
  /** Renames columns first: { from: to }. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Keeps standard columns only (the default), or all. */
  readonly removeUnusedColumns?: boolean;
  /** Columns that are kept beside the standard ones; `a.b` keeps column a. */
  readonly keepColumns?: readonly string[];
  /** Place of the dataset, to be found in the row. */
  readonly dataset?: number;
  /** Rows with images, videos or audios: refused for models that read text alone (the default), or kept. */
  readonly media?: "refuse" | "keep";
}

/** @throws E_DATA_ROW naming the field */
export function readRow(raw: unknown, options: RowOptions): Row {
  const row = tryReadRow(raw, options);
  return isProblem(row) ? failRow(row, options.origin) : row;
}

/** Throws what is wrong with a row. @throws E_DATA_ROW */
export function failRow({ field, what, fix }: RowProblem, origin: string): never {
  return fail("E_DATA_ROW", { where: field === "" ? origin : `${origin}: ${field}`, what, fix });
}

/** As {@link readRow}, but a bad row is a value. */
export function tryReadRow(raw: unknown, options: RowOptions): Row | RowProblem {
  if (!isObject(raw)) {
    const what = `a row is an object, this one is ${show(raw)}.`;
    return { field: "", reason: "row is not an object", what, fix: 'Write rows as {"messages": [...]}.' };
  }
  const row = readColumns(raw, options.columns);
  const shape = shapes.find((candidate) => candidate.matches(row));
  if (shape === undefined) {
    return {
      field: "",
      reason: "columns of no known shape",
      what: `no known shape of row has the columns ${columnsOf(raw)}.`,
      fix: "Readable are messages, conversations, instruction/input/output, query/response and their aliases, and text; rename others with --columns.",
    };
  }
  const drafts = shape.draft(row, options.purpose);
  if (isProblem(drafts)) return drafts;
  const messages = validateMessages(drafts as readonly DraftMessage[], options.purpose);
  if (isProblem(messages)) return messages;
  const media = readMedia(row, drafts as readonly DraftMessage[], options.media ?? "refuse");
  if (isProblem(media)) return media;
  const functions = functionsOf(row);
  if (isProblem(functions)) return functions;
  const settings = readSettings(row, functions as FunctionsOf);
  if (isProblem(settings)) return settings;
  const wrong = checkBeside(row, messages as readonly Message[]);
  if (wrong !== undefined) return wrong;
  const broken = brokenText(settings as RawObject);
  if (broken !== undefined) return broken;
  const extra = { ...extraOf(row, shape.keys, options, functions as FunctionsOf), ...media };
  const kept = (options.keepColumns ?? []).flatMap((key) => [key, key.split(".")[0] as string]);
  const unread = unreadOf(row, {
    read: new Set([...shape.keys, ...kept, "tools", "chat_template_kwargs", ...(functions as FunctionsOf).keys]),
    drafts: drafts as readonly DraftMessage[],
    messages: messages as readonly Message[],
  });
  return {
    conversation: { messages: messages as readonly Message[], ...settings },
    origin: options.origin,
    extra,
    ...(unread.length === 0 ? {} : { unread }),
    ...(options.dataset === undefined ? {} : { dataset: options.dataset }),
  };
}

interface FunctionsOf {
  /** OpenAI's older `functions`, as tools. */
  readonly tools: readonly RawObject[] | undefined;
  /** Columns that hold them. */
  readonly keys: readonly string[];
}

/** `functions` where they are schemas; a column of that name may be anything else. */
function functionsOf(row: RawObject): FunctionsOf | RowProblem {
  const list = asList(row["functions"])?.map(asObject);
  const named = (item: RawObject | undefined): boolean =>
    typeof item?.["name"] === "string" ||
    (isObject(item?.["function"]) && typeof item["function"]["name"] === "string");
  if (list === undefined || list.length === 0 || !list.every(named)) return { tools: undefined, keys: [] };
  const beside = asList(row["tools"]);
  if (beside !== undefined && beside.length > 0) {
    const what = "the row has tools, and functions beside them.";
    return { field: "functions", reason: "tools and functions in one row", what, fix: "Keep one of the two." };
  }
  const tools = (list as readonly RawObject[]).map((item) =>
    isObject(item["function"]) ? item : { type: "function", function: item },
  );
  return { tools, keys: ["functions"] };
}

/** Half a character in tools or variables of the template. */
function brokenText(settings: RawObject): RowProblem | undefined {
  const broken = (value: unknown): boolean => {
    if (typeof value === "string") return hasLoneSurrogate(value);
    if (typeof value !== "object" || value === null) return false;
    return Object.entries(value).some(([key, item]) => hasLoneSurrogate(key) || broken(item));
  };
  const field = Object.keys(settings).find((key) => broken(settings[key]));
  return field === undefined ? undefined : loneSurrogate(field);
}

/** Tools and variables of the chat template. */
function readSettings(row: RawObject, functions: FunctionsOf): Omit<Conversation, "messages"> | RowProblem {
  const tools = functions.tools ?? readTools(row["tools"]);
  if (tools !== undefined && isProblem(tools)) return tools;
  const given = row["chat_template_kwargs"];
  const kwargs = asObject(given);
  if (given !== undefined && given !== "" && kwargs === undefined) {
    const what = `chat_template_kwargs are ${show(given)}, wants an object.`;
    return {
      field: "chat_template_kwargs",
      reason: "chat_template_kwargs are no object",
      what,
      fix: "Write an object.",
    };
  }
  return {
    ...(tools === undefined ? {} : { tools: tools as readonly unknown[] }),
    ...(kwargs === undefined ? {} : { chat_template_kwargs: kwargs }),
  };
}

/** Tools as a list, or as the JSON text of one; each an object, or the JSON text of one. */
function readTools(value: unknown): readonly RawObject[] | RowProblem | undefined {
  if (value === undefined || value === "") return undefined;
  const wrong = (field: string, found: unknown): RowProblem => ({
    field,
    reason: "tools are not a list of function schemas",
    what: `${field} is ${show(found)}.`,
    fix: "Write a list of function schemas, or its JSON text.",
  });
  const list = asList(value);
  if (list === undefined) return wrong("tools", value);
  const tools: RawObject[] = [];
  for (const [i, item] of list.entries()) {
    const tool = asObject(item);
    if (tool === undefined) return wrong(`tools[${i}]`, item);
    tools.push(tool);
  }
  return tools;
}

type MediaLists = Partial<Record<MediaKind, readonly unknown[]>>;

/** Media of the row's own columns or of its messages' parts, in order. */
function readMedia(
  row: RawObject,
  drafts: readonly DraftMessage[],
  wanted: "refuse" | "keep",
): MediaLists | RowProblem {
  const parts = drafts.flatMap(({ media, contentAt }) => (media ?? []).map((item) => ({ ...item, at: contentAt })));
  const lists: MediaLists = {};
  for (const kind of mediaColumns) {
    const given = row[kind];
    const own = given === undefined || given === "" ? [] : (asList(given) ?? [given]);
    const inside = parts.filter((part) => part.kind === kind);
    const at = inside[0]?.at ?? kind;
    if (own.length > 0 && inside.length > 0) {
      const what = `the row has a column ${kind}, and ${kind} inside its messages.`;
      return { field: at, reason: `${kind} in two places`, what, fix: "Keep one of the two." };
    }
    const list = own.length > 0 ? own : inside.map(({ source }) => source);
    if (list.length === 0) continue;
    if (wanted === "refuse") {
      const what = `the row has ${kind}, and the model reads text alone.`;
      return { field: at, reason: `${kind} for a model of text`, what, fix: `Leave out the ${kind} or the row.` };
    }
    lists[kind] = list;
  }
  return lists;
}

/** Checks of columns beside the conversation that would silently spoil later stages. */
function checkBeside(row: RawObject, messages: readonly Message[]): RowProblem | undefined {
  const { channel, margin, rejected_response: rejected } = row;
  if (channel !== undefined && typeof channel !== "string") {
    const what = `channel is ${show(channel)}, wants a text.`;
    return { field: "channel", reason: "channel is not a text", what, fix: `Write "${show(channel)}".` };
  }
  if (margin !== undefined && typeof margin !== "number") {
    const what = `margin is ${show(margin)}, wants a number.`;
    return { field: "margin", reason: "margin is not a number", what, fix: "Write a number." };
  }
  if (rejected === undefined) return undefined;
  if (typeof rejected !== "string" && asList(rejected) === undefined) {
    const what = `rejected_response is ${show(rejected)}, wants a text or a list of messages.`;
    return { field: "rejected_response", reason: "rejected_response is no text", what, fix: "Write a text." };
  }
  if (rejected === messages.at(-1)?.content) {
    const what = "rejected_response is the chosen response itself.";
    return { field: "rejected_response", reason: "chosen and rejected are equal", what, fix: "Drop the row." };
  }
  return undefined;
}

function extraOf(row: RawObject, used: readonly string[], options: RowOptions, functions: FunctionsOf): RawObject {
  const { removeUnusedColumns: standardOnly = true, keepColumns = [] } = options;
  const kept = new Set(keepColumns.flatMap((key) => [key, key.split(".")[0]]));
  const extra = Object.fromEntries(
    Object.entries(row).filter(([key]) => {
      if (kept.has(key)) return true;
      if (functions.keys.includes(key)) return false;
      if (key === "tools" || key === "chat_template_kwargs" || key === "messages") return false;
      if (standardOnly) return standardColumns.has(key);
      return key === "solution" || !used.includes(key);
    }),
  );
  keepTexts(row, extra, (key) => (Object.hasOwn(extra, key) ? key : undefined));
  return extra;
}
