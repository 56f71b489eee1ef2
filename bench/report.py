# SPDX-License-Identifier: ISC
"""report: writes the table, the CSV files and the plot.

Must not know how the rows are measured.
"""
import csv
import os
import platform
import subprocess
import textwrap
from datetime import datetime, timezone
from statistics import quantiles
from xml.sax.saxutils import escape

from lab import file_system

HEADINGS = ('work', 'against', 'at most', 'measured', '', 'verdict')
FIELDS = ('date', 'machine', 'row', 'work', 'against', 'unit', 'at_most', 'measured', 'low',
          'high', 'verdict', 'note')
UNITS = (('MiB', 1 << 20), ('KiB', 1 << 10))


def machine(lab):
    """Returns the description of the machine for the report."""
    version = subprocess.run([lab.msgfetch, '--version'], capture_output=True, text=True,
                             timeout=20, check=False).stdout.splitlines()
    return {
        'date': datetime.now(timezone.utc).strftime('%Y-%m-%d %H:%M UTC'),
        'program': version[0] if version else 'msgfetch',
        'kernel': f'{platform.system()} {platform.release()}',
        'processor': processor(),
        'cores': str(len(os.sched_getaffinity(0))),
        'files': file_system(lab.scratch),
        'load': f'{os.getloadavg()[0]:.2f}',
        'transport': lab.scale.transport or 'as built',
    }


def processor():
    with open('/proc/cpuinfo', encoding='utf-8') as lines:
        for line in lines:
            if line.startswith('model name'):
                return ' '.join(line.split(':', 1)[1].split())
    return platform.machine()


def show(value, unit):
    if unit == 'ratio':
        return f'{value:.2f} x'
    if unit == 's':
        return f'{value:.3f} s'
    if unit == 'B':
        name, size = next(((name, size) for name, size in UNITS if value >= size), UNITS[-1])
        return f'{value / size:.4g} {name}'
    return f'{value:g} {unit}'


def middle_half(measure):
    """Returns the bounds of the middle half of the rounds."""
    each = [ours / theirs for ours, theirs in measure.samples]
    if len(each) < 2:
        return measure.low, measure.high
    first, _, last = quantiles(each, n=4, method='inclusive')
    return first, last


class Line:
    """One line of the table."""

    def __init__(self, row, verdict, note, measure=None):
        self.row, self.verdict, self.note, self.measure = row, verdict, note, measure
        self.against = measure and measure.against or row.against

    def cells(self):
        measure = self.measure
        if measure is None:
            return [self.row.work, self.against, '', '', '', self.verdict]
        spread = ''
        if measure.low is not None:
            low, high = measure.low, measure.high
            spread = f'({show(low, measure.unit)} .. {show(high, measure.unit)})'
        return [self.row.work, self.against, show(measure.limit, measure.unit),
                show(measure.value, measure.unit), spread, self.verdict]


class Report:
    def __init__(self, about, quick):
        self.about, self.quick = about, quick
        self.lines, self.remarks = [], []
        self.broken = False  # something could not be measured that should have been
        if quick:
            self.remarks.append('BENCH_QUICK: few rounds, and a sixteenth of the sizes that '
                                'the rows name; shows that it runs, and nothing else')

    def add(self, row, measures):
        for measure in measures:
            verdict = 'meets' if measure.value <= measure.limit else 'misses'
            self.lines.append(Line(row, verdict, measure.note, measure))

    def skip(self, row, reason):
        self.lines.append(Line(row, 'skipped', reason))

    def fail(self, row, reason):
        self.broken = True
        self.lines.append(Line(row, 'FAILED', reason))

    def remark(self, text):
        self.remarks.append(text)

    def heading(self):
        about = self.about
        return [f'{about["program"]}, {about["date"]}',
                f'{about["kernel"]}, {about["processor"]}, {about["cores"]} cores, files on '
                f'{about["files"]}, load {about["load"]}, transport {about["transport"]}']

    # ---- text

    def text(self, columns):
        table = [list(HEADINGS) + ['']]
        table += [line.cells() + [line.note] for line in self.lines]
        widths = [max(len(cells[i]) for cells in table) for i in range(len(HEADINGS))]
        output = self.heading()
        output += ['note: ' + remark for remark in self.remarks] + ['']
        for cells in table:
            left = '  '.join(cell.ljust(width) for cell, width in zip(cells, widths))
            output += self.with_note(left, cells[-1], max(columns, 72))
        return '\n'.join(output)

    @staticmethod
    def with_note(left, note, columns):
        """Returns the line with the note after it, or below it if there is no room."""
        if len(left) + 2 + len(note) <= columns:
            return [f'{left}  {note}'.rstrip()]
        return [left.rstrip(), *textwrap.wrap(note, columns - 4, initial_indent='    ',
                                              subsequent_indent='    ')]

    # ---- files

    def write(self, directory):
        self.write_results(os.path.join(directory, 'results.csv'))
        self.write_rounds(os.path.join(directory, 'rounds.csv'))
        with open(os.path.join(directory, 'results.svg'), 'w', encoding='utf-8') as output:
            output.write(Plot(self).svg())

    def write_results(self, path):
        about = self.about
        name = f'{about["kernel"]}, {about["processor"]}, {about["cores"]} cores'
        with open(path, 'w', newline='', encoding='utf-8') as output:
            writer = csv.writer(output)
            writer.writerow(FIELDS)
            for line in self.lines:
                measure = line.measure
                numbers = [''] * 5 if measure is None else [
                    measure.unit, measure.limit, measure.value, measure.low, measure.high]
                writer.writerow([about['date'], name, line.row.name, line.row.work,
                                 line.against, *numbers, line.verdict, line.note])

    def write_rounds(self, path):
        with open(path, 'w', newline='', encoding='utf-8') as output:
            writer = csv.writer(output)
            writer.writerow(('row', 'round', 'seconds', 'against_seconds'))
            for line in self.lines:
                for number, pair in enumerate(line.measure.samples if line.measure else ()):
                    writer.writerow((line.row.name, number, *pair))


class Plot:
    """A plot of horizontal bars: ratios to the peers above, shares of the limits below."""

    WIDTH, LEFT, RIGHT = 860, 340, 90
    BAR, STEP = 14, 24
    MEETS, MISSES, FLOOR, TEXT, FAINT = '#2f6f9f', '#c0562f', '#111111', '#222222', '#d8d8d8'

    def __init__(self, report):
        self.report = report
        self.parts = []
        self.y = 0

    def svg(self):
        lines = [line for line in self.report.lines if line.measure is not None]
        timed = [line for line in lines if line.measure.samples]
        counted = [line for line in lines
                   if not line.measure.samples and line.measure.limit > 0]
        self.y = 26
        for size, text in zip((15, 11), self.report.heading()):
            self.text(16, text, size=size)
            self.y += 20
        if self.report.quick:
            self.text(16, 'a quick trial: no figures to go by', size=11)
            self.y += 20
        if timed:
            self.panel('time, the other program\'s = 1 (bar: median of the rounds, line: their '
                       'middle half)', timed, lambda _measure, number: number)
        if counted:
            self.panel('share of the limit', counted,
                       lambda measure, number: number / measure.limit)
        self.text(16, 'black mark: at most', size=11)
        height = self.y + 14
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.WIDTH}" '
                f'height="{height}" viewBox="0 0 {self.WIDTH} {height}" '
                f'font-family="sans-serif">\n<title>msgfetch against its peers</title>\n'
                f'<rect width="{self.WIDTH}" height="{height}" fill="#ffffff"/>\n'
                + '\n'.join(self.parts) + '\n</svg>\n')

    def text(self, x, text, size=12, anchor='start', colour=TEXT):
        self.parts.append(f'<text x="{x:.1f}" y="{self.y:.1f}" font-size="{size}" '
                          f'text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>')

    def box(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                          f'height="{height:.1f}" fill="{colour}"/>')

    def panel(self, title, lines, scaled):
        """Draws a panel of bars.  scaled: converts a measure to the panel's axis."""
        largest = max(scaled(line.measure, line.measure.value) for line in lines)
        end = min(max(1.5, 1.15 * largest), 3.0)  # of the axis; longer bars are cut
        unit = (self.WIDTH - self.LEFT - self.RIGHT) / end
        self.y += 10
        self.text(16, title, size=12)
        self.y += 12
        self.grid(unit, end, len(lines) * self.STEP)
        for line in lines:
            self.bar(line, unit, end, lambda number, of=line.measure: scaled(of, number))
        self.y += 30

    def grid(self, unit, end, height):
        top = self.y
        for step in range(int(end / 0.5) + 1):
            x = self.LEFT + step * 0.5 * unit
            self.box(x, top, 1, height, self.FAINT)
            self.y = top + height + 13
            self.text(x, f'{step * 0.5:g}', size=10, anchor='middle')
        self.y = top

    def bar(self, line, unit, end, scaled):
        measure, top = line.measure, self.y + (self.STEP - self.BAR) / 2
        length = min(scaled(measure.value), end) * unit
        colour = self.MEETS if line.verdict == 'meets' else self.MISSES
        against = f' / {line.against}' if line.against else ''
        self.box(self.LEFT, top, length, self.BAR, colour)
        if measure.low is not None:
            low, high = (min(scaled(number), end) * unit for number in middle_half(measure))
            self.box(self.LEFT + low, top + self.BAR / 2 - 0.5, high - low, 1, self.TEXT)
        self.box(self.LEFT + scaled(measure.limit) * unit - 1.5, top - 3, 3, self.BAR + 6,
                 self.FLOOR)
        self.y += self.STEP - 8
        self.text(self.LEFT - 8, line.row.work + against, anchor='end')
        self.text(self.WIDTH - 8, show(measure.value, measure.unit), anchor='end',
                  colour=colour)
        self.y += 8
