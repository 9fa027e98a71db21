"""A loop asks VVP for savepoints that are history once an hour: somebody may have deleted one there."""

from __future__ import annotations

from passes.scenario import LIBRARY
from passes.world import World
from vpsync.reconcile.run import LOOKS_AGAIN, Pass


def asked(world: World, one: Pass) -> bool:
    """Whether a further pass of the loop asks for savepoints."""
    mark = len(world.sandbox.requests)
    assert one.run().errors == ()
    return any("/savepoints" in request.path for request in world.sandbox.requests[mark:])


def test_a_loop_looks_at_its_start_and_then_once_an_hour() -> None:
    with World() as world:
        for noun in ("target", "deployment", "savepoint"):
            world.create(LIBRARY[noun])
        world.settle()
        one = world.new_pass(world.process, apply=True)
        seen = []
        for seconds in (1, 1, LOOKS_AGAIN - 2, 1, 1, LOOKS_AGAIN - 2, 1):
            world.clock.advance(seconds)
            seen.append(asked(world, one))
        one.vvp.transport.close()
        assert seen == [True, False, False, True, False, False, True]


def test_every_run_of_one_pass_looks() -> None:
    with World() as world:
        for noun in ("target", "deployment", "savepoint"):
            world.create(LIBRARY[noun])
        world.settle()
        for _ in range(2):
            one = world.new_pass(world.process, apply=True)
            world.clock.advance(1)
            assert asked(world, one)
            one.vvp.transport.close()
