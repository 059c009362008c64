"""Twenty training steps by PyTorch, transformers and PEFT, to test/golden/train/<name>.json, from stored weights,
ids and order; with the learning rates of transformers' schedules in schedules.json.

    python test/oracles/trajectories.py [NAME...]        (after tiny-checkpoints.py and tiny-adapters.py)

A step is two micro-batches of two samples, padded on the right, one optimizer update. Its loss is the sum of the
negative log likelihoods of the step's trained tokens over their number; the gradient is of that. Every trajectory
is also computed with float64 weights and products (norms, softmax and rotation stay in float32 inside transformers);
`float32_error` is the largest relative difference: what a test can ask for.
Two of them are repeated with the Trainer of transformers, which must agree (`trainer_error`).
"""

import json
import math
import shutil
import sys
import tempfile

import torch
from oracle import ADAPTERS, MODELS, ROOT, STORIES, digits7, load, seeded, tidy, write_golden
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from tokenizers import Tokenizer
from transformers import Trainer, TrainingArguments, get_scheduler

STEPS = 20
SAMPLES_A_STEP = 4
MICRO = 2
WARMUP = math.ceil(0.1 * STEPS)
PAD = 0
IGNORE = -100
ADAMW = dict(name="adamw", betas=[0.9, 0.95], epsilon=1e-8, weight_decay=0.1)
SGD = dict(name="sgd", momentum=0.9, weight_decay=0.1)
INITIAL_ADAPTER = "stories260k-lora-initial"
FABLES = ROOT / "assets" / "fables" / "train.jsonl"


def text_samples(count=16):
    """Sentences of the fables. Every third is trained whole, the others only after a prompt of some words."""
    tokenizer = Tokenizer.from_file(str(STORIES / "tokenizer.json"))
    texts = [json.loads(line)["text"] for line in FABLES.read_text().splitlines()[:count]]
    samples = []
    for index, text in enumerate(texts):
        ids = tokenizer.encode(text).ids[: 12 + (index * 7) % 29]
        masked = 0 if index % 3 == 0 else 2 + index % 6
        samples.append({"ids": ids, "labels": [IGNORE] * masked + ids[masked:]})
    return samples


def random_samples(name, vocab, count=16):
    generator = seeded(name)

    def draw(low, high, *shape):
        return torch.randint(low, high, shape, generator=generator)

    samples = []
    for index in range(count):
        ids = draw(3, vocab, int(draw(4, 15))).tolist()
        masked = 0 if index % 3 == 0 else int(draw(1, 4))
        # A hole in the middle of some, as a second user turn leaves it.
        labels = [IGNORE if at < masked or (index % 5 == 4 and at == masked + 1) else id for at, id in enumerate(ids)]
        samples.append({"ids": ids, "labels": labels})
    return samples


def draw_order(name, count):
    generator = seeded(f"{name} order")
    drawn = torch.cat([torch.randperm(count, generator=generator) for _ in range(STEPS * SAMPLES_A_STEP // count)])
    return drawn.view(STEPS, SAMPLES_A_STEP // MICRO, MICRO).tolist()


def pad(samples):
    width = max(len(sample["ids"]) for sample in samples)

    def fill(key, value):
        return torch.tensor([sample[key] + [value] * (width - len(sample[key])) for sample in samples])

    mask = torch.tensor([[1] * len(sample["ids"]) + [0] * (width - len(sample["ids"])) for sample in samples])
    return {"input_ids": fill("ids", PAD), "attention_mask": mask, "labels": fill("labels", IGNORE)}


def parameter_groups(model, weight_decay):
    """As the Trainer splits them: no decay for biases and norms."""
    decayed = set(Trainer.get_decay_parameter_names(None, model))
    named = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for name, p in named if name in decayed], "weight_decay": weight_decay},
        {"params": [p for name, p in named if name not in decayed], "weight_decay": 0.0},
    ]
    return groups, [name for name, _ in named if name not in decayed]


def build_optimizer(model, rate, options):
    groups, undecayed = parameter_groups(model, options["weight_decay"])
    if options["name"] == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=options["momentum"]), undecayed
    betas, epsilon = tuple(options["betas"]), options["epsilon"]
    return torch.optim.AdamW(groups, lr=rate, betas=betas, eps=epsilon, foreach=False), undecayed


def train(model, samples, order, rate, schedule, optimizer_options, max_grad_norm):
    model.train()
    optimizer, undecayed = build_optimizer(model, rate, optimizer_options)
    warmup = 0 if schedule == "constant" else WARMUP
    scheduler = get_scheduler(schedule, optimizer, num_warmup_steps=warmup, num_training_steps=STEPS)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    steps = []
    for micro_batches in order:
        batches = [pad([samples[index] for index in micro]) for micro in micro_batches]
        tokens = sum(int((batch["labels"][:, 1:] != IGNORE).sum()) for batch in batches)
        total = 0.0
        for batch in batches:
            logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
            nll = torch.nn.functional.cross_entropy(
                logits[:, :-1].flatten(0, 1), batch["labels"][:, 1:].flatten(), ignore_index=IGNORE, reduction="sum"
            )
            (nll / tokens).backward()
            total += nll.item()
        norm = torch.nn.utils.clip_grad_norm_(trained, max_grad_norm).item()
        steps.append({"loss": total / tokens, "grad_norm": norm, "lr": scheduler.get_last_lr()[0], "tokens": tokens})
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
    return steps, undecayed


def stored_name(name):
    """The name in memory -> the name in model.safetensors or adapter_model.safetensors."""
    return name.replace(".default.weight", ".weight").replace(".default.bias", ".bias")


def checksums(model):
    result = {}
    if isinstance(model, PeftModel):
        # By the names of adapter_model.safetensors; what is not trained is left out.
        trained = {p.data_ptr() for p in model.parameters() if p.requires_grad}
        for name, parameter in get_peft_model_state_dict(model, save_embedding_layers=False).items():
            if parameter.data_ptr() in trained:
                values = parameter.detach().double().flatten()
                result[name] = {
                    "sum": digits7(values.sum().item()),
                    "sum_of_squares": digits7(values.square().sum().item()),
                    "first": digits7(values[:4]),
                }
        return result
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            values = parameter.detach().double().flatten()
            result[stored_name(name)] = {
                "sum": digits7(values.sum().item()),
                "sum_of_squares": digits7(values.square().sum().item()),
                "first": digits7(values[:4]),
            }
    return result


def worst(steps, others, key):
    return float(f"{max(abs(a[key] - b[key]) / abs(a[key]) for a, b in zip(steps, others)):.1e}")


def train_with_trainer(model, samples, order, rate, max_grad_norm):
    """The same by transformers' Trainer -> its log of loss and gradient norm (four digits of each, or more)."""

    class InOrder(Trainer):
        def _get_train_sampler(self, *_):
            return torch.utils.data.SequentialSampler(self.train_dataset)

    flat = [samples[index] for step in order for micro in step for index in micro]
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=MICRO,
            gradient_accumulation_steps=SAMPLES_A_STEP // MICRO,
            max_steps=STEPS,
            learning_rate=rate,
            lr_scheduler_type="cosine",
            warmup_steps=0.1,
            weight_decay=ADAMW["weight_decay"],
            adam_beta1=ADAMW["betas"][0],
            adam_beta2=ADAMW["betas"][1],
            adam_epsilon=ADAMW["epsilon"],
            max_grad_norm=max_grad_norm,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
            remove_unused_columns=False,
            logging_nan_inf_filter=False,
        )
        trainer = InOrder(model=model, args=arguments, train_dataset=flat, data_collator=pad)
        trainer.log = lambda logs, *_: trainer.state.log_history.append(logs)
        trainer.train()
        return [log for log in trainer.state.log_history if "grad_norm" in log]


def record(name, folder, samples, *, adapter=None, rate=1e-3, optimizer=ADAMW, schedule="cosine", trainer=False):
    max_grad_norm = 1.0

    def fresh():
        model = load(folder)
        return model if adapter is None else PeftModel.from_pretrained(model, ADAPTERS / adapter, is_trainable=True)

    order = draw_order(name, len(samples))
    model = fresh()
    steps, undecayed = train(model, samples, order, rate, schedule, optimizer, max_grad_norm)
    exact, _ = train(fresh().double(), samples, order, rate, schedule, optimizer, max_grad_norm)
    error = {key: worst(exact, steps, key) for key in ("loss", "grad_norm")}
    golden = {
        "checkpoint": str(folder.relative_to(ROOT)),
        "adapter": None if adapter is None else f"test/fixtures/adapters/{adapter}",
        "optimizer": optimizer,
        "learning_rate": rate,
        "schedule": {"name": schedule, "warmup_steps": 0 if schedule == "constant" else WARMUP, "steps": STEPS},
        "max_grad_norm": max_grad_norm,
        "pad_id": PAD,
        "samples": samples,
        "order": order,
        "without_weight_decay": sorted(stored_name(key) for key in undecayed),
        "float32_error": error,
    }
    print(f"  {name}: loss {steps[0]['loss']:.4f} -> {steps[-1]['loss']:.4f}, float32 error {error}")
    if trainer:
        logs = train_with_trainer(fresh(), samples, order, rate, max_grad_norm)
        agreement = {key: worst(steps, logs, key) for key in ("loss", "grad_norm")}
        assert len(logs) == STEPS and max(agreement.values()) < 1e-4, agreement
        assert all(a["lr"] == b["learning_rate"] for a, b in zip(steps, logs))
        golden["trainer_error"] = agreement
    golden["steps"] = [{key: value if key == "tokens" else digits7(value) for key, value in s.items()} for s in steps]
    golden["parameters_after"] = checksums(model)
    write_golden(f"train/{name}.json", golden)


def write_initial_adapter():
    """What PEFT starts from: A random, B zero."""
    folder = ADAPTERS / INITIAL_ADAPTER
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(1)
    config = LoraConfig(r=8, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(load(STORIES), config)
    model.peft_config["default"].base_model_name_or_path = "assets/stories260k"
    model.save_pretrained(folder)
    tidy(folder)


def schedules():
    def case(name, warmup, **kwargs):
        return {"name": name, "warmup_steps": warmup, "kwargs": kwargs}

    wsd = "warmup_stable_decay"
    cases = [
        *(case(name, warmup) for name in ("cosine", "linear") for warmup in (0, WARMUP, 5)),
        case("cosine", 3, num_cycles=1.5),
        case("constant", 0),
        case("constant_with_warmup", 3),
        case("cosine_with_min_lr", WARMUP, min_lr_rate=0.1),
        case("cosine_with_min_lr", 0, min_lr=2e-4, num_cycles=1.0),
        case("cosine_warmup_with_min_lr", 4, min_lr_rate=0.1),
        case("cosine_warmup_with_min_lr", 4, min_lr=1e-4, warmup_lr_rate=0.2),
        case("cosine_with_restarts", WARMUP),
        case("cosine_with_restarts", 3, num_cycles=3),
        case("polynomial", WARMUP),
        case("polynomial", 0, lr_end=1e-5, power=2.5),
        case("inverse_sqrt", 0),
        case("inverse_sqrt", 4),
        case("inverse_sqrt", 4, timescale=9),
        case(wsd, 3, num_decay_steps=5),
        case(wsd, 4, num_decay_steps=6, warmup_type="cosine", decay_type="linear", min_lr_ratio=0.1),
        case(wsd, 4, num_decay_steps=6, num_stable_steps=7, warmup_type="1-sqrt", decay_type="1-sqrt"),
    ]
    result = []
    for case in cases:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
        extra = dict(case["kwargs"])
        scheduler = get_scheduler(case["name"], optimizer, case["warmup_steps"], STEPS, scheduler_specific_kwargs=extra)
        rates = []
        for _ in range(STEPS):
            rates.append(float(f"{scheduler.get_last_lr()[0]:.12g}"))
            optimizer.step()
            scheduler.step()
        result.append({**case, "lr": rates})
    write_golden("train/schedules.json", {"learning_rate": 1e-3, "steps": STEPS, "schedules": result})


# Tuners from adapters of tiny-adapters.py, by name.
TUNERS = (
    "qwen2-dora",
    "qwen2-lora-bias",
    "llama-gqa-head",
    "qwen2-ia3",
    "llama-gqa-ln",
    "llama-gqa-vera",
    "llama-gqa-loha",
    "llama-gqa-lokr",
    "llama-gqa-lokr-both",
)


def main():
    chosen = sys.argv[1:]
    if not chosen:
        schedules()
        write_initial_adapter()
        text = text_samples()
        record("stories260k-full", STORIES, text, trainer=True)
        record("stories260k-lora", STORIES, text, adapter=INITIAL_ADAPTER, trainer=True)
        for name in ("llama-gqa", "qwen2", "mistral-window"):
            record(f"{name}-full", MODELS / name, random_samples(name, 96))
        record("qwen2-rslora", MODELS / "qwen2", random_samples("qwen2 rslora", 96), adapter="qwen2-rslora")
        sgd = dict(optimizer=SGD, rate=1e-2, schedule="constant")
        record("llama-gqa-sgd", MODELS / "llama-gqa", random_samples("sgd", 96), **sgd)
    for name in TUNERS:
        if not chosen or name in chosen:
            base = MODELS / ("qwen2" if name.startswith("qwen2") else "llama-gqa")
            record(name, base, random_samples(name, 96), adapter=name)


if __name__ == "__main__":
    main()
