"""Lists the products by CIS, and the codes of the site, as tables whose heads are the keys of the site's own file."""

from collections.abc import Iterator, Sequence
from datetime import date

from cds_service.core.model.product import Product
from cds_service.knowledge.loading import Knowledge
from cds_service.knowledge.site_products import CIS, SiteProduct

_HEADS = ("cis", "product", "mg", "route")
_SITE_HEADS = ("system", "code", "cis", "product", "from", "until", "counts")


def products_page(knowledge: Knowledge, on: date) -> str:
    products = [(cis, item) for item in knowledge.terminology.products() if (cis := cis_of(item))]
    tables = [_table([_HEADS, *sorted((_row(cis, item) for cis, item in products), key=lambda row: row[1])])]
    if knowledge.site_products:
        rows = [_site_row(item, on) for item in knowledge.site_products]
        tables = [_table([_SITE_HEADS, *rows]), *tables]
    return "\n".join([f"{knowledge.rules_version}\n", *tables])


def cis_of(product: Product) -> str:
    """The CIS of a product; empty for a foreign one."""
    return next((code for system, code in product.codings if system == CIS), "")


def _row(cis: str, product: Product) -> tuple[str, ...]:
    return cis, product.name, str(product.strength_mg or ""), product.route.value


def _site_row(item: SiteProduct, on: date) -> tuple[str, ...]:
    since, until = (str(day) if day not in (date.min, date.max) else "" for day in (item.since, item.until))
    counts = on.isoformat() if item.counts_on(on) else "-"
    return item.system, item.code, cis_of(item.product), item.product.name, since, until, counts


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    return "".join(f"{line}\n" for line in _lines(rows))


def _lines(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
