/** Macros without arguments in LaTeX. Data-Juicer: expand_macro_mapper. */
import { defineTextMapper } from "../operator.ts";

/** \\newcommand{\\name}{value} and \\def\\name{value}, each to the end of its line, which \\n alone ends. */
const definitions = [
  /\\newcommand\*?\{(\\[a-zA-Z0-9]+?)\}\{([^\n]*?)\}(?=\n|(?![^]))/gu,
  /\\def\p{White_Space}*(\\[a-zA-Z0-9]+?)\p{White_Space}*\{([^\n]*?)\}(?=\n|(?![^]))/gu,
] as const;

export const expandMacroMapper = defineTextMapper({
  name: "expand_macro_mapper",
  summary: "Writes out LaTeX macros that have no arguments.",
  args: {},
  cost: 4,
  create: () => (text) => {
    const macros = new Map<string, string>();
    for (const definition of definitions) {
      for (const [, name = "", value = ""] of text.matchAll(definition)) macros.set(name, value);
    }
    let expanded = text;
    for (const [name, value] of macros) {
      // The character behind tells that this is the whole name.
      const use = new RegExp(`${name.replace("\\", "\\\\")}([^a-zA-Z0-9])`, "gu");
      expanded = expanded.replace(use, (_all, behind: string) => value + behind);
    }
    return expanded;
  },
});
