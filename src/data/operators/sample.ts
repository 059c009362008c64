/**
 * A row on its way through a chain of operators: its columns, what was measured of it, where it came from.
 *
 * Texts are found under a key (`text`, `meta.title`). A row without that column whose columns are a conversation
 * (messages, ShareGPT, Alpaca, query and response) has several texts: filters see them joined by line ends, mappers
 * of texts change each.
 */
import { fail } from "../../base/errors.ts";
import { isObject, show, columnsOf, type RawObject } from "../shapes/shape.ts";
import type { Stats } from "./operator.ts";
import { conversationTexts, mapConversation } from "./conversation-texts.ts";
import { createLook, type Look, type View } from "./view.ts";

export interface Sample {
  readonly row: RawObject;
  /** "train.jsonl:12", and "train.jsonl:12#2" for the second row that a mapper made of it. */
  readonly origin: string;
  readonly stats: Stats;
  /** The text under a key. @throws E_DATA_ROW */
  readonly text: (key: string) => string;
  /** A view of the text under a key, computed once. @throws E_DATA_ROW */
  readonly view: <T>(view: View<T>, key: string) => T;
  /** The row with the text under a key changed, or every text of a conversation; the same row when none changes. */
  readonly mapTexts: (key: string, change: (text: string) => string) => RawObject;
  /** A value under a key, or undefined. */
  readonly field: (key: string) => unknown;
}

export function createSample(row: RawObject, origin: string, stats: Stats = {}): Sample {
  let lastKey: string | undefined;
  let lastLook: Look | undefined;
  const looks = new Map<string, Look>();
  const text = (key: string): string => textOf(row, key, origin);
  const lookAt = (key: string): Look => {
    if (key === lastKey) return lastLook as Look;
    let look = looks.get(key);
    if (look === undefined) {
      look = createLook(text(key));
      looks.set(key, look);
    }
    [lastKey, lastLook] = [key, look];
    return look;
  };
  return {
    row,
    origin,
    stats,
    text,
    view: (view, key) => lookAt(key)(view),
    mapTexts: (key, change) => mapTexts(row, key, change, origin),
    field: (key) => fieldOf(row, key),
  };
}

/** `a.b` is column b inside of a, unless the row has a column of that very name. */
export function fieldOf(row: RawObject, key: string): unknown {
  if (Object.hasOwn(row, key)) return row[key];
  let value: unknown = row;
  for (const part of key.split(".")) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

/** The row with the value under a key replaced; objects on the way are made where they are missing. */
export function withField(row: RawObject, key: string, value: unknown): RawObject {
  const dot = key.indexOf(".");
  if (dot < 0 || Object.hasOwn(row, key)) return { ...row, [key]: value };
  const [head, rest] = [key.slice(0, dot), key.slice(dot + 1)];
  const inner = row[head];
  return { ...row, [head]: withField(isObject(inner) ? inner : {}, rest, value) };
}

function textOf(row: RawObject, key: string, origin: string): string {
  const value = fieldOf(row, key);
  if (typeof value === "string") return value;
  const texts = value === undefined ? conversationTexts(row) : [];
  return texts.length > 0 ? texts.join("\n") : failText(row, key, value, origin);
}

function mapTexts(row: RawObject, key: string, change: (text: string) => string, origin: string): RawObject {
  const value = fieldOf(row, key);
  if (typeof value === "string") {
    const changed = change(value);
    return changed === value ? row : withField(row, key, changed);
  }
  const mapped = value === undefined ? mapConversation(row, change) : undefined;
  return mapped ?? failText(row, key, value, origin);
}

function failText(row: RawObject, key: string, value: unknown, origin: string): never {
  return value === undefined
    ? fail("E_DATA_ROW", {
        where: origin,
        what: `there is no text: no column ${key}, and no conversation in the columns ${columnsOf(row)}.`,
        fix: "Name the column of the text with text_keys.",
      })
    : fail("E_DATA_ROW", {
        where: `${origin}: ${key}`,
        what: `${key} is ${show(value)}, wants a text.`,
        fix: "Correct the row, or name another column with text_keys.",
      });
}
