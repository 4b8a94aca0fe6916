"""Harbor's system settings as a new installation has them, and what may be written to them."""

from typing import Final

from testbed.harbor.errors import bad_request

ConfigurationValue = str | int | bool

AUTH_MODE: Final = "auth_mode"
AUTH_MODES: Final = frozenset({"db_auth", "ldap_auth", "http_auth", "uaa_auth", "oidc_auth"})

_DEFAULTS: Final[dict[str, ConfigurationValue]] = {
    "audit_log_forward_endpoint": "",
    "auth_mode": "db_auth",
    "banner_message": "",
    "disabled_audit_log_event_types": "",
    "http_authproxy_admin_groups": "",
    "http_authproxy_admin_usernames": "",
    "http_authproxy_endpoint": "",
    "http_authproxy_server_certificate": "",
    "http_authproxy_skip_search": False,
    "http_authproxy_tokenreview_endpoint": "",
    "http_authproxy_verify_cert": True,
    "ldap_base_dn": "",
    "ldap_filter": "",
    "ldap_group_admin_dn": "",
    "ldap_group_attach_parallel": False,
    "ldap_group_attribute_name": "",
    "ldap_group_base_dn": "",
    "ldap_group_membership_attribute": "memberof",
    "ldap_group_search_filter": "",
    "ldap_group_search_scope": 2,
    "ldap_scope": 2,
    "ldap_search_dn": "",
    "ldap_timeout": 5,
    "ldap_uid": "cn",
    "ldap_url": "",
    "ldap_verify_cert": True,
    "notification_enable": True,
    "oidc_admin_group": "",
    "oidc_auto_onboard": False,
    "oidc_client_id": "",
    "oidc_endpoint": "",
    "oidc_extra_redirect_parms": "{}",
    "oidc_group_filter": "",
    "oidc_groups_claim": "",
    "oidc_logout": False,
    "oidc_name": "",
    "oidc_scope": "",
    "oidc_user_claim": "",
    "oidc_verify_cert": True,
    "primary_auth_mode": False,
    "project_creation_restriction": "everyone",
    "quota_per_project_enable": True,
    "read_only": False,
    "robot_name_prefix": "robot$",
    "robot_token_duration": 30,
    "scanner_skip_update_pulltime": False,
    "self_registration": False,
    "session_timeout": 60,
    "skip_audit_log_database": False,
    "storage_per_project": -1,
    "token_expiration": 30,
    "uaa_client_id": "",
    "uaa_client_secret": "",
    "uaa_endpoint": "",
    "uaa_verify_cert": False,
}


def default_configuration() -> dict[str, ConfigurationValue]:
    """The settings of a new installation with database login."""
    return dict(_DEFAULTS)


def validate_change(key: str, value: object) -> ConfigurationValue | None:
    """The value to store for a key of a PUT, or None where Harbor ignores it.

    Raises:
        HarborError: 400 for a value that Harbor refuses.
    """
    if key not in _DEFAULTS:
        return None
    if key == "robot_name_prefix" and not str(value).strip():
        raise bad_request("bad request: robot_name_prefix cannot be empty or contain only spaces")
    if not isinstance(value, type(_DEFAULTS[key])) or (
        key == AUTH_MODE and value not in AUTH_MODES
    ):
        raise bad_request(f"bad request: invalid value for {key}")
    return value
