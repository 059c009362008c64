/**
 * What @huggingface/jinja does in another way than jinja2, mended on one interpreter: how values are written (True,
 * None, 1.0, ['a']), null where Python takes it, tuples and texts in loops, blanks of strip(), comparison of lists, `%`.
 * The reference is jinja2 as transformers sets it up: test/oracles/chat-template-values.py.
 */
import { Environment, type Interpreter } from "@huggingface/jinja";
import { isBlank, pythonEquals, pythonString, splitAtBlanks, strip } from "./python-text.ts";
import { dumpJson, FunctionValue, IntegerValue, ListValue, TupleValue, type RuntimeValue } from "./template-values.ts";

interface Node {
  readonly type: string;
  readonly value?: unknown;
}

/** The library's interpreter with what its declarations keep to themselves. */
interface Open {
  evaluate: (node: Node, scope: unknown) => RuntimeValue;
  evaluateBlock: (nodes: readonly Node[], scope: unknown) => RuntimeValue;
  evaluateFor: (node: Node & { iterable: Node & { lhs?: Node }; loopvar: Node }, scope: unknown) => RuntimeValue;
  evaluateBinaryExpression: (node: Node & { left: Node; right: Node; operator: Node }, scope: unknown) => RuntimeValue;
  evaluateMemberExpression: (
    node: Node & { object: Node; property: Node; computed: boolean },
    scope: unknown,
  ) => RuntimeValue;
  applyFilter: (
    operand: RuntimeValue,
    filter: Node & { callee?: Node; args?: unknown },
    scope: unknown,
  ) => RuntimeValue;
  evaluateArguments: (args: unknown, scope: unknown) => [RuntimeValue[], Map<string, RuntimeValue>];
}

const make = (value: unknown): RuntimeValue => new Environment().set("value", value) as unknown as RuntimeValue;
/** A node that is evaluated already. */
const known = (value: RuntimeValue): Node => ({ type: "Known", value });

/** Statements that write nothing and give null. */
const silent = new Set(["Set", "Macro", "Comment", "Break", "Continue"]);
const ofLists = new Set(["map", "reject", "rejectattr", "select", "selectattr"]);
const ofTexts = new Set(["trim", "upper", "lower", "title", "capitalize", "replace", "indent"]);

export function actAsJinja2(interpreter: Interpreter): void {
  const open = interpreter as unknown as Open;
  const evaluate = open.evaluate.bind(open);
  // Parts of a slice may be missing.
  open.evaluate = (node: Node | undefined, scope) =>
    node?.type === "Known"
      ? (node.value as RuntimeValue)
      : isFloatTest(node)
        ? make((open.evaluate(node.operand, scope).type === "FloatValue") !== node.negate)
        : evaluate(node as Node, scope);

  open.evaluateBlock = (nodes, scope) => {
    let text = "";
    for (const node of nodes) {
      const value = open.evaluate(node, scope);
      if (!silent.has(node.type)) text += pythonString(value);
    }
    return make(text);
  };

  const loop = open.evaluateFor.bind(open);
  open.evaluateFor = (node, scope) => {
    const { iterable } = node;
    const source = iterable.type === "SelectExpression" ? (iterable.lhs as Node) : iterable;
    const items = known(iterableOf(open.evaluate(source, scope), node.loopvar.type === "TupleLiteral"));
    return loop(
      { ...node, iterable: iterable.type === "SelectExpression" ? { ...iterable, lhs: items } : items },
      scope,
    );
  };

  const binary = open.evaluateBinaryExpression.bind(open);
  open.evaluateBinaryExpression = (node, scope) => {
    const operator = String(node.operator.value);
    if (operator === "and" || operator === "or") return binary(node, scope);
    const [left, right] = [open.evaluate(node.left, scope), open.evaluate(node.right, scope)];
    const isList = (value: RuntimeValue): boolean => Array.isArray(value.value);
    if (operator === "~") return make(pythonString(left) + pythonString(right));
    if (operator === "==" || operator === "!=") return make(pythonEquals(left, right) === (operator === "=="));
    if ((operator === "in" || operator === "not in") && isList(right)) {
      const found = (right.value as readonly RuntimeValue[]).some((item) => pythonEquals(item, left));
      return make(found === (operator === "in"));
    }
    if (operator === "+" && (left.type === "StringValue") !== (right.type === "StringValue")) {
      throw new Error(`can only concatenate texts, not ${left.type} and ${right.type}`);
    }
    if (operator === "%" && typeof left.value === "number" && typeof right.value === "number") {
      const rest = left.value - right.value * Math.floor(left.value / right.value);
      if (right.value === 0) throw new Error("modulo by zero");
      return left.type === "IntegerValue" && right.type === "IntegerValue" ? new IntegerValue(rest) : make(rest);
    }
    return binary({ ...node, left: known(left), right: known(right) }, scope);
  };

  const compare = (operator: string, left: RuntimeValue, right: RuntimeValue, scope: unknown): RuntimeValue =>
    open.evaluateBinaryExpression(
      {
        type: "BinaryExpression",
        left: known(left),
        right: known(right),
        operator: { type: operator, value: operator },
      },
      scope,
    );
  const passes = (item: RuntimeValue, [test, other]: readonly RuntimeValue[], scope: unknown): boolean => {
    if (test === undefined) {
      const not = { type: "UnaryExpression", operator: { type: "not", value: "not" }, argument: known(item) };
      return open.evaluate(not, scope).value === false;
    }
    const name = String(test.value);
    const operator = comparisons[name];
    if (operator !== undefined && other !== undefined) return compare(operator, item, other, scope).value === true;
    const node = {
      type: "TestExpression",
      operand: known(item),
      negate: false,
      test: { type: "Identifier", value: name },
    };
    return open.evaluate(node, scope).value === true;
  };

  const member = open.evaluateMemberExpression.bind(open);
  open.evaluateMemberExpression = (node, scope) => {
    const object = open.evaluate(node.object, scope);
    if (object.type === "UndefinedValue") {
      throw new Error(
        `${JSON.stringify(node.object.value ?? "a value")} is undefined, so it has no ${JSON.stringify(node.property.value ?? "item")}`,
      );
    }
    if (object.type === "ObjectValue" && !node.computed && node.property.value === "items") {
      return new FunctionValue(() => pairsOf(object));
    }
    const method = node.computed ? undefined : methods[String(node.property.value)];
    if (object.type !== "StringValue" || method === undefined || !Object.hasOwn(methods, String(node.property.value))) {
      return member({ ...node, object: known(object) }, scope);
    }
    return new FunctionValue((args: readonly RuntimeValue[]) =>
      method(
        object.value as string,
        args.filter(({ type }) => type !== "KeywordArgumentsValue").map(({ value }) => value),
      ),
    );
  };

  const apply = open.applyFilter.bind(open);
  open.applyFilter = (operand, filter, scope) => {
    const name = String(filter.callee?.value ?? filter.value);
    const [args, named] =
      filter.callee === undefined ? [[], new Map<string, RuntimeValue>()] : open.evaluateArguments(filter.args, scope);
    if (name === "tojson") return make(dumpJson(operand, jsonForm(named)));
    if (name === "string") return make(pythonString(operand));
    if (name === "trim") {
      const chars = (args[0] ?? named.get("chars"))?.value;
      return make(strip(pythonString(operand), { chars: typeof chars === "string" ? chars : undefined }));
    }
    if (name === "join" && !named.has("attribute") && args.length < 2) {
      const between = args[0] ?? named.get("d");
      const items = iterableOf(operand, false).value as readonly RuntimeValue[];
      return make(items.map(pythonString).join(between === undefined ? "" : pythonString(between)));
    }
    const [first, ...rest] = args;
    if (name === "items" && operand.type === "ObjectValue") return pairsOf(operand);
    if (name === "dictsort" && operand.type === "ObjectValue") {
      const sorted = apply(operand, filter, scope).value as readonly RuntimeValue[];
      return new ListValue(sorted.map(({ value }) => new TupleValue(value)));
    }
    if (name === "map" && first?.type === "StringValue") {
      const each = {
        type: "CallExpression",
        callee: { type: "Identifier", value: first.value },
        args: rest.map(known),
      };
      const inner = rest.length === 0 ? each.callee : each;
      const items = iterableOf(operand, false).value as readonly RuntimeValue[];
      return new ListValue(items.map((item) => open.applyFilter(item, inner, scope)));
    }
    if ((name === "select" || name === "reject") && Array.isArray(operand.value)) {
      const items = operand.value as readonly RuntimeValue[];
      return new ListValue(items.filter((item) => passes(item, args, scope) === (name === "select")));
    }
    if (name === "sum" && Array.isArray(operand.value) && !named.has("attribute") && args.length === 0) {
      const items = operand.value as readonly RuntimeValue[];
      return items.reduce((sum, item) => compare("+", sum, item, scope), named.get("start") ?? new IntegerValue(0));
    }
    if (name === "format" && operand.type === "StringValue") return make(formatText(operand.value as string, args));
    const empty = operand.type === "NullValue" || operand.type === "UndefinedValue";
    if (ofLists.has(name) && operand.type === "StringValue")
      return open.applyFilter(iterableOf(operand, false), filter, scope);
    if (name === "selectattr" && Array.isArray(operand.value)) {
      // What is no object has no attribute, so that no test holds for it.
      const items = operand.value as readonly RuntimeValue[];
      return apply(new ListValue(items.filter(({ type }) => type === "ObjectValue")), filter, scope);
    }
    if (empty && ofLists.has(name)) return apply(make([]), filter, scope);
    if (name === "length" && operand.type === "UndefinedValue") return new IntegerValue(0);
    if (name === "length" && operand.type === "StringValue")
      return new IntegerValue(Array.from(operand.value as string).length);
    if (ofTexts.has(name) && operand.type !== "StringValue") return apply(make(pythonString(operand)), filter, scope);
    return apply(operand, filter, scope);
  };
}

const comparisons: Readonly<Record<string, string>> = {
  equalto: "==",
  eq: "==",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  in: "in",
};

function isFloatTest(node: Node | undefined): node is Node & { readonly operand: Node; readonly negate: boolean } {
  return node?.type === "TestExpression" && (node as { readonly test?: Node }).test?.value === "float";
}

const pairsOf = (object: RuntimeValue): RuntimeValue =>
  new ListValue(
    [...(object.value as ReadonlyMap<string, unknown>)].map(([key, item]) => new TupleValue([make(key), item])),
  );

/** `%s` and `%d` of Python's formatting, which is all that templates use. */
function formatText(text: string, args: readonly RuntimeValue[]): string {
  let used = 0;
  return text.replace(/%(.?)/gs, (whole, kind: string) => {
    if (kind === "%") return kind;
    const value = args[used++];
    if (value === undefined || (kind !== "s" && kind !== "d")) throw new Error(`format cannot write ${whole}`);
    return pythonString(value);
  });
}

/** What a loop goes over, as a list; tuples as lists where they are unpacked. */
function iterableOf(value: RuntimeValue, unpacked: boolean): RuntimeValue {
  if (value.type === "UndefinedValue") return make([]);
  if (value.type === "StringValue") return new ListValue(Array.from(value.value as string, make));
  if (value.type === "ObjectValue") {
    return new ListValue([...(value.value as ReadonlyMap<string, unknown>).keys()].map(make));
  }
  if (!unpacked || !Array.isArray(value.value)) return value;
  const items = value.value as readonly RuntimeValue[];
  return items.some(({ type }) => type === "TupleValue")
    ? new ListValue(items.map((item) => (item.type === "TupleValue" ? new ListValue(item.value) : item)))
    : value;
}

function jsonForm(named: ReadonlyMap<string, RuntimeValue>): Parameters<typeof dumpJson>[1] {
  const given = (name: string): unknown => named.get(name)?.value ?? undefined;
  const separators = given("separators") as readonly RuntimeValue[] | undefined;
  return {
    indent: given("indent") as number | undefined,
    separators: separators?.map((one) => String(one.value)) as [string, string] | undefined,
    sortKeys: given("sort_keys") === true,
    ensureAscii: given("ensure_ascii") === true,
  };
}

/** Where str.splitlines() cuts. */
const lineEnd = new RegExp(`\r\n|[${String.fromCharCode(10, 11, 12, 13, 28, 29, 30, 0x85, 0x2028, 0x2029)}]`, "u");
const lastLineEnd = new RegExp(`(?:${lineEnd.source})$`, "u");

type Method = (text: string, args: readonly unknown[]) => RuntimeValue;

const stripped =
  (left: boolean, right: boolean): Method =>
  (text, [chars]) =>
    make(strip(text, { left, right, chars: typeof chars === "string" ? chars : undefined }));

/** Methods of str that the library lacks or does in JavaScript's way. */
const methods: Readonly<Record<string, Method>> = {
  strip: stripped(true, true),
  lstrip: stripped(true, false),
  rstrip: stripped(false, true),
  split: (text, [separator, most = -1]) => make(splitText(text, separator, Number(most))),
  rsplit: (text, [separator, most = -1]) => {
    const turn = (one: string): string => Array.from(one).toReversed().join("");
    const parts = splitText(turn(text), typeof separator === "string" ? turn(separator) : separator, Number(most));
    return make(parts.map(turn).toReversed());
  },
  splitlines: (text) => make(text === "" ? [] : text.replace(lastLineEnd, "").split(lineEnd)),
  find: (text, [part]) => {
    const at = text.indexOf(String(part));
    return new IntegerValue(at < 0 ? at : Array.from(text.slice(0, at)).length);
  },
  count: (text, [part]) => new IntegerValue(text.split(String(part)).length - 1),
  removeprefix: (text, [part]) => make(text.startsWith(String(part)) ? text.slice(String(part).length) : text),
  removesuffix: (text, [part]) =>
    make(part !== "" && text.endsWith(String(part)) ? text.slice(0, -String(part).length) : text),
  isdigit: (text) => make(/^\p{Nd}+$/u.test(text)),
  isspace: (text) => make(text !== "" && Array.from(text).every(isBlank)),
  join: (text, [items]) =>
    make((Array.isArray(items) ? (items as readonly RuntimeValue[]) : []).map(pythonString).join(text)),
};

function splitText(text: string, separator: unknown, most: number): string[] {
  const limit = most < 0 ? Infinity : most;
  if (typeof separator !== "string") return splitAtBlanks(text, limit);
  if (separator === "") throw new Error("empty separator");
  const parts = text.split(separator);
  return parts.length <= limit + 1 ? parts : [...parts.slice(0, limit), parts.slice(limit).join(separator)];
}
