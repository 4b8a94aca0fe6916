"""A small asynchronous client for Harbor's REST API, usable alone.

It knows what Harbor answers and means by it; it decides nothing about what should be there.
"""

from .client import HarborClient
from .clock import HarborClock
from .connection import Credentials, Limits
from .models import (
    NEVER_EXPIRES,
    Access,
    AllowlistItem,
    CveAllowlist,
    IdentityKind,
    Label,
    Permission,
    PermissionCatalogue,
    Project,
    Quota,
    Repository,
    Robot,
    RobotLevel,
    SystemInfo,
)
from .quotas import UNLIMITED
from .registry import GrantedAccess, TokenAnswer
from .robots import CreatedRobot, NewRobot
from .system import Identity

__all__ = [
    "NEVER_EXPIRES",
    "UNLIMITED",
    "Access",
    "AllowlistItem",
    "CreatedRobot",
    "Credentials",
    "CveAllowlist",
    "GrantedAccess",
    "HarborClient",
    "HarborClock",
    "Identity",
    "IdentityKind",
    "Label",
    "Limits",
    "NewRobot",
    "Permission",
    "PermissionCatalogue",
    "Project",
    "Quota",
    "Repository",
    "Robot",
    "RobotLevel",
    "SystemInfo",
    "TokenAnswer",
]
