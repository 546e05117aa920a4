"""The client that openapi-generator makes (python): sends the order of a file and shows the cards."""

import sys
from pathlib import Path

from made_by_openapi_generator import (  # type: ignore[import-not-found]  # `make validate` makes it
    ApiClient,
    CDSHooksApi,
    Configuration,
    OrderSignRequest,
)

url, order = sys.argv[1:]
with ApiClient(Configuration(host=url)) as connection:
    request = OrderSignRequest.from_json(Path(order).read_text("utf-8"))
    for card in CDSHooksApi(connection).sign_order(request, accept_language="en").cards:
        print(f"[{card.indicator}] {card.summary}")
