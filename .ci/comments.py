#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Checks the English of the comments in C files.

Prints one line for each comment that starts with a question word: file:line: reason.  With
--report it prints counts instead: how often "what", "it" and "its" occur in 1,000 words.
"""

import pathlib
import re
import sys

AREAS = ("common", "server", "client", "tests", "bench")
COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|/\*(.*?)\*/', re.S)
WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
BAD_START = re.compile(r"(what|who|whose|where|whatever)\b", re.I)


def comments(path):
    """Yields (line number, text) of each comment; lines' leading stars are removed."""
    source = path.read_text()
    for found in COMMENT.finditer(source):
        if found[1] is not None and "SPDX-License-Identifier" not in found[1]:
            text = re.sub(r"\n[ \t]*\*", "\n", found[1]).strip()
            yield source.count("\n", 0, found.start()) + 1, text


def report(area):
    """Prints the counts for one area."""
    words = [word.lower() for path in sorted(pathlib.Path(area).rglob("*.[ch]"))
             for _, text in comments(path) for word in WORD.findall(text)]
    rate = lambda *wanted: 1000 * sum(word in wanted for word in words) / max(len(words), 1)
    print(f'{area}: {len(words)} words; in 1,000: "what" {rate("what"):.1f}, '
          f'"it" and "its" {rate("it", "its"):.1f}')


def check(path):
    """Yields a line for each comment of a file that starts with a question word."""
    for number, text in comments(path):
        start = BAD_START.match(text)
        if start:
            yield f'{path}:{number}: comment starts with "{start[0]}"'


def main():
    if sys.argv[1:] == ["--report"]:
        for area in AREAS:
            report(area)
        return 0
    findings = [line for area in AREAS for path in sorted(pathlib.Path(area).rglob("*.[ch]"))
                for line in check(path)]
    print("\n".join(findings), end="\n" if findings else "")
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
