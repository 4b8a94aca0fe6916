"""What a client needs to know: who it is, and how much it may ask of Harbor."""

from base64 import b64encode
from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user's or a robot's name and password.

    Raises:
        ValueError: The name is empty or holds a colon, which basic authentication cannot carry.
    """

    username: str
    password: SecretStr

    def __post_init__(self) -> None:
        if not self.username or ":" in self.username:
            raise ValueError("a user name is not empty and holds no colon")

    def basic_authorization(self) -> str:
        """The value of an `Authorization` header."""
        pair = f"{self.username}:{self.password.get_secret_value()}"
        return f"Basic {b64encode(pair.encode()).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one client may ask of one Harbor, which has no limits of its own.

    `timeout_seconds` bounds one attempt from connecting to the last byte, and all attempts of a
    read together. The largest answers are pages of 100 robots, some 100 KiB each: 8 MiB leaves
    room for long permission lists and keeps a wrong server from filling the memory.
    """

    timeout_seconds: float = 30
    max_concurrent: int = 8
    per_second: float = 50
    max_response_bytes: int = 8 * 1024 * 1024
