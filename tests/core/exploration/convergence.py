"""From every state, once nothing goes wrong any more, everything comes in line."""

from dataclasses import replace

from tests.core.exploration.moves import Moves
from tests.core.exploration.world import Scene, login_of, minute_of

MAX_ROUNDS = 60
"""The longest honest path takes a dozen looks; beyond this the model turns in circles."""


class Convergence:
    """The fair run: the operator and the pull secret act, and time passes when both rest."""

    def __init__(self, moves: Moves) -> None:
        self._moves = moves
        self._settling: set[Scene] = set()

    def fails(self, scene: Scene) -> str | None:
        """Why a scene never comes in line; None when it does."""
        passed: list[Scene] = []
        scene = _switched_on(scene)
        for _ in range(MAX_ROUNDS):
            if scene in self._settling or self._is_settled(scene):
                self._settling.update(passed)
                return None
            passed.append(scene)
            following = self._next(scene)
            if following is None:
                return "at rest, out of line, and nothing to wait for"
            scene = following
        return f"not in line after {MAX_ROUNDS} rounds"

    def _next(self, scene: Scene) -> Scene | None:
        acted = self._moves.follow(self._moves.run(scene))
        if acted != scene:
            return acted
        recheck_at = self._moves.plan(scene).recheck_at
        if recheck_at is None:
            return None
        return replace(scene, now=max(scene.now + 1, minute_of(recheck_at)))

    def _is_settled(self, scene: Scene) -> bool:
        ledger = scene.ledger
        live = ledger.live if ledger else None
        if ledger is None or live is None or ledger.pending or ledger.attempt:
            return False
        served = scene.logins() == [login_of(live)] * 2
        alone = [account.id for account in scene.ours()] == [live.robot_id]
        handled = scene.request in {None, ledger.handled}
        return scene.works(live) and served and alone and handled


def _switched_on(scene: Scene) -> Scene:
    """The scene after people have switched on again what they had switched off."""
    accounts = tuple(replace(account, enabled=True) for account in scene.accounts)
    return replace(scene, accounts=accounts)
