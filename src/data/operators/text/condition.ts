/**
 * Conditions on fields, as general_field_filter has them: a small part of Python's expressions. Comparisons may be
 * chained, joined by and/or/not, over names (`num`, `__dj__meta__.a`), numbers, texts, lists. Nothing is called.
 *
 *     10 < num <= 30 and text != 'nothing here' and lang in ['en', 'de']
 */
import { fail } from "../../../base/errors.ts";
import { isObject } from "../../shapes/shape.ts";

/** Evaluates with a way to look up a name. */
export type Condition = (lookUp: (name: string) => unknown) => unknown;

interface Token {
  readonly kind: "number" | "text" | "name" | "symbol" | "end";
  readonly text: string;
  readonly value?: unknown;
  /** From 1. */
  readonly column: number;
}

const LONGEST = 10_000;
const DEEPEST = 100;

const tokenPattern =
  /\s+|(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([A-Za-z_]\w*)|(<=|>=|==|!=|[<>()[\]{},.+-])/y;

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };

/** @throws E_DATA_OPERATOR with the column of what cannot be understood */
export function parseCondition(source: string, where: string): Condition {
  const refuse = (column: number, what: string): never =>
    fail("E_DATA_OPERATOR", {
      where: `${where}, column ${column}`,
      what,
      fix: "Write comparisons such as: 10 < num <= 30 and text != 'nothing'.",
    });
  if (source.length > LONGEST) refuse(LONGEST, `the condition is longer than ${LONGEST} characters.`);
  const tokens = readTokens(source, refuse);
  let at = 0;
  let depth = 0;
  const peek = (): Token => tokens[at] as Token;
  const isNext = (...texts: readonly string[]): boolean =>
    peek().kind !== "text" && peek().kind !== "end" && texts.includes(peek().text);
  const take = (): Token => tokens[at++] as Token;
  const expect = (text: string): void => {
    if (!isNext(text)) refuse(peek().column, `expected ${text}, found ${peek().text || "the end"}.`);
    at++;
  };
  const deeper = <T>(parse: () => T): T => {
    if (++depth > DEEPEST) refuse(peek().column, "the condition is nested too deep.");
    const result = parse();
    depth--;
    return result;
  };

  const or = (): Condition =>
    joined("or", and, (values) => values.reduce((a, b) => (lookUp) => truthy(a(lookUp)) || truthy(b(lookUp))));
  const and = (): Condition =>
    joined("and", not, (values) => values.reduce((a, b) => (lookUp) => truthy(a(lookUp)) && truthy(b(lookUp))));
  const joined = (word: string, part: () => Condition, join: (parts: readonly Condition[]) => Condition): Condition => {
    const parts = [part()];
    while (isNext(word)) {
      at++;
      parts.push(part());
    }
    return parts.length === 1 ? (parts[0] as Condition) : join(parts);
  };
  const not = (): Condition => {
    if (!isNext("not")) return comparison();
    at++;
    const inner = deeper(not);
    return (lookUp) => !truthy(inner(lookUp));
  };
  const comparison = (): Condition => {
    const first = operand();
    const rest: { readonly operator: string; readonly right: Condition }[] = [];
    for (;;) {
      let operator: string;
      if (isNext("<", "<=", ">", ">=", "==", "!=", "in")) operator = take().text;
      else if (isNext("not") && tokens[at + 1]?.text === "in") {
        at += 2;
        operator = "not in";
      } else break;
      rest.push({ operator, right: operand() });
    }
    if (rest.length === 0) return first;
    return (lookUp) => {
      let left = first(lookUp);
      for (const { operator, right } of rest) {
        const value = right(lookUp);
        if (!compare(operator, left, value)) return false;
        left = value;
      }
      return true;
    };
  };
  const operand = (): Condition =>
    deeper(() => {
      const token = take();
      if (token.kind === "number" || token.kind === "text") return () => token.value;
      if (token.kind === "name") return nameOf(token);
      if (token.text === "-" || token.text === "+") {
        const inner = operand();
        const sign = token.text === "-" ? -1 : 1;
        return (lookUp) => sign * Number(inner(lookUp));
      }
      if (token.text === "(") return group(")");
      if (token.text === "[") return list("]");
      if (token.text === "{") return list("}");
      return refuse(token.column, `${token.text || "the end"} is not expected here.`);
    });
  const constants: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };
  const nameOf = (token: Token): Condition => {
    if (Object.hasOwn(constants, token.text)) return () => constants[token.text];
    let name = token.text;
    while (isNext(".")) {
      at++;
      const part = take();
      if (part.kind !== "name") refuse(part.column, "expected a name after the dot.");
      name += `.${part.text}`;
    }
    if (isNext("(")) refuse(peek().column, "functions cannot be called.");
    return (lookUp) => lookUp(name);
  };
  /** In parentheses: one value, or with commas a tuple. */
  const group = (close: string): Condition => {
    if (isNext(close)) return list(close);
    const first = or();
    if (isNext(close)) {
      at++;
      return first;
    }
    expect(",");
    const rest = list(close);
    return (lookUp) => [first(lookUp), ...(rest(lookUp) as readonly unknown[])];
  };
  const list = (close: string): Condition => {
    const items: Condition[] = [];
    while (!isNext(close)) {
      items.push(or());
      if (!isNext(close)) expect(",");
    }
    at++;
    return (lookUp) => items.map((item) => item(lookUp));
  };

  const condition = or();
  if (peek().kind !== "end") refuse(peek().column, `${peek().text} is not expected here.`);
  return condition;
}

function readTokens(source: string, refuse: (column: number, what: string) => never): readonly Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < source.length) {
    const column = tokenPattern.lastIndex + 1;
    const match = tokenPattern.exec(source);
    if (match === null) return refuse(column, `${JSON.stringify(source[column - 1])} cannot be understood.`);
    const [text, number, quoted, name, symbol] = match;
    if (number !== undefined) tokens.push({ kind: "number", text, value: Number(text), column });
    else if (quoted !== undefined) tokens.push({ kind: "text", text, value: unquote(quoted), column });
    else if (name !== undefined) tokens.push({ kind: "name", text, column });
    else if (symbol !== undefined) tokens.push({ kind: "symbol", text, column });
  }
  return [...tokens, { kind: "end", text: "", column: source.length + 1 }];
}

const unquote = (quoted: string): string =>
  quoted.slice(1, -1).replaceAll(/\\(.)/gs, (_all, character: string) => escapes[character] ?? character);

/** As Python: empty texts and lists, 0 and None are false. */
function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** What is missing compares as false, except that it is in no list. */
function compare(operator: string, left: unknown, right: unknown): boolean {
  const missing = left === null || left === undefined || right === null || right === undefined;
  if (missing) return operator === "not in";
  switch (operator) {
    case "==":
      return isEqual(left, right);
    case "!=":
      return !isEqual(left, right);
    case "in":
      return isIn(left, right);
    case "not in":
      return !isIn(left, right);
    default:
      return isOrdered(operator, left, right);
  }
}

const isEqual = (left: unknown, right: unknown): boolean =>
  typeof left === "object" || typeof right === "object"
    ? JSON.stringify(left) === JSON.stringify(right)
    : typeof left === "boolean" || typeof right === "boolean"
      ? Number(left) === Number(right)
      : left === right;

function isIn(left: unknown, right: unknown): boolean {
  if (typeof right === "string") return typeof left === "string" && right.includes(left);
  if (Array.isArray(right)) return right.some((item) => isEqual(left, item));
  return isObject(right) && typeof left === "string" && Object.hasOwn(right, left);
}

function isOrdered(operator: string, left: unknown, right: unknown): boolean {
  const alike = typeof left === typeof right && (typeof left === "number" || typeof left === "string");
  if (!alike) {
    fail("E_DATA_ROW", {
      what: `${JSON.stringify(left)} and ${JSON.stringify(right)} cannot be compared by ${operator}.`,
      fix: "Compare numbers with numbers and texts with texts.",
    });
  }
  const [a, b] = [left as number, right as number];
  return operator === "<" ? a < b : operator === "<=" ? a <= b : operator === ">" ? a > b : a >= b;
}
