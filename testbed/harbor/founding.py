"""What a new installation holds: the built-in users and the public project `library`."""

from datetime import datetime

from testbed.harbor.projects import add_project
from testbed.harbor.quotas import UNLIMITED, add_quota
from testbed.harbor.scheduler import SCHEDULES_OF_A_NEW_HARBOR
from testbed.harbor.state import ADMIN_USER_ID, ANONYMOUS_USER_ID, HarborState, User

ADMIN_USERNAME = "admin"


def found(state: HarborState, now: datetime, admin_password: str) -> None:
    """Fills the database of a new installation."""
    state.users[ADMIN_USER_ID] = User(
        user_id=ADMIN_USER_ID,
        username=ADMIN_USERNAME,
        email="",
        realname="system admin",
        comment="admin user",
        password=admin_password,
        sysadmin=True,
        created=now,
        updated=now,
    )
    state.sequences["user"] = ANONYMOUS_USER_ID
    state.sequences["schedule"] = SCHEDULES_OF_A_NEW_HARBOR
    state.sequences["execution"] = SCHEDULES_OF_A_NEW_HARBOR
    library = add_project(
        state, now, name="library", owner_id=ADMIN_USER_ID, metadata={"public": "true"}
    )
    add_quota(state, now, library.project_id, UNLIMITED)
