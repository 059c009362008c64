"""The published recipes of Data-Juicer as facts: golden/data-juicer-recipes.json.

For each YAML file under configs/ and demos/ that has a list of operators: its path, its global keys, and its operators
with their arguments. Long texts (prompts) are replaced by their length. Reads a clone, also a bare one:

    python test/oracles/data-juicer-recipes.py CLONE
"""

import json
import pathlib
import re
import subprocess
import sys

import yaml

OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "golden" / "data-juicer-recipes.json"
LONGEST = 120


class Loader(yaml.SafeLoader):
    """Reads 2e5 as a number, as Data-Juicer's own parser does."""


SCIENTIFIC = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$")
Loader.add_implicit_resolver("tag:yaml.org,2002:float", SCIENTIFIC, list("-+0123456789"))


def git(clone, *args):
    done = subprocess.run(["git", "-C", clone, *args], check=True, capture_output=True)
    return done.stdout.decode()


def facts(value):
    if isinstance(value, str) and len(value) > LONGEST:
        return f"({len(value)} characters)"
    if isinstance(value, dict):
        return {str(key): facts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [facts(inner) for inner in value]
    return value


def is_operator(entry):
    return isinstance(entry, str) or (isinstance(entry, dict) and len(entry) == 1)


def main():
    [clone] = sys.argv[1:]
    recipes = []
    for path in git(clone, "ls-tree", "-r", "--name-only", "HEAD", "configs", "demos").splitlines():
        if not path.endswith((".yaml", ".yml")):
            continue
        config = yaml.load(git(clone, "show", f"HEAD:{path}"), Loader)
        process = config.get("process") if isinstance(config, dict) else None
        if not isinstance(process, list) or not process or not all(map(is_operator, process)):
            continue
        keys = {key: facts(value) for key, value in config.items() if key != "process"}
        recipes.append({"path": path, "keys": keys, "process": facts(process)})
    commit = git(clone, "rev-parse", "HEAD").strip()
    head = {"made_by": "test/oracles/data-juicer-recipes.py", "repository": "datajuicer/data-juicer", "commit": commit}
    lines = ",\n".join(json.dumps(recipe, ensure_ascii=False) for recipe in recipes)
    OUTPUT.write_text(f'{json.dumps(head)[:-1]}, "recipes": [\n{lines}\n]}}\n')
    print(f"{len(recipes)} recipes")


if __name__ == "__main__":
    main()
