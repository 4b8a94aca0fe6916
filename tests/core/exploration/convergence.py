"""From every state, once nothing goes wrong any more, everything comes in line."""

from tests.core.exploration.logins import STRANGER, login_of, minute_of
from tests.core.exploration.stage import Stage
from tests.core.exploration.states import Place
from tests.core.exploration.world import Scene

MAX_ROUNDS = 60
"""The longest honest path takes a dozen looks; beyond this the model turns in circles."""


class Convergence:
    """The fair run: the operator and the pull secret act, and time passes when both rest."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def fails(self, place: Place) -> str | None:
        """Why a scene never comes in line; None when it does."""
        passed: list[Place] = []
        if not place.is_settling:
            passed.append(place)
            place = self._stage.at(_put_right(place.scene))
        for _ in range(MAX_ROUNDS):
            if place.is_settling or _is_settled(place.scene):
                for settling in passed:
                    settling.is_settling = True
                return None
            passed.append(place)
            following = self._next(place)
            if following is None:
                return "at rest, out of line, and nothing to wait for"
            place = following
        return f"not in line after {MAX_ROUNDS} rounds"

    def _next(self, place: Place) -> Place | None:
        acted = self._stage.sweep(self._stage.follow(self._stage.run(place)))
        if acted is not place:
            return acted
        recheck_at = self._stage.recheck_at(place)
        if recheck_at is None:
            return None
        now = max(place.scene.now + 1, minute_of(recheck_at))
        return self._stage.at(place.scene._replace(now=now))


def _is_settled(scene: Scene) -> bool:
    ledger, resource = scene.ledger, scene.resource
    if resource is None:
        return not scene.logins() and not any(a.owner != STRANGER for a in scene.accounts)
    live = ledger.live if ledger else None
    if ledger is None or live is None or ledger.pending or ledger.attempt or resource.deleting:
        return False
    served = scene.logins() == [login_of(live)] * 2
    marked = [account.id for account in scene.accounts if account.owner != STRANGER]
    handled = resource.request in {None, ledger.handled}
    return scene.works(live) and served and marked == [live.robot_id] and handled


def _put_right(scene: Scene) -> Scene:
    """The scene after people have undone what is for them alone to undo."""
    if not scene.is_ours:
        scene = scene.with_logins(target=None, follower=scene.follower)
    accounts = tuple(account._replace(enabled=True) for account in scene.accounts)
    resource = scene.resource
    if resource is not None and resource.disabled:
        resource = resource._replace(disabled=False)
    return scene._replace(accounts=accounts, resource=resource, is_ours=True)
