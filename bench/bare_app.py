"""The baseline of the benchmark: a Flask app that parses the same JSON and returns a constant answer."""

from typing import Any

from flask import Flask, request

app = Flask(__name__)


@app.post("/cds-services/baclofen-order-sign")
def order_sign() -> dict[str, Any]:
    request.get_json()
    return {"cards": []}
