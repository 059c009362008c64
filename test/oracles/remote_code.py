"""Models whose code lies beside their weights and not in transformers, written in PyTorch from that code.

Each is a function of (weights by name, token ids, places, mask) to logits. `Remote` makes them look like a module.
"""

import math
import types

import torch
import torch.nn.functional as F


class Remote:
    """A function of named weights, which are made when they are first asked for."""

    def __init__(self, run, config, make):
        self.run, self.make, self.store = run, make, {}
        self.config = types.SimpleNamespace(model_type=config["model_type"], **{k: v for k, v in config.items() if k != "model_type"})

    def weight(self, name, *shape):
        if name not in self.store:
            self.store[name] = self.make(name, shape).requires_grad_()
        return self.store[name]

    def linear(self, x, name, out, bias=False):
        y = x @ self.weight(f"{name}.weight", out, x.shape[-1]).T
        return y + self.weight(f"{name}.bias", out) if bias else y

    def rms(self, x, name, eps):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * self.weight(f"{name}.weight", x.shape[-1])

    def named_parameters(self):
        return self.store.items()

    def zero_grad(self):
        for parameter in self.store.values():
            parameter.grad = None

    def get_input_embeddings(self):
        return types.SimpleNamespace()

    def __call__(self, ids, attention_mask=None, position_ids=None):
        mask = torch.ones_like(ids) if attention_mask is None else attention_mask
        places = torch.arange(ids.shape[1]).expand(ids.shape) if position_ids is None else position_ids
        return types.SimpleNamespace(logits=self.run(self, ids, places, mask))


def rotate(x, places, theta=10000.0, turning=None, neighbours=False):
    """x [batch, time, heads, size]; the first `turning` numbers of each head turn."""
    turning = turning or x.shape[-1]
    frequencies = theta ** (-torch.arange(0, turning, 2).float() / turning)
    angles = places[..., None].float() * frequencies
    cos, sin = angles.cos()[:, :, None], angles.sin()[:, :, None]
    head, rest = x[..., :turning], x[..., turning:]
    if neighbours:
        a, b = head[..., 0::2], head[..., 1::2]
        return torch.cat([torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2), rest], -1)
    a, b = head.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin, rest], -1)


def slopes(heads):
    """ALiBi for a power of two."""
    return torch.tensor([2 ** (-8 * (i + 1) / heads) for i in range(heads)])


def attend(q, k, v, mask, alibi=None):
    """q [batch, time, heads, size], k and v with as many or fewer heads -> [batch, time, heads * size]"""
    group = q.shape[2] // k.shape[2]
    k, v = (x.repeat_interleave(group, 2).transpose(1, 2) for x in (k, v))
    scores = q.transpose(1, 2) @ k.transpose(2, 3) / math.sqrt(q.shape[-1])
    time = scores.shape[-1]
    if alibi is not None:
        scores = scores + alibi[:, None, None] * torch.arange(time)
    seen = torch.tril(torch.ones(time, time, dtype=torch.bool)) & mask[:, None, None].bool()
    scores = scores.masked_fill(~seen, torch.finfo(scores.dtype).min)
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


def split(x, heads):
    return x.unflatten(-1, (heads, -1))


def qwen(m, ids, places, mask):
    c = m.config
    h = m.weight("transformer.wte.weight", c.vocab_size, c.hidden_size)[ids]
    for i in range(c.num_hidden_layers):
        at = f"transformer.h.{i}"
        q, k, v = (split(x, c.num_attention_heads) for x in m.linear(m.rms(h, f"{at}.ln_1", c.layer_norm_epsilon), f"{at}.attn.c_attn", 3 * c.hidden_size, bias=True).chunk(3, -1))
        h = h + m.linear(attend(rotate(q, places), rotate(k, places), v, mask), f"{at}.attn.c_proj", c.hidden_size)
        x = m.rms(h, f"{at}.ln_2", c.layer_norm_epsilon)
        half = c.intermediate_size // 2
        a, b = m.linear(x, f"{at}.mlp.w1", half), m.linear(x, f"{at}.mlp.w2", half)
        h = h + m.linear(a * F.silu(b), f"{at}.mlp.c_proj", c.hidden_size)
    return m.linear(m.rms(h, "transformer.ln_f", c.layer_norm_epsilon), "lm_head", c.vocab_size)


def internlm2(m, ids, places, mask):
    c = m.config
    size = c.hidden_size // c.num_attention_heads
    group = c.num_attention_heads // c.num_key_value_heads
    h = m.weight("model.tok_embeddings.weight", c.vocab_size, c.hidden_size)[ids]
    for i in range(c.num_hidden_layers):
        at = f"model.layers.{i}"
        x = m.linear(m.rms(h, f"{at}.attention_norm", c.rms_norm_eps), f"{at}.attention.wqkv", (c.num_attention_heads + 2 * c.num_key_value_heads) * size, bias=c.bias)
        x = x.unflatten(-1, (c.num_key_value_heads, group + 2, size))
        q, k, v = x[..., :group, :].flatten(2, 3), x[..., -2, :], x[..., -1, :]
        h = h + m.linear(attend(rotate(q, places), rotate(k, places), v, mask), f"{at}.attention.wo", c.hidden_size, bias=c.bias)
        x = m.rms(h, f"{at}.ffn_norm", c.rms_norm_eps)
        inner = F.silu(m.linear(x, f"{at}.feed_forward.w1", c.intermediate_size)) * m.linear(x, f"{at}.feed_forward.w3", c.intermediate_size)
        h = h + m.linear(inner, f"{at}.feed_forward.w2", c.hidden_size)
    return m.linear(m.rms(h, "model.norm", c.rms_norm_eps), "output", c.vocab_size)


def gated(m, x, at, size):
    inner = F.silu(m.linear(x, f"{at}.gate_proj", size)) * m.linear(x, f"{at}.up_proj", size)
    return m.linear(inner, f"{at}.down_proj", x.shape[-1])


def baichuan(m, ids, places, mask):
    c = m.config
    alibi = None if hasattr(c, "max_position_embeddings") else slopes(c.num_attention_heads)
    h = m.weight("model.embed_tokens.weight", c.vocab_size, c.hidden_size)[ids]
    for i in range(c.num_hidden_layers):
        at = f"model.layers.{i}"
        q, k, v = (split(x, c.num_attention_heads) for x in m.linear(m.rms(h, f"{at}.input_layernorm", c.rms_norm_eps), f"{at}.self_attn.W_pack", 3 * c.hidden_size).chunk(3, -1))
        if alibi is None:
            q, k = rotate(q, places), rotate(k, places)
        h = h + m.linear(attend(q, k, v, mask, alibi), f"{at}.self_attn.o_proj", c.hidden_size)
        h = h + gated(m, m.rms(h, f"{at}.post_attention_layernorm", c.rms_norm_eps), f"{at}.mlp", c.intermediate_size)
    head = m.weight("lm_head.weight", c.vocab_size, c.hidden_size)
    # NormHead of Baichuan 2.
    return m.rms(h, "model.norm", c.rms_norm_eps) @ (F.normalize(head) if hasattr(c, "z_loss_weight") else head).T


def chatglm(m, ids, places, mask):
    c = m.config
    size, groups = c.kv_channels, c.multi_query_group_num
    h = m.weight("transformer.embedding.word_embeddings.weight", c.padded_vocab_size, c.hidden_size)[ids]
    for i in range(c.num_layers):
        at = f"transformer.encoder.layers.{i}"
        wide = c.num_attention_heads * size
        x = m.linear(m.rms(h, f"{at}.input_layernorm", c.layernorm_epsilon), f"{at}.self_attention.query_key_value", wide + 2 * groups * size, bias=True)
        q, k, v = (y.unflatten(-1, (-1, size)) for y in x.split([wide, groups * size, groups * size], -1))
        turn = dict(theta=10000.0 * c.rope_ratio, turning=size // 2, neighbours=True)
        mixed = attend(rotate(q, places, **turn), rotate(k, places, **turn), v, mask)
        h = h + m.linear(mixed, f"{at}.self_attention.dense", c.hidden_size)
        gate, up = m.linear(m.rms(h, f"{at}.post_attention_layernorm", c.layernorm_epsilon), f"{at}.mlp.dense_h_to_4h", 2 * c.ffn_hidden_size).chunk(2, -1)
        h = h + m.linear(F.silu(gate) * up, f"{at}.mlp.dense_4h_to_h", c.hidden_size)
    return m.linear(m.rms(h, "transformer.encoder.final_layernorm", c.layernorm_epsilon), "transformer.output_layer", c.padded_vocab_size)


def minicpm(m, ids, places, mask):
    c = m.config
    table = m.weight("model.embed_tokens.weight", c.vocab_size, c.hidden_size)
    size = c.hidden_size // c.num_attention_heads
    depth = c.scale_depth / math.sqrt(c.num_hidden_layers)
    h = table[ids] * c.scale_emb
    for i in range(c.num_hidden_layers):
        at = f"model.layers.{i}"
        x = m.rms(h, f"{at}.input_layernorm", c.rms_norm_eps)
        q, k, v = (split(m.linear(x, f"{at}.self_attn.{name}_proj", n * size), n) for name, n in (("q", c.num_attention_heads), ("k", c.num_key_value_heads), ("v", c.num_key_value_heads)))
        h = h + m.linear(attend(rotate(q, places), rotate(k, places), v, mask), f"{at}.self_attn.o_proj", c.hidden_size) * depth
        x = m.rms(h, f"{at}.post_attention_layernorm", c.rms_norm_eps)
        if not hasattr(c, "num_experts"):
            h = h + gated(m, x, f"{at}.mlp", c.intermediate_size) * depth
            continue
        weights, chosen = m.linear(x, f"{at}.mlp.gate", c.num_experts).softmax(-1).topk(c.num_experts_per_tok, -1)
        weights = weights / weights.sum(-1, keepdim=True)
        y = 0
        for e in range(c.num_experts):
            name = f"{at}.mlp.experts.{e}"
            inner = F.silu(m.linear(x, f"{name}.w1", c.intermediate_size)) * m.linear(x, f"{name}.w3", c.intermediate_size)
            y = y + m.linear(inner, f"{name}.w2", c.hidden_size) * (weights * (chosen == e)).sum(-1, keepdim=True)
        h = h + y * depth
    return m.rms(h, "model.norm", c.rms_norm_eps) / (c.hidden_size / c.dim_model_base) @ table.T


def telechat(m, ids, places, mask):
    c = m.config
    size = c.hidden_size // c.n_head
    alpha = max(2 ** math.ceil(math.log2(c.training_seqlen / c.base_seqlen) + 1) - 1, 1)
    theta = 10000.0 * alpha ** (size / (size - 2))
    h = m.weight("transformer.word_embeddings.weight", c.vocab_size, c.hidden_size)[ids]
    for i in range(c.n_layer):
        at = f"transformer.h.{i}"
        x = m.rms(h, f"{at}.input_layernorm", c.layer_norm_epsilon)
        q = split(m.linear(x, f"{at}.self_attention.query", c.hidden_size), c.n_head)
        k, v = split(m.linear(x, f"{at}.self_attention.key_value", 2 * c.num_key_value_heads * size), c.num_key_value_heads).chunk(2, -1)
        mixed = attend(rotate(q, places, theta), rotate(k, places, theta), v, mask)
        h = h + m.linear(mixed, f"{at}.self_attention.dense", c.hidden_size, bias=True)
        x = m.rms(h, f"{at}.post_attention_layernorm", c.layer_norm_epsilon)
        inner = F.silu(m.linear(x, f"{at}.mlp.gate_proj", c.ffn_hidden_size)) * m.linear(x, f"{at}.mlp.up_proj", c.ffn_hidden_size)
        h = h + m.linear(inner, f"{at}.mlp.down_proj", c.hidden_size, bias=True)
    return m.linear(m.rms(h, "transformer.ln_f", c.layer_norm_epsilon), "lm_head", c.vocab_size)


def bailing(m, ids, places, mask):
    c = m.config
    second = hasattr(c, "score_function")
    size = c.head_dim
    eps = c.rms_norm_eps
    h = m.weight("model.word_embeddings.weight", c.vocab_size, c.hidden_size)[ids]
    for i in range(c.num_hidden_layers):
        at = f"model.layers.{i}"
        sizes = [c.num_attention_heads * size, c.num_key_value_heads * size, c.num_key_value_heads * size]
        x = m.linear(m.rms(h, f"{at}.input_layernorm", eps), f"{at}.attention.query_key_value", sum(sizes))
        q, k, v = (y.unflatten(-1, (-1, size)) for y in x.split(sizes, -1))
        if second:
            q, k = m.rms(q, f"{at}.attention.query_layernorm", eps), m.rms(k, f"{at}.attention.key_layernorm", eps)
        turn = dict(turning=int(size * c.partial_rotary_factor)) if second else {}
        mixed = attend(rotate(q, places, **turn), rotate(k, places, **turn), v, mask)
        h = h + m.linear(mixed, f"{at}.attention.dense", c.hidden_size)
        x = m.rms(h, f"{at}.post_attention_layernorm", eps)
        if i < c.first_k_dense_replace:
            h = h + gated(m, x, f"{at}.mlp", c.intermediate_size)
            continue
        logits = m.linear(x, f"{at}.mlp.gate", c.num_experts)
        if second:
            scores = logits.sigmoid()
            with torch.no_grad():
                choice = scores + m.weight(f"{at}.mlp.gate.expert_bias", c.num_experts)
                groups = choice.unflatten(-1, (c.n_group, -1))
                best = groups.topk(2, -1)[0].sum(-1).topk(c.topk_group, -1)[1]
                among = torch.zeros(groups.shape[:-1]).scatter(-1, best, 1).bool()
                chosen = groups.masked_fill(~among[..., None], -math.inf).flatten(-2).topk(c.num_experts_per_tok, -1)[1]
            weights = scores.gather(-1, chosen)
            weights = weights / weights.sum(-1, keepdim=True) * c.routed_scaling_factor
        else:
            weights, chosen = logits.softmax(-1).topk(c.num_experts_per_tok, -1)
            weights = weights / weights.sum(-1, keepdim=True)
        y = gated(m, x, f"{at}.mlp.shared_experts", c.moe_intermediate_size * c.num_shared_experts)
        for e in range(c.num_experts):
            y = y + gated(m, x, f"{at}.mlp.experts.{e}", c.moe_intermediate_size) * (weights * (chosen == e)).sum(-1, keepdim=True)
        h = h + y
    return m.linear(m.rms(h, "model.norm", eps), "lm_head", c.vocab_size)


COMMON = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, vocab_size=20, tie_word_embeddings=False)
TURNING = dict(max_position_embeddings=64, rms_norm_eps=1e-6)
CHATGLM = dict(hidden_size=16, ffn_hidden_size=24, num_layers=2, num_attention_heads=4, padded_vocab_size=20, kv_channels=8, seq_length=64, layernorm_epsilon=1e-5, multi_query_attention=True, multi_query_group_num=2, add_qkv_bias=True, add_bias_linear=False, rmsnorm=True, post_layer_norm=True, original_rope=True, tie_word_embeddings=False)
LING = dict(**COMMON, **TURNING, head_dim=8, num_key_value_heads=2, num_experts=6, num_experts_per_tok=2, moe_intermediate_size=12, num_shared_experts=1, norm_topk_prob=True)

# Name of the case: function, config.json.
REMOTE = {
    "qwen, the first": (qwen, dict(model_type="qwen", architectures=["QWenLMHeadModel"], **COMMON, seq_length=64, kv_channels=4, layer_norm_epsilon=1e-6, no_bias=True)),
    "internlm2": (internlm2, dict(model_type="internlm2", architectures=["InternLM2ForCausalLM"], **COMMON, **TURNING, num_key_value_heads=2, bias=False)),
    "internlm2, biases": (internlm2, dict(model_type="internlm2", architectures=["InternLM2ForCausalLM"], **COMMON, **TURNING, num_key_value_heads=2, bias=True)),
    "baichuan 7b": (baichuan, dict(model_type="baichuan", architectures=["BaiChuanForCausalLM"], **COMMON, **TURNING)),
    "baichuan2 13b": (baichuan, dict(model_type="baichuan", architectures=["BaichuanForCausalLM"], **COMMON, rms_norm_eps=1e-6, model_max_length=64, z_loss_weight=0)),
    "chatglm3": (chatglm, dict(model_type="chatglm", architectures=["ChatGLMModel"], **CHATGLM, rope_ratio=2)),
    "minicpm": (minicpm, dict(model_type="minicpm", architectures=["MiniCPMForCausalLM"], **{**COMMON, "tie_word_embeddings": True}, **TURNING, num_key_value_heads=2, scale_emb=3, scale_depth=1.4, dim_model_base=8)),
    "minicpm, experts": (minicpm, dict(model_type="minicpm", architectures=["MiniCPMForCausalLM"], **{**COMMON, "tie_word_embeddings": True}, **TURNING, num_key_value_heads=2, scale_emb=3, scale_depth=1.4, dim_model_base=8, num_experts=5, num_experts_per_tok=2)),
    "telechat": (telechat, dict(model_type="telechat", architectures=["TelechatForCausalLM"], hidden_size=16, ffn_hidden_size=24, n_layer=2, n_head=4, num_key_value_heads=2, vocab_size=20, seq_length=64, layer_norm_epsilon=1e-5, training_seqlen=64, base_seqlen=32, tie_word_embeddings=False)),
    "ling": (bailing, dict(model_type="bailing_moe", architectures=["BailingMoeForCausalLM"], **LING, first_k_dense_replace=0)),
    "ling 2": (bailing, dict(model_type="bailing_moe", architectures=["BailingMoeV2ForCausalLM"], **LING, first_k_dense_replace=1, score_function="sigmoid", n_group=3, topk_group=2, routed_scaling_factor=2.0, partial_rotary_factor=0.5)),
}
