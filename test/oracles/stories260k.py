"""What transformers computes with the real assets/stories260k: logits, greedy text, greedy text with a repetition
penalty, to test/golden/models/stories260k.json.

    python test/oracles/stories260k.py

Ids come from tokenizer.json by the `tokenizers` package: AutoTokenizer of transformers 5 rebuilds Llama tokenizers
from their vocabulary and may give others; `auto_tokenizer_agrees` says whether it does here.
"""

import torch
from oracle import STORIES, digits7, load, write_golden
from tokenizers import Tokenizer
from transformers import AutoTokenizer

TEXT = "Once upon a time, there was a little girl named Lily. She loved to play outside in the park."
PROMPT = "Once upon a time, there was a little dog"
TOKENS = 16
LAST = 4
NEW = 60


def main():
    tokenizer = Tokenizer.from_file(str(STORIES / "tokenizer.json"))
    model = load(STORIES)
    ids = tokenizer.encode(TEXT).ids[:TOKENS]
    prompt = tokenizer.encode(PROMPT).ids
    agrees = AutoTokenizer.from_pretrained(STORIES)(TEXT).input_ids[:TOKENS] == ids
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0, -LAST:]

    def generate(**options):
        given = torch.tensor([prompt])
        done = model.generate(
            given, attention_mask=torch.ones_like(given), max_new_tokens=NEW, do_sample=False, pad_token_id=0, **options
        )
        new = done[0, len(prompt) :].tolist()
        return {**options, "new_ids": new, "text": tokenizer.decode(new)}

    golden = {
        "checkpoint": "assets/stories260k",
        "text": TEXT,
        "input_ids": ids,
        "auto_tokenizer_agrees": agrees,
        "positions": list(range(TOKENS - LAST, TOKENS)),
        "logits": digits7(logits),
        "prompt": PROMPT,
        "prompt_ids": prompt,
        "max_new_tokens": NEW,
        "greedy": generate(),
        "greedy_with_repetition_penalty": generate(repetition_penalty=1.3),
    }
    write_golden("models/stories260k.json", golden)


if __name__ == "__main__":
    main()
