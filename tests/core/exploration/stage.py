"""The operator in one world: what it does when nothing disturbs it, remembered for each scene."""

from collections.abc import Iterator
from datetime import datetime

from tests.core.exploration.effects import advance
from tests.core.exploration.flights import Flight, steps_of, taken_off
from tests.core.exploration.logins import login_of
from tests.core.exploration.look import HalfLook, HarborView, Rules, look
from tests.core.exploration.states import Late, Place
from tests.core.exploration.world import Scene

Course = tuple[tuple[Place, Flight], ...]
"""Where the world is before each step of a flight, and what is still to be done there."""


class Stage:
    """The places of one exploration, each scene once."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._places: dict[Scene, Place] = {}
        self._lates: dict[tuple[Flight, HalfLook | None], Late] = {}

    def at(self, scene: Scene) -> Place:
        """The place of a scene."""
        place = self._places.get(scene)
        if place is None:
            place = self._places[scene] = Place(scene)
        return place

    def late(self, flight: Flight, half: HalfLook | None = None) -> Late | None:
        """An instance that froze there; None for one that cannot do anything any more."""
        if half is None and flight.is_over(self.rules):
            return None
        key = (flight, half)
        late = self._lates.get(key)
        if late is None:
            late = self._lates[key] = Late(flight, half)
        return late

    def course(self, place: Place) -> Course:
        """One fair round of the operator: look, act to the end of the plan, report."""
        if place.course is None:
            place.course = tuple(self._course(place))
        return place.course

    def run(self, place: Place) -> Place:
        """Where the world is after such a round."""
        return self.course(place)[-1][0]

    def follow(self, place: Place) -> Place:
        """The pull secret takes on the live credential, if that works, or leaves with the robot."""
        if place.following is None:
            place.following = self._follow(place)
        return place.following

    def sweep(self, place: Place) -> Place:
        """The robots of an object that is gone are deleted, which is seen by its mark."""
        orphans = place.scene.orphans() if self.rules.sweeps else []
        return self.at(place.scene.without(orphans[0].id)) if orphans else place

    def at_rest(self, place: Place) -> bool:
        """Whether neither the robot's nor the pull secret's side has anything to do now."""
        return self.run(place) is place and self.follow(place) is place

    def recheck_at(self, place: Place) -> datetime | None:
        """When the operator looks again by itself."""
        self.course(place)
        return place.recheck_at

    def ends(self, place: Place, late: Late) -> tuple[tuple[str, Place], ...]:
        """Where a frozen instance leads: it does its next step and dies, or goes on to its end."""
        known = late.ends.get(place)
        if known is None:
            known = late.ends[place] = tuple(self._ends(place.scene, late))
        return known

    def _ends(self, scene: Scene, late: Late) -> Iterator[tuple[str, Place]]:
        flight = self._thawed(scene, late)
        first = advance(scene, flight, self.rules) if flight.steps else None
        if first is None:
            return
        told = f"the frozen operator: {flight.told}"
        yield f"{told}, and dies", self.at(first[0])
        if first[1].steps:
            yield f"{told} and on to its end", self.at(self._to_the_end(*first))

    def _thawed(self, scene: Scene, late: Late) -> Flight:
        if late.half is None:
            return late.flight
        seen = look(scene, self.rules, late.half)
        if isinstance(late.half, HarborView):
            return taken_off(scene, seen)
        return late.flight._replace(steps=steps_of(seen) if seen else ())

    def _to_the_end(self, scene: Scene, flight: Flight) -> Scene:
        while flight.steps:
            done = advance(scene, flight, self.rules)
            if done is None:
                break
            scene, flight = done
        return scene

    def _course(self, place: Place) -> list[tuple[Place, Flight]]:
        scene = place.scene
        seen = look(scene, self.rules)
        flight = taken_off(scene, seen)
        if seen is not None:
            place.recheck_at = seen.plan.recheck_at
            scene = scene._replace(refused=seen.memory)
        passed = [(self.at(scene), flight)]
        while flight.steps:
            done = advance(scene, flight, self.rules)
            if done is None:
                break
            scene, flight = done
            passed.append((self.at(scene), flight))
        return passed

    def _follow(self, place: Place) -> Place:
        scene, live = place.scene, place.scene.live
        if scene.resource is None or scene.resource.deleting:
            return self.at(scene.with_logins(target=scene.target, follower=None))
        if live is None or not scene.works(live) or scene.follower == login_of(live):
            return place
        return self.at(scene.with_logins(target=scene.target, follower=login_of(live)))
