"""One call: bytes of a request in, bytes of the answer out; feedback; the contract; what a client can take.

Read order_sign.py first. May import access, fhir_client, knowledge, config, store, http, telemetry, core, base.
"""
