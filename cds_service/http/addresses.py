"""Decides which URLs and IP addresses may be called, against server-side request forgery (SSRF).

A URL is parsed by one strict grammar and compared part by part, never by text prefix:
`https://ehr.example.org.evil` begins with `https://ehr.example.org`. An IP address is parsed before it is checked,
and the connection goes to the address that was checked.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from posixpath import normpath
from urllib.parse import unquote, urlsplit

_PORTS = {"http": 80, "https": 443}
# ASCII only; no user info, percent sign (it can hide a dot or a slash), backslash, or empty, `.` or `..` segment.
_BASE = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>(?:/(?!\.{1,2}(?:/|$))[a-z0-9._~+$-]+)*)/?",
    re.IGNORECASE | re.ASCII,
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

METADATA = {
    ip_address(one) for one in ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
}
"""Of cloud providers (Amazon, Google, Alibaba, Oracle, Azure), outside the link-local networks."""


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """A normalised URL without its query. `path` is empty or begins with a slash."""

    scheme: str
    host: str
    port: int
    path: str

    def holds(self, other: "BaseUrl") -> bool:
        """Whether the other URL is this one or lies below it."""
        same_origin = (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)
        return same_origin and (other.path == self.path or other.path.startswith(f"{self.path}/"))

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    def __str__(self) -> str:
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"


def read_base_url(url: object) -> BaseUrl | None:
    """Parses a URL without a query; None if it does not match the strict grammar."""
    match = _BASE.fullmatch(url) if isinstance(url, str) else None
    if match is None:
        return None
    scheme = match["scheme"].lower()
    port = int(match["port"] or _PORTS[scheme])
    return BaseUrl(scheme, match["host"].lower(), port, match["path"]) if 0 < port < 65_536 else None


def comparable(url: str) -> str:
    """The URL as it is compared with others, however its parts are spelt; as it is if it is none."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return url
    path = normpath(f"/{unquote(parts.path).lstrip('/')}").rstrip("/")
    return f"{parts.scheme}://{(parts.hostname or '').rstrip('.')}:{port}{path}"


def is_never_called(host: str) -> bool:
    """Whether a host is an IP address that no entry can allow. A name is looked up when it is called."""
    try:
        return not is_allowed_address(host.strip("[]"), allow_private=True)
    except ValueError:
        return False


def is_allowed_address(address: str, *, allow_private: bool) -> bool:
    """Whether an IP address may be called: public ones, and with `allow_private` private ones.

    Never one at which a cloud provider serves the machine's credentials: link-local ones, and METADATA.
    """
    plain = _plain(ip_address(address))
    if plain is None or _is_for_nobody(plain):
        return False
    if allow_private and (plain.is_loopback or not plain.is_reserved):
        return True
    return plain.is_global and (isinstance(plain, IPv4Address) or plain in _GLOBAL_UNICAST)


def _is_for_nobody(address: IPv4Address | IPv6Address) -> bool:
    return address in METADATA or address.is_multicast or address.is_unspecified or address.is_link_local


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address | None:
    """Unwraps an IPv4 address inside an IPv6 address (mapped, NAT64); None for 6to4 and Teredo tunnels."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None if address.sixtofour is not None or address.teredo is not None else address
