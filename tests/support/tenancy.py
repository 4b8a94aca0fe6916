"""What tenant rules say, by other means than the code's."""

from fnmatch import fnmatchcase

from harbor_operator.core.namespaces import Namespace
from harbor_operator.core.tenancy import DEFAULT_RULE, TenantRule


def given_by_some_rule(
    project: str, namespace: Namespace, tenants: tuple[TenantRule, ...] | None
) -> bool:
    """Whether any rule gives the project to the namespace."""
    stated = (DEFAULT_RULE,) if tenants is None else tenants
    globs = (
        glob.replace("{namespace}", namespace.name)
        for rule in stated
        if rule.namespaces.permits(namespace)
        for glob in rule.projects
    )
    return any(fnmatchcase(project, glob) for glob in globs)
