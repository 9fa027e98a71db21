"""A row of the table, and what most rows are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..bench import Bench

TOKEN = {"authorization": "Bearer t"}
PLAIN = "credentials for an `http://` server on loopback | sends none | sends them: nobody else reads there"


@dataclass(frozen=True)
class Case:
    """A kubeconfig."""

    name: str
    prepare: Callable[[Bench], Any]
    seen: dict[str, Any] | None
    """Members of the request that arrives; ``at`` names the server. None: nothing arrives."""
    kubectl: dict[str, Any] | str | None = "same"
    """What arrives of kubectl, where that is something else."""
    why: str = field(default="", compare=False)
    """The row of docs/kubeconfig.md that says so."""


def as_user(user: Any) -> Callable[[Bench], Any]:
    """One context with this user."""
    return lambda b: b.user(user)


def at(name: str, **cluster: Any) -> Callable[[Bench], Any]:
    """One context at one of the servers, with a token."""
    return lambda b: b.user(
        {"token": "t"}, b.cluster(**{"server": getattr(b.grounds, name), **cluster})
    )


def from_plugin(script: str, **members: Any) -> Callable[[Bench], Any]:
    """One context whose user has an exec plugin."""
    return lambda b: b.user(b.plugin(script, **members))
