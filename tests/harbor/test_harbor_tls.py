"""Whom the client trusts."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from harbor_operator.harbor import Credentials, HarborClient
from harbor_operator.harbor.errors import TLSVerificationFailed, Unreachable
from tests.support.scripted_server import ScriptedServer

ROBOT = Credentials("robot$tester", SecretStr("Robot-Secret-1"))


async def welcome(_: web.BaseRequest) -> web.StreamResponse:
    return web.json_response({"username": "tester"})


def certificate_for(address: str, directory: Path) -> tuple[ssl.SSLContext, str]:
    """A server's TLS settings and the PEM text of the certificate, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "harbor")])
    valid_from = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(valid_from)
        .not_valid_after(valid_from + timedelta(days=36500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = directory / "server.pem"
    file.write_bytes(pem + private)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context, pem.decode()


async def test_a_server_of_the_given_authority_is_trusted(tmp_path: Path) -> None:
    context, authority = certificate_for("127.0.0.1", tmp_path)
    async with (
        ScriptedServer(welcome, tls=context) as server,
        HarborClient(server.url, ROBOT, ca_bundle=authority) as client,
    ):
        assert (await client.system.probe()).name == "tester"


async def test_a_server_of_an_unknown_authority_is_not_trusted(tmp_path: Path) -> None:
    context, _ = certificate_for("127.0.0.1", tmp_path)
    async with (
        ScriptedServer(welcome, tls=context) as server,
        HarborClient(server.url, ROBOT) as client,
    ):
        with pytest.raises(TLSVerificationFailed):
            await client.system.probe()
        assert server.requests == []


async def test_a_certificate_for_another_host_is_not_trusted(tmp_path: Path) -> None:
    context, authority = certificate_for("127.0.0.2", tmp_path)
    async with (
        ScriptedServer(welcome, tls=context) as server,
        HarborClient(server.url, ROBOT, ca_bundle=authority) as client,
    ):
        with pytest.raises(TLSVerificationFailed):
            await client.system.probe()


async def test_a_server_without_tls_is_not_a_wrong_certificate() -> None:
    async with ScriptedServer(welcome) as server:
        url = server.url.replace("http:", "https:")
        async with HarborClient(url, ROBOT) as client:
            with pytest.raises(Unreachable):
                await client.system.probe()


@pytest.mark.parametrize(
    "bundle", ["", "\n", "ümlaut", "no certificate", "-----BEGIN CERTIFICATE-----"], ids=repr
)
def test_a_bundle_without_a_certificate_is_refused(bundle: str) -> None:
    with pytest.raises(ValueError, match="no PEM certificate"):
        HarborClient("https://harbor.example.com", ROBOT, ca_bundle=bundle)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "harbor",
        "ftp://harbor",
        "https://",
        "https://a:b@harbor",
        "https://h?x=1",
        "https://h#x",
    ],
    ids=repr,
)
def test_an_address_that_is_not_harbors_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the URL"):
        HarborClient(url, ROBOT)


@pytest.mark.parametrize("name", ["", "robot:a"], ids=repr)
def test_a_user_name_that_basic_authentication_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="user name"):
        Credentials(name, SecretStr("x"))
