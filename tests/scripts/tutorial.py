#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""tutorial.py: runs the commands of a document and compares their output with the document.

    tutorial.py [--noisy] DOCUMENT DIRECTORY CONFIGURATION

Root runs each block of the language sh with bash -e in DIRECTORY, in the order of the document.  The
text block right after a block shows its output, with ... for anything.  A block without one prints
nothing, or anything with --noisy.  A block of another language is a failure.  CONFIGURATION replaces
/etc/msgfetchd.conf.  tutorial.sh and readme.sh make the machine that this changes.
"""

import re
import subprocess
import sys


def blocks_of(document):
    """Returns (language, text) of each fenced block, in order."""
    return re.findall(r'^```(\w*)\n(.*?)^```$', document, re.M | re.S)


def pattern_of(shown):
    """Returns a regular expression that matches the output in a text block."""
    lines = [re.escape(line).replace(re.escape('...'), '.*') for line in shown.splitlines()]
    # A line of three dots matches any number of lines.
    return ''.join('(?:.*\n)*' if line == '.*' else line + '\n' for line in lines)


def run(text, directory):
    done = subprocess.run(['bash', '-euc', text], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          cwd=directory, timeout=300, check=False)
    if done.returncode != 0:
        sys.exit(f'FAIL: exit status {done.returncode}: {done.stdout}\n{text}')
    return done.stdout


def main():
    arguments = sys.argv[1:]
    noisy = arguments[0] == '--noisy'
    path, directory, configuration = arguments[noisy:]
    with open(path, encoding='utf-8') as file:
        blocks = blocks_of(file.read())
    printed = ''
    for number, (language, text) in enumerate(blocks, 1):
        if language == 'sh':
            if printed and not noisy:
                sys.exit(f'FAIL: block {number - 1} prints what is not shown: {printed}')
            printed = run(text.replace('/etc/msgfetchd.conf', configuration), directory)
        elif language == 'text':
            if not re.fullmatch(pattern_of(text), printed):
                sys.exit(f'FAIL: block {number} shows\n{text}but this came:\n{printed}')
            printed = ''
        else:
            sys.exit(f'FAIL: block {number} has the language "{language}"')
        print(f'ok block {number}')


if __name__ == '__main__':
    main()
