"""Logits of an adapter folder on its base by PEFT, as JSON: what an adapter that Tunesmith wrote is to other tools.

    python test/oracles/check_peft_adapter.py DIR BASE [--ids 1,5,7;1,9,4] [--out FILE]

Keys that PEFT would not take, or would leave at their initial values, are errors.
"""

from check_hf_model import arguments, load_strictly, report
from peft import PeftModel, get_peft_model_state_dict
from safetensors import safe_open


def main():
    args = arguments("dir", "base")
    model = PeftModel.from_pretrained(load_strictly(args.base), args.dir).eval()
    with safe_open(f"{args.dir}/adapter_model.safetensors", "pt") as file:
        stored = {key: file.get_tensor(key) for key in file.keys()}
    taken = get_peft_model_state_dict(model, save_embedding_layers=False)
    if stored.keys() != taken.keys():
        raise SystemExit(f"keys differ: {sorted(stored.keys() ^ taken.keys())}")
    changed = [key for key in stored if not stored[key].float().equal(taken[key].float())]
    if changed:
        raise SystemExit(f"values not taken: {changed}")
    report(model, args, base=args.base, adapter=args.dir)


if __name__ == "__main__":
    main()
