/** Values of a chat template as Python writes them: str() and repr(), whitespace, equality. */
import { floatText, textOfNumber, type RuntimeValue } from "./template-values.ts";

/** Characters that a value may be written with; a list may hold itself many times over. */
export const WRITTEN_LIMIT = 1 << 24;

/** str(): texts as they are, everything else as repr(). @throws RangeError for more than {@link WRITTEN_LIMIT} */
export function pythonString(value: RuntimeValue): string {
  if (value.type === "StringValue") return value.value as string;
  if (value.type === "UndefinedValue") return "";
  return pythonRepr(value);
}

export function pythonRepr(value: RuntimeValue): string {
  let left = WRITTEN_LIMIT;
  const count = (text: string): string => {
    left -= text.length + 2;
    if (left < 0) throw new RangeError(`a value is written with more than ${WRITTEN_LIMIT} characters`);
    return text;
  };
  const write = (one: RuntimeValue): string => {
    switch (one.type) {
      case "NullValue":
        return count("None");
      case "UndefinedValue":
        return count("Undefined");
      case "BooleanValue":
        return count(one.value === true ? "True" : "False");
      case "StringValue":
        return count(quote(one.value as string));
      case "IntegerValue":
      case "FloatValue":
        return count(textOfNumber(one) ?? (one.type === "FloatValue" ? floatText(one.value as number) : whole(one)));
      case "ArrayValue": {
        return `[${(one.value as readonly RuntimeValue[]).map(write).join(", ")}]`;
      }
      case "TupleValue": {
        const items = (one.value as readonly RuntimeValue[]).map(write);
        return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
      }
      case "ObjectValue": {
        const entries = [...(one.value as ReadonlyMap<string, RuntimeValue>)];
        return `{${entries.map(([key, item]) => `${count(quote(key))}: ${write(item)}`).join(", ")}}`;
      }
      default:
        return count(`<${one.type}>`);
    }
  };
  return write(value);
}

const whole = (value: RuntimeValue): string => String(BigInt(Math.trunc(value.value as number)));

const unprintable = /[\p{C}\p{Z}\\]/u;

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let written = "";
  for (const char of text) {
    if (char === mark || char === "\\") written += `\\${char}`;
    else if (char === " " || !unprintable.test(char)) written += char;
    else written += escaped(char);
  }
  return mark + written + mark;
}

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(char: string): string {
  const code = char.codePointAt(0) as number;
  const hex = (length: number): string => code.toString(16).padStart(length, "0");
  return short[char] ?? (code < 0x100 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
}

/** What str.isspace() holds for; JavaScript's trim() takes U+FEFF, too, and leaves others. */
const blanks = new Set("\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000");
for (let code = 0x2000; code <= 0x200a; code++) blanks.add(String.fromCharCode(code));

export const isBlank = (char: string): boolean => blanks.has(char);

export interface StripOptions {
  readonly chars?: string | undefined;
  readonly left?: boolean;
  readonly right?: boolean;
}

/** str.strip(), lstrip() and rstrip(). */
export function strip(text: string, { chars, left = true, right = true }: StripOptions = {}): string {
  const items = Array.from(text);
  const taken = chars === undefined ? blanks : new Set(chars);
  let [from, to] = [0, items.length];
  if (left) while (from < to && taken.has(items[from] as string)) from++;
  if (right) while (to > from && taken.has(items[to - 1] as string)) to--;
  return from === 0 && to === items.length ? text : items.slice(from, to).join("");
}

/** str.split() without a separator: at blanks, at most `most` times. */
export function splitAtBlanks(text: string, most: number): string[] {
  const found: string[] = [];
  let rest = strip(text, { right: false });
  while (rest !== "") {
    const end = found.length >= most ? -1 : Array.from(rest).findIndex(isBlank);
    // Blanks are single units, but what comes before may not be.
    const at = end < 0 ? rest.length : Array.from(rest).slice(0, end).join("").length;
    found.push(rest.slice(0, at));
    rest = end < 0 ? "" : strip(rest.slice(at), { right: false });
  }
  return found;
}

/** Whether two values are equal in Python, lists and objects by what they hold. */
export function pythonEquals(a: RuntimeValue, b: RuntimeValue, depth = 0): boolean {
  if (a === b) return true;
  if (depth > 100) throw new RangeError("values are nested too deep to be compared");
  const kind = (value: RuntimeValue): string => (/Integer|Float|Boolean/.test(value.type) ? "number" : value.type);
  if (kind(a) !== kind(b)) return false;
  if (Array.isArray(a.value) && Array.isArray(b.value)) {
    const [one, other] = [a.value, b.value] as [RuntimeValue[], RuntimeValue[]];
    return (
      one.length === other.length && one.every((item, i) => pythonEquals(item, other[i] as RuntimeValue, depth + 1))
    );
  }
  if (a.value instanceof Map && b.value instanceof Map) {
    const [one, other] = [a.value, b.value] as [Map<string, RuntimeValue>, Map<string, RuntimeValue>];
    if (one.size !== other.size) return false;
    return [...one].every(([key, item]) => {
      const same = other.get(key);
      return same !== undefined && pythonEquals(item, same, depth + 1);
    });
  }
  return kind(a) === "number" ? Number(a.value) === Number(b.value) : a.value === b.value;
}
