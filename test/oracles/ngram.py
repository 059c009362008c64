"""Scores of n-gram models: golden/ngram.json.

1. KenLM's scores of sentences by fixtures/ngram/tiny.arpa, and what Data-Juicer's perplexity_filter says of texts with it.
2. Interpolated modified Kneser-Ney written from its definition (Chen and Goodman 1998; Heafield et al. 2013), with
   dictionaries and nothing shared with Tunesmith, over assets/fables: scores of held-out rows.

Environment: that of data-juicer.py, and pip install kenlm (0.3.0 was used).

    python test/oracles/ngram.py
"""

import collections
import importlib.metadata
import json
import math
import pathlib

import kenlm
from data_juicer.ops.filter import perplexity_filter
from data_juicer.utils.constant import Fields

ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY = ROOT / "test" / "fixtures" / "ngram" / "tiny.arpa"
TEXTS = json.loads((ROOT / "test" / "golden" / "data-juicer" / "texts.json").read_text())["texts"]

SENTENCES = [
    "", "the", "the cat sat", "The cat sat", "the dog bird end", "the dog end", "cat cat cat", "bird", "bird end",
    "sat the cat sat", "the cat sat the cat sat", "dog dog the dog", "the the the dog unheard end sat",
]  # fmt: skip


def rows(name):
    return [json.loads(line)["text"] for line in (ROOT / "assets" / "fables" / name).read_text().splitlines()]


class KneserNey:
    def __init__(self, sentences, order, prune):
        raw = [collections.Counter() for _ in range(order)]
        for sentence in sentences:
            words = ["<s>", *sentence, "</s>"]
            for n in range(1, order + 1):
                for i in range(len(words) - n + 1):
                    raw[n - 1][tuple(words[i : i + n])] += 1
        self.order = order
        self.words = {gram[0] for gram in raw[0]} - {"<s>"} | {"<unk>"}
        self.probability, self.backoff, self.discounts = {}, {}, []
        for n in range(1, order + 1):
            if n == order:
                adjusted = dict(raw[n - 1])
            else:
                left = collections.Counter(gram[1:] for gram in raw[n])
                adjusted = {gram: raw[n - 1][gram] if gram[0] == "<s>" else left[gram] for gram in raw[n - 1]}
            adjusted.pop(("<s>",), None)
            t = collections.Counter(adjusted.values())
            y = t[1] / (t[1] + 2 * t[2])
            d = [0] + [k - (k + 1) * y * t[k + 1] / t[k] for k in (1, 2, 3)]
            self.discounts.append(d[1:])
            pruned = {gram for gram in adjusted if n > 1 and raw[n - 1][gram] <= prune[n - 1]}
            total, held = collections.Counter(), collections.defaultdict(float)
            for gram, count in adjusted.items():
                total[gram[:-1]] += count
                held[gram[:-1]] += count if gram in pruned else d[min(count, 3)]
            for context in total:
                self.backoff[context] = held[context] / total[context]
            if n == 1:
                for word in self.words:
                    count = adjusted.get((word,), 0)
                    taken = (count - d[min(count, 3)]) / total[()]
                    self.probability[(word,)] = taken + self.backoff[()] / len(self.words)
                continue
            for gram, count in adjusted.items():
                if gram not in pruned:
                    lower = self.probability[gram[1:]]
                    taken = (count - d[min(count, 3)]) / total[gram[:-1]]
                    self.probability[gram] = taken + self.backoff[gram[:-1]] * lower
        self.counts = [sum(len(gram) == n for gram in self.probability) for n in range(1, order + 1)]

    def log(self, context, word):
        gram = (*context, word)
        if gram in self.probability:
            return math.log10(self.probability[gram])
        return math.log10(self.backoff.get(context, 1)) + self.log(context[1:], word)

    def score(self, sentence):
        words = ["<s>", *(word if word in self.words else "<unk>" for word in sentence), "</s>"]
        return sum(self.log(tuple(words[max(0, i - self.order + 1) : i]), words[i]) for i in range(1, len(words)))


def data_juicer(model):
    perplexity_filter.prepare_model = lambda **kwargs: kwargs["model_type"]
    perplexity_filter.get_model = lambda key: model if key == "kenlm" else None
    op = perplexity_filter.PerplexityFilter()
    texts = [*TEXTS, *SENTENCES]
    stats = op.compute_stats_batched({"text": texts, Fields.stats: [{} for _ in texts]})[Fields.stats]
    return [{"text": text, "perplexity": stat["perplexity"]} for text, stat in zip(texts, stats)]


def main():
    model = kenlm.Model(str(TINY))
    train, held_out = [text.split() for text in rows("train.jsonl")], [text.split() for text in rows("held-out.jsonl")]
    trained = []
    for order, prune in [(2, [0, 0]), (3, [0, 0, 0]), (3, [0, 0, 1]), (4, [0, 1, 1, 2])]:
        made = KneserNey(train, order, prune)
        scores = [round(made.score(sentence), 6) for sentence in held_out]
        discounts = [[round(d, 8) for d in three] for three in made.discounts]
        trained.append({"order": order, "prune": prune, "counts": made.counts, "discounts": discounts, "scores": scores})
    golden = {
        "made_by": "python test/oracles/ngram.py",
        "versions": {name: importlib.metadata.version(name) for name in ("kenlm", "py-data-juicer")},
        "tiny": [{"text": text, "score": round(model.score(text), 6)} for text in SENTENCES],
        "perplexity": data_juicer(model),
        "trained": trained,
    }
    (ROOT / "test" / "golden" / "ngram.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
