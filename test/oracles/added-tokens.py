"""Golden ids for src/text/added-tokens.ts, text-encoder.ts and tokenize-pieces.ts.

Run by hand:  python test/oracles/added-tokens.py
Writes test/golden/text/added-tokens.json. The tokenizer of assets/stories260k is changed in one thing per variant
(flags of added tokens, how a blank is put before a text) and the `tokenizers` package says the ids of many texts,
among them whole conversations as templates of Llama 2, Zephyr and Phi-3 write them.
"""

import itertools
import json
import pathlib

import tokenizers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASE = json.loads((ROOT / "assets/stories260k/tokenizer.json").read_text(encoding="utf-8"))
OUT = ROOT / "test/golden/text/added-tokens.json"

REPLACE = {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}
PREFIXES = {
    "prepend": {},
    "first": {
        "normalizer": None,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": False},
    },
    "always": {
        "normalizer": None,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True},
    },
    "never": {
        "normalizer": None,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "never", "split": True},
    },
    "replace": {"normalizer": REPLACE},
    "lower": {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Lowercase"}, REPLACE]}},
}


def token(content, **flags):
    return {
        "content": content,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": False,
        **flags,
    }


CHAT = [token(text, special=True) for text in ("<|user|>", "<|assistant|>", "<|end|>")]
TOKENS = {
    "none": [],
    "chat": CHAT,
    "chat-rstrip": [{**one, "rstrip": True} for one in CHAT],
    "chat-lstrip": [{**one, "lstrip": True} for one in CHAT],
    "single": [token("ar", single_word=True), token("big car", single_word=True)],
    "single-normalized": [token("ar", single_word=True, normalized=True)],
    "normalized": [token("Car", normalized=True), token("the ", normalized=True, rstrip=True)],
    "nested": [token("car"), token("car went", lstrip=True), token("went"), token("  ", normalized=True), token("<s", rstrip=True)],
}

TEXTS = [
    "The large car went far, ar.",
    "ar car-ar ar_ ar9 ar\u0301 (ar) \U0001d400ar ar\U0001d400 \u6c49ar ar",
    "the big car  went , big  car carwent Car CAR",
    " the  Car went \n the\tcar went\n\n",
    "<|user|>\nHow are you?<|end|>\n<|assistant|>\nFine, big car.<|end|>\n<|user|>\nAnd?  <|end|> <|assistant|>\n  Well.<|end|>\n",
    "<s><|user|>\u3000Hi\u0085 <|end|><|assistant|>\u00a0\ufeffHi\u200b<|end|></s>",
    "<s>[INST] Hello there [/INST] Blue is a colour. </s><s>[INST] And? [/INST] Red. </s>",
    "<s> [INST] Hi [/INST]Blue</s>[INST] Hi[/INST]  Two</s>",
    "<unk> <s>  </s>  x",
    "car<s>car",
    "\u2581x \u2581\u2581y",
    "",
]


def main():
    cases = []
    for (prefix, change), (name, added) in itertools.product(PREFIXES.items(), TOKENS.items()):
        tokens = [{"id": 512 + i, **one} for i, one in enumerate(added)]
        definition = {**BASE, **change, "added_tokens": [*BASE["added_tokens"], *tokens]}
        library = tokenizers.Tokenizer.from_str(json.dumps(definition))
        ids = [library.encode(text, add_special_tokens=False).ids for text in TEXTS]
        texts = [library.decode(one, skip_special_tokens=False) for one in ids]
        cases.append({"prefix": prefix, "tokens": name, "ids": ids, "decoded": texts})
    golden = {
        "versions": {"tokenizers": tokenizers.__version__},
        "prefixes": PREFIXES,
        "tokens": TOKENS,
        "texts": TEXTS,
        "cases": cases,
    }
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
