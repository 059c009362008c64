"""All texts that nlpaug can make of short texts, as Data-Juicer calls it: golden/data/nlpaug.json.

Needs the environment of data-juicer.py. Draws cannot be the same in two languages, but what can come of them is: each
case is drawn until no new text has come for long. Cases with more than a hundred outcomes do not belong here.

    python test/oracles/nlpaug-outcomes.py
"""

import importlib.metadata
import json
import pathlib
import random

import numpy
from data_juicer.ops.mapper.nlpaug_en_mapper import NlpaugEnMapper

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "golden" / "data" / "nlpaug.json"
PATIENCE = 4000

CASES = {
    "delete_random_word": ["The quick brown fox", "Well done, you", "one", "  a  b ", "!", "Ab cd", "i Am", "Go (now) [ok]!"],
    "swap_random_word": ["The quick fox", "Hi, you", "i Am", "one", "A b c d", "NASA is great", "I am", "he Xx yY"],
    "spelling_error_word": ["Esteem luck", "their xqzt", "xqzt", "Xqzt cleaning!"],
    "split_random_word": ["hello you", "abcd", "abc", "Wonderful, \u4f60\u597d\u4e16\u754c\u5417", "\U0001f600bcd abcde"],
    "keyboard_error_char": ["\u00e9\u00e9\u00e9q", "\u00e9\u00e9M\u00e9 ab", "9\u00e9\u00e9\u00e9", "\u00e9%\u00e9\u00e9", "abc", "\u00e9\u00e9\u00e9\u00e9 ( a ) !"],
    "ocr_error_char": ["o\u00e9", "0", "Go", "8 x", "x , y . \"z\"", "O1"],
    "delete_random_char": ["abcd", "abcde fg", "abc", "\U0001f600bcd", "abc def!"],
    "swap_random_char": ["aBcd", "Abcde", "abc", "\u00dfxyz"],
    "insert_random_char": ["abc", "a b, c"],
}


def main():
    found = []
    for name, texts in CASES.items():
        for text in texts:
            op = NlpaugEnMapper(**{name: True, "aug_num": 1, "keep_original_sample": False})
            outcomes, idle, seed = set(), 0, 0
            while idle < PATIENCE:
                random.seed(seed)
                numpy.random.seed(seed)
                seed += 1
                [outcome] = op.process_batched({"text": [text]})["text"]
                idle = idle + 1 if outcome in outcomes else 0
                outcomes.add(outcome)
            if len(outcomes) > 100:
                raise SystemExit(f"{name} of {text!r} has too many outcomes: {len(outcomes)}")
            found.append([name, text, sorted(outcomes)])
    golden = {
        "made_by": "python test/oracles/nlpaug-outcomes.py",
        "versions": {name: importlib.metadata.version(name) for name in ("nlpaug", "py-data-juicer")},
        "outcomes": found,
    }
    OUT.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{OUT.name}: {OUT.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
