"""Fills in the sentences of the pages (cards/plan.toml, demo.toml, insights.toml), typeset for the language."""

from datetime import date
from fractions import Fraction
from string import Template

from cds_service.core.wording import words
from cds_service.core.wording.texts import Texts

_HALF = Fraction(1, 2)


class Sentences:
    """The sentences of the pages in one language."""

    def __init__(self, texts: Texts, language: str) -> None:
        self._texts = texts
        self.language = language

    def __call__(self, key: str, **facts: object) -> str:
        """The sentence of a key. A Fraction among the values is written as mg/day, a date as a day."""
        written = {name: self._in_words(value) for name, value in facts.items()}
        return words.typeset(Template(self._texts.plan[key, self.language]).substitute(written), self.language)

    def moment(self, moment: str) -> str:
        return words.capitalised(self._texts.suggestions[moment, self.language])

    def counted(self, key: str, number: Fraction) -> str:
        """`1 boîte de 30`, `12½ comprimés`."""
        one = words.is_one(number, self.language)
        return self(f"{key}-{'one' if one else 'other'}", number=tablets(number, self.language))

    def _in_words(self, value: object) -> str:
        if isinstance(value, Fraction):
            return words.mg_per_day(value, self.language)
        if isinstance(value, date):
            return words.day(value, self.language)
        if isinstance(value, tuple):
            return ", ".join(self._in_words(item) for item in value)
        return str(value)


def tablets(number: Fraction, language: str) -> str:
    """`2`, `½`, `1½`: a number of tablets, halves written as ½."""
    whole, rest = divmod(number, 1)
    if rest != _HALF:
        return words.number(number, language)
    return f"{words.number(Fraction(whole), language)}½" if whole else "½"
