"""The keys and certificates of a throw-away control plane."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = timedelta(days=30)
"""Longer than anybody leaves a demo running."""
_CLOCK_SKEW = timedelta(hours=1)
_SERVICE_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost")


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """PEM files in one folder, under the names that the API server's flags refer to."""

    folder: Path

    @property
    def authority(self) -> Path:
        """Certificate of the own authority."""
        return self.folder / "ca.crt"

    @property
    def serving(self) -> Path:
        """Certificate of the API server."""
        return self.folder / "serving.crt"

    @property
    def serving_key(self) -> Path:
        """Private key of the API server's certificate."""
        return self.folder / "serving.key"

    @property
    def token_key(self) -> Path:
        """Private key that signs the tokens of ServiceAccounts."""
        return self.folder / "tokens.key"


def write_certificates(folder: Path, *, address: str) -> CertificateFiles:
    """Make a certificate authority, a serving certificate for the address, and a signing key.

    The authority's own key is forgotten: nothing else can ever be signed with it.
    """
    files = CertificateFiles(folder)
    authority_key, serving_key = _new_key(), _new_key()
    authority = _sign_authority(authority_key)
    serving = _sign_serving(serving_key, authority, authority_key, address=address)
    files.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    files.serving.write_bytes(serving.public_bytes(serialization.Encoding.PEM))
    _write_key(files.serving_key, serving_key)
    _write_key(files.token_key, _new_key())
    return files


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            # The API server derives the public key from a private one in this form only.
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )


def _sign_authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = _name("harbor-operator testbed authority")
    return (
        _unsigned(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_authority_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _sign_serving(
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    *,
    address: str,
) -> x509.Certificate:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in _SERVICE_NAMES]
    names.append(x509.IPAddress(ipaddress.ip_address(address)))
    return (
        _unsigned(_name("kube-apiserver"), authority.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        # Python 3.13 verifies strictly and demands both key identifiers.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _LIFETIME)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _authority_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
