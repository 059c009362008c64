"""Mappers that run code of the recipe. What they return does not depend on how many rows are in a batch."""

ROWS = [
    {"text": "a b", "n": 1, "m": {"x": 1}},
    {"text": "\u4f60\u597d \U0001f600\n", "n": -2, "m": {"x": 2}},
    {"text": "", "n": 0, "m": {"x": 0}},
]


def code(lambda_str, **args):
    return {"op": "python_lambda_mapper", "args": {"lambda_str": lambda_str, **args}, "rows": ROWS}


def file(**args):
    return {"op": "python_file_mapper", "args": {"file_path": "test/fixtures/python/functions.py", **args}, "rows": ROWS}


CASES = [
    {"op": "python_lambda_mapper", "rows": ROWS},
    code("lambda s: {'text': s['text'].upper()}"),
    code("lambda s: {key: value for key, value in s.items() if key != 'n'}"),
    code("lambda row: {**row, 'new': len(row['text']), 'm': {'x': row['m']['x'] + 1}}"),
    code("lambda s: dict(s, words=s['text'].split(), half=s['n'] / 2)"),
    code("lambda b: {'text': [t.title() for t in b['text']]}", batched=True),
    code("lambda b: {key: [] for key in b}", batched=True),
    {"op": "python_file_mapper", "rows": ROWS},
    file(),
]
