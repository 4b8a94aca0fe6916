"""Certificates of servers as they may be: good, expired, for another name, of any authority."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Served:
    """PEM files of a server: its certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """An authority of its own, whose certificate is in a file."""

    def __init__(self, folder: Path, name: str, now: datetime) -> None:
        """Make one.

        Args:
            folder: Where its file goes, and those of its servers.
            name: Its common name.
            now: The time from which on days count.
        """
        self._now = now
        self.file = folder / f"{name}.crt"
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        usage = x509.BasicConstraints(ca=True, path_length=None)
        made = _unsigned(self._name, self._name, self._key, now)
        signed = made.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def serve(self, common_name: str, names: Sequence[str], *, days: int = 30) -> Served:
        """Sign a server's certificate, which has expired where the days are negative."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _unsigned(_named(common_name), self._name, key, self._now, days)
        alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
        signed = made.add_extension(alternatives, critical=False).sign(self._key, hashes.SHA256())
        files = Served(self._folder / f"{common_name}.crt", self._folder / f"{common_name}.key")
        files.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        files.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return files


def _unsigned(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    days: int = 30,
) -> x509.CertificateBuilder:
    end = now + days * _DAY
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(end, now) - 10 * _DAY)
        .not_valid_after(end)
    )


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
