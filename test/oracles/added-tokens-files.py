"""Golden ids for src/text/added-tokens-files.ts: files of a tokenizer that say different things.

Run by hand:  python test/oracles/added-tokens-files.py
Writes test/golden/text/added-tokens-files.json. Each case changes tokenizer.json, tokenizer_config.json,
added_tokens.json or special_tokens_map.json of assets/stories260k, and AutoTokenizer says the ids.
"""

import json
import pathlib
import tempfile

import transformers

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASE = json.loads((ROOT / "assets/stories260k/tokenizer.json").read_text(encoding="utf-8"))
OUT = ROOT / "test/golden/text/added-tokens-files.json"
NAMES = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
TEXT = "a <new> b<x>Once  </s> <s>car"


def token(content, **flags):
    plain = {"content": content, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False}
    return {**plain, "special": True, **flags}


NEW, X = token("<new>"), token("<x>")
CASES = {
    "plain": {},
    "tokenizer.json alone": {"added": [NEW]},
    "decoder alone": {"config": {"added_tokens_decoder": {"512": NEW}}},
    "decoder alone, another id": {"config": {"added_tokens_decoder": {"515": NEW}}},
    "decoder gives the id to another": {"added": [NEW], "config": {"added_tokens_decoder": {"512": X}}},
    "decoder gives another id": {"added": [NEW], "config": {"added_tokens_decoder": {"513": NEW}}},
    "decoder gives the id of the end": {"config": {"added_tokens_decoder": {"2": X}}},
    "decoder in disorder": {"config": {"added_tokens_decoder": {"600": NEW, "513": X}}},
    "decoder with flags": {"added": [NEW], "config": {"added_tokens_decoder": {"512": token("<new>", lstrip=True)}}},
    "decoder, not special": {"added": [NEW], "config": {"added_tokens_decoder": {"512": token("<new>", special=False)}}},
    "decoder with flags, not special": {
        "added": [NEW],
        "config": {"added_tokens_decoder": {"512": token("<new>", special=False, lstrip=True)}},
    },
    "decoder, special": {"added": [token("<new>", special=False)], "config": {"added_tokens_decoder": {"512": NEW}}},
    "decoder beside map": {"config": {"added_tokens_decoder": {"512": NEW}}, "map": {"eos_token": "<s>"}},
    "decoder beside added_tokens.json": {"config": {"added_tokens_decoder": {"512": NEW}}, "file": {"<x>": 513}},
    "decoder with a word": {"config": {"added_tokens_decoder": {"512": token("car", special=False, single_word=True)}}},
    "added_tokens.json alone": {"file": {"<new>": 512}},
    "added_tokens.json, the same": {"added": [NEW], "file": {"<new>": 512}},
    "added_tokens.json, another id": {"added": [NEW], "file": {"<new>": 513}},
    "added_tokens.json, id of another": {"added": [NEW], "file": {"<x>": 512}},
    "added_tokens.json, one more": {"added": [NEW], "file": {"<x>": 513}},
    "added_tokens.json, named": {"file": {"<new>": 512}, "config": {"eos_token": "<new>"}},
    "map, another end": {"map": {"eos_token": "<s>"}},
    "map, the end alone": {"map": {"eos_token": "</s>"}, "config": {"eos_token": None}},
    "map, a new end": {"map": {"eos_token": NEW}},
    "config, a new end": {"config": {"eos_token": "<new>"}},
    "config, an old word as end": {"config": {"eos_token": "\u2581car"}},
    "config, additional": {"config": {"additional_special_tokens": ["<new>", "<x>"]}},
    "config, extra": {"config": {"extra_special_tokens": ["<new>"]}},
    "map, additional": {"map": {"additional_special_tokens": ["<new>"]}},
    "config, pad and mask": {"config": {"pad_token": "<x>", "mask_token": "<new>"}},
}


def main():
    cases = []
    for name, case in CASES.items():
        files = {
            "tokenizer.json": {
                **BASE,
                "added_tokens": BASE["added_tokens"] + [{"id": 512 + i, **one} for i, one in enumerate(case.get("added", []))],
            },
            "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", **NAMES, **case.get("config", {})},
        }
        if "map" in case:
            files["special_tokens_map.json"] = case["map"]
        if "file" in case:
            files["added_tokens.json"] = case["file"]
        with tempfile.TemporaryDirectory() as folder:
            for file, value in files.items():
                (pathlib.Path(folder) / file).write_text(json.dumps(value), encoding="utf-8")
            (pathlib.Path(folder) / "config.json").write_text('{"model_type": "llama"}')
            made = transformers.AutoTokenizer.from_pretrained(folder)
        ids = made(TEXT, add_special_tokens=False)["input_ids"]
        cases.append(
            {
                "name": name,
                **case,
                "ids": ids,
                "size": len(made),
                "shown": made.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False),
                "ends": {key: made.convert_tokens_to_ids(getattr(made, key)) for key in NAMES},
            }
        )
    golden = {"versions": {"transformers": transformers.__version__}, "names": NAMES, "text": TEXT, "cases": cases}
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


main()
