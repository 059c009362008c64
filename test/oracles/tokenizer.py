"""Golden token ids for src/text/tokenizer.ts.

Run by hand:  python test/oracles/tokenizer.py DATA   (DATA holds models/ and tokenizers/ and datasets/)
Writes test/golden/text/tokenizers.json. The truth is tokenizer.json read by the `tokenizers` package, the
file every engine reads; `auto_differs` lists the texts for which transformers' AutoTokenizer, which in
version 5 rebuilds Llama tokenizers from their vocabulary, gives other ids.
"""

import hashlib
import json
import pathlib
import sys
import tempfile

import tokenizers
import transformers
from transformers import AutoTokenizer

DATA = pathlib.Path(sys.argv[1])
OUT = pathlib.Path(__file__).resolve().parents[1] / "golden" / "text" / "tokenizers.json"

TEXTS = [
    "Once upon a time, there was a little girl.",
    "  two leading spaces and\ttabs\n\n\nthree newlines ",
    "def f(x):\n    return x ** 2  # squared\n",
    "h\u00e9llo na\u00efve caf\u00e9, e\u0301 decomposed",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002 \u041f\u0440\u0438\u0432\u0435\u0442 \u0645\u0631\u062d\u0628\u0627",
    "emoji \U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 end",
    "12345 3.14159 1,000,000 0x1F",
    "<s>special</s> <|endoftext|><|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
    "I'm we'll THEY'RE don't",
    "a" * 70,
    " ",
    "\n",
    "{\"name\": \"f\", \"arguments\": {\"city\": \"Paris\"}}",
]


def digest(ids):
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()


def record(name, folder, corpora):
    raw = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    auto = AutoTokenizer.from_pretrained(folder) if (folder / "tokenizer_config.json").exists() else None
    rows, differs = [], []
    for text in TEXTS:
        ids = raw.encode(text, add_special_tokens=False).ids
        rows.append(
            {
                "text": text,
                "ids": ids,
                "with_special": raw.encode(text).ids,
                "decoded": raw.decode(ids, skip_special_tokens=False),
                "decoded_skip": raw.decode(ids, skip_special_tokens=True),
            }
        )
        if auto is not None and auto(text, add_special_tokens=False)["input_ids"] != ids:
            differs.append(text)
    corpus = []
    for path, characters in corpora:
        text = (DATA / path).read_text(encoding="utf-8")[:characters]
        ids = raw.encode(text, add_special_tokens=False).ids
        corpus.append({"path": path, "characters": len(text), "count": len(ids), "sha256": digest(ids)})
    return {
        "name": name,
        "vocab_size": raw.get_vocab_size(with_added_tokens=True),
        "texts": rows,
        "auto_differs": differs,
        "corpus": corpus,
    }


def main():
    corpora = [
        ("datasets/tinystories/sample.txt", 4000),
        ("datasets/tinyshakespeare/input.txt", 200000),
        ("datasets/gsm8k/train.jsonl", 200000),
    ]
    with tempfile.TemporaryDirectory() as temporary:
        qwen = pathlib.Path(temporary)
        AutoTokenizer.from_pretrained(DATA / "tokenizers/qwen2.5").save_pretrained(qwen)
        golden = {
            "versions": {"tokenizers": tokenizers.__version__, "transformers": transformers.__version__},
            "tokenizers": [
                record("stories260k", DATA / "models/stories260k", corpora),
                record("babyllama-105", DATA / "models/babyllama-105", corpora),
                record("gpt-neox-20b", DATA / "tokenizers/gpt-neox-20b", corpora),
                record("qwen2.5", qwen, corpora),
            ],
        }
    OUT.write_text(json.dumps(golden, ensure_ascii=True, indent=None, separators=(",", ":")) + "\n")


main()
