"""Counts of characters and words, and blanks."""

CASES = [
    {"op": "alphanumeric_filter"},
    {"op": "alphanumeric_filter", "args": {"min_ratio": 0.5, "max_ratio": 0.8, "reversed_range": True}},
    {"op": "words_num_filter"},
    {"op": "words_num_filter", "args": {"min_num": 3, "max_num": 9, "min_closed_interval": False}},
    {"op": "whitespace_normalization_mapper"},
]
