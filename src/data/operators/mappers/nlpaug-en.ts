/** Texts with errors such as people and machines make. Data-Juicer: nlpaug_en_mapper, by nlpaug. */
import * as z from "zod";
import { randomAt } from "../../../base/random.ts";
import { arg } from "../args.ts";
import {
  deleteCharacters,
  insertCharacters,
  keyboardErrors,
  recognitionErrors,
  swapCharacters,
} from "../augment/character-changes.ts";
import { deleteWords, misspellWords, splitWords, swapWords, type Change } from "../augment/word-changes.ts";
import { defineMapper } from "../operator.ts";
import { strip } from "../text/python-strings.ts";

/** In the order in which they are applied. */
const changes = {
  delete_random_word: deleteWords,
  swap_random_word: swapWords,
  spelling_error_word: misspellWords,
  split_random_word: splitWords,
  keyboard_error_char: keyboardErrors,
  ocr_error_char: recognitionErrors,
  delete_random_char: deleteCharacters,
  swap_random_char: swapCharacters,
  insert_random_char: insertCharacters,
} as const satisfies Readonly<Record<string, Change>>;

type ChangeName = keyof typeof changes;

const flag = (description: string) => arg(z.boolean().default(false), description);

export const nlpaugEnMapper = defineMapper({
  name: "nlpaug_en_mapper",
  summary: "Makes further rows of each, whose English text has errors in words or characters.",
  args: {
    sequential: flag(
      "Makes all kinds of errors in one text, one kind after the other, instead of in texts of their own.",
    ),
    aug_num: arg(z.number().int().min(1).max(1000).default(1), "Texts that are made of one, for each kind of error."),
    keep_original_sample: arg(z.boolean().default(true), "Keeps the row itself, before those made of it."),
    delete_random_word: flag("Leaves out words."),
    swap_random_word: flag("Swaps words with their neighbours."),
    spelling_error_word: flag("Misspells words as people do, by a list."),
    split_random_word: flag("Puts blanks into words."),
    keyboard_error_char: flag("Hits keys beside the right ones."),
    ocr_error_char: flag("Takes characters for others that look alike."),
    delete_random_char: flag("Leaves out characters."),
    swap_random_char: flag("Swaps characters with their neighbours."),
    insert_random_char: flag("Puts in letters, digits and signs."),
  },
  cost: 20,
  differs:
    "Draws depend on the seed and the row alone, so that texts differ from those that Data-Juicer makes, though each " +
    "is one that it could have made.",
  create: (args, { seed }) => {
    const names = (Object.keys(changes) as ChangeName[]).filter((name) => args[name]);
    const ways: readonly (readonly ChangeName[])[] =
      args.sequential && names.length > 0 ? [names] : names.map((name) => [name]);
    return (sample) => {
      const { row, origin } = sample;
      const key = args.text_key;
      const made = ways.flatMap((way) =>
        Array.from({ length: args.aug_num }, (_, number) => {
          let place = 0;
          return sample.mapTexts(key, (text) => {
            const random = randomAt(seed, "nlpaug_en_mapper", origin, way.join(" "), number, place++);
            return way.reduce((changed, name) => changes[name](strip(changed), random), text);
          });
        }),
      );
      // Of nothing nothing is made.
      const further = sample.field(key) === "" ? [] : made;
      if (args.keep_original_sample) return further.length === 0 ? row : [row, ...further];
      return further;
    };
  },
});
