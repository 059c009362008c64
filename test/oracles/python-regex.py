"""What Python's modules regex and re find: golden/data/python-regex.json.

Needs `regex` (the environment of data-juicer.py has it). Every pattern is tried on every text; what is found is listed
as [start, whole match, group 1, ...] with starts in code points.

    python test/oracles/python-regex.py
"""

import importlib.metadata
import json
import pathlib
import platform
import re
import warnings

import regex

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "golden" / "data" / "python-regex.json"

TEXTS = [
    "",
    "a",
    "The quick brown fox, 3 times: aaa-bbb_ccc [x](y) {z} a{2}",
    "line one\nline two\r\nthird\u2028fourth\x85fifth\x1csixth\n",
    "\u4f60\u597d\uff0c\u4e16\u754c 123 \u0663\u00bd\u2167\u00b2 _\u203f \u200d\u0301e\u0301",
    "\U0001f600\U0001f601a\U0001f600 \u00c4\u00e4\u00df\u1e9e \u0391\u03b1\u03c3\u03c2 \u017fK\u212a",
    "\ufeffx\u00a0y\u3000z\tw\x0bv\x00u\x07\x08",
    "2024-01-31, 10:20:30 a@b.cd \\alpha\\beta{} a^b $5 *+?.|()[]/-&&~~--",
    "aaaa bbb abab 1212 xyx abcabc",
]

BOTH = [
    r"\w+", r"\W+", r"\d+", r"\D", r"\s+", r"\S+", r"\b\w", r"\B.", r"\ba\b", r"\B\B", r"[\w-]+", r"[^\w\s]", r"[\W\d]",
    r"[^\S\n]+", r"[\D]", r"[]x]", r"[^]x]", r"[a-c-]+", r"[-a]", r"[a\]\\]", r"[[]", r"[&&~|]+", r"[\b\a]", r"[.*+?^$(){}|]",
    r"[\x41-\x5a]", r"[\u4e00-\u9fa5]+", r"[\U0001f600-\U0001f64f]", r"\x61", r"\u4f60", r"\U0001f600", r"\141", r"\0", r"[\0]",
    r"[\141]", r"a{2}", r"a{,2}", r"a{2,}", r"a{1,2}?", r"a{}", r"{z", r"{z}", r"\{2\}", r"x]", r"}", r"^", r"$", r"^.", r".$",
    r"\A.", r".\Z", r"(?m)^", r"(?m)$", r"(?m)^\w+", r"(?m).+$", r"(?s).+", r".+", r"(?s)a.*?\n", r"(?i)[a-z]+", r"(?i)K",
    r"(?i)\u00df", r"(?i)\u03c3", r"(?i)[\u00e4]", r"(?i)[^a-z]", r"(?i)(?-s:\w.)", r"(a)(b)?", r"(a)|(b)", r"(?P<n>\w)(?P=n)", r"(\w)\1",
    r"((a)b)\1", r"(?:ab)+", r"(?=a)\w\w", r"(?!a)\w", r"(?<=a)b", r"(?<!a)b", r"(?#no)a", r"(?x) a \  # c" + "\n b", r"(?x)[ a]+ b",
    r"a*", r"\b", r"", r"(?:)", r"a|", r"\.", r"\-", r"\/", r"\ ", r"\,", r"\_", r"\&\~", r"/", r"(?a)\w+", r"(?a)\d+",
    r"(?a)\s", r"(?a)\b.", r"(?s:.)\n", r"(?m:^)\w", r"a.c", r"\\\w+", r"\(.*?\)", r"(\d{4})-(\d\d)-(\d\d)", r"[^\x00-\x7f]+",
    r"[\s\S]", r"(a+)+b", r"(?:a|b)*?b", r"[a-z]+?\b", r"\t|\v|\f|\r", r"[\t-\r]", r"(?u)\w", r"[\.\-\,\"\']", r"!#%,:;<=>@`~",
]  # fmt: skip

REGEX = [
    r"\p{L}+", r"\P{L}+", r"\p{^L}", r"\pL\pN", r"\p{Lu}", r"\p{Letter}+", r"\p{Han}+", r"\p{IsHan}", r"\p{Script=Greek}+", r"\p{greek}",
    r"\p{Punct}", r"\p{P}+", r"\p{Emoji_Presentation}", r"[\p{L}--]+", r"[\p{Lu}\d]+", r"[^\p{L}\p{N}\s]+", r"\p{Zs}", r"\p{White_Space}",
    r"[[:alpha:]]+", r"[[:digit:][:space:]]+", r"[^[:alnum:]]+", r"[[:^alpha:]]+", r"[[:upper:]]", r"[[:xdigit:]]+", r"(?<n>a)", r".\z",
    r"[a-\d]", r"[\w-a]", r"\p{gc=Lu}", r"\p{Uppercase_Letter}", r"\p{sc=Han}", r"\p{Cyrillic}", r"\p{Sm}", r"\p{S}",
]  # fmt: skip

REPLACEMENTS = [
    (r"(\w)(\w)?", r"\2\1"), (r"(?P<n>\d)", r"<\g<n>\g<1>\g<0>>"), (r"a", r"\\1"), (r"a", r"$1$&"), (r"a*", "-"), (r"\b", "|"),
    (r"(a)", r"\1\n\t\g<1>0"), (r"a", r"\101\0"), (r"x*", "-"), (r"a|b", r"\/\."), (r"$", "E"), (r"(?m)^", "> "),
]  # fmt: skip

SPLITS = [r"\n", r"(a)|b", r"\s+", r"", r"x*", r"(,)\s*"]


def found(module, pattern, flags, text):
    return [[m.start(), m.group(), *m.groups()] for m in module.finditer(pattern, text, flags=flags)]


def main():
    cases = []
    for name, module, patterns in (("regex", regex, BOTH + REGEX), ("re", re, BOTH)):
        for pattern in patterns:
            cases.append([name, "", pattern, [found(module, pattern, 0, text) for text in TEXTS]])
        for pattern in (r"a.*", r"^.", r"x."):
            for flag in "sim":
                every = [found(module, pattern, getattr(module, flag.upper()), text) for text in TEXTS]
                cases.append([name, flag, pattern, every])
    subs = [
        [name, pattern, template, [module.sub(pattern, template, text) for text in TEXTS]]
        for name, module in (("regex", regex), ("re", re))
        for pattern, template in REPLACEMENTS
    ]
    splits = [[pattern, [re.split(pattern, text) for text in TEXTS]] for pattern in SPLITS]
    # Most of what both find is the same: it is written once.
    by_regex = {(flag, pattern): matches for name, flag, pattern, matches in cases if name == "regex"}
    cases = [
        [name, flag, pattern, "as regex" if name == "re" and by_regex.get((flag, pattern)) == matches else matches]
        for name, flag, pattern, matches in cases
    ]
    versions = {"python": platform.python_version(), "regex": importlib.metadata.version("regex")}
    golden = {
        "made_by": "python test/oracles/python-regex.py",
        "versions": versions,
        "texts": TEXTS,
        "cases": cases,
        "subs": subs,
        "splits": splits,
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{OUT}: {OUT.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
