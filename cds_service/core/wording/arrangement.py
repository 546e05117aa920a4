"""Decides which findings share a card, and which are a line at the end of one: as few cards as say everything.

At most one card a group. A finding gives up its card where its rule says so: it is part of the card of others that
speak of the same order, or the last line of the most urgent card. Where there is no such card, it keeps its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from cds_service.core.model.findings import MOST_URGENT, Decision, Finding, Group
from cds_service.core.plans.suggest import Suggestion


@dataclass(slots=True)
class CardParts:
    """What is on one card: `findings` in full, most urgent first, then `lines` and `notices` at its end."""

    group: Group
    findings: list[Finding] = field(default_factory=list)
    lines: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)
    offered: list[Suggestion] = field(default_factory=list)

    @property
    def carried(self) -> list[Finding]:
        """Every finding of the card, also those that are a line."""
        return [*self.findings, *self.lines]

    @property
    def orders(self) -> list[str]:
        """The orders that the findings of its group are about."""
        return _orders_of(finding for finding in self.findings if finding.group is self.group)

    @property
    def all_orders(self) -> list[str]:
        return _orders_of(self.carried)


def arranged(decision: Decision, offered: Sequence[Suggestion]) -> list[CardParts]:
    """The cards of a decision, most urgent first, each with the suggestions that answer it."""
    speaking = [finding for finding in decision.findings if finding.group is not None]
    in_order = _cards([finding for finding in speaking if MOST_URGENT not in finding.joins])
    _end_with_lines(in_order, [finding for finding in speaking if MOST_URGENT in finding.joins])
    _end_with_notices(in_order, [finding for finding in decision.findings if finding.notice_on])
    _offer(in_order, offered)
    return in_order


def _cards(findings: list[Finding]) -> list[CardParts]:
    """One card a group, most urgent first, with what joins it."""
    cards: dict[Group, CardParts] = {}
    for finding in sorted(findings, key=lambda finding: bool(finding.joins)):
        (_host(finding, cards) or _card_of(finding, cards)).findings.append(finding)
    return sorted(cards.values(), key=lambda card: _sort(card, findings))


def lead_first(findings: list[Finding]) -> list[Finding]:
    """The findings of a card as they are told: one that leads speaks first."""
    return sorted(findings, key=lambda finding: not finding.leads)


def _orders_of(findings: Iterable[Finding]) -> list[str]:
    return list(dict.fromkeys(order for finding in findings for order in finding.answer.orders))


def _card_of(finding: Finding, cards: dict[Group, CardParts]) -> CardParts:
    group = finding.group or Group.CHECK
    return cards.setdefault(group, CardParts(group))


def _host(finding: Finding, cards: dict[Group, CardParts]) -> CardParts | None:
    """The card whose group, or whose first finding, a finding joins, if both are about the same order."""
    for card in cards.values():
        names = {card.group.value, lead_first(card.findings)[0].rule}
        if names & set(finding.joins) and set(card.orders) & set(finding.answer.orders):
            return card
    return None


def _sort(card: CardParts, speaking: list[Finding]) -> int:
    """Puts the findings of a card in the order of the decision; the place there of its first one."""
    card.findings.sort(key=speaking.index)
    return speaking.index(card.findings[0])


def _end_with_lines(cards: list[CardParts], lines: list[Finding]) -> None:
    if lines and not cards:
        cards.append(CardParts(lines[0].group or Group.CHECK, findings=lines))
    elif lines:
        cards[0].lines = lines


def _end_with_notices(cards: list[CardParts], notices: list[Finding]) -> None:
    """Each is on one card of an answer: the first one that it is for."""
    for notice in sorted(notices, key=lambda notice: notice.place.rank):
        host = next((card for card in cards if card.group in notice.notice_on), None)
        if host is not None:
            host.notices.append(notice)


def _offer(cards: list[CardParts], offered: Sequence[Suggestion]) -> None:
    """Puts each suggestion on the card of what it answers; of those on one card, one may be recommended."""
    for item in offered if cards else ():
        host = max(cards, key=lambda card: _fits(item, card))
        recommended = item.recommended and not any(other.recommended for other in host.offered)
        host.offered.append(replace(item, recommended=recommended))


def _fits(item: Suggestion, card: CardParts) -> tuple[bool, bool]:
    answers = {finding.rule for finding in card.findings} & set(item.answers)
    return bool(answers), item.group is card.group
