"""The shipped admission policies: whoever applies a typo is warned, and what is right goes in silently."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from .admin import Admin
from .apiserver.server import ApiServer
from .harness import ROOT, World
from .manifests import Document, deployment

POLICIES = ROOT / "k8s" / "admission"
PATIENCE_SECONDS = 30
SAID = (
    "Warning: Validation failed for ValidatingAdmissionPolicy 'vpsync-{0}' with binding"
    " 'vpsync-{0}': "
)


@pytest.fixture(scope="module", autouse=True)
def policies(apiserver: ApiServer, shipped: object) -> Iterator[None]:
    """The policies, in force: the API server takes them up some time after it has stored them."""
    apiserver.kubectl("apply", "--validate=strict", "-k", str(POLICIES))
    admin, deadline = Admin(apiserver), time.monotonic() + PATIENCE_SECONDS
    while not all(admin.warnings("default", slip) for slip in SLIPS):
        assert time.monotonic() < deadline, "the policies do not warn"
        time.sleep(0.2)
    yield
    apiserver.kubectl("delete", "-k", str(POLICIES))


def _slip(kind: str) -> Document:
    group = "ververicaplatform.fintechstudios.com"
    return {
        "apiVersion": f"{group}/v1beta1",
        "kind": kind,
        "metadata": {"name": "slip"},
        "spec": {"metdata": {}},
    }


SLIPS = tuple(map(_slip, ("VpNamespace", "VpDeploymentTarget", "VpDeployment", "VpSavepoint")))


def applied(world: World, document: Document, *flags: str) -> tuple[str, str]:
    """What kubectl says on its two streams when it applies a manifest."""
    place = f"--namespace={world.namespace}"
    done = world.apiserver.kubectl("apply", place, *flags, "-f", "-", input=json.dumps(document))
    return done.stdout.strip(), done.stderr.strip()


def orders(version: str = "v1beta2", **spec: Any) -> Document:
    return deployment("orders", version=version, **spec)


CREATED = "vpdeployment.ververicaplatform.fintechstudios.com/orders created"


class TestDeployment:
    @pytest.mark.parametrize("version", ["v1beta1", "v1beta2"])
    def test_is_silent_when_it_is_right(self, world: World, version: str) -> None:
        assert applied(world, orders(version)) == (CREATED, "")

    @pytest.mark.parametrize("version", ["v1beta1", "v1beta2"])
    def test_with_a_slip_is_applied_with_a_warning(self, world: World, version: str) -> None:
        out, err = applied(world, orders(version, template={"paralellism": 12}))
        assert out == CREATED
        field = "spec.spec.template.spec.paralellism is not a known field"
        assert err == f"{SAID.format('vpdeployments')}{field}; did you mean 'parallelism'?"

    def test_with_a_strategy_that_vvp_does_not_have_is_applied_with_a_warning(
        self, world: World
    ) -> None:
        out, err = applied(world, orders(upgradeStrategy={"kind": "STATEFULL"}))
        assert out == CREATED
        told = "is no upgrade strategy of VVP, which has STATEFUL, STATELESS, NONE"
        assert err == (
            f"{SAID.format('vpdeployments')}spec.spec.upgradeStrategy.kind: 'STATEFULL' {told};"
            " did you mean 'STATEFUL'?"
        )
