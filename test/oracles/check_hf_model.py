"""Logits of a checkpoint folder by transformers, as JSON: what a folder that Tunesmith wrote is to other tools.

    python test/oracles/check_hf_model.py DIR [--ids 1,5,7;1,9,4] [--out FILE]

Missing, unexpected and reshaped weights are errors.
"""

import argparse
import json
import pathlib

import torch
from oracle import digits7, versions


def arguments(*folders):
    parser = argparse.ArgumentParser()
    for folder in folders:
        parser.add_argument(folder)
    parser.add_argument("--ids", default="1,5,7,9;1,4,8,6", help="rows of equal length: ids by comma, rows by semicolon")
    parser.add_argument("--out", help="a file for the JSON, else standard output")
    args = parser.parse_args()
    args.ids = [[int(id) for id in row.split(",")] for row in args.ids.split(";")]
    return args


def load_strictly(folder):
    from transformers import AutoModelForCausalLM

    model, info = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", local_files_only=True, output_loading_info=True
    )
    wrong = {key: sorted(map(str, found)) for key, found in info.items() if found}
    if wrong:
        raise SystemExit(f"{folder} does not load clean: {json.dumps(wrong)}")
    return model.eval()


def report(model, args, **more):
    with torch.no_grad():
        logits = model(input_ids=torch.tensor(args.ids)).logits
    result = json.dumps({"versions": versions(), **more, "input_ids": args.ids, "logits": digits7(logits)})
    if args.out:
        pathlib.Path(args.out).write_text(result + "\n")
    else:
        print(result)


def main():
    args = arguments("dir")
    report(load_strictly(args.dir), args, checkpoint=args.dir)


if __name__ == "__main__":
    main()
