import { expect, test } from "vitest";
import { visible } from "./visible.ts";

test.each([
  ["\u001b]0;owned\u0007\u001b[2Jhi", "\\u001b]0;owned\\u0007\\u001b[2Jhi"],
  ["a\rb\u009b31m\u007f", "a\\u000db\\u009b31m\\u007f"],
  ["\u202eevil", "\\u202eevil"],
  ["two\r\nlines\tand é 😀", "two\r\nlines\tand é 😀"],
])("%j is shown as %s", (text, shown) => expect(visible(text)).toBe(shown));
