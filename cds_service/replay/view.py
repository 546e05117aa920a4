"""Writes figures in words: counts under six as "< 6", names of rules, months and days in the language."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from string import Template

from cds_service.core.wording import words
from cds_service.core.wording.texts import Texts
from cds_service.replay.figures import Cell, Share, Table, Totals

FEWEST = 6


@dataclass(frozen=True)
class Words:
    """The texts of cards/replay.toml in one language."""

    texts: Texts
    language: str

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key; a name that has no text, such as a year, is written as it is."""
        text = self.texts.plan.get((key, self.language)) or self.texts.topics.get((key, self.language), key)
        return words.typeset(Template(text).substitute({name: str(it) for name, it in values.items()}), self.language)

    def cell(self, cell: Cell) -> str:
        if isinstance(cell, Share):
            return self._share(cell)
        if isinstance(cell, int):
            return self.count(cell)
        return ", ".join(map(self, cell.split(","))) if cell else ""

    def count(self, number: int) -> str:
        return f"< {FEWEST}" if 0 < number < FEWEST else words.number(Fraction(number), self.language)

    def label(self, label: str) -> str:
        """A month and a day in words, anything else by its text."""
        if len(label) == len("2024-09-03") and label[:4].isdecimal():
            return words.day(date.fromisoformat(label), self.language)
        return self(label)

    def totals(self, totals: Totals) -> str:
        return self(
            "replay-totals",
            signings=self.count(totals.signings),
            patients=self.count(totals.patients),
            since=words.day(totals.first, self.language),
            last=words.day(totals.last, self.language),
            cards=self.count(totals.cards),
            daily=words.number(Fraction(round(totals.cards_a_day * 10), 10), self.language),
            busiest=self.count(totals.busiest),
        )

    def _share(self, share: Share) -> str:
        """The percentage; none where it would tell a part that is too small to be told."""
        if 0 < share.part < FEWEST or 0 < share.whole < FEWEST:
            return "–"
        return self(
            "percent", share=words.number(Fraction(round(share.part * 1000 / share.whole), 10), self.language)
        )


def csv_of(tables: Iterable[Table]) -> str:
    """All tables as one: table, row, column, value. Keys and not words, so that a program can read it."""
    written = io.StringIO(newline="")
    rows = csv.writer(written)
    rows.writerow(("table", "row", "column", "value"))
    for table in tables:
        for label, cells in table.rows:
            for column, cell in zip(table.columns, cells, strict=True):
                if not isinstance(cell, Share):
                    rows.writerow((table.key, label, column.removeprefix("column-"), _plain(cell)))
    return written.getvalue()


def _plain(cell: Cell) -> str:
    return f"<{FEWEST}" if isinstance(cell, int) and 0 < cell < FEWEST else str(cell)
