/** Files of rows for tests, made from a number: texts of common words, some nearly alike, some of no use. */
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { randomAt } from "../../src/base/random.ts";

const words = (
  "the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which " +
  "one you were her all she there would their we him been has when who will more no if out so said what up its about"
).split(" ");

export interface MadeRow {
  readonly id: number;
  readonly text: string;
  readonly source: string;
}

/** Every seventh row nearly repeats the one seven before; every eleventh is too short to be kept. */
export function madeRow(id: number): MadeRow {
  const twin = id % 7 === 0 && id >= 7 && id % 2 === 0 ? id - 7 : id;
  const random = randomAt(twin, "rows");
  const length = id % 11 === 3 ? 3 : 40 + random.integer(120);
  const text = Array.from({ length }, () => words[random.integer(words.length)] as string).join(" ");
  return { id, text: twin === id ? text : `${text} again`, source: `s${id % 5}` };
}

/** Writes rows `0` to `count`; `between` gives lines to be put before a row. */
export async function writeMadeRows(
  path: string,
  count: number,
  between: (id: number) => string | undefined = () => undefined,
): Promise<void> {
  const file = createWriteStream(path);
  for (let id = 0; id < count; id++) {
    const more = between(id);
    const text = `${more === undefined ? "" : `${more}\n`}${JSON.stringify(madeRow(id))}\n`;
    if (!file.write(text)) await once(file, "drain");
  }
  file.end();
  await finished(file);
}
