"""Tiny random checkpoints written by transformers, one per property of the Llama, Mistral and Qwen2 families, to
test/fixtures/models/<name>/, and their logits to test/golden/models/<name>.json.

    python test/oracles/tiny-checkpoints.py

Four of them (OLD_KEYS) get their config.json rewritten with the keys of transformers before 5, as most published
checkpoints have them; that transformers computes the same from either is asserted.
"""

import json
import shutil

import torch
from oracle import MODELS, digits7, load, random_ids, seeded, tidy, write_golden, write_json
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

VOCAB = 96
TIME = 12
SIZES = dict(
    vocab_size=VOCAB,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=128,
    initializer_range=0.2,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=0,
    attn_implementation="eager",
)
# Heads of 16 and these lengths put one frequency in each of the three parts of the llama3 rule.
LLAMA3 = dict(
    rope_type="llama3",
    rope_theta=500000.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=64,
)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=32)
LINEAR = dict(rope_type="linear", rope_theta=10000.0, factor=4.0)
THETA_1E6 = dict(rope_type="default", rope_theta=1000000.0)


def llama(**options):
    return LlamaForCausalLM(LlamaConfig(**{**SIZES, **options}))


def qwen2(**options):
    return Qwen2ForCausalLM(Qwen2Config(**{**SIZES, "rope_parameters": THETA_1E6, **options}))


# name -> (model, options of save_pretrained)
CHECKPOINTS = {
    "llama-gqa": lambda: llama(),
    "llama3-rope": lambda: llama(
        num_attention_heads=2, num_key_value_heads=1, tie_word_embeddings=True, rope_parameters=LLAMA3
    ),
    "llama-mha-bias": lambda: llama(num_key_value_heads=4, attention_bias=True, mlp_bias=True),
    "llama-linear-rope": lambda: llama(rope_parameters=LINEAR),
    "llama-yarn": lambda: llama(rope_parameters=YARN),
    "llama-headdim": lambda: llama(head_dim=12),
    "llama-bf16": lambda: llama(tie_word_embeddings=True).to(torch.bfloat16),
    "llama-f16": lambda: llama(tie_word_embeddings=True).to(torch.float16),
    "llama-sharded": lambda: llama(),
    "mistral-window": lambda: MistralForCausalLM(MistralConfig(**SIZES, sliding_window=4)),
    "qwen2": lambda: qwen2(tie_word_embeddings=False),
    "qwen2-tied-window": lambda: qwen2(
        tie_word_embeddings=True, use_sliding_window=True, sliding_window=4, max_window_layers=1
    ),
}
SAVE = {"llama-sharded": dict(max_shard_size="40KB")}


def old_keys(config, scaling_type_key):
    """config.json of transformers 5 -> the same in the keys of transformers 4."""
    rope = dict(config.pop("rope_parameters"))
    config["rope_theta"] = rope.pop("rope_theta")
    kind = rope.pop("rope_type")
    config["rope_scaling"] = None if kind == "default" else {scaling_type_key: kind, **rope}
    config["torch_dtype"] = config.pop("dtype")
    config.pop("layer_types", None)
    config["transformers_version"] = "4.46.0"
    return dict(sorted(config.items()))


# name -> the key that names the scaling inside rope_scaling: "type" until 4.42, "rope_type" after.
OLD_KEYS = {"llama3-rope": "rope_type", "llama-linear-rope": "type", "qwen2": "type", "qwen2-tied-window": "type"}


def randomize(model, name):
    """Norms leave 1 and biases leave 0, so that a lost one shows."""
    generator = seeded(name)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator) * 0.2
            parameter.copy_(noise + 1 if "norm" in key else noise)
    return model


def batches(name):
    plain = {"input_ids": random_ids(f"{name} plain", VOCAB, 2, TIME)}
    lengths = [7, 10]
    rows = [random_ids(f"{name} row {length}", VOCAB, length) for length in lengths]
    left_padded = {
        "input_ids": [[0] * (TIME - len(row)) + row for row in rows],
        "attention_mask": [[0] * (TIME - length) + [1] * length for length in lengths],
        "position_ids": [[0] * (TIME - length) + list(range(length)) for length in lengths],
    }
    return plain, left_padded


def logits_of(model, batch):
    with torch.no_grad():
        return model(**{key: torch.tensor(value) for key, value in batch.items()}).logits.float()


def logits_golden(model, name):
    plain, left_padded = batches(name)
    padded = logits_of(model, left_padded)
    kept = [[row[t] for t, real in enumerate(mask) if real] for row, mask in zip(padded, left_padded["attention_mask"])]
    return {
        "plain": {**plain, "logits": digits7(logits_of(model, plain))},
        "left_padded": {**left_padded, "logits_of_real_tokens": [[digits7(token) for token in row] for row in kept]},
    }


def main():
    for name, make in CHECKPOINTS.items():
        folder = MODELS / name
        shutil.rmtree(folder, ignore_errors=True)
        randomize(make(), name).save_pretrained(folder, **SAVE.get(name, {}))
        tidy(folder)
        golden = logits_golden(load(folder), name)
        if name in OLD_KEYS:
            path = folder / "config.json"
            write_json(path, old_keys(json.loads(path.read_text()), OLD_KEYS[name]))
            assert logits_golden(load(folder), name) == golden, name
        if name == "qwen2-tied-window":
            full = AutoModelForCausalLM.from_pretrained(folder, use_sliding_window=False, dtype=torch.float32)
            assert logits_golden(full.eval(), name) != golden, "the window changes nothing"
        write_golden(f"models/{name}.json", {"checkpoint": f"test/fixtures/models/{name}", **golden})


if __name__ == "__main__":
    main()
