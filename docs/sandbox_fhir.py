"""A local FHIR server with one invented patient, for running the CDS Hooks sandbox without a network.

    python -m docs.sandbox_fhir [PORT] [--fhir-version 4.0.1]

It serves what `docs/sandbox.md` needs: metadata, the patient of tests/data/sandbox-order-sign.json, searches by type.
"""

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BASE = "/fhir"
REQUEST = Path(__file__).parent.parent / "tests" / "data" / "sandbox-order-sign.json"
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type",
}

Resource = dict[str, Any]


def held() -> dict[str, list[Resource]]:
    """All resources of the patient in the recorded sandbox request, by type."""
    prefetch = json.loads(REQUEST.read_text("utf-8"))["prefetch"]
    ours = f"Patient/{prefetch['patient']['id']}"
    held: dict[str, list[Resource]] = {}
    for value in prefetch.values():
        entries = value.get("entry", []) if value["resourceType"] == "Bundle" else [{"resource": value}]
        for resource in (entry["resource"] for entry in entries):
            of_type = held.setdefault(resource["resourceType"], [])
            if resource not in of_type and resource.get("subject", {}).get("reference", ours) == ours:
                of_type.append(resource)
    return held


def found(path: str, resources: dict[str, list[Resource]], version: str) -> Resource | None:
    """The answer to `/fhir/metadata`, `/fhir/Type`, `/fhir/Type/_search` or `/fhir/Type/id`."""
    kind, _, identity = urlsplit(path).path.removeprefix(f"{BASE}/").partition("/")
    if kind == "metadata":
        return {"resourceType": "CapabilityStatement", "fhirVersion": version, "status": "active", "rest": []}
    if identity in ("", "_search"):
        entries = [{"resource": one} for one in resources.get(kind, [])]
        return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}
    return next((one for one in resources.get(kind, []) if one["id"] == identity), None)


def server(port: int, version: str) -> ThreadingHTTPServer:
    resources = held()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = found(self.path, resources, version)
            self.reply(404 if answer is None else 200, answer or {"resourceType": "OperationOutcome", "issue": []})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def do_OPTIONS(self) -> None:
            self.reply(204, None)

        def reply(self, status: int, content: Resource | None) -> None:
            body = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**CORS, "Content-Type": "application/fhir+json"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Logs nothing."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", nargs="?", type=int, default=8010)
    parser.add_argument("--fhir-version", default="4.0.1")
    asked = parser.parse_args()
    with server(asked.port, asked.fhir_version) as running:
        print(f"http://127.0.0.1:{running.server_address[1]}{BASE}", flush=True)
        running.serve_forever()


if __name__ == "__main__":
    main()
