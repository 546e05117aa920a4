"""`python -m tests.core.plans.signable [examples]`: how often today's suggestions break a pharmacist's sentences."""

import sys

from tests.core.plans.signable.clicks import signing_of
from tests.core.plans.signable.counting import Count, count_everyday, count_generated, everyday
from tests.core.plans.signable.sentences import SENTENCES


def main(examples: int) -> None:
    for title, count in (("everyday orders", count_everyday()), ("generated signings", count_generated(examples))):
        print(f"\n{count.signings} {title}, {count.clicks} suggestions: {breaches_in(count)} breaches")
        report(count)
        print("No plan, and why:", *(f"{times} {why};" for why, times in count.why.most_common()))
    print("\nThe everyday orders, with their suggestions")
    for name, hook, on in everyday():
        print(f"\n{name}")
        for click in signing_of(hook, on).clicks:
            print(f"  {'* ' if click.recommended else '  '}{click.label}")


def breaches_in(count: Count) -> int:
    return sum(found.total() for found in count.breaches.values())


def report(count: Count) -> None:
    for number, sentence in SENTENCES.items():
        print(f"{number} {sentence.__name__.replace('_', ' ')}: {count.in_breach[number]} signings")
        for name, times in count.breaches[number].most_common():
            print(f"    {times:6} {name}: {count.examples[name]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
