"""The knowledge and the contract as they are, read once for all tests."""

from functools import cache
from typing import Any

import yaml

from cds_service.hook import contract
from cds_service.knowledge.loading import Knowledge, load_knowledge


@cache
def known() -> Knowledge:
    return load_knowledge()


@cache
def openapi() -> dict[str, Any]:
    """The document, to be read and not to be changed."""
    document: dict[str, Any] = yaml.load(contract.text(), Loader=yaml.CSafeLoader)
    return document
