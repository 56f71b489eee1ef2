#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""pictures.py: makes the pictures of the README from real runs.

    unshare --ipc docs/pictures.py BUILD [NAME]...

BUILD is the directory where msgfetch and msgfetchd were built.  Each run is on a terminal of
tmux's, who knows what it shows; that is drawn to docs/NAME.png.  Needs tmux, the module PIL
(python3-pil) and the font DejaVu Sans Mono (fonts-dejavu-core).
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from PIL import Image, ImageDraw, ImageFont

KEY = '0x70696374'
COLUMNS = 88
SIZE = 16  # of the letters, in pixels
BACKGROUND, FOREGROUND = '#1c1f24', '#d8dce2'
COLOURS = ('#3b4048', '#e06c75', '#7fc77f', '#e0c27b', '#6fb0ef', '#c678dd', '#56b6c2', '#d8dce2')
FONTS = '/usr/share/fonts/truetype/dejavu'


class Terminal:
    """A shell on a terminal of its own, with so many lines."""

    def __init__(self, work, lines):
        self.tmux = ['tmux', '-L', work.name, '-f', '/dev/null']
        subprocess.run([*self.tmux, 'new-session', '-d', '-x', str(COLUMNS), '-y', str(lines),
                        'env', 'PS1=$ ', f'PATH={work}:{os.environ["PATH"]}',
                        f'MSGFETCH_KEY={KEY}', 'sh'], check=True, cwd=work / 'here')
        self.await_text(r'^\$')

    def type(self, line):
        subprocess.run([*self.tmux, 'send-keys', line, 'Enter'], check=True)

    def shown(self):
        """The screen as text, with escape sequences for colours."""
        done = subprocess.run([*self.tmux, 'capture-pane', '-e', '-p'], check=True,
                              capture_output=True, text=True)
        return done.stdout.rstrip('\n')

    def await_text(self, pattern):
        """The screen, once it has the pattern."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            screen = self.shown()
            if re.search(pattern, re.sub('\x1b[^m]*m', '', screen), re.M):
                return screen
            time.sleep(0.02)
        sys.exit(f'never came: {pattern}\n{self.shown()}')

    def close(self):
        subprocess.run([*self.tmux, 'kill-server'], check=False)


class Pen:
    """What the next letters look like."""

    def __init__(self):
        self.colour, self.paper, self.bold, self.reverse = FOREGROUND, BACKGROUND, False, False

    def change(self, codes):
        for code in [int(text or 0) for text in codes.split(';')]:
            if code == 0:
                self.__init__()
            elif code == 1:
                self.bold = True
            elif code in (7, 27):
                self.reverse = code == 7
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.colour = COLOURS[code % 10]
            elif code == 39:
                self.colour = FOREGROUND
            elif 40 <= code <= 47:
                self.paper = COLOURS[code % 10]
            elif code == 49:
                self.paper = BACKGROUND

    def inks(self):
        return (self.paper, self.colour) if self.reverse else (self.colour, self.paper)


def draw(screen, path):
    fonts = {bold: ImageFont.truetype(f'{FONTS}/DejaVuSansMono{"-Bold" if bold else ""}.ttf', SIZE)
             for bold in (False, True)}
    width, height = round(fonts[False].getlength('M')), SIZE * 5 // 4
    lines = screen.split('\n')
    image = Image.new('RGB', ((COLUMNS + 2) * width, (len(lines) + 1) * height), BACKGROUND)
    canvas = ImageDraw.Draw(image)
    pen = Pen()
    for row, line in enumerate(lines):
        column = 1
        for escape, letter in re.findall(r'\x1b\[([\d;]*)m|(.)', line):
            if not letter:
                pen.change(escape)
                continue
            colour, paper = pen.inks()
            x, y = column * width, row * height + height // 2
            canvas.rectangle((x, y, x + width - 1, y + height - 1), paper)
            canvas.text((x, y), letter, colour, fonts[pen.bold])
            column += 1
    image.quantize(32).save(path, optimize=True)


def show_progress(terminal):
    terminal.type('msgfetch -v -O pub/manual.pdf')
    terminal.await_text(r'manual.pdf: .* in ')
    terminal.type('msgfetch -O pub/backup.tar')
    return terminal.await_text(r'5\d%')


def show_top(terminal):
    for _ in range(2):
        terminal.type('msgfetch pub/backup.tar >/dev/null & msgfetch pub/manual.pdf >/dev/null &')
    terminal.type('clear; msgfetch --top')
    # The second page: the first one knows no rates.
    return terminal.await_text(r'(?s)up 0:0[2-9].*backup.tar')


PICTURES = {'progress': (4, show_progress), 'top': (12, show_top)}


def make_files(work, build):
    for name in ('here', 'pub'):
        (work / name).mkdir(parents=True)
    for program in ('msgfetch', 'msgfetchd'):
        (work / program).symlink_to(build / program)
    (work / 'pub/manual.pdf').write_bytes(os.urandom(4 << 20))
    (work / 'pub/backup.tar').write_bytes(os.urandom(1 << 20) * 200)
    (work / 'conf').write_text(f'key = {KEY}\nrate-limit = 60000000\n'
                               f'export "pub" {{ path = "{work}/pub" }}\n')


def main():
    build, names = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:] or list(PICTURES)
    work = pathlib.Path(tempfile.mkdtemp(prefix='msgfetch-pictures.'))
    make_files(work, build)
    daemon = subprocess.Popen([work / 'msgfetchd', '-c', work / 'conf'],
                              stderr=subprocess.DEVNULL)
    try:
        for name in names:
            lines, show = PICTURES[name]
            terminal = Terminal(work, lines)
            try:
                screen = show(terminal)
            finally:
                terminal.close()
            draw(screen, pathlib.Path(__file__).with_name(f'{name}.png'))
    finally:
        daemon.terminate()
        daemon.wait()
        shutil.rmtree(work)


if __name__ == '__main__':
    main()
