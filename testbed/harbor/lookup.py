"""The project, the repository and the artifact that a path names."""

from urllib.parse import unquote

from testbed.harbor.artifact_state import Artifact, Repository
from testbed.harbor.call import Call
from testbed.harbor.errors import not_found
from testbed.harbor.state import Project

REPOSITORIES = "/projects/{project}/repositories"
REPOSITORY = REPOSITORIES + "/{repository}"
ARTIFACTS = REPOSITORY + "/artifacts"
ARTIFACT = ARTIFACTS + "/{reference}"


def project_of(call: Call, action: str, resource: str) -> Project:
    """The project in the path, if the caller may do this in it.

    These paths always hold the project's name, even one of digits only.

    Raises:
        HarborError: 401 or 403 for who may not, 404 for an administrator.
    """
    name = call.text("project")
    call.require_in_project(name, action, resource)
    return call.existing_project(name)


def repository_name(call: Call, project: Project) -> str:
    """The full name of the repository in the path, which need not exist.

    A slash in the name must be encoded twice, so one layer is left here.
    """
    return f"{project.name}/{unquote(call.text('repository'))}"


def repository_of(call: Call, action: str, resource: str = "repository") -> Repository:
    """The repository in the path.

    Raises:
        HarborError: as `project_of`, and 404 when there is none.
    """
    name = repository_name(call, project_of(call, action, resource))
    repository = call.state.repository_named(name)
    if repository is None:
        raise not_found(f"repository {name} not found")
    return repository


def artifact_of(call: Call, action: str, resource: str) -> tuple[Repository, Artifact]:
    """The artifact in the path, by digest or tag, and where it lies.

    Raises:
        HarborError: as `repository_of`, and 404 when there is none.
    """
    repository = repository_of(call, action, resource)
    return repository, existing_artifact(repository, call.text("reference"))


def existing_artifact(repository: Repository, reference: str) -> Artifact:
    """The artifact of a repository with this digest or tag.

    Raises:
        HarborError: 404.
    """
    artifact = repository.find(reference)
    if artifact is None:
        separator = "@" if ":" in reference else ":"
        raise not_found(f"artifact {repository.name}{separator}{reference} not found")
    return artifact
