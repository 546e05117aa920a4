"""The least that a Flask service can do: parse the same JSON, answer a constant. What we measure against."""

from typing import Any

from flask import Flask, request

app = Flask(__name__)


@app.post("/cds-services/baclofen-order-sign")
def order_sign() -> dict[str, Any]:
    request.get_json()
    return {"cards": []}
