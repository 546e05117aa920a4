"""Prepares the plan of a suggestion for the page: the plot of `/taper`, its description, and a link to `/taper`."""

from collections.abc import Callable
from dataclasses import dataclass

from cds_service.core.plans.choice import Proposal
from cds_service.core.wording.texts import Texts
from cds_service.pages.plan.plot import Plot, plot_of
from cds_service.pages.plan.view import description_of
from cds_service.pages.sentences import Sentences


@dataclass(frozen=True, slots=True)
class PlanDrawing:
    """A plot with its title and a text description. `url` is relative; empty if no page shows this plan."""

    plot: Plot
    plot_title: str
    description: str
    url: str


def plan_drawing(
    proposal: Proposal, linker: Callable[[Proposal], str | None] | None, texts: Texts, language: str
) -> PlanDrawing:
    plan, say = proposal.plan, Sentences(texts, language)
    return PlanDrawing(
        plot=plot_of(plan, language),
        plot_title=say("plot-title", since=plan.levels[0].since, last=plan.ends),
        description=description_of(plan, say),
        url=(linker(proposal) if linker else None) or "",
    )
