"""Row 32: the cases of Project Wycheproof's vectors for ECDSA, RSA and EdDSA, generated here for our verifier.

Each vector is a signature that some library once accepted. All except the valid ones must be refused.
"""

import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from cds_service.config.keys import Key, read_keys
from tests.access.forge import CURVES, HASHES, b64, key_set, signed_part, signer_of

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

ORDERS = {
    "256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "384": int("f" * 48 + "c7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16),
    "512": int("1" + "f" * 64 + "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409", 16),
}
LENGTHS = {"256": 32, "384": 48, "512": 66}


def key_of(algorithm: str) -> Key:
    return read_keys(key_set(signer_of(algorithm)))["key"]


def accepted(algorithm: str, signature: bytes) -> bool:
    compact = signed_part(algorithm, "key").decode() + "." + b64(signature)
    return key_of(algorithm).verifies(compact, algorithm)


ALGORITHMS = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_row_32_the_good_signature_is_accepted(algorithm: str) -> None:
    assert accepted(algorithm, signer_of(algorithm).sign(signed_part(algorithm, "key")))


@pytest.mark.parametrize("bits", ["256", "384", "512"])
def test_row_32_ecdsa(bits: str) -> None:
    algorithm, length, order = f"ES{bits}", LENGTHS[bits], ORDERS[bits]
    good = signer_of(algorithm).sign(signed_part(algorithm, "key"))
    r, s = int.from_bytes(good[:length], "big"), int.from_bytes(good[length:], "big")

    def pair(one: int, two: int, size: int = length) -> bytes:
        mask = (1 << (8 * size)) - 1
        return (one & mask).to_bytes(size, "big") + (two & mask).to_bytes(size, "big")

    edges = [0, 1, 2, order - 1, order, order + 1, (1 << (8 * length)) - 1, order // 2]
    bad = {f"r, s = {one:x}, {two:x}": pair(one, two) for one in edges for two in edges}
    bad |= {f"r = {edge:x}": pair(edge, s) for edge in edges} | {f"s = {edge:x}": pair(r, edge) for edge in edges}
    bad |= {
        "r + n": pair(r + order, s, length + 1),
        "s + n": pair(r, s + order, length + 1),
        "n - r": pair(order - r, s),
        "swapped": pair(s, r),
        "empty": b"",
        "half": good[:length],
        "one byte less": good[:-1],
        "first byte less": good[1:],
        "one byte more": good + b"\0",
        "zero in front": b"\0" + good,
        "zeros in front of each": b"\0" + good[:length] + b"\0" + good[length:],
        "twice": good + good,
        "DER": encode_dss_signature(r, s),
        "text": good.hex().encode(),
        "reversed": good[::-1],
    }
    bad |= {f"bit {bit}": flipped(good, bit) for bit in range(0, len(good) * 8, 13)}
    bad |= {f"signed with SHA-{other}": with_hash(bits, other) for other in HASHES if other != bits}

    assert not [name for name, signature in bad.items() if accepted(algorithm, signature)]


def flipped(data: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(data))


def with_hash(bits: str, other: str) -> bytes:
    signer = signer_of(f"ES{bits}")
    der = signer.private.sign(signed_part(f"ES{bits}", "key"), ec.ECDSA(HASHES[other]()))
    return bytes(der)


# The DigestInfo of PKCS #1 v1.5, which precedes the digest.
DIGEST_INFO = {
    "256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
WITHOUT_NULL = {
    "256": bytes.fromhex("302f300b0609608648016503040201") + bytes.fromhex("0420"),
    "384": bytes.fromhex("303f300b0609608648016503040202") + bytes.fromhex("0430"),
    "512": bytes.fromhex("304f300b0609608648016503040203") + bytes.fromhex("0440"),
}

RSA_BYTES = 256


def padded(content: bytes, block: bytes = b"\0\1", fill: bytes = b"\xff") -> bytes:
    return block + fill * (RSA_BYTES - len(block) - 1 - len(content)) + b"\0" + content


def wrongly_padded(bits: str, message: bytes) -> dict[str, bytes]:
    """Blocks that a careless verifier accepts as padding and digest, before the private key is applied."""
    digest = hashlib.new(f"sha{bits}", message).digest()
    info, other = DIGEST_INFO[bits] + digest, "256" if bits != "256" else "384"
    return {
        "garbage after the digest": b"\0\1" + b"\xff" * 8 + b"\0" + info + b"\0" * (RSA_BYTES - 11 - len(info)),
        "garbage after a longer padding": padded(info + b"\0" * 20),
        "no padding": b"\0\1\0" + info + b"\0" * (RSA_BYTES - 3 - len(info)),
        "block type 2": padded(info, b"\0\2"),
        "block type 0": padded(info, b"\0\0", b"\0"),
        "padding of zeros": padded(info, fill=b"\0"),
        "padding of fe": padded(info, fill=b"\xfe"),
        "no DigestInfo": padded(digest),
        "no NULL": padded(WITHOUT_NULL[bits] + digest),
        "another hash named": padded(DIGEST_INFO[other] + digest),
        "another hash": padded(DIGEST_INFO[other] + hashlib.new(f"sha{other}", message).digest()),
        "another digest": padded(DIGEST_INFO[bits] + b"\0" * len(digest)),
        "long form of a length": padded(b"\x30\x81" + info[1:]),
    }


@pytest.mark.parametrize("bits", ["256", "384", "512"])
def test_row_32_rsa_pkcs1(bits: str) -> None:
    algorithm = f"RS{bits}"
    signer = signer_of(algorithm)
    numbers = signer.private.private_numbers()
    modulus = numbers.public_numbers.n
    message = signed_part(algorithm, "key")
    good = signer.sign(message)
    digest = hashlib.new(f"sha{bits}", message).digest()
    right = padded(DIGEST_INFO[bits] + digest)

    def raw(encoded: bytes) -> bytes:
        power: int = pow(int.from_bytes(encoded, "big"), numbers.d, modulus)
        return power.to_bytes(RSA_BYTES, "big")

    assert raw(right) == good  # so each vector below differs only in what its name says
    bad = {name: raw(encoded) for name, encoded in wrongly_padded(bits, message).items()}
    bad |= {
        "PSS": signer.private.sign(message, padding.PSS(padding.MGF1(HASHES[bits]()), len(digest)), HASHES[bits]()),
        "plus the modulus": (int.from_bytes(good, "big") + modulus).to_bytes(RSA_BYTES + 1, "big"),
        "zero in front": b"\0" + good,
        "one byte less": good[:-1],
        "one byte more": good + b"\0",
        "0": bytes(RSA_BYTES),
        "1": (1).to_bytes(RSA_BYTES, "big"),
        "n - 1": (modulus - 1).to_bytes(RSA_BYTES, "big"),
        "n": modulus.to_bytes(RSA_BYTES, "big"),
        "the encoded message itself": right,
        "empty": b"",
    }
    bad |= {f"bit {bit}": flipped(good, bit) for bit in range(0, len(good) * 8, 97)}

    assert not [name for name, signature in bad.items() if accepted(algorithm, signature)]


@pytest.mark.parametrize("bits", ["256", "384", "512"])
def test_row_32_rsa_pss(bits: str) -> None:
    algorithm = f"PS{bits}"
    signer, digest = signer_of(algorithm), HASHES[bits]
    message = signed_part(algorithm, "key")
    length = digest().digest_size
    other = hashes.SHA256 if bits != "256" else hashes.SHA384

    def pss(salt: int, mgf: type[hashes.HashAlgorithm], hashed: type[hashes.HashAlgorithm]) -> bytes:
        return bytes(signer.private.sign(message, padding.PSS(padding.MGF1(mgf()), salt), hashed()))

    good = signer.sign(message)
    bad = {
        "no salt": pss(0, digest, digest),
        "short salt": pss(length - 1, digest, digest),
        "long salt": pss(length + 1, digest, digest),
        "another hash": pss(length, digest, other),
        "another mask": pss(length, other, digest),
        "PKCS #1 v1.5": signer.private.sign(message, padding.PKCS1v15(), digest()),
        "one byte less": good[:-1],
        "one byte more": good + b"\0",
        "zeros": bytes(len(good)),
    }
    bad |= {f"bit {bit}": flipped(good, bit) for bit in range(0, len(good) * 8, 97)}

    assert not [name for name, signature in bad.items() if accepted(algorithm, signature)]


def test_row_32_eddsa() -> None:
    order = (1 << 252) + 27742317777372353535851937790883648493
    good = signer_of("EdDSA").sign(signed_part("EdDSA", "key"))
    s = int.from_bytes(good[32:], "little")
    bad = {
        "S + L": good[:32] + (s + order).to_bytes(32, "little"),
        "S = 0": good[:32] + bytes(32),
        "S = L": good[:32] + order.to_bytes(32, "little"),
        "R = 0": bytes(32) + good[32:],
        "R, S = 1, 0": (1).to_bytes(32, "little") + bytes(32),
        "zeros": bytes(64),
        "one byte less": good[:-1],
        "one byte more": good + b"\0",
        "empty": b"",
    }
    bad |= {f"bit {bit}": flipped(good, bit) for bit in range(0, 512, 13)}

    assert not [name for name, signature in bad.items() if accepted("EdDSA", signature)]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_row_32_no_algorithm_opens_for_another(algorithm: str) -> None:
    """The same bytes signed by the same key, presented under every other algorithm name."""
    for other in ALGORITHMS:
        header = b64(json.dumps({"alg": other, "kid": "key"}).encode())
        signature = signer_of(algorithm).sign(f"{header}.e30".encode())
        opened = key_of(algorithm).verifies(f"{header}.e30.{b64(signature)}", other)
        same_family = algorithm[:2] == other[:2] and algorithm[2:] == other[2:]
        assert opened == same_family, (algorithm, other)


def test_row_32_the_curves_are_those_that_we_think() -> None:
    assert {bits: curve().key_size for bits, curve in CURVES.items()} == {"256": 256, "384": 384, "512": 521}
