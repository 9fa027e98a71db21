"""A reviewed plan is carried out whole, or the exit code tells that it was not."""

from __future__ import annotations

import pytest

from fakes.faults import Answer, on
from passes.scenario import LIBRARY
from passes.world import World, text_of
from vpsync.model.exit_code import ExitCode
from vpsync.render.json import report_as_json

PARALLELISM = {"spec": {"spec": {"template": {"spec": {"parallelism": 7}}}}}


@pytest.mark.parametrize("by_plan", [True, False])
def test_a_change_whose_resource_moved_meanwhile_ends_a_reviewed_plan_with_4(by_plan: bool) -> None:
    with World() as world:
        for noun in ("target", "deployment"):
            world.create(LIBRARY[noun])
        world.settle()
        world.edit("VpDeployment", "orders", PARALLELISM)
        plan = report_as_json(world.run(apply=False))
        world.kubernetes.fault(on("PATCH", "/vpdeployments/orders$"), Answer(409), 1)
        mark = world.mark()[0]
        world.reviewed = plan if by_plan else None
        report = world.run()
        assert world.sandbox.mutations(mark) == []
        assert report.exit_code is (ExitCode.HELD if by_plan else ExitCode.DONE)
        told = "moved since the plan: VpDeployment team/orders: the resource changed or was deleted"
        assert (told in " ".join(text_of(report).split())) == by_plan


def test_a_plan_that_is_carried_out_whole_ends_with_0() -> None:
    with World() as world:
        for noun in ("target", "deployment"):
            world.create(LIBRARY[noun])
        world.settle()
        world.edit("VpDeployment", "orders", PARALLELISM)
        plan = report_as_json(world.run(apply=False))
        world.reviewed = plan
        report = world.run()
        assert report.exit_code is ExitCode.DONE
        assert report.moved == ()
