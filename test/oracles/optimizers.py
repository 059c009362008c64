"""Trajectories of optimizers over twelve steps with given gradients, to test/golden/train/optimizers.json.

    python test/oracles/optimizers.py FOLDER

FOLDER holds the packages galore_torch, apollo_torch (both without what they require) and, for
test/golden/train/adamw-8bit.json as well, bitsandbytes.

torch and transformers where they have the optimizer; else the method's published formula, written out below. Decay
spares norms and biases as the Trainer does. Learning rates change from step to step, and the first is 0 in one case.
"""

import math
import sys

import torch
from oracle import digits7, seeded, write_golden
from transformers.optimization import Adafactor

sys.path += sys.argv[1:2]

STEPS = 12
DECAY = 0.1
BETAS = (0.9, 0.95)
EPS = 1e-8
HEAD_DIM = 2
SHAPES = {
    "model.embed_tokens.weight": [8, 4],
    "model.layers.0.self_attn.q_proj.weight": [6, 4],
    "model.layers.0.self_attn.v_proj.weight": [2, 4],
    "model.layers.0.mlp.up_proj.weight": [4, 7],
    "model.layers.0.mlp.up_proj.bias": [4],
    "model.layers.0.input_layernorm.weight": [4],
    "model.layers.1.mlp.up_proj.weight": [3, 4],
}
DRAW = seeded("optimizers")
INITIAL = {name: torch.randn(shape, generator=DRAW) for name, shape in SHAPES.items()}
GRADIENTS = [{name: torch.randn(shape, generator=DRAW) * 0.3 for name, shape in SHAPES.items()} for _ in range(STEPS)]


def rates(peak):
    return [peak * (0.5 + 0.5 * math.cos(step / 5)) for step in range(STEPS)]


def decays(name):
    return not ("bias" in name or "norm" in name)


def torch_like(make):
    """An optimizer of torch's interface -> a trajectory."""

    def run(parameters, lr):
        named = {name: torch.nn.Parameter(value.clone()) for name, value in parameters.items()}
        groups = [
            {"params": [p for name, p in named.items() if decays(name) == decayed], "weight_decay": DECAY * decayed}
            for decayed in (True, False)
        ]
        optimizers = make(groups, named)
        for step in range(STEPS):
            for name, parameter in named.items():
                parameter.grad = GRADIENTS[step][name].clone()
            for optimizer in optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = lr[step]
                optimizer.step()
        return {name: p.detach() for name, p in named.items()}, None

    return run


def formula(update):
    """update(p, g, state, lr, decay, step, name) changes p and state in place -> a trajectory."""

    def run(parameters, lr):
        values = {name: value.clone() for name, value in parameters.items()}
        states = {name: {} for name in values}
        shown = {}
        for step in range(STEPS):
            for name, p in values.items():
                update(p, GRADIENTS[step][name].clone(), states[name], lr[step], DECAY * decays(name), step + 1, name)
                if "shown" in states[name]:
                    shown[name] = states[name]["shown"].clone()
        return values, shown or None

    return run


def lion(p, g, state, lr, decay, _, __):
    """google/automl, lion_pytorch.py."""
    m = state.setdefault("m", torch.zeros_like(p))
    p.mul_(1 - lr * decay)
    p.add_((m * BETAS[0] + g * (1 - BETAS[0])).sign(), alpha=-lr)
    m.mul_(BETAS[1]).add_(g, alpha=1 - BETAS[1])


def adam_mini(p, g, state, lr, decay, step, name):
    """zyushun/Adam-mini: one v for each block, blocks by the paper's section 2.3."""
    if p.ndim == 1:
        blocks = 1
    elif "q_proj" in name or "k_proj" in name:
        blocks = p.shape[0] // HEAD_DIM
    else:
        blocks = p.shape[0]
    m = state.setdefault("m", torch.zeros_like(p))
    v = state.setdefault("v", torch.zeros(blocks, 1))
    v.mul_(BETAS[1]).add_((g * g).view(blocks, -1).mean(dim=1, keepdim=True), alpha=1 - BETAS[1])
    m.lerp_(g, 1 - BETAS[0])
    p.mul_(1 - lr * decay)
    h = (v.sqrt() / math.sqrt(1 - BETAS[1] ** step)).add_(EPS)
    p.add_((m.view(blocks, -1) / (1 - BETAS[0] ** step) / h).view_as(p), alpha=-lr)


def schedule_free(p, g, state, lr, decay, step, _):
    """facebookresearch/schedule_free, adamw_schedulefree.py; p is y."""
    z = state.setdefault("z", p.clone())
    v = state.setdefault("v", torch.zeros_like(p))
    lr_max = state["lr_max"] = max(lr, state.get("lr_max", -1))
    weight = lr_max**2
    total = state["sum"] = state.get("sum", 0) + weight
    ckp1 = weight / total if total else 0
    v.mul_(BETAS[1]).addcmul_(g, g, value=1 - BETAS[1])
    normalized = g / v.div(1 - BETAS[1] ** step).sqrt_().add_(EPS)
    normalized.add_(p, alpha=decay)
    p.lerp_(z, ckp1)
    p.add_(normalized, alpha=lr * (BETAS[0] * (1 - ckp1) - 1))
    z.sub_(normalized, alpha=lr)
    state["shown"] = p.lerp(z, 1 - 1 / BETAS[0])


def muon(groups, named):
    """torch.optim.Muon with its Newton-Schulz steps in float32; AdamW for the rest."""
    original = torch.Tensor.bfloat16
    torch.Tensor.bfloat16 = lambda self: self.float().clone()
    hidden = {id(p) for name, p in named.items() if p.ndim == 2 and "embed" not in name}
    muon_groups = [{**g, "params": [p for p in g["params"] if id(p) in hidden]} for g in groups]
    rest = [{**g, "params": [p for p in g["params"] if id(p) not in hidden]} for g in groups]
    torch.Tensor.original_bfloat16 = original
    return [
        torch.optim.Muon([g for g in muon_groups if g["params"]], lr=1, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW([g for g in rest if g["params"]], lr=1, betas=BETAS, eps=EPS),
    ]


def by_turns(turns, interval, keeps, others):
    """AdamW on the layers of each interval; the state of others stays, or begins anew with their next turn."""

    def run(parameters, lr):
        named = {name: torch.nn.Parameter(value.clone()) for name, value in parameters.items()}

        def moves(name, at):
            return f"layers.{turns[at][0]}." in name if "layers" in name else others

        def fresh():
            groups = [
                {"params": [p for name, p in named.items() if decays(name) == d], "weight_decay": DECAY * d}
                for d in (True, False)
            ]
            return torch.optim.AdamW(groups, lr=1, betas=BETAS, eps=EPS)

        optimizer = fresh()
        for step in range(STEPS):
            if step % interval == 0 and not keeps:
                optimizer = fresh()
            for name, parameter in named.items():
                parameter.grad = GRADIENTS[step][name].clone() if moves(name, step // interval) else None
            for group in optimizer.param_groups:
                group["lr"] = lr[step]
            optimizer.step()
        return {name: p.detach() for name, p in named.items()}, None

    return run


def projected(package, name, options, extra):
    """galore_torch or apollo_torch; the random matrices of the latter are kept for the golden file."""
    module = __import__(package)
    if package == "galore_torch":
        projector = module.adamw.GaLoreProjector
        original = projector.get_orthogonal_matrix

        def signed(self, weights, rank, type):
            """Singular vectors whose largest component is positive: their sign is else that of the library."""
            axis = 1 if type == "right" else 0
            found = original(self, weights, rank, type)
            largest = found.gather(axis, found.abs().argmax(axis, keepdim=True))
            return found * largest.sign()

        projector.get_orthogonal_matrix = signed

    def run(parameters, lr):
        named = {key: torch.nn.Parameter(value.clone()) for key, value in parameters.items()}
        hidden = [key for key, p in named.items() if p.ndim == 2 and "embed" not in key]
        groups = []
        for is_hidden in (True, False):
            for decayed in (True, False):
                keys = [key for key in named if (key in hidden) == is_hidden and decays(key) == decayed]
                group = {"params": [named[key] for key in keys], "weight_decay": DECAY * decayed}
                groups.append({**group, **options} if is_hidden else group)
        groups = [group for group in groups if group["params"]]
        optimizer = getattr(module, name)(groups, lr=1, betas=BETAS, eps=EPS, **extra)
        PROJECTIONS.clear()
        for step in range(STEPS):
            for key, parameter in named.items():
                parameter.grad = GRADIENTS[step][key].clone()
            for group in optimizer.param_groups:
                group["lr"] = lr[step]
            optimizer.step()
            if step % options["update_proj_gap"] == 0 and "proj" in options:
                states = {key: optimizer.state[named[key]]["projector"].ortho_matrix for key in hidden}
                PROJECTIONS.append({key: digits7(value.flatten()) for key, value in states.items()})
        return {key: p.detach() for key, p in named.items()}, None

    return run


PROJECTIONS = []
GALORE = {"rank": 2, "update_proj_gap": 5, "scale": 0.25, "proj_type": "std"}
APOLLO = {"rank": 2, "update_proj_gap": 5, "scale": 2.0, "proj_type": "std", "proj": "random", "scale_type": "channel"}
MINI = {**APOLLO, "rank": 1, "scale": 128.0, "scale_type": "tensor"}


def galore_args(options):
    return {key: options[key] for key in ("rank", "update_proj_gap", "scale", "scale_type") if key in options}


CASES = {
    "adamw": ({}, 1e-2, torch_like(lambda groups, _: [torch.optim.AdamW(groups, lr=1, betas=BETAS, eps=EPS)])),
    "sgd": ({}, 1e-1, torch_like(lambda groups, _: [torch.optim.SGD(groups, lr=1)])),
    "sgd momentum": (
        {"momentum": 0.9},
        1e-1,
        torch_like(lambda groups, _: [torch.optim.SGD(groups, lr=1, momentum=0.9)]),
    ),
    "sgd nesterov": (
        {"momentum": 0.9, "nesterov": True},
        1e-1,
        torch_like(lambda groups, _: [torch.optim.SGD(groups, lr=1, momentum=0.9, nesterov=True)]),
    ),
    "adafactor": (
        {},
        1e-2,
        torch_like(lambda groups, _: [Adafactor(groups, lr=1, scale_parameter=False, relative_step=False)]),
    ),
    "lion": ({}, 1e-2, formula(lion)),
    "muon": ({}, 1e-2, torch_like(muon)),
    "adam_mini": ({}, 1e-2, formula(adam_mini)),
    "galore_adamw": (galore_args(GALORE), 1e-2, projected("galore_torch", "GaLoreAdamW", GALORE, {"no_deprecation_warning": True})),
    "apollo_adamw": (galore_args(APOLLO), 1e-2, projected("apollo_torch", "APOLLOAdamW", APOLLO, {})),
    "apollo_adamw mini": (galore_args(MINI), 1e-3, projected("apollo_torch", "APOLLOAdamW", MINI, {})),
    "badam": ({"switch_mode": "ascending", "switch_interval": 4}, 1e-2, by_turns([[0], [1], [0]], 4, False, False)),
    "adamw by turns": ({}, 1e-2, by_turns([[0], [1], [1], [0]], 3, True, True)),
    "schedule_free_adamw": ({}, 1e-2, formula(schedule_free)),
}


def eight_bit():
    """AdamW8bit as bitsandbytes' kernel for Triton, with its maps. Its quantization on the CPU takes no nearest value."""
    import bitsandbytes
    import bitsandbytes.functional as bnb

    size, lr = 300, 1e-2
    maps = [bnb.create_dynamic_map(signed) for signed in (True, False)]
    index = torch.arange(size, dtype=torch.float64)
    p = torch.sin(0.91 * index).float()
    codes = [torch.full((size,), 127, dtype=torch.uint8), torch.zeros(size, dtype=torch.uint8)]
    largest = [torch.zeros(2), torch.zeros(2)]
    for step in range(1, STEPS + 1):
        g = (torch.sin(0.37 * index + 1.1 * step) * 10.0 ** (index % 5 - 3)).float()
        s1, s2 = (m[c.long()] * a.repeat_interleave(256)[:size] for c, a, m in zip(codes, largest, maps))
        s1 = s1 * BETAS[0] + (1 - BETAS[0]) * g
        s2 = s2 * BETAS[1] + (1 - BETAS[1]) * g * g
        p *= 1 - lr * DECAY
        p -= (lr / (1 - BETAS[0] ** step)) * (s1 / (s2.sqrt() / math.sqrt(1 - BETAS[1] ** step) + EPS))
        for i, s in enumerate((s1, s2)):
            largest[i] = torch.stack([block.abs().max() for block in s.split(256)])
            unit = s / largest[i].repeat_interleave(256)[:size]
            codes[i] = (unit[:, None] - maps[i]).abs().argmin(1).to(torch.uint8)
    write_golden(
        "train/adamw-8bit.json",
        {
            "bitsandbytes": bitsandbytes.__version__,
            "steps": STEPS,
            "size": size,
            "learning_rate": lr,
            "weight_decay": DECAY,
            "betas": BETAS,
            "epsilon": EPS,
            "maps": [digits7(m) for m in maps],
            "parameters_after": digits7(p),
            "codes_after": [c.tolist() for c in codes],
            "absmax_after": [digits7(a) for a in largest],
        },
    )


def main():
    eight_bit()
    cases = []
    for name, (args, peak, run) in CASES.items():
        lr = rates(peak)
        if name.startswith("schedule_free"):
            lr = [0.0, *lr[:-1]]
        parameters, shown = run(INITIAL, lr)
        if name == "muon":
            torch.Tensor.bfloat16 = torch.Tensor.original_bfloat16
        case = {"optim": name.split()[0], "name": name, "optim_args": args, "lr": lr}
        case["parameters_after"] = {key: digits7(value.flatten()) for key, value in parameters.items()}
        if name.startswith("apollo"):
            case["projections"] = list(PROJECTIONS)
        if name == "adamw by turns":
            case["turns"] = {"interval": 3, "layers": [[0], [1], [1], [0]]}
        if shown:
            case["shown_after"] = {key: digits7(value.flatten()) for key, value in shown.items()}
        cases.append(case)
    write_golden(
        "train/optimizers.json",
        {
            "weight_decay": DECAY,
            "betas": BETAS,
            "epsilon": EPS,
            "head_dim": HEAD_DIM,
            "shapes": SHAPES,
            "initial": {key: digits7(value.flatten()) for key, value in INITIAL.items()},
            "gradients": [{key: digits7(value.flatten()) for key, value in step.items()} for step in GRADIENTS],
            "cases": cases,
        },
    )


if __name__ == "__main__":
    main()
