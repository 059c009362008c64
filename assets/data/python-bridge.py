"""Runs one function of a recipe over rows: python_lambda_mapper and python_file_mapper.

Reads lines of JSON: first what to run, then one row each. Answers each with one line: {"ready": true}, {"row": ...} or
{"error": ...}. Needs the standard library of Python 3.8 alone.
"""

import ast
import importlib.util
import inspect
import json
import os
import queue
import signal
import sys
import threading
import traceback

LONGEST_MESSAGE = 1000


def take_channels():
    """The pipes to the caller, out of reach of the function: what it prints goes to stderr, its input is empty."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(2, 1)
    return requests, answers


def end_with_caller():
    """Where the system can do that. Elsewhere the end of the input tells that the caller is gone."""
    if sys.platform == "linux":
        try:
            import ctypes

            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        except (ImportError, OSError, AttributeError):
            pass


def read_requests(requests, lines):
    for line in requests:
        lines.put(line)
    # A function that never ends must not outlive the caller.
    os._exit(0)


def one_argument(function, what):
    if len(inspect.getfullargspec(function).args) != 1:
        raise ValueError(f"{what} must take exactly one argument")
    return function


def make_lambda(source):
    tree = ast.parse(source, mode="eval")
    if not isinstance(tree.body, ast.Lambda):
        raise ValueError("the text is no lambda")
    return one_argument(eval(compile(tree, "<lambda>", "eval"), {"__builtins__": __builtins__}), "the lambda")


def load_function(path, name):
    if not path.endswith(".py"):
        raise ValueError(f"{path} is no file of Python: its name does not end in .py")
    if not os.path.isfile(path):
        raise ValueError(f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(path))[0], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, name, None)):
        raise ValueError(f"{path} has no function {name}")
    return one_argument(getattr(module, name), name)


def describe(error, path):
    """The message, and the line of the recipe's file where it was raised."""
    frames = traceback.extract_tb(error.__traceback__) if path else []
    lines = [frame.lineno for frame in frames if os.path.abspath(frame.filename) == os.path.abspath(path)]
    place = f" (line {lines[-1]})" if lines else ""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return text[:LONGEST_MESSAGE] + place


def encode(answer):
    return json.dumps(answer, allow_nan=False).encode() + b"\n"


def main():
    requests, answers = take_channels()
    end_with_caller()
    lines = queue.Queue()
    threading.Thread(target=read_requests, args=(requests, lines), daemon=True).start()

    def answer(line):
        answers.write(line)
        answers.flush()

    setup = json.loads(lines.get())
    path = setup.get("file")
    try:
        function = load_function(path, setup["function"]) if path else make_lambda(setup["lambda"])
    except BaseException as error:
        answer(encode({"error": describe(error, path)}))
        return
    answer(encode({"ready": True}))
    while True:
        row = json.loads(lines.get())
        # Not handled: the system itself ends a function that holds the interpreter.
        if hasattr(signal, "SIGALRM"):
            signal.alarm(setup["seconds"])
        try:
            result = function(row)
            if not isinstance(result, dict):
                raise ValueError(f"the function must return a dictionary, got {type(result).__name__}")
            line = encode({"row": result})
            if len(line) > setup["bytes"]:
                raise ValueError(f"the function gives a row of {len(line)} bytes, {setup['bytes']} are allowed")
        except BaseException as error:
            line = encode({"error": describe(error, path)})
        if hasattr(signal, "SIGALRM"):
            signal.alarm(0)
        answer(line)


main()
