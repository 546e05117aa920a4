"""The address at which the service listens, as the operator writes it."""

import os
import socket
import subprocess
import sys

import pytest


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="the machine has no IPv6")
def test_an_address_of_ipv6_is_served() -> None:
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "cds_service", "serve", "--host", "::1", "--port", str(port), "--workers", "1"]
    environment = {**os.environ, "CDS_MODE": "demo", "CDS_DATABASE_URL": ""}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.terminate()

    assert said == f"listening on http://[::1]:{port}\n"
