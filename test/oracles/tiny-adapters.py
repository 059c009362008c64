"""PEFT adapters with random numbers for two of the tiny checkpoints, to test/fixtures/adapters/<name>/, and the logits
with the adapter and after merging, to test/golden/models/adapters/<name>.json.

    python test/oracles/tiny-adapters.py [NAME...]        (after tiny-checkpoints.py)
"""

import shutil
import sys

import torch
from oracle import ADAPTERS, MODELS, digits7, load, random_ids, seeded, tidy, write_golden
from peft import (
    IA3Config,
    LNTuningConfig,
    LoHaConfig,
    LoKrConfig,
    LoraConfig,
    PeftModel,
    VeraConfig,
    get_peft_model,
)

TIME = 12
MLP_DOWN_AND_QUERY = r"model\.layers\.1\..*\.(q_proj|down_proj)"

# name -> (base, options of LoraConfig, or another config)
CASES = {
    "llama-gqa-lora": ("llama-gqa", dict(r=4, lora_alpha=8, target_modules="all-linear")),
    "qwen2-rslora": ("qwen2", dict(r=4, lora_alpha=6, use_rslora=True, target_modules=["q_proj", "v_proj", "o_proj"])),
    "llama-gqa-regex": ("llama-gqa", dict(r=2, lora_alpha=3, target_modules=MLP_DOWN_AND_QUERY)),
    "llama-gqa-head": (
        "llama-gqa",
        dict(r=2, lora_alpha=4, target_modules=["q_proj", "v_proj"], modules_to_save=["lm_head"]),
    ),
    "qwen2-patterns": (
        "qwen2",
        dict(
            r=4,
            lora_alpha=8,
            target_modules=["k_proj", "up_proj"],
            rank_pattern={"layers.1.self_attn.k_proj": 2},
            alpha_pattern={"up_proj": 3},
        ),
    ),
    "qwen2-dora": ("qwen2", dict(r=4, lora_alpha=8, use_dora=True, target_modules=["q_proj", "down_proj"])),
    "qwen2-lora-bias": ("qwen2", dict(r=2, lora_alpha=4, lora_bias=True, target_modules=["q_proj", "v_proj"])),
    "qwen2-ia3": ("qwen2", IA3Config(task_type="CAUSAL_LM")),
    "llama-gqa-ln": ("llama-gqa", LNTuningConfig(task_type="CAUSAL_LM")),
    "llama-gqa-vera": (
        "llama-gqa",
        VeraConfig(task_type="CAUSAL_LM", r=4, target_modules=["q_proj", "v_proj", "down_proj"]),
    ),
    "llama-gqa-loha": ("llama-gqa", LoHaConfig(task_type="CAUSAL_LM", r=2, alpha=4, target_modules=["q_proj", "v_proj"])),
    "llama-gqa-lokr": (
        "llama-gqa",
        LoKrConfig(task_type="CAUSAL_LM", r=2, alpha=4, target_modules=["q_proj", "v_proj", "up_proj"]),
    ),
    "llama-gqa-lokr-both": (
        "llama-gqa",
        LoKrConfig(
            task_type="CAUSAL_LM", r=1, alpha=4, decompose_both=True, decompose_factor=8, target_modules=["q_proj"]
        ),
    ),
}


def randomize(model, name):
    """A and B both random, and what modules_to_save names moved, so that each of them counts."""
    generator = seeded(name)
    with torch.no_grad():
        for parameter in (p for p in model.parameters() if p.requires_grad):
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.2)
    return model


def logits_of(model, ids):
    with torch.no_grad():
        return model(input_ids=torch.tensor(ids)).logits


def main():
    chosen = sys.argv[1:] or list(CASES)
    for name, (base, options) in ((name, CASES[name]) for name in chosen):
        folder = ADAPTERS / name
        shutil.rmtree(folder, ignore_errors=True)
        torch.manual_seed(0)
        config = LoraConfig(task_type="CAUSAL_LM", **options) if isinstance(options, dict) else options
        made = randomize(get_peft_model(load(MODELS / base), config), name)
        made.peft_config["default"].base_model_name_or_path = f"test/fixtures/models/{base}"
        made.save_pretrained(folder)
        tidy(folder)

        ids = random_ids(name, made.config.vocab_size, 1, TIME)
        adapted = PeftModel.from_pretrained(load(MODELS / base), folder).eval()
        plain, with_adapter = logits_of(load(MODELS / base), ids), logits_of(adapted, ids)
        merged = logits_of(adapted.merge_and_unload(), ids)
        assert (plain - with_adapter).abs().max() > 0.1, name
        assert torch.equal(with_adapter, logits_of(made.eval(), ids)), name
        golden = {
            "base": f"test/fixtures/models/{base}",
            "adapter": f"test/fixtures/adapters/{name}",
            "input_ids": ids,
            "logits": digits7(with_adapter),
            "merged_logits": digits7(merged),
        }
        write_golden(f"models/adapters/{name}.json", golden)


if __name__ == "__main__":
    main()
