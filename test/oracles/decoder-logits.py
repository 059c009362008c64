"""Logits of small decoders by transformers and PEFT, written to test/golden/models/decoder-logits.json.

The weights are a function of tensor name and index (see `weights` here and in src/models/golden.test.ts), so no
checkpoint needs to be stored. Run by hand: python test/oracles/decoder-logits.py
"""

import json
import pathlib
import tempfile

import numpy
import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from remote_code import REMOTE, Remote
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

OUT = pathlib.Path(__file__).parent.parent / "golden" / "models" / "decoder-logits.json"

SIZES = dict(
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    vocab_size=20,
    max_position_embeddings=64,
)
WINDOW = dict(use_sliding_window=True, sliding_window=5, max_window_layers=1)
LLAMA3 = dict(
    rope_type="llama3",
    rope_theta=500000.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=8,
)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=16)
LINEAR = dict(rope_type="linear", rope_theta=10000.0, factor=2.5)

SLIDING = ["sliding_attention", "sliding_attention", "full_attention"]

# Name of the case: model type and what differs from SIZES.
MODELS = {
    "llama": ("llama", {}),
    "llama with biases, tied": ("llama", dict(attention_bias=True, mlp_bias=True, tie_word_embeddings=True)),
    "llama 3": ("llama", dict(rope_parameters=LLAMA3)),
    "llama, linear scaling, wide heads": ("llama", dict(head_dim=6, rope_parameters=LINEAR)),
    "mistral": ("mistral", dict(sliding_window=5)),
    "qwen2": ("qwen2", dict(tie_word_embeddings=True)),
    "qwen2 with windows": ("qwen2", WINDOW),
    "qwen2, yarn": ("qwen2", dict(rope_parameters=YARN)),
    "qwen3": ("qwen3", dict(head_dim=6)),
    "qwen3 with biases and windows": ("qwen3", dict(head_dim=4, attention_bias=True, **WINDOW)),
    "gemma": ("gemma", dict(head_dim=6)),
    "gemma2": ("gemma2", dict(head_dim=6, sliding_window=4, query_pre_attn_scalar=10, attn_logit_softcapping=2.0, final_logit_softcapping=3.0)),
    "gemma3": ("gemma3_text", dict(head_dim=6, sliding_window=4, query_pre_attn_scalar=10, layer_types=SLIDING)),
    "phi3": ("phi3", dict(pad_token_id=0, sliding_window=5)),
    "phi4, partial rotation": ("phi3", dict(pad_token_id=0, num_attention_heads=2, num_key_value_heads=1, rope_parameters=dict(rope_type="default", rope_theta=10000.0, partial_rotary_factor=0.75))),
    "phi3.5, longrope, beyond its first length": ("phi3", dict(pad_token_id=0, original_max_position_embeddings=8, rope_parameters=dict(rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.1], long_factor=[1.5, 3.0]))),
    "phi3.5, longrope, within": ("phi3", dict(pad_token_id=0, original_max_position_embeddings=32, rope_parameters=dict(rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.1], long_factor=[1.5, 3.0]))),
    "olmo2": ("olmo2", {}),
    "olmo3": ("olmo3", dict(sliding_window=4, layer_types=SLIDING)),
    "granite": ("granite", dict(embedding_multiplier=3.0, logits_scaling=2.0, residual_multiplier=0.5, attention_multiplier=0.3)),
    "cohere": ("cohere", dict(logit_scale=0.5)),
    "cohere2": ("cohere2", dict(logit_scale=0.5, sliding_window=4, layer_types=SLIDING)),
    "stablelm": ("stablelm", dict(num_attention_heads=2, num_key_value_heads=1, use_qkv_bias=True)),
    "stablelm, parallel": ("stablelm", dict(num_attention_heads=2, num_key_value_heads=2, use_parallel_residual=True)),
    "gpt2": ("gpt2", {}),
    "pythia": ("gpt_neox", dict(num_attention_heads=2)),
    "gpt-neox, one branch after the other": ("gpt_neox", dict(num_attention_heads=2, use_parallel_residual=False, attention_bias=False)),
    "opt": ("opt", dict(ffn_dim=24)),
    "starcoder2": ("starcoder2", dict(sliding_window=5)),
    "smollm3": ("smollm3", dict(no_rope_layer_interval=2, pad_token_id=0)),
    "glm": ("glm", dict(head_dim=4, pad_token_id=0)),
    "glm4": ("glm4", dict(head_dim=4, pad_token_id=0)),
    "ernie4_5": ("ernie4_5", dict(head_dim=6, use_bias=True)),
    "hunyuan, alpha": ("hunyuan_v1_dense", dict(head_dim=4, rope_parameters=dict(rope_type="dynamic", rope_theta=10000.0, alpha=50.0, factor=1.0))),
    "hunyuan": ("hunyuan_v1_dense", dict(head_dim=4)),
    "falcon 7b, one key head": ("falcon", {}),
    "falcon 40b, two norms, key heads": ("falcon", dict(new_decoder_architecture=True, num_kv_heads=2, bias=True)),
    "falcon rw, alibi": ("falcon", dict(alibi=True, multi_query=False, parallel_attn=False, bias=True)),
    "falcon 11b, one norm": ("falcon", dict(new_decoder_architecture=True, num_kv_heads=2, num_ln_in_parallel_attn=1, tie_word_embeddings=False)),
    "bloom": ("bloom", {}),
    "bloom, six heads": ("bloom", dict(hidden_size=24, n_head=6)),
    "gpt-j": ("gptj", dict(rotary_dim=2)),
    "codegen": ("codegen", dict(rotary_dim=4)),
    "gpt_bigcode, one key head": ("gpt_bigcode", {}),
    "gpt_bigcode": ("gpt_bigcode", dict(multi_query=False)),
    "mpt": ("mpt", {}),
    "phi": ("phi", {}),
    "xglm": ("xglm", {}),
    "phi, normalised queries and keys": ("phi", dict(qk_layernorm=True)),
    "command r+": ("cohere", dict(logit_scale=0.5, use_qk_norm=True)),
    "nemotron": ("nemotron", {}),
    "persimmon": ("persimmon", {}),
    "apertus": ("apertus", {}),
    "exaone4": ("exaone4", dict(sliding_window=4, sliding_window_pattern=2)),
    "exaone4, all full": ("exaone4", dict(sliding_window=None, layer_types=["full_attention"] * 3)),
    "helium": ("helium", dict(head_dim=4)),
    "seed_oss": ("seed_oss", dict(head_dim=6)),
    "arcee": ("arcee", {}),
    "ministral": ("ministral", dict(head_dim=6, sliding_window=4, layer_types=SLIDING)),
    "internlm3": ("internlm3", dict(head_dim=6, attention_bias=True, mlp_bias=True)),
    "iquestcoder": ("iquestcoder", dict(head_dim=6)),
    "exaone": ("exaone", {}),
}


# Mixtures of experts: read and written through files, whose tensors are not those of the classes.
EXPERTS = dict(num_experts=5, num_experts_per_tok=2, moe_intermediate_size=12)
ROUTED = dict(n_routed_experts=6, num_experts_per_tok=2, moe_intermediate_size=12, first_k_dense_replace=1)
LATENT = dict(q_lora_rank=6, kv_lora_rank=8, qk_rope_head_dim=4, qk_nope_head_dim=6, v_head_dim=8, num_key_value_heads=4)
MSCALE = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=16, mscale=1.0, mscale_all_dim=0.8)
MIXTURES = {
    "mixtral": ("mixtral", dict(num_local_experts=5, num_experts_per_tok=2, sliding_window=5)),
    "qwen2_moe": ("qwen2_moe", dict(**EXPERTS, shared_expert_intermediate_size=20)),
    "qwen3_moe": ("qwen3_moe", dict(**EXPERTS, head_dim=6, norm_topk_prob=True, mlp_only_layers=[1])),
    "qwen3_moe, weights as they are": ("qwen3_moe", dict(**EXPERTS, head_dim=6, decoder_sparse_step=2)),
    "olmoe": ("olmoe", dict(num_experts=5, num_experts_per_tok=2)),
    "gpt_oss": ("gpt_oss", dict(num_local_experts=5, num_experts_per_tok=2, head_dim=6, sliding_window=4)),
    "deepseek_v2": ("deepseek_v2", dict(**ROUTED, **LATENT, n_group=3, topk_group=2, topk_method="group_limited_greedy", routed_scaling_factor=1.5)),
    "deepseek_v2 lite, yarn": ("deepseek_v2", dict(**ROUTED, **{**LATENT, "q_lora_rank": None}, n_group=1, topk_group=1, rope_parameters=MSCALE)),
    "deepseek_v3": ("deepseek_v3", dict(**ROUTED, **LATENT, n_group=2, topk_group=1, rope_parameters=MSCALE, attention_bias=True)),
    "glm4_moe": ("glm4_moe", dict(**ROUTED, head_dim=4, use_qk_norm=True, attention_bias=True)),
    "glm4_moe_lite": ("glm4_moe_lite", dict(**{k: v for k, v in ROUTED.items() if k != "first_k_dense_replace"}, **{**LATENT, "v_head_dim": 12})),
    "youtu": ("youtu", dict(**LATENT)),
    "minicpm3": ("minicpm3", dict(**LATENT, scale_emb=3.0, dim_model_base=8)),
    "dots1": ("dots1", dict(**ROUTED, n_shared_experts=1, norm_topk_prob=True, max_window_layers=1, sliding_window=4)),
    "ernie4_5_moe": ("ernie4_5_moe", dict(moe_num_experts=5, moe_k=2, moe_intermediate_size=12, moe_num_shared_experts=2)),
    "granitemoe": ("granitemoe", dict(num_local_experts=5, num_experts_per_tok=2, embedding_multiplier=3.0, logits_scaling=2.0, residual_multiplier=0.5, attention_multiplier=0.3)),
    "hunyuan_v1_moe": ("hunyuan_v1_moe", dict(num_experts=5, moe_topk=2, head_dim=4)),
    "hy_v3": ("hy_v3", dict(**EXPERTS, head_dim=6)),
    "minimax_m2": ("minimax_m2", dict(num_local_experts=5, num_experts_per_tok=2, head_dim=6, rotary_dim=4)),
}
# Numbers that only steer the choice of experts: stored, not trained.
NOT_TRAINED = ("e_score_correction_bias", "expert_bias")

# Sizes of configs that call them otherwise.
GPT = dict(n_embd=16, n_layer=3, n_head=4, n_positions=64, vocab_size=20, bos_token_id=1, eos_token_id=2)
RENAMED = {
    "gpt2": GPT,
    "gpt_bigcode": GPT,
    "gptj": GPT,
    "codegen": GPT,
    "bloom": dict(hidden_size=16, n_layer=3, n_head=4, vocab_size=20),
    "mpt": dict(d_model=16, n_layers=3, n_heads=4, max_seq_len=64, vocab_size=20, bos_token_id=1, eos_token_id=2),
    "xglm": dict(d_model=16, ffn_dim=24, num_layers=3, attention_heads=4, vocab_size=20, max_position_embeddings=64),
    "falcon": dict(hidden_size=16, num_hidden_layers=3, num_attention_heads=4, vocab_size=20, max_position_embeddings=64),
}
# Keys of SIZES that a config does not have.
WITHOUT = {
    "opt": ["intermediate_size", "num_key_value_heads"],
    "gpt_neox": ["num_key_value_heads"],
    "persimmon": ["num_key_value_heads"],
}


def create(model_type, changes):
    sizes = dict(RENAMED.get(model_type, SIZES))
    for key in WITHOUT.get(model_type, []):
        sizes.pop(key)
    config = AutoConfig.for_model(model_type, **{**sizes, **changes})
    # Attention written out: what the fused kernels compute, with soft caps, too. Falcon's, written out, counts ALiBi twice.
    written_out = not (model_type == "falcon" and config.alibi)
    return AutoModelForCausalLM.from_config(config, attn_implementation="eager" if written_out else "sdpa")


# Models whose code lies beside their weights and is Llama's (MiMo: Qwen2's) but for what stands here: what their config.json says, what
# Llama's says for the same.
LLAMAS = {
    "internlm": (dict(model_type="internlm", architectures=["InternLMForCausalLM"], bias=True), dict(attention_bias=True)),
    "deepseek": (dict(model_type="deepseek", architectures=["DeepseekForCausalLM"], n_routed_experts=5, n_shared_experts=2, num_experts_per_tok=2, moe_intermediate_size=12, first_k_dense_replace=1), {}),
    "mimo": (dict(model_type="mimo", architectures=["MiMoForCausalLM"], attention_bias=True), {}),
    "orion": (dict(model_type="orion", architectures=["OrionForCausalLM"]), {}),
    "skywork": (dict(model_type="skywork", architectures=["SkyworkForCausalLM"]), {}),
    "xverse": (dict(model_type="xverse", architectures=["XverseForCausalLM"]), {}),
}


class Mixture(torch.nn.Module):
    """The experts of the first DeepSeek, as modeling_deepseek.py beside its weights defines them: softmax, the best two of
    five as they are, and shared experts."""

    def __init__(self, config):
        super().__init__()
        llama_mlp = transformers.models.llama.modeling_llama.LlamaMLP
        small = transformers.LlamaConfig(**{**config.to_dict(), "intermediate_size": 12})
        both = transformers.LlamaConfig(**{**config.to_dict(), "intermediate_size": 24})
        self.gate = torch.nn.Linear(config.hidden_size, 5, bias=False)
        self.experts = torch.nn.ModuleList([llama_mlp(small) for _ in range(5)])
        self.shared_experts = llama_mlp(both)

    def forward(self, x):
        weights, chosen = self.gate(x).softmax(-1).topk(2, dim=-1)
        y = self.shared_experts(x)
        for index, expert in enumerate(self.experts):
            y = y + expert(x) * (weights * (chosen == index)).sum(-1, keepdim=True)
        return y


def create_llama(name, changes):
    model = create("qwen2" if name == "mimo" else "llama", changes)
    if name == "deepseek":
        for layer in model.model.layers[1:]:
            layer.mlp = Mixture(model.config)
    if name == "orion":
        # Orion's norms have means and biases.
        for parent in list(model.modules()):
            for child, module in list(parent.named_children()):
                if isinstance(module, transformers.models.llama.modeling_llama.LlamaRMSNorm):
                    norm = torch.nn.LayerNorm(SIZES["hidden_size"], eps=model.config.rms_norm_eps)
                    setattr(parent, child, norm)
    return model


# Name of the case: base model and settings.
ADAPTERS = {
    "all-linear": ("llama", dict(r=3, lora_alpha=6, target_modules="all-linear")),
    "rslora, head": ("llama", dict(r=4, lora_alpha=8, use_rslora=True, target_modules=["q_proj", "v_proj", "lm_head"])),
    "regex": ("llama", dict(r=2, lora_alpha=3, target_modules=r"model\.layers\.[01]\..*(gate|down)_proj")),
    "gpt2, matrices stored the other way": ("gpt2", dict(r=3, lora_alpha=6, target_modules=["c_attn", "c_proj"], fan_in_fan_out=True)),
    "phi3, fused": ("phi3", dict(r=3, lora_alpha=6, target_modules="all-linear")),
    "patterns": ("llama", dict(
        r=4,
        lora_alpha=8,
        target_modules=["q_proj", "up_proj"],
        rank_pattern={"layers.1.self_attn.q_proj": 2},
        alpha_pattern={"up_proj": 3},
    )),
}

# The second row is padded on the left.
IDS = [[3, 7, 1, 19, 12, 5, 9, 2, 0, 4, 11, 6], [0, 0, 0, 8, 8, 13, 17, 1, 2, 3, 10, 16]]
MASK = [[1] * 12, [0] * 3 + [1] * 9]


def weights(name, shape):
    """Uniform in -0.35..0.35, norms around 1, the same in float32 wherever it is computed."""
    index = numpy.arange(int(numpy.prod(shape)), dtype=numpy.uint64)
    word = sum(code * (at + 1) for at, code in enumerate(name.encode()))
    x = (index * 747796405 + word * 2891336453) & 0xFFFFFFFF
    x ^= x >> 16
    x = (x * 0x45D9F3B) & 0xFFFFFFFF
    x ^= x >> 16
    values = (x / 2**32 - 0.5) * 0.7 + (1 if "norm" in name else 0)
    return torch.tensor(values.astype(numpy.float32).reshape(shape))


def fill(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights(stored_name(model, name), tuple(parameter.shape)))
    return model.eval()


def logits(model):
    mask = torch.tensor(MASK)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    with torch.no_grad():
        out = model(torch.tensor(IDS), attention_mask=mask, position_ids=positions).logits
    return [[[round(v, 6) for v in row] for row, real in zip(rows, keep) if real] for rows, keep in zip(out.tolist(), MASK)]


# Where files call a tensor otherwise than the class.
FILE_NAMES = {
    "gpt_neox": {"lm_head": "embed_out"},
    "exaone": {
        "model.embed_tokens": "transformer.wte",
        "model.layers": "transformer.h",
        "model.norm": "transformer.ln_f",
        "self_attn": "attn.attention",
        "o_proj": "out_proj",
        "input_layernorm": "ln_1",
        "post_attention_layernorm": "ln_2",
        "gate_proj": "c_fc_0",
        "up_proj": "c_fc_1",
        "down_proj": "c_proj",
    },
}


def file_tensors(model):
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return {name: t for file in pathlib.Path(folder).glob("*.safetensors") for name, t in load_file(file).items()}


def fill_files(model):
    """The model read back from files whose tensors are those of `weights`."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        (file,) = pathlib.Path(folder).glob("*.safetensors")
        save_file({name: weights(name, tuple(t.shape)) for name, t in load_file(file).items()}, file, metadata={"format": "pt"})
        return AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()


def file_gradients(model):
    """As `gradients`, by the names of the files: the model is saved with gradients in place of its weights."""
    gradients(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.zeros_like(parameter) if parameter.grad is None else parameter.grad)
    trained = {name: t for name, t in file_tensors(model).items() if not name.endswith(NOT_TRAINED)}
    return {name: float(f"{t.float().norm().item():.7g}") for name, t in trained.items()}


def router_loss(model):
    """The load-balancing loss of all rows, and its gradients alone."""
    model.zero_grad()
    loss = model(torch.tensor(IDS), attention_mask=torch.tensor(MASK), output_router_logits=True).aux_loss
    loss.backward()
    return {"loss": float(f"{loss.item():.7g}"), "gradients": {name: float(f"{p.grad.norm().item():.7g}") for name, p in model.named_parameters() if name.endswith("mlp.gate.weight")}}


def stored_name(model, name):
    plain = name.removeprefix("base_model.model.").replace(".base_layer", "").replace(".default", "")
    for old, new in FILE_NAMES.get(model.config.model_type, {}).items():
        plain = plain.replace(old, new)
    return plain


def gradients(model):
    """Length of the gradient of half the sum of squared logits of the first row, by trained tensor."""
    model.zero_grad()
    # torch gives the row of the padding token no gradient, even where that token is read as any other.
    model.get_input_embeddings().padding_idx = None
    (model(torch.tensor(IDS[:1])).logits ** 2).sum().mul(0.5).backward()
    trained = [(name, p) for name, p in model.named_parameters() if p.grad is not None]
    return {stored_name(model, name): float(f"{p.grad.norm().item():.7g}") for name, p in trained}


def main():
    cases = []
    for name, (model_type, changes) in MODELS.items():
        model = fill(create(model_type, changes))
        model.config.architectures = [type(model).__name__]
        config = json.loads(model.config.to_json_string())
        cases.append({"name": name, "config": config, "logits": logits(model), "gradients": gradients(model)})
    for name, (model_type, changes) in MIXTURES.items():
        model = fill_files(create(model_type, changes))
        config = json.loads(model.config.to_json_string())
        case = {"name": name, "config": config, "logits": logits(model)}
        if name in ("mixtral", "qwen3_moe"):
            case["router_loss"] = router_loss(model)
        cases.append({**case, "gradients": file_gradients(model)})
    for name, (run, config) in REMOTE.items():
        model = Remote(run, config, weights)
        cases.append({"name": name, "config": config, "logits": logits(model), "gradients": gradients(model)})
    for name, (own, changes) in LLAMAS.items():
        model = fill(create_llama(name, changes))
        config = json.loads(model.config.to_json_string())
        config = {key: value for key, value in config.items() if key not in changes} | own
        cases.append({"name": name, "config": config, "logits": logits(model), "gradients": gradients(model)})
    for name, (base, options) in ADAPTERS.items():
        model = create(*MODELS[base])
        model.config.architectures = [type(model).__name__]
        config = json.loads(model.config.to_json_string())
        adapted = fill(get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **options)))
        adapter = adapted.peft_config["default"].to_dict()
        adapter = {key: sorted(value) if isinstance(value, set) else value for key, value in adapter.items()}
        cases.append({"name": f"LoRA: {name}", "config": config, "adapter": adapter, "logits": logits(adapted), "gradients": gradients(adapted)})
    versions = {"transformers": transformers.__version__, "peft": peft.__version__, "torch": torch.__version__}
    golden = {"made_by": "test/oracles/decoder-logits.py", "versions": versions, "ids": IDS, "mask": MASK, "cases": cases}
    OUT.write_text(json.dumps(golden, separators=(",", ":"), default=str) + "\n")


main()
